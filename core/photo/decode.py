"""From a file to a picture that can be shown, whatever it holds: what Pillow reads, checked, with notices."""

import errno
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import CoreError, InputError
from core.photo import bands, deep_read, exif

MAX_PIXELS = 200_000_000
# No format that runs an interpreter or fetches anything: PostScript and its like stay out.
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "GIF", "BMP", "PPM")
PIXEL_MODES = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")  # what `eight_bit` returns
_TO_PIXELS = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own guard, beyond which it refuses while it reads the header


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture as Pillow decodes it.

    image    the first frame, in Pillow's own mode
    notices  what was left out
    deep     the file holds more than 8 bits per channel
    low      decodes the lower bytes of 16-bit colour, of which `image` has the higher, or gives None
             (`core.photo.deep_read`). Of a file only: `image`, as large, may be closed before
    """

    image: Image.Image
    notices: tuple[str, ...] = ()
    deep: bool = False
    low: Callable[[], Image.Image | None] | None = None


def load(path: Path) -> Decoded:
    """The first frame of a picture file, decoded.

    Raises InputError: missing, a folder, not allowed, empty, not a picture, damaged, over 200 megapixels.
    CoreError: no memory.
    """
    with _explained(path), path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        deep = is_deep(image)
        notices: list[str] = []
        if (frames := getattr(image, "n_frames", 1)) > 1 and image.format != "MPO":
            what = "pages" if image.format == "TIFF" else "frames"
            notices.append(f"The picture has {frames} {what}; the first was opened.")
            image.seek(0)
        raw = deep_read.raw_mode(image)
        image.load()
        exif.read(image)  # Pillow keeps what it reads while the file is open
        return Decoded(image, tuple(notices), deep, partial(_low_bytes, path, raw))


def _low_bytes(path: Path, raw: str) -> Image.Image | None:
    with _explained(path):
        return deep_read.low_bytes(path, raw, FORMATS)


def is_deep(image: Image.Image) -> bool:
    """Whether a picture, not decoded yet, has more than 8 bits per channel."""
    return image.mode[0] in "IF" or ";16" in deep_read.raw_mode(image)


@contextmanager
def _explained(path: Path) -> Generator[None]:
    """Turn whatever reading a picture raises into a sentence."""
    name = f"“{path.name}”"
    try:
        _check_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what it then raises, and of odd EXIF
            yield
    except CoreError:
        raise
    except MemoryError as error:
        raise CoreError(
            f"There isn't enough memory to open {name}.", "Close something and try again."
        ) from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{name} is not a picture that can be read, or it is damaged.",
            "Open PNG, JPEG, WebP, TIFF or AVIF.",
        ) from error
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels.", "Scale it down first."
        ) from error
    except OSError as error:
        raise _unreadable(error, path) from error
    except (
        Exception
    ) as error:  # decoders raise what they like over a damaged file: struct, zlib, index errors …
        raise _damaged(name) from error


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"“{path}” is a folder.", "Choose a picture in it.")
    if path.exists() and not path.is_file():
        raise InputError(f"“{path}” is not a file.", "Choose a picture.")
    if path.stat().st_size == 0:
        raise InputError(f"“{path.name}” is empty.", "Choose another picture.")


def _unreadable(error: OSError, path: Path) -> InputError:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return InputError(f"There is no file “{path}”.", "Check its name and folder.")
        case errno.EACCES | errno.EPERM:
            return InputError(f"You are not allowed to read “{path}”.", "Change its permissions, or copy it.")
        case None:
            return _damaged(f"“{path.name}”")
        case _:
            return InputError(f"“{path.name}” can't be read: {error.strerror}.", "Try a copy of it.")


def _damaged(name: str) -> InputError:
    return InputError(f"{name} is truncated or damaged.", "Open another copy of it.")


def eight_bit(image: Image.Image) -> Image.Image:
    """The picture with 8 bits per channel in one of PIXEL_MODES; transparency becomes an alpha channel.

    Raises InputError for pixel formats without a fixed range: 32-bit whole numbers and floats beyond 0…1.
    """
    if image.mode.startswith("I;16"):
        return _grey(image, 65535)
    if image.mode in ("I", "F"):
        return _grey(image, 65535 if image.mode == "I" else 1)
    if image.mode == "P":
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA" if image.mode == "RGB" else "LA")
    if image.mode in PIXEL_MODES:
        return image
    if image.mode in _TO_PIXELS:
        return image.convert(_TO_PIXELS[image.mode])
    raise InputError(f"Pictures of the kind “{image.mode}” can't be edited.", "Save it as 8-bit RGB first.")


def _grey(image: Image.Image, top: int) -> Image.Image:
    """Grey of more than 8 bits, 0…top, to 8. (Pillow's own conversion clips at 255: all white.)"""
    values = bands.to_array(image)
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= top):  # also for NaN
        raise InputError(
            f"The picture's values run from {low:g} to {high:g}; only 0 to {top} can be shown.",
            "Save it with 8 or 16 bits per channel first.",
        )
    grey = np.empty(values.shape, np.uint8)
    for at in bands.rows(len(values)):
        grey[at] = np.floor(values[at] * (255 / top) + 0.5)
    return Image.fromarray(grey)
