"""Pictures made by hand: every format, depth, layout and byte order that the program claims to open.

What stands in each is known here, apart from the program: the numbers as they were written, or, of a lossy
format, as another decoder reads them.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from PIL import Image

from tests.core import profiles

HEIGHT, WIDTH = 37, 53  # no multiple of a tile, a strip or a block
TURNED = {  # EXIF orientation → rows and columns as they are seen
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
P3 = (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)  # the primaries of Display P3
ICC = {
    "none": None,
    "wide": profiles.profile(
        profiles.colorants((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), profiles.D65), profiles.gamma(2.2)
    ),
}
FIELDS = {"ImageDescription": "a meadow", "Artist": "nobody", "Copyright": "none", "Make": "a camera"}
XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4">'
    b"<dc:subject><rdf:Bag><rdf:li>meadow</rdf:li><rdf:li>horse</rdf:li></rdf:Bag></dc:subject>"
    b'</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


@dataclass(frozen=True)
class Beside:
    """What a file says beside its pixels. turn: its EXIF orientation."""

    turn: int = 1
    icc: bytes | None = None
    exif: bool = False
    xmp: bytes | None = None

    def block(self) -> bytes | None:
        """An EXIF block with a camera's and a place's directory; None where nothing is to be said."""
        if not self.exif and self.turn == 1:
            return None
        found = Image.Exif()
        found[0x0112] = self.turn
        if self.exif:
            found[0x010E], found[0x013B], found[0x8298], found[0x010F] = FIELDS.values()
            found[0x011A] = found[0x011B] = 240.0
            found[0x0128] = 2
            found.get_ifd(0x8769).update({0x829A: 0.004, 0x9003: "2026:11:28 10:00:00", 0x8827: 200})
            found.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 30.0), 3: "E", 4: (13.0, 24.0, 0.0)})
        return found.tobytes()


@dataclass(frozen=True)
class Source:
    """One way to store a picture.

    write  a file, and its samples as another program would read them: uint8 or uint16 (H, W, C), not turned
    says   the metadata that it can hold: some of "turn", "icc", "exif", "xmp"
    """

    name: str
    write: Callable[[Path, Beside], np.ndarray]
    says: frozenset[str]


def samples(channels: int, bits: int = 8) -> np.ndarray:
    """Smooth, with some noise, over the whole range: (H, W, C); of it the last of 2 or 4 is an alpha."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / (WIDTH - 1)
    tones = np.stack([x, 1 - y, (x + y) / 2, 0.3 + 0.7 * x][:channels], axis=-1)
    tones = tones + np.random.default_rng(channels).uniform(-0.03, 0.03, tones.shape)
    top = (1 << bits) - 1
    return np.rint(np.clip(tones, 0, 1) * top).astype(np.uint8 if bits == 8 else np.uint16)


# -- the formats


def png(path: Path, beside: Beside, channels: int, bits: int) -> np.ndarray:
    """By OpenCV; what it says is put in as chunks."""
    picture = samples(channels, bits)
    if channels == 2:
        path.write_bytes(_grey_and_alpha(picture))
    else:
        assert cv2.imwrite(str(path), _bgr(picture))
    chunks: list[tuple[bytes, bytes]] = []
    if beside.icc is not None:
        chunks.append((b"iCCP", b"test\0\0" + zlib.compress(beside.icc)))
    if (block := beside.block()) is not None:
        chunks.append((b"eXIf", block.removeprefix(b"Exif\0\0")))
    if beside.xmp is not None:
        chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + beside.xmp))
    data = path.read_bytes()
    path.write_bytes(data[:33] + b"".join(_chunk(*chunk) for chunk in chunks) + data[33:])
    return picture


def _grey_and_alpha(picture: np.ndarray) -> bytes:
    big = picture.astype(picture.dtype.newbyteorder(">"))
    head = struct.pack(">2I5B", WIDTH, HEIGHT, 8 * picture.itemsize, 4, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in big)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bgr(picture: np.ndarray) -> np.ndarray:
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[picture.shape[2]]
    return np.ascontiguousarray(picture[..., order])


def palette(path: Path, beside: Beside, kind: str) -> np.ndarray:
    image = Image.fromarray(samples(3)).quantize(40)
    image.save(path, kind, **({} if kind == "GIF" else _options(beside)))
    return np.asarray(image.convert("RGB"))


def lossy(path: Path, beside: Beside, kind: str, mode: str = "RGB", **options: Any) -> np.ndarray:
    """By Pillow, and read again by it without turning: what a decoder makes of such a file is its own."""
    Image.fromarray(samples({"L": 1, "RGB": 3, "RGBA": 4}[mode]).squeeze()).save(
        path, kind, **_options(beside), **options
    )
    with Image.open(path) as image:
        return _channels(np.asarray(image))


def heic(path: Path, beside: Beside) -> np.ndarray:
    import pillow_heif

    made = pillow_heif.from_pillow(Image.fromarray(samples(3)))
    made.save(
        path, quality=90, **{key: value for key, value in _options(beside).items() if key != "icc_profile"}
    )
    return np.asarray(pillow_heif.open_heif(path)).copy()


