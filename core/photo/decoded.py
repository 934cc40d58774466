"""A picture as it comes out of a file, whichever library read it, and how large it may be."""

from dataclasses import dataclass

from PIL import Image

from core.errors import InputError
from core.photo import samples
from core.photo.samples import Low

MAX_PIXELS = 200_000_000
MAX_SIDE = 1_000_000  # a row is always held as a whole
PIXEL_MODES = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")  # of `Decoded.shown`
_TO_PIXELS = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own guard, beyond which it refuses while it reads the header


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture, not turned upright yet.

    image    describes it, as Pillow does: `info`, `getexif()`, `format`. Its own pixels may be others
    shown    the pixels with 8 bits per channel, in one of PIXEL_MODES; transparency is an alpha channel
    notices  what was left out
    depth    bits per channel in the file
    low      of more than 8 bits the lower bytes, with which `shown` makes 16: uint8 (H, W) or (H, W, C) of
             the colours, and (H, W) of the alpha channel or None. None where they were not read
    """

    image: Image.Image
    shown: Image.Image
    notices: tuple[str, ...] = ()
    depth: int = 8
    low: Low | None = None


def of_image(image: Image.Image, notices: tuple[str, ...] = (), depth: int = 8) -> Decoded:
    """A picture that Pillow has decoded. depth: of what it was decoded from.

    Raises InputError for pixels without a fixed range: 32-bit whole numbers and floats beyond 0…1.
    """
    if image.mode[0] not in "IF":
        return Decoded(image, eight_bit(image), notices, depth)
    grey = samples.of_grey(image)
    return Decoded(image, grey.image(), notices, 16 if image.mode.startswith("I;16") else 32, grey.low)


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
