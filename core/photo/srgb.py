"""Pixels in a photo's own colour space to sRGB, for what can't carry a profile."""

from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image


class Converter:
    """From an ICC profile to sRGB. None, and a profile that is of no use, change nothing."""

    def __init__(self, icc: bytes | None) -> None:
        self._cms, self._transform = import_module("PIL.ImageCms"), None
        if icc is not None:
            self._transform = self._built(icc)

    def _built(self, icc: bytes) -> Any:
        cms = self._cms
        try:
            source = cms.ImageCmsProfile(BytesIO(icc))
            return cms.buildTransform(source, cms.createProfile("sRGB"), "RGB", "RGB")
        except (cms.PyCMSError, OSError):
            return None

    def pixels(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) in the profile's space → uint8 (H, W, 3) in sRGB."""
        if self._transform is None:
            return pixels
        return np.asarray(self._cms.applyTransform(Image.fromarray(pixels), self._transform))
