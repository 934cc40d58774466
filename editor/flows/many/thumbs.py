"""Small pictures for the dialogs, made where the large ones are: in a worker's thread."""

import numpy as np
from PIL import Image
from PySide6.QtGui import QImage

from core.photo.photo import Photo
from core.photo.space import Space
from editor.widgets.image import of_rgb, of_rgba


def small(pixels: np.ndarray, longest: int, space: Space) -> np.ndarray:
    """uint8 (H, W, 3) in `space` → uint8 (h, w, 3) in sRGB, no side above `longest`; never enlarged."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest))
    return space.to_srgb(np.asarray(image))


def of_photo(photo: Photo, longest: int) -> QImage:
    """A photo small, in sRGB, as transparent as it is. A QImage, unlike a QPixmap, may be made anywhere."""
    pixels = small(photo.pixels, longest, photo.space)
    if photo.alpha is None:
        return of_rgb(pixels).copy()
    height, width = pixels.shape[:2]
    return of_rgba(pixels, np.asarray(Image.fromarray(photo.alpha).resize((width, height))))