def plain(path: Path, beside: Beside, channels: int) -> np.ndarray:
    """BMP, PGM and PPM by OpenCV."""
    picture = samples(channels, 16 if "16" in path.stem else 8)
    assert cv2.imwrite(str(path), _bgr(picture))
    return picture


def pillow_tiff(path: Path, beside: Beside, mode: str) -> np.ndarray:
    """With EXIF's own directories, which tifffile can't write."""
    picture = samples({"L": 1, "RGB": 3, "RGBA": 4}[mode])
    tags = Image.Exif()
    if (block := beside.block()) is not None:
        tags.load(block)
    if beside.xmp is not None:
        tags[700] = beside.xmp
    Image.fromarray(picture.squeeze()).save(path, "TIFF", exif=tags, icc_profile=beside.icc)
    return picture


def tiff(path: Path, beside: Beside, channels: int, bits: int, **options: Any) -> np.ndarray:
    picture = samples(channels, bits)
    data = picture[..., 0] if channels == 1 else picture
    if options.get("planarconfig") == "separate":
        data = np.moveaxis(picture, 2, 0)
    tags: list[tuple[int, int, int, Any, bool]] = [(274, 3, 1, beside.turn, True)]
    if beside.xmp is not None:
        tags.append((700, 1, len(beside.xmp), beside.xmp, True))
    if beside.exif:
        tags += [(0x013B, 2, 0, FIELDS["Artist"], True), (0x8298, 2, 0, FIELDS["Copyright"], True)]
    order, big = options.pop("byteorder", "<"), options.pop("bigtiff", False)
    if channels in (2, 4):
        options["extrasamples"] = ["unassalpha"]
    with tifffile.TiffWriter(path, byteorder=order, bigtiff=big) as file:
        file.write(
            data,
            photometric="rgb" if channels > 2 else "minisblack",
            metadata=None,
            iccprofile=beside.icc,
            extratags=tags,
            resolution=(240, 240),
            resolutionunit="INCH",
            software=False,
            **options,
        )
    return picture


def _options(beside: Beside) -> dict[str, Any]:
    found = {"exif": beside.block(), "icc_profile": beside.icc, "xmp": beside.xmp}
    return {key: value for key, value in found.items() if value is not None}


def _channels(picture: np.ndarray) -> np.ndarray:
    return picture[..., None] if picture.ndim == 2 else picture


# -- all of them


ALL = frozenset({"turn", "icc", "exif", "xmp"})
TIFFS: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 5},
    "tiles": {"tile": (16, 32), "compression": "lzw", "predictor": True},
    "planes": {"planarconfig": "separate", "compression": "zstd"},
    "big endian": {"byteorder": ">", "compression": "adobe_deflate", "predictor": True},
    "BigTIFF": {"bigtiff": True, "compression": "packbits"},
}


def sources() -> list[Source]:
    """Every way to store a picture."""
    found = [
        Source(f"PNG, {channels} × {bits}", partial(png, channels=channels, bits=bits), ALL)
        for bits in (8, 16)
        for channels in (1, 2, 3, 4)
    ]
    found += [
        Source(f"TIFF, {channels} × {bits}, {name}", partial(tiff, channels=channels, bits=bits, **more), ALL)
        for bits in (8, 16)
        for channels in (1, 2, 3, 4)
        for name, more in TIFFS.items()
        if channels > 1 or name != "planes"
    ]
    found += [
        Source(f"TIFF of Pillow, {mode}", partial(pillow_tiff, mode=mode), ALL)
        for mode in ("L", "RGB", "RGBA")
    ]
    found += [
        Source("JPEG", partial(lossy, kind="JPEG", quality=95, subsampling="4:4:4"), ALL),
        Source("JPEG, progressive", partial(lossy, kind="JPEG", progressive=True), ALL),
        Source("JPEG, grey", partial(lossy, kind="JPEG", mode="L"), ALL),
        Source("WebP", partial(lossy, kind="WEBP"), ALL),
        Source("WebP, lossless", partial(lossy, kind="WEBP", mode="RGBA", lossless=True, exact=True), ALL),
        Source("AVIF", partial(lossy, kind="AVIF", speed=10), ALL - {"turn"}),
        Source("AVIF, alpha", partial(lossy, kind="AVIF", mode="RGBA", speed=10), ALL - {"turn"}),
        Source("HEIC", heic, ALL - {"turn", "icc"}),
        Source("PNG, palette", partial(palette, kind="PNG"), ALL),
        Source("GIF", partial(palette, kind="GIF"), frozenset()),
        Source("BMP", partial(plain, channels=3), frozenset()),
        Source("PGM, 16", partial(plain, channels=1), frozenset()),
        Source("PPM, 16", partial(plain, channels=3), frozenset()),
        Source("PPM", partial(plain, channels=3), frozenset()),
    ]
    return found


def ending(source: Source) -> str:
    kind = source.name.replace(",", " ").split()[0]
    return {"JPEG": "jpg", "TIFF": "tif"}.get(kind, kind.lower())
