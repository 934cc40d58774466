"""A picture as it comes out of a file, whichever library read it, and how large it may be."""

from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from core.errors import InputError
from core.photo.files import samples
from core.photo.files.samples import Samples

MAX_PIXELS = 200_000_000
MAX_SIDE = 1_000_000  # a row is always held as a whole
PIXEL_MODES = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")  # of `Decoded.pixels`
_TO_PIXELS = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own guard, beyond which it refuses while it reads the header


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture, not turned upright yet.

    image    describes it, as Pillow does: `info`, `getexif()`, `format`. Its own pixels may be others
    pixels   in one of PIXEL_MODES, transparency as an alpha channel: with 8 bits per channel, or as `Samples`
    notices  what was left out
    depth    bits per channel in the file
    """

    image: Image.Image
    pixels: Image.Image | Samples
    notices: tuple[str, ...] = ()
    depth: int = 8

    @property
    def mode(self) -> str:
        """One of PIXEL_MODES."""
        return self.pixels.mode

    @cached_property
    def shown(self) -> Image.Image:
        """The pixels with 8 bits per channel."""
        return self.pixels.image() if isinstance(self.pixels, Samples) else self.pixels


def of_image(image: Image.Image, notices: tuple[str, ...] = (), depth: int = 8) -> Decoded:
    """A picture that Pillow has decoded. depth: of what it was decoded from.

    Raises InputError for pixels without a fixed range: 32-bit whole numbers and floats beyond 0…1.
    """
    if image.mode[0] not in "IF":
        return Decoded(image, eight_bit(image), notices, depth)
    return Decoded(image, samples.of_grey(image), notices, 16 if image.mode.startswith("I;16") else 32)


def eight_bit(image: Image.Image) -> Image.Image:
    """The picture in one of PIXEL_MODES. Raises InputError for a mode that has none."""
    if image.mode == "P":
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA" if image.mode == "RGB" else "LA")
    if image.mode in PIXEL_MODES:
        return image
    if image.mode in _TO_PIXELS:
        return image.convert(_TO_PIXELS[image.mode])
    raise InputError(f"Pictures of the kind “{image.mode}” can't be edited.", "Save it as 8-bit RGB first.")


def check_size(width: int, height: int) -> None:
    """Raises InputError for a picture that is too large to be opened, or has no pixels."""
    if min(width, height) < 1:
        raise InputError("The picture has no pixels.", "Open another copy of it.")
    if width * height > MAX_PIXELS:
        raise InputError(
            f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.", "Scale it down first."
        )
    if max(width, height) > MAX_SIDE:
        raise InputError(
            f"The picture has more than {MAX_SIDE // 1_000_000} million pixels on a side.", "Cut it first."
        )
