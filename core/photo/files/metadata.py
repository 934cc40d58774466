"""What an export writes beside the pixels: as much of what the photo carries as the format can hold.

An encoder may refuse anything that a stranger's file said. So each kind of metadata is tried by itself on a
picture of one pixel, and what is refused is left out and named: the edit itself is never lost by it.
"""

import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.photo.files import exif as exif_block
from core.photo.files import extras, tiff_write
from core.photo.files import image_resources as resources
from core.photo.files import xmp as xmp_packet
from core.photo.files.extras import ChunkData
from core.photo.files.told import PARAMETERS
from core.photo.photo import Photo

FINE = 90  # quality from which colour is kept at full resolution (4:4:4)
_NAMES = {
    "icc": "colour profile",
    "exif": "EXIF",
    "xmp": "XMP",
    "dpi": "resolution",
    "text": "text",
    "colour": "gamma and primaries",
    "comments": "comment",
    "resources": "IPTC record",
}
_COMMON = {"icc", "exif", "xmp", "dpi"}
_HOLDS = {
    "PNG": _COMMON | {"text", "colour"},
    "JPEG": _COMMON | {"comments", "resources"},
    "TIFF": _COMMON | {"resources"},
}


@dataclass(frozen=True)
class Metadata:
    """icc, exif, xmp: raw blocks; dpi: (x, y); the others as in `core.photo.files.extras.Extras`."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: tuple[ChunkData, ...] = ()
    colour: tuple[ChunkData, ...] = ()
    comments: tuple[bytes, ...] = ()
    resources: dict[int, bytes] = field(default_factory=dict[int, bytes])


@dataclass(frozen=True)
class Chosen:
    """What a format can hold, what it can't by name, and what belongs to the pixels before the edit."""

    metadata: Metadata
    lost: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()

    def bare(self) -> "Chosen":
        """With nothing but pixels."""
        names = (_NAMES[f.name] for f in fields(Metadata) if getattr(self.metadata, f.name))
        return replace(self, metadata=Metadata(), lost=tuple(dict.fromkeys((*self.lost, *names))))

    def notices(self, kind: str) -> list[str]:
        """Sentences for the user."""
        told: list[str] = []
        if self.lost:
            told.append(f"{kind} can't hold all that the picture carries; left out: {', '.join(self.lost)}.")
        if _NAMES["colour"] in self.lost:
            told.append("Programs that obey gamma and primaries will show other colours; PNG keeps them.")
        if self.outdated:
            told.append(f"Left out, as it belongs to the picture before: {', '.join(self.outdated)}.")
        return told


def choose(
    kind: str, photo: Photo, *, edited: bool, recipe: str | None, parameters: str | None = None
) -> Chosen:
    """As much of a photo's metadata as a format can hold. Arguments as for `export_photo`."""
    kept: dict[str, Any] = {}
    lost: list[str] = []
    holds = _HOLDS.get(kind, _COMMON)
    icc = photo.icc if "colour" in holds else photo.profile  # which says what a PNG's gamma and primaries do
    if parameters is not None and kind == "PNG":  # which has a place for texts
        said = photo.extras.without(PARAMETERS).text
        photo = replace(
            photo, extras=replace(photo.extras, text=(*said, extras.text_chunk(PARAMETERS, parameters)))
        )
        parameters = None
    for name, forms in _forms(photo, icc, edited=edited, recipe=recipe, parameters=parameters):
        for value, lacking in forms:
            if name in holds and _takes(kind, Metadata(**{name: value})):
                kept[name] = value
                lost += [lacking] if lacking else []
                break
        else:
            lost.append(_named(name, photo))
    if extras.is_srgb(photo.extras.colour) or (photo.icc is None and "icc" in kept):
        lost = [name for name in lost if name != _NAMES["colour"]]
    outdated = xmp_packet.left_out(photo.xmp)
    if outdated == [_NAMES["xmp"]]:  # it can't be read
        lost, outdated = [*lost, *outdated], []
    return Chosen(Metadata(**kept), tuple(dict.fromkeys(lost)), tuple(outdated))


def _forms(
    photo: Photo, icc: bytes | None, *, edited: bool, recipe: str | None, parameters: str | None
) -> Iterator[tuple[str, list[tuple[Any, str]]]]:
    """(field, [(value, what it lacks)], best first) for every field that has something to say."""
    mark = xmp_packet.mark
    if forms := _exif_forms(photo.exif, parameters, edited=edited):
        yield "exif", forms
    packet = mark(photo.xmp, edited=edited, recipe=recipe)
    if packet is not None:
        new = [(mark(None, edited=edited, recipe=text), lacks) for text, lacks in _less(photo, recipe)]
        yield "xmp", [(packet, ""), *((value, lacks) for value, lacks in new if value is not None)]
    said = photo.extras
    for name, value in (
        ("icc", icc),
        ("dpi", photo.dpi),
        ("text", said.text),
        ("colour", said.colour),
        ("comments", said.comments),
        ("resources", said.resources),
    ):
        if value:
            yield name, [(value, "")]


