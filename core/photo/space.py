"""What the numbers of a picture mean: from its own colour space to sRGB, and back.

The file's own numbers are kept. What is shown and what the model sees is sRGB, and what the model draws goes
back into the picture's space before it is pasted. Little CMS converts: through Pillow from 8 bits to 8,
through imagecodecs where one side has 16.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from core.photo import bands

NEAR = 1  # levels of 255 by which what a profile says may differ from sRGB and still be the same
EXACT = 0x0100  # cmsFLAGS_NOOPTIMIZE: what is prepared to go faster from 16 bits is off by 30 levels of 255


@dataclass(frozen=True)
class Space:
    """A colour space of red, green and blue, made by `Space.of`.

    icc: a profile that leads both ways; None for sRGB, which needs no conversion
    """

    icc: bytes | None = None

    @staticmethod
    @lru_cache(4)
    def of(icc: bytes | None) -> "Space":
        """The space of a picture by its profile.

        sRGB without one, for one that says the same as sRGB, whatever it is called, and for one of no use.
        """
        if icc is None:
            return SRGB
        levels = np.linspace(0, 255, 9).round().astype(np.uint8)
        cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(9, -1, 3)
        space = Space(icc)
        try:
            there, back = space.to_srgb(cube), space.from_srgb(cube)
        except ValueError:
            return SRGB
        same = all(np.abs(other.astype(int) - cube).max() <= NEAR for other in (there, back))
        return SRGB if same else space

    def __reduce__(self) -> tuple[Callable[[bytes | None], "Space"], tuple[bytes | None]]:
        """What converts can't be sent to another process: it is made there."""
        return Space.of, (self.icc,)

    @property
    def is_srgb(self) -> bool:
        return self.icc is None

    def to_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) in this space → uint8 (H, W, 3), clipped to sRGB. Of sRGB the very same array."""
        return pixels if self.icc is None else bands.converted(pixels, self._to_srgb, np.uint8)

    def from_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) in sRGB → uint8 (H, W, 3) in this space. Of sRGB the very same array."""
        return pixels if self.icc is None else bands.converted(pixels, self._from_srgb, np.uint8)

    def deep_to_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """uint16 (H, W, 3) in this space → uint8 (H, W, 3), clipped to sRGB.

        Exact, and slow: three million pixels a second.
        """
        source = self.icc or _srgb()
        return bands.converted(pixels, lambda band: _cms(band, source, _srgb(), np.uint8, EXACT), np.uint8)

    def deep_from_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) in sRGB → uint16 (H, W, 3) in this space."""
        icc = self.icc
        if icc is None:
            return pixels * np.uint16(257)
        return bands.converted(pixels, lambda band: _cms(band, _srgb(), icc, np.uint16), np.uint16)

    @cached_property
    def _to_srgb(self) -> Callable[[np.ndarray], np.ndarray]:
        return _transform(self.icc or _srgb(), _srgb())

    @cached_property
    def _from_srgb(self) -> Callable[[np.ndarray], np.ndarray]:
        return _transform(_srgb(), self.icc or _srgb())


SRGB = Space()


@lru_cache(1)
def _srgb() -> bytes:
    cms: Any = import_module("PIL.ImageCms")
    return cms.ImageCmsProfile(cms.createProfile("sRGB")).tobytes()


def one_way(icc: bytes) -> bool:
    """Whether a profile leads to sRGB but not back, as a scanner's may."""
    if not Space.of(icc).is_srgb:
        return False
    try:
        _transform(icc, _srgb())
    except ValueError:
        return False
    try:
        _transform(_srgb(), icc)
    except ValueError:
        return True
    return False


def _transform(source: bytes, target: bytes) -> Callable[[np.ndarray], np.ndarray]:
    """uint8 (H, W, 3) from one profile's space to another's. ValueError for a profile of no use for that."""
    cms: Any = import_module("PIL.ImageCms")
    try:
        made = cms.buildTransform(
            cms.ImageCmsProfile(BytesIO(source)),
            cms.ImageCmsProfile(BytesIO(target)),
            "RGB",
            "RGB",
            cms.Intent.RELATIVE_COLORIMETRIC,  # the one that leads back to where it came from
        )
    except (cms.PyCMSError, OSError) as error:
        raise ValueError("no RGB profile that leads this way") from error
    return lambda pixels: np.asarray(cms.applyTransform(Image.fromarray(pixels), made))


def _cms(
    pixels: np.ndarray, source: bytes, target: bytes, depth: type[np.generic], flags: int | None = None
) -> np.ndarray:
    codecs: Any = import_module("imagecodecs")
    return codecs.cms_transform(
        pixels,
        source,
        target,
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype=depth,
        intent=codecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        flags=flags,
    )
