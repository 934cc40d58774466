"""TIFF: pixels of any layout by tifffile, what is said about them by Pillow, as of other formats."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from math import prod
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from core.errors import InputError
from core.photo import bands
from core.photo.files import exif as exif_block
from core.photo.files import kinds, samples
from core.photo.files.decoded import Decoded, check_size, of_image
from core.photo.files.samples import MODES, Samples
from core.photo.lazy import tifffile

MAX_PAGES = 1000  # beyond, they aren't counted
SEARCHED = 32  # pages, and pages within a page, among which the largest is looked for
MAX_TILE = 1 << 22  # pixels that a tile may have however small the picture is
READ_AHEAD = 1 << 24  # bytes
BAND = 1 << 22  # bytes of uncompressed pixels read together
# PhotometricInterpretation
_WHITE_IS_ZERO, _PALETTE, _YCBCR, _LAB, _ICC_LAB = 0, 3, 6, 8, 9
_MODES = {0: "L", 1: "L", 2: "RGB", 3: "L", 4: "L", 5: "CMYK", 6: "RGB", 8: "LAB", 9: "LAB"}
_SENSOR = (32803, 34892)  # a colour filter's mosaic, and what is left of it
# Compression: by packing bytes, and by pictures of other formats
_PACKED, _JPEG = (1, 2, 3, 4, 5, 8, 32773, 32946, 34925, 50000), 7
_PICTURES = {_JPEG: "JPEG", 34712: "JPEG2000", 50001: "WEBP"}
_RAW = (32767, 32769, 32770, 34316, 34713, 65535)  # Compression, of cameras
_PREMULTIPLIED, _ALPHA = 1, 2  # ExtraSamples
_SMALL = 0b101  # NewSubfileType: a smaller copy, a mask
_DNG_VERSION, _ICC, _X_RESOLUTION, _Y_RESOLUTION, _UNIT = 50706, 34675, 282, 283, 296  # tags
_INCH, _CM = 2, 3  # ResolutionUnit
_PLANAR = 2  # PlanarConfiguration

# What tifffile finds odd it logs; what it can't read it raises.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class _Layout:
    """Which samples are read: that many colours, and the opacity at a place, of a kind of ExtraSamples."""

    mode: str
    colours: int
    alpha: int | None
    extra: int
    notices: tuple[str, ...]


def read(file: BinaryIO, name: str) -> Decoded:
    """The first page, or the largest where the first is a small copy of it.

    name: the file's, for sentences. Raises InputError, and what tifffile raises over a damaged file.
    """
    with tifffile().TiffFile(file) as tiff:
        page, notices = _page(tiff, name)
        check_size(page.imagewidth, page.imagelength)
        if page.compression not in (*_PACKED, *_PICTURES) or (
            page.photometric == _YCBCR and page.compression != _JPEG
        ):
            return _by_pillow(file, page, notices)
        _check(page, file)
        described = _described(file, tiff, page)
        gathered, more = _gathered(page)
        return Decoded(described, gathered, (*notices, *more), max(8, page.bitspersample))


def _page(tiff: Any, name: str) -> tuple[Any, tuple[str, ...]]:
    """(the page that is the picture, notices)."""
    count = _count(tiff.pages)
    pages = list(_readable(tiff.pages, count))
    nested = [inner for page in pages if page.subifds for inner in _readable(page.pages, len(page.subifds))]
    if kinds.is_named_raw(name) or any(map(_is_raw, (*pages, *nested))):
        raise kinds.raw(name)
    whole = [page for page in pages if not page.subfiletype & _SMALL]
    which, page = "first", pages[0]
    if page.subfiletype & _SMALL:
        which, page = "largest", max((*pages, *nested), key=lambda page: page.imagewidth * page.imagelength)
    count = count if count > SEARCHED else len(whole)
    if count < 2:
        return page, ()
    many = f"more than {MAX_PAGES}" if count > MAX_PAGES else count
    return page, (f"The picture has {many} pages; the {which} was opened.",)


def _count(pages: Any) -> int:
    """How many pages there are; MAX_PAGES + 1 for more: their chain may be endless."""
    try:
        pages[MAX_PAGES]
    except IndexError:
        return len(pages)
    return MAX_PAGES + 1


def _readable(pages: Any, count: int) -> Iterator[Any]:
    """The pages that are searched: the first, which must be whole, and those after it up to a damaged one."""
    for index in range(min(count, SEARCHED)):
        try:
            yield pages[index]
        except MemoryError:
            raise
        except Exception:
            if index == 0:
                raise
            return


def _is_raw(page: Any) -> bool:
    return _DNG_VERSION in page.tags or page.photometric in _SENSOR or page.compression in _RAW


def _by_pillow(file: BinaryIO, page: Any, notices: tuple[str, ...]) -> Decoded:
    """What is seldom met and has 8 bits: YCbCr outside JPEG, JPEG as it was in TIFF at first."""
    if page.bitspersample != 8:
        raise _unknown()
    file.seek(0)
    with Image.open(file, formats=("TIFF",)) as image:
        image.load()
        exif_block.read(image)  # Pillow keeps what it reads while the file is open
        return of_image(image, notices)


def _check(page: Any, file: BinaryIO) -> None:
    """Refuse what would take more memory than the picture is worth, or isn't all there."""
    if page.dtype is None or isinstance(page.bitspersample, tuple) or page.dtype.kind == "c":
        raise _unknown()
    if page.imagedepth > 1 or page.photometric not in _MODES:
        raise _unknown()
    area = page.imagewidth * page.imagelength
    if page.is_tiled and page.tilewidth * page.tilelength > max(MAX_TILE, 4 * area):
        tile = f"{page.tilewidth} × {page.tilelength}"
        raise InputError(
            f"The picture lies in tiles of {tile} pixels, far larger than it.", "Save it anew first."
        )
    places, lengths = np.asarray(page.dataoffsets, np.uint64), np.asarray(page.databytecounts, np.uint64)
    pieces = prod(page.chunked)
    if len(places) < pieces or len(lengths) < pieces:
        raise ValueError("parts of the picture have no place")
    if (places[:pieces] + lengths[:pieces]).max(initial=0) > file.seek(0, 2):
        raise EOFError("parts of the picture are beyond the file's end")


