"""From a file to a picture that can be shown, whatever it holds: checked, and with notices."""

import errno
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from core.causes import is_out_of_memory
from core.errors import CoreError, InputError
from core.photo.files import exif, kinds, netpbm_read, png_read, tiff_read
from core.photo.files.decoded import MAX_PIXELS, Decoded, check_size, of_image
from core.photo.rect import Size

_AVIF_DEPTH = b"av1C\x81"  # two bytes later stands how many bits a channel has


def decode_file(path: Path) -> Decoded:
    """The first frame of a picture file, decoded.

    Raises InputError: missing, a folder, not allowed, empty, not a picture, damaged, over 200 megapixels.
    CoreError: no memory.
    """
    with explained(f"“{path.name}”", path):
        _check_file(path)
        with path.open("rb") as file:
            kind = kinds.format_of(file.read(kinds.HEAD), path.name)
            file.seek(0)
            return _reader(kind, path.name)(file)


def _reader(kind: str, name: str) -> Callable[[BinaryIO], Decoded]:
    match kind:
        case "PNG":
            return png_read.read
        case "TIFF":
            return lambda file: tiff_read.read(file, name)
        case "PPM":
            return netpbm_read.read
        case _:
            if kind == "HEIF":
                _register_heif(name)
            return lambda file: _by_pillow(file, kind)


def _by_pillow(file: BinaryIO, kind: str) -> Decoded:
    """No format that runs an interpreter or fetches anything comes here: PostScript and its like."""
    with Image.open(file, formats=(kind, "MPO") if kind == "JPEG" else (kind,)) as image:
        check_size(*image.size)
        notices: tuple[str, ...] = ()
        if (frames := getattr(image, "n_frames", 1)) > 1 and kind in ("GIF", "WEBP", "AVIF"):
            notices = (f"The picture has {frames} frames; the first was opened.",)
            image.seek(0)
        depth = _avif_depth(file) if kind == "AVIF" else int(image.info.get("bit_depth", 8))
        image.load()
        exif.read(image)  # Pillow keeps what it reads while the file is open
        return of_image(image, notices, depth)


def reduced_jpeg(path: Path, longest: int, worth: int) -> tuple[Decoded, Size] | None:
    """A JPEG decoded at a half, a quarter or an eighth, and its whole (width, height).

    longest: pixels of its longest side that stay at least. None for another kind of picture, and for one of
    fewer than `worth` pixels. Raises what Pillow raises.
    """
    with path.open("rb") as file:
        if kinds.format_of(file.read(kinds.HEAD), path.name) != "JPEG":
            return None
        file.seek(0)
        with Image.open(file, formats=("JPEG", "MPO")) as image:
            check_size(*image.size)
            size = image.size
            if size[0] * size[1] < worth:
                return None
            wanted = max(1, size[0] * longest // max(size)), max(1, size[1] * longest // max(size))
            image.draft(None, wanted)  # its mode stays: colours are converted as those of the whole are
            image.load()
            exif.read(image)
            return of_image(image), size


def _avif_depth(file: BinaryIO) -> int:
    """Bits per channel, as the decoder's configuration says."""
    place = file.tell()
    file.seek(0)
    _, found, said = file.read(1 << 16).partition(_AVIF_DEPTH)
    file.seek(place)
    if not found or len(said) < 2 or not said[1] & 0x40:
        return 8
    return 12 if said[1] & 0x20 else 10


def _register_heif(name: str) -> None:
    if find_spec("pillow_heif") is None:
        raise InputError(
            f"“{name}” is a HEIC picture, for which a part of the program isn't installed.",
            f"Install it by “{sys.executable} -m pip install pillow-heif”, or save it as a JPEG.",
        )
    import_module("pillow_heif").register_heif_opener(thumbnails=False)


@contextmanager
def explained(name: str, path: Path | None = None) -> Generator[None]:
    """Turn whatever reading a picture raises into a sentence. name: what it is called in them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what it then raises, and of odd EXIF
            yield
    except CoreError:
        raise
    except (
        Exception
    ) as error:  # decoders raise what they like over a damaged file: struct, zlib, index errors …
        if is_out_of_memory(error):
            raise CoreError(
                f"There isn't enough memory to open {name}.", "Close something and try again."
            ) from error
        raise _refusal(error, name, path) from error


def _refusal(error: Exception, name: str, path: Path | None) -> InputError:
    match error:
        case UnidentifiedImageError():
            return InputError(
                f"{name} is not a picture that can be read, or it is damaged.",
                "Open PNG, JPEG, WebP, TIFF or AVIF.",
            )
        case Image.DecompressionBombError():
            return InputError(
                f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels.", "Scale it down first."
            )
        case OSError(errno=int()) if path is not None:
            return _unreadable(error, path)
        case _:
            return InputError(f"{name} is truncated or damaged.", "Open another copy of it.")


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
        case errno.ELOOP:
            return InputError(f"“{path}” is a link that leads back to itself.", "Choose the picture itself.")
        case _:
            return InputError(f"“{path.name}” can't be read: {error.strerror}.", "Try a copy of it.")