def _exif_forms(block: bytes | None, parameters: str | None, *, edited: bool) -> list[tuple[bytes, str]]:
    forms = list[tuple[bytes, str]]()
    if block is not None:
        block = exif_block.without_thumbnail(block) if edited else block
        forms = [(block, "" if parameters is None else "prompt and settings"), *_plainer(block)]
    if parameters is not None:
        with exif_block.forgiving():
            forms.insert(0, (exif_block.with_comment(block, parameters), ""))
    return forms


def _plainer(block: bytes) -> list[tuple[bytes, str]]:
    """The block written anew, tag by tag, without those that can't be."""
    tags = exif_block.parsed(block)
    with exif_block.forgiving():
        if tags is not None and (plain := exif_block.descriptive(tags)):
            return [(plain.tobytes(), "some of the EXIF")]
    return []


def _less(photo: Photo, recipe: str | None) -> Iterator[tuple[str | None, str]]:
    """What a new packet has of the recipe, and what it then lacks."""
    if photo.xmp:
        yield recipe, _NAMES["xmp"]
    if recipe is not None:
        yield None, "the recipe"


def _named(name: str, photo: Photo) -> str:
    if name != "text":
        return _NAMES[name]
    return f"text ({', '.join(extras.keywords(photo.extras.text))})"


def _takes(kind: str, metadata: Metadata) -> bool:
    """Whether a picture with these can be written, and read again."""
    file = BytesIO()
    try:
        with quiet():
            if kind == "TIFF":
                tiff_write.write(file, 1, iter([np.zeros((1, 1, 3), np.uint8)]), options(kind, 100, metadata))
            else:
                Image.new("RGB", (1, 1)).save(file, kind, **options(kind, 100, metadata))
            Image.open(file, formats=(kind,)).load()
    except MemoryError:
        raise
    except Exception:  # an encoder raises what it likes
        return False
    return True


@contextmanager
def quiet() -> Generator[None]:
    """Pillow warns of odd EXIF."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def options(kind: str, quality: int, metadata: Metadata) -> dict[str, Any]:
    """Pillow's save options: the same facts, called differently by every format.

    Raises what odd metadata make Pillow raise.
    """
    fine = {"quality": quality, "subsampling": "4:4:4" if quality >= FINE else "4:2:0"}
    common = {"icc_profile": metadata.icc, "dpi": metadata.dpi, "exif": metadata.exif, "xmp": metadata.xmp}
    match kind:
        case "PNG":
            own = {"pnginfo": _png_info(metadata), "xmp": None}
        case "TIFF":
            own = {"exif": _tiff_tags(metadata), "xmp": None}
        case "JPEG":
            own = {**fine, "extra": _jpeg_segments(metadata) or None}
            if metadata.dpi is not None and not all(1 <= round(value) < 1 << 16 for value in metadata.dpi):
                raise OverflowError("two bytes hold a resolution")  # Pillow writes the lower ones
        case "WEBP":  # exact: colours under full transparency stay
            own = {"quality": quality, "lossless": quality == 100, "exact": True, "exif": _resolved(metadata)}
        case _:
            own = {**fine, "exif": _resolved(metadata, exif_block.without_orientation)}
    return {key: value for key, value in {**common, **own}.items() if value is not None}


def _png_info(metadata: Metadata) -> PngInfo:
    info = PngInfo()
    for name, data in (*metadata.colour, *metadata.text):
        info.add(name, data)
    if metadata.xmp is not None:
        info.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    return info


def _tiff_tags(metadata: Metadata) -> Image.Exif:
    """A TIFF's own directory is its EXIF."""
    known = exif_block.parsed(metadata.exif) if metadata.exif else None
    tags = Image.Exif() if known is None else exif_block.descriptive(known)
    tags[exif_block.ORIENTATION] = 1
    if metadata.xmp is not None:
        tags[exif_block.XMP] = metadata.xmp
    for tag, data in resources.tags(metadata.resources):
        tags[tag] = data
    return tags


def _jpeg_segments(metadata: Metadata) -> bytes:
    comments = b"".join(resources.segment(0xFE, comment) for comment in metadata.comments)
    return resources.segments(metadata.resources) + comments


def _resolved(metadata: Metadata, then: Callable[[bytes], bytes] = bytes) -> bytes | None:
    """The EXIF of a format that has no other place for the resolution."""
    block = metadata.exif
    if metadata.dpi is not None:
        block = exif_block.with_resolution(block, metadata.dpi)
    return None if block is None else then(block)