def _unknown() -> InputError:
    return InputError(
        "The picture stores its pixels in a way that can't be read.", "Save it as 8-bit or 16-bit RGB first."
    )


def _layout(page: Any) -> _Layout:
    mode = _MODES[page.photometric]
    colours = MODES[mode]
    further = page.samplesperpixel - colours
    if further < 0 or (page.photometric == _PALETTE and page.bitspersample > 8):
        raise _unknown()
    said = (*page.extrasamples, *(0,) * further)[:further]
    place = next((at for at, kind in enumerate(said) if kind in (_PREMULTIPLIED, _ALPHA)), None)
    if mode not in ("L", "RGB"):
        place = None
    elif further == 1:
        place = 0
    left = further - (place is not None)
    notices = (f"Of the picture's {page.samplesperpixel} channels {left} couldn't be kept.",)
    if place is None:
        return _Layout(mode, colours, None, 0, notices * bool(left))
    return _Layout(mode + "A", colours, colours + place, said[place], notices * bool(left))


def _gathered(page: Any) -> tuple[Samples, tuple[str, ...]]:
    """(all samples that count, notices)."""
    layout = _layout(page)
    numbers, deep, notices = _numbers(page)
    found = Samples(page.imagewidth, page.imagelength, layout.mode, deep=deep)
    for plane, top, left, values in _pieces(page):
        at = slice(top, top + values.shape[0]), slice(left, left + values.shape[1])
        if page.planarconfig == _PLANAR:
            if plane < layout.colours or plane == layout.alpha:
                found.put(*at, numbers(values, min(plane, layout.colours)), min(plane, layout.colours))
            continue
        found.put(*at, numbers(values[..., : layout.colours], 0))
        if layout.alpha is not None:
            alpha = values[..., layout.alpha : layout.alpha + 1]
            found.put(*at, numbers(alpha, layout.colours), layout.colours)
    if page.photometric == _PALETTE:
        found = found.through((np.asarray(page.colormap).T >> 8).astype(np.uint8))
    return _with_alpha(found, layout, (*layout.notices, *notices))


def _with_alpha(found: Samples, layout: _Layout, notices: tuple[str, ...]) -> tuple[Samples, tuple[str, ...]]:
    """The opacity taken as the file means it; what is a mere fourth channel may be one, or nothing."""
    if layout.alpha is None:
        return found, notices
    if layout.extra == _PREMULTIPLIED:
        found.unmultiply()
    elif layout.extra != _ALPHA and found.alpha_is(0):
        found.drop_alpha()
        notices = (*notices, "The picture's last channel is empty; it was left out.")
    elif layout.extra != _ALPHA and not found.alpha_is(255):
        notices = (*notices, "The file doesn't say what its last channel is; it was taken for transparency.")
    return found, notices


