"""Arrays as Qt's images."""

import numpy as np
from PySide6.QtGui import QImage


def of_rgb(pixels: np.ndarray) -> QImage:
    """Uint8 (h, w, 3) as an image, over the array's own memory where its rows lie close together.

    A QImage keeps the buffer alive, but what is then written into the array shows in it.
    """
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)


def of_rgba(pixels: np.ndarray, alpha: np.ndarray) -> QImage:
    """Uint8 (h, w, 3) and (h, w), the opacity, as an image with memory of its own."""
    rgba = np.dstack([pixels, alpha])
    height, width = alpha.shape
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