def _numbers(page: Any) -> tuple[Callable[[np.ndarray, int], np.ndarray], bool, tuple[str, ...]]:
    """(what makes 8 or 16 bits of a channel's values, whether 16, notices)."""
    kind, bits, colours = page.dtype.kind, page.bitspersample, MODES[_MODES[page.photometric]]
    if page.photometric == _PALETTE:
        return lambda values, first: values if first < colours else samples.scaled(values, bits), False, ()

    def levels(values: np.ndarray) -> np.ndarray:
        if kind == "f":
            return samples.fitted(values, 1)
        if bits > 16 or (kind == "i" and bits > 8 and page.photometric != _LAB):
            return samples.fitted(values, 65535)
        return samples.scaled(values.view(f"u{values.itemsize}"), bits)

    def numbers(values: np.ndarray, first: int) -> np.ndarray:
        found = levels(values)
        if page.photometric == _WHITE_IS_ZERO and first < colours:
            return ~found
        if page.photometric == _ICC_LAB:  # Pillow expects a* and b* signed
            found = found.copy()
            found[..., max(0, 1 - first) :] ^= found.dtype.type(128 << (8 * (found.itemsize - 1)))
        return found

    rounded = ("The picture's floating-point numbers were rounded to 16 bits.",) if kind == "f" else ()
    return numbers, bits > 8, rounded


def _pieces(page: Any) -> Iterator[tuple[int, int, int, np.ndarray]]:
    """(plane, top, left, values (h, w, c)) of every strip or tile, or of bands of what lies in one piece."""
    height, width, channels = page.imagelength, page.imagewidth, page.samplesperpixel
    if page.is_contiguous and page.predictor == page.fillorder == 1 and page.planarconfig != _PLANAR:
        dtype = page.dtype.newbyteorder(page.parent.byteorder)
        file, place, row = page.parent.filehandle, page.dataoffsets[0], width * channels
        for at in bands.rows(height, max(1, BAND // (row * dtype.itemsize))):
            file.seek(place + at.start * row * dtype.itemsize)
            values = np.frombuffer(file.read((at.stop - at.start) * row * dtype.itemsize), dtype)
            yield 0, at.start, 0, values.reshape(-1, width, channels).astype(page.dtype, copy=False)
        return
    parts = page.parent.filehandle.read_segments(
        page.dataoffsets, page.databytecounts, length=prod(page.chunked), buffersize=READ_AHEAD
    )
    for data, index in parts:
        if data is None:  # what the file leaves out is 0
            continue
        if page.compression in _PICTURES:
            _check_part(page, data)
        values, (plane, _, top, left, _), _ = page.decode(data, index, jpegtables=page.jpegtables)
        yield plane, top, left, values[0, : height - top, : width - left]


def _check_part(page: Any, data: bytes) -> None:
    """A part that is a picture by itself has a size of its own, in which it would be decoded."""
    wide, high = (page.tilewidth, page.tilelength) if page.is_tiled else (page.imagewidth, page.rowsperstrip)
    with Image.open(BytesIO(data), formats=(_PICTURES[page.compression],)) as part:
        if part.width * part.height > 4 * max(wide * high, MAX_TILE):
            raise ValueError("a part is larger than its place")


def _described(file: BinaryIO, tiff: Any, page: Any) -> Image.Image:
    """What the file says about the picture, as Pillow says it of other formats."""
    described = Image.new("L", (1, 1))
    described.format = "TIFF"
    first = tiff.pages.first.tags
    known = {
        "exif": _exif(file, tiff),
        "icc_profile": page.tags.valueof(_ICC) or first.valueof(_ICC),
        "xmp": first.valueof(exif_block.XMP),
        "dpi": _dpi(first),
    }
    described.info = {key: value for key, value in known.items() if value}
    return described


def _exif(file: BinaryIO, tiff: Any) -> bytes:
    """The first directory and those that it names, as an EXIF block."""
    exif = Image.Exif()
    exif.endian, exif.bigtiff = tiff.byteorder, tiff.is_bigtiff
    block = Image.Exif()
    with exif_block.forgiving():  # it can't read BigTIFF whose high bytes come first
        exif.load_from_fp(file, tiff.pages.first.offset)
        block = exif_block.descriptive(exif)
    turn = Image.Exif()
    turn[exif_block.ORIENTATION] = tiff.pages.first.tags.valueof(exif_block.ORIENTATION, default=1)
    with exif_block.forgiving():
        block[exif_block.ORIENTATION] = turn[exif_block.ORIENTATION]
        return block.tobytes()
    with exif_block.forgiving():
        return turn.tobytes()
    return b""


def _dpi(tags: Any) -> tuple[float, float] | None:
    unit = tags.valueof(_UNIT, default=_INCH)
    with exif_block.forgiving():  # of any type and count
        (x, per_x), (y, per_y) = tags.valueof(_X_RESOLUTION), tags.valueof(_Y_RESOLUTION)
        inches = {_INCH: 1, _CM: 2.54}[unit]
        return x / per_x * inches, y / per_y * inches
    return None
