"""A corpus made here, of every depth, layout, compression and byte order, compared with what was written.

The oracles are the numbers that were written: by tifffile, by OpenCV, by Pillow, or by hand.
"""

import struct
import zlib
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from core.batch.pictures import gather
from core.errors import CoreError, InputError
from core.photo.files import decode, decoded, formats, png_chunks, tiff_read
from core.photo.files.export import export_photo
from core.photo.files.mask_files import open_mask
from core.photo.files.open import open_photo
from core.photo.photo import Photo

HEIGHT, WIDTH = 67, 83  # no multiple of a tile, a strip or a band


def values(channels: int, bits: int = 16, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    kind = np.uint8 if bits <= 8 else np.uint16
    return np.random.default_rng(bits).integers(0, 1 << bits, (height, width, channels), kind)


def all_bits(photo: Photo) -> np.ndarray:
    """uint16 (H, W, 3 or 4)."""
    assert photo.deep is not None
    return np.concatenate(list(photo.deep.bands()))


def as_colour(picture: np.ndarray) -> np.ndarray:
    if picture.shape[2] > 2:
        return picture
    return np.concatenate([np.repeat(picture[..., :1], 3, axis=2), picture[..., 1:]], axis=2)


def eight(photo: Photo) -> np.ndarray:
    return photo.pixels if photo.alpha is None else np.dstack([photo.pixels, photo.alpha])


def written(path: Path, picture: np.ndarray, **options: Any) -> Path:
    """A TIFF by tifffile: (H, W, C) as grey or colour, with what is left as further channels."""
    channels = picture.shape[2]
    rgb = channels > 2
    planar = options.get("planarconfig") == "separate"
    data: np.ndarray = picture[..., 0] if channels == 1 else picture
    if planar and channels > 1:
        data = np.moveaxis(picture, 2, 0)
    options.setdefault("photometric", "rgb" if rgb else "minisblack")
    if channels in (2, 4):
        options.setdefault("extrasamples", ["unassalpha"])
    order = {"byteorder": options.pop("byteorder", "<"), "bigtiff": options.pop("bigtiff", False)}
    with tifffile.TiffWriter(path, **order) as file:
        file.write(data, metadata=None, **options)
    return path


LAYOUTS = {
    "one strip": {},
    "strips": {"rowsperstrip": 7},
    "tiles": {"tile": (32, 16)},
    "planes": {"planarconfig": "separate"},
    "planes of strips": {"planarconfig": "separate", "rowsperstrip": 10},
    "planes of tiles": {"planarconfig": "separate", "tile": (16, 48)},
}
COMPRESSIONS = (None, "lzw", "adobe_deflate", "zstd", "packbits")


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_tiff_opens_with_all_its_bits(
    tmp_path: Path, order: str, layout: str, compression: str | None
) -> None:
    for bits, channels in product((8, 16), (1, 2, 3, 4)):
        if channels == 1 and "planes" in layout:
            continue
        picture = values(channels, bits)
        options: dict[str, Any] = LAYOUTS[layout] | {"byteorder": order, "compression": compression}
        if compression in ("lzw", "adobe_deflate", "zstd"):
            options["predictor"] = True
        photo = open_photo(written(tmp_path / "a.tif", picture, bigtiff=layout == "tiles", **options))
        found = all_bits(photo) if bits == 16 else eight(photo)
        assert np.array_equal(found, as_colour(picture)), (bits, channels)
        assert photo.format == "TIFF"


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 10, 12, 14])
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_depths_are_scaled_to_their_range(tmp_path: Path, bits: int, channels: int) -> None:
    picture = values(channels, bits)
    picture[0, 0], picture[0, 1] = 0, (1 << bits) - 1
    photo = open_photo(written(tmp_path / "a.tif", picture, bitspersample=bits))
    full = 255 if bits < 8 else 65535
    wanted = np.floor(as_colour(picture).astype(float) * full / ((1 << bits) - 1) + 0.5)
    if bits < 8:
        assert np.array_equal(photo.pixels, wanted)
        assert photo.deep is None
    else:
        assert np.array_equal(all_bits(photo), wanted)
        assert np.array_equal(photo.pixels, wanted.astype(int) >> 8)
        assert f"{bits} bits per channel" in photo.notices[0]
        assert photo.notices[0].endswith(f"keeps all {bits}.")


def test_white_is_zero(tmp_path: Path) -> None:
    for bits in (1, 8, 12, 16):
        picture = values(1, bits)
        options = {"bitspersample": bits} if bits in (1, 12) else {}
        photo = open_photo(written(tmp_path / "a.tif", picture, photometric="miniswhite", **options))
        upside = (1 << bits) - 1 - picture.astype(int)
        if bits <= 8:
            assert np.array_equal(photo.pixels[..., :1], upside * 255 // ((1 << bits) - 1))
        else:
            scaled = np.floor(upside * 65535 / ((1 << bits) - 1) + 0.5)
            assert np.array_equal(all_bits(photo)[..., :1], scaled)


def test_a_palette(tmp_path: Path) -> None:
    numbers = values(1, 8)
    palette = np.random.default_rng(0).integers(0, 256, (3, 256), np.uint8).astype(np.uint16) * 257
    photo = open_photo(written(tmp_path / "a.tif", numbers, photometric="palette", colormap=palette))
    assert np.array_equal(photo.pixels, (palette.T >> 8)[numbers[..., 0]])


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_what_a_fourth_channel_is(tmp_path: Path, bits: int, planar: str) -> None:
    """0 unspecified, 1 opacity that is multiplied in, 2 opacity."""
    picture, top = values(4, bits), (1 << bits) - 1
    options: dict[str, Any] = {"planarconfig": planar}

    def opened(kind: str, what: np.ndarray = picture) -> tuple[np.ndarray, tuple[str, ...]]:
        photo = open_photo(written(tmp_path / "a.tif", what, extrasamples=[kind], **options))
        return (all_bits(photo) if bits == 16 else eight(photo)), photo.notices

    plain, quiet = opened("unassalpha")
    assert np.array_equal(plain, picture)
    kept, told = opened("unspecified")
    assert np.array_equal(kept, picture)
    assert "taken for transparency" in told[-1]
    assert "transparency" not in " ".join(quiet)
    empty = picture.copy()
    empty[..., 3] = 0
    found, told = opened("unspecified", empty)
    assert np.array_equal(found, picture[..., :3])
    assert "left out" in told[-1]
    opaque = picture.copy()
    opaque[..., 3] = top
    assert opened("unspecified", opaque)[1] == quiet

    alpha = picture[..., 3:].astype(np.int64)
    multiplied = picture.copy()
    multiplied[..., :3] = (picture[..., :3] * alpha + top // 2) // top
    divided, _ = opened("assocalpha", multiplied)
    exact = multiplied[..., :3].astype(float) * top / np.maximum(alpha, 1)
    assert np.abs(divided[..., :3] - np.minimum(exact, top))[alpha[..., 0] > 0].max() < 1
    assert np.array_equal(divided[..., 3], picture[..., 3])


def test_alpha_multiplied_in_is_divided_as_pillow_does(tmp_path: Path) -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    written(tmp_path / "a.tif", rgba, extrasamples=["assocalpha"])
    with Image.open(tmp_path / "a.tif") as image:
        assert image.tile[0].args[0] == "RGBa"
        wanted = np.asarray(image.convert("RGBA"))
    assert np.array_equal(eight(open_photo(tmp_path / "a.tif")), wanted)


def test_channels_beyond_alpha_are_left_out_with_a_notice(tmp_path: Path) -> None:
    picture = values(6)
    path = written(tmp_path / "a.tif", picture, photometric="rgb", extrasamples=[0, 2, 0])
    photo = open_photo(path)
    assert np.array_equal(all_bits(photo), picture[..., [0, 1, 2, 4]])
    assert "6 channels 2 couldn't be kept" in " ".join(photo.notices)


@pytest.mark.parametrize("bits", [8, 16])
def test_cmyk_opens_as_pillow_reads_it(tmp_path: Path, bits: int) -> None:
    picture = values(4, bits)
    path = written(tmp_path / "a.tif", picture, photometric="separated", extrasamples=())
    high = (picture >> 8).astype(np.uint8) if bits == 16 else picture
    wanted = Image.frombytes("CMYK", (WIDTH, HEIGHT), high.tobytes()).convert("RGB")
    photo = open_photo(path)
    assert np.array_equal(photo.pixels, np.asarray(wanted))
    assert any("CMYK" in notice for notice in photo.notices)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "YCbCr", "I;16", "F"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_what_pillow_writes_opens_as_pillow_reads_it(
    tmp_path: Path, mode: str, compression: str | None
) -> None:
    grey = Image.fromarray(values(1, 8)[..., 0])
    colour = Image.fromarray(values(3, 8))
    image = {
        "LA": lambda: Image.merge("LA", (grey, grey)),
        "P": lambda: colour.quantize(100),
        "RGBA": lambda: Image.fromarray(values(4, 8)),
        "LAB": lambda: Image.merge("LAB", colour.split()),
        "I;16": lambda: Image.fromarray(values(1)[..., 0]),
        "F": lambda: Image.fromarray((values(1) / 65535).astype(np.float32)[..., 0]),
    }.get(mode, lambda: colour.convert(mode))()
    image.save(tmp_path / "a.tif", compression=compression)
    with Image.open(tmp_path / "a.tif") as again:
        again.load()
        shown = decode.decode_file(tmp_path / "a.tif").shown
        if again.mode in ("I;16", "F"):
            top = 1 if again.mode == "F" else 65535
            wanted = np.floor(np.asarray(again) * (65535 / top) + 0.5).astype(np.uint16) >> 8
        else:
            wanted = np.asarray(decoded.eight_bit(again))
        assert np.array_equal(np.asarray(shown), wanted)


@pytest.mark.parametrize(
    ("kind", "top"), [(np.float16, 1), (np.float32, 1), (np.float64, 1), (np.uint32, 65535)]
)
def test_numbers_of_other_kinds_open_within_their_range(tmp_path: Path, kind: type, top: int) -> None:
    picture = (values(3) / 65535).astype(kind) if top == 1 else values(3).astype(kind)
    photo = open_photo(written(tmp_path / "a.tif", picture))
    assert np.array_equal(all_bits(photo), np.floor(picture.astype(float) * (65535 / top) + 0.5))
    bad = picture.copy()
    bad[3, 4, 1] = top * 2
    refused(written(tmp_path / "b.tif", bad), f"only 0 to {top} can be shown")


def test_tiffs_of_other_programs(tmp_path: Path) -> None:
    """OpenCV writes strips with LZW and a predictor; by hand are planes of strips, high bytes first."""
    picture = values(3)
    cv2.imwrite(str(tmp_path / "a.tif"), picture[..., ::-1])
    assert np.array_equal(all_bits(open_photo(tmp_path / "a.tif")), picture)
    cv2.imwrite(str(tmp_path / "b.tif"), values(4)[..., [2, 1, 0, 3]])
    assert np.array_equal(all_bits(open_photo(tmp_path / "b.tif")), values(4))
    (tmp_path / "c.tif").write_bytes(planar_by_hand(picture, rows=20))
    assert np.array_equal(all_bits(open_photo(tmp_path / "c.tif")), picture)


def planar_by_hand(picture: np.ndarray, rows: int) -> bytes:
    height, width, channels = picture.shape
    strips = [
        picture[top : top + rows, :, c].astype(">u2").tobytes()
        for c in range(channels)
        for top in range(0, height, rows)
    ]
    places = np.cumsum([8, *map(len, strips)])
    body, end = b"".join(strips), int(places[-1])
    arrays = [
        struct.pack(f">{channels}H", *(16,) * channels),
        struct.pack(f">{len(strips)}I", *map(int, places[:-1])),
        struct.pack(f">{len(strips)}I", *map(len, strips)),
    ]
    at = [end, end + len(arrays[0]), end + len(arrays[0]) + len(arrays[1])]
    short, long = 3, 4
    entries = [
        (256, long, 1, width),
        (257, long, 1, height),
        (258, short, channels, at[0]),
        (259, short, 1, 1 << 16),
        (262, short, 1, 2 << 16),
        (273, long, len(strips), at[1]),
        (277, short, 1, channels << 16),
        (278, long, 1, rows),
        (279, long, len(strips), at[2]),
        (284, short, 1, 2 << 16),
    ]
    directory = struct.pack(">H", len(entries)) + b"".join(struct.pack(">HHII", *entry) for entry in entries)
    start = end + sum(map(len, arrays))
    return b"MM\0*" + struct.pack(">I", start) + body + b"".join(arrays) + directory + bytes(4)


def test_what_a_tiff_says_comes_along(tmp_path: Path) -> None:
    """In either byte order, and of BigTIFF."""
    for order, big in product("<>", (False, True)):
        tags = [(271, "s", 0, "Maker", True), (274, "H", 1, 6, True), (700, "B", 7, b"<x:y/>\n", True)]
        path = written(
            tmp_path / "a.tif",
            values(3),
            byteorder=order,
            bigtiff=big,
            extratags=tags,
            resolution=(118, 236),
            resolutionunit="CENTIMETER",
        )
        photo = open_photo(path)
        told = Image.Exif()
        told.load(photo.exif or b"")
        assert told.get(271) == (None if (order, big) == (">", True) else "Maker")  # which Pillow can't read
        assert photo.pixels.shape == (WIDTH, HEIGHT, 3)
        assert np.array_equal(all_bits(photo), np.rot90(values(3), -1))
        assert photo.xmp == b"<x:y/>\n"
        assert photo.dpi == pytest.approx((236 * 2.54, 118 * 2.54))


# ---------------------------------------------------------------- pages


def test_the_largest_page_is_opened_where_the_first_is_a_small_copy(tmp_path: Path) -> None:
    picture, small = values(3, 8), values(3, 8, 9, 11)
    for nested in (False, True):
        with tifffile.TiffWriter(tmp_path / "a.tif") as file:
            file.write(small, photometric="rgb", subfiletype=1, subifds=int(nested), metadata=None)
            file.write(picture, photometric="rgb", metadata=None)
        photo = open_photo(tmp_path / "a.tif")
        assert np.array_equal(photo.pixels, picture)
        assert photo.notices == ()


def test_a_small_copy_after_the_picture_is_no_page(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(values(3, 8), photometric="rgb", metadata=None)
        file.write(values(3, 8, 9, 11), photometric="rgb", subfiletype=1, metadata=None)
    photo = open_photo(tmp_path / "a.tif")
    assert np.array_equal(photo.pixels, values(3, 8))
    assert photo.notices == ()


def raw_file(folder: Path, name: str, **options: Any) -> Path:
    """As cameras write them: a small picture, and the sensor's numbers within its directory."""
    extra = options.pop("extra", [])
    with tifffile.TiffWriter(folder / name) as file:
        file.write(
            values(3, 8, 9, 11), photometric="rgb", subfiletype=1, subifds=1, metadata=None, extratags=extra
        )
        file.write(values(1)[..., 0], metadata=None, **options)
    return folder / name


def test_raw_files_of_cameras_are_called_by_their_name(tmp_path: Path) -> None:
    version = [(50706, "B", 4, (1, 4, 0, 0), True)]
    refused(raw_file(tmp_path, "a.dng", photometric="cfa"), "is a camera's raw file", "Develop it")
    refused(raw_file(tmp_path, "a.tif", photometric="cfa"), "is a camera's raw file")
    refused(raw_file(tmp_path, "b.tif", photometric="minisblack", extra=version), "is a camera's raw file")
    refused(raw_file(tmp_path, "a.NEF", photometric="minisblack"), "is a camera's raw file")
    for start in (b"FUJIFILMCCD-RAW 0201", b"II*\0\x10\0\0\0CR\2\0", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"):
        (tmp_path / "a.jpg").write_bytes(start + bytes(200))
        refused(tmp_path / "a.jpg", "is a camera's raw file")


def test_a_chain_of_pages_without_an_end(tmp_path: Path) -> None:
    """20,000 directories, and one that leads back to itself."""
    small = values(1, 8, 2, 2)
    path = written(tmp_path / "a.tif", small)
    data = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    directory = bytes(data[first : first + 2 + 12 * count])
    link = first + len(directory)
    struct.pack_into("<I", data, link, first)
    (tmp_path / "loop.tif").write_bytes(bytes(data))
    assert np.array_equal(open_photo(tmp_path / "loop.tif").pixels[..., :1], small)
    size, more = len(data), 20_000
    struct.pack_into("<I", data, link, size)
    for page in range(more):
        after = 0 if page == more - 1 else size + (page + 1) * (len(directory) + 4)
        data += directory + struct.pack("<I", after)
    (tmp_path / "many.tif").write_bytes(bytes(data))
    photo = open_photo(tmp_path / "many.tif")
    assert np.array_equal(photo.pixels[..., :1], small)
    assert photo.notices[0] == f"The picture has more than {tiff_read.MAX_PAGES} pages; the first was opened."


def test_tiles_far_larger_than_the_picture_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", values(1, 8), tile=(32, 32), compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as file:
        for tag in (322, 323):
            file.pages.first.tags[tag].overwrite(30_000)
    refused(path, "tiles of 30000 × 30000 pixels")


@pytest.mark.parametrize(
    ("compression", "start"), [("jpeg", b"\xff\xc0"), ("jpeg2000", b"\xff\x51"), ("webp", b"VP8")]
)
def test_parts_that_are_pictures_are_no_larger_than_their_place(
    tmp_path: Path, compression: str, start: bytes
) -> None:
    path = written(tmp_path / "a.tif", values(3, 8), compression=compression)
    assert np.abs(open_photo(path).pixels.astype(int) - values(3, 8)).mean() < 60  # noise, with loss
    data = bytearray(path.read_bytes())
    at = data.index(start)
    if compression == "jpeg":
        data[at + 5 : at + 9] = b"\xff\x00\xff\x00"
    elif compression == "jpeg2000":
        data[at + 6 : at + 14] = b"\x00\x00\xff\x00\x00\x00\xff\x00"
    else:
        data[at + 9 : at + 13] = b"\xff\xff\xff\x0f"
    path.write_bytes(bytes(data))
    refused(path, "damaged|200 million pixels")


def test_a_tiff_that_is_not_all_there(tmp_path: Path) -> None:
    for layout in ("one strip", "strips", "tiles"):
        path = written(tmp_path / "a.tif", values(3), **LAYOUTS[layout])
        path.write_bytes(path.read_bytes()[:-100])
        refused(path, "truncated or damaged")


# ---------------------------------------------------------------- PNG


def adam7(picture: np.ndarray) -> bytes:
    """The rows of an interlaced PNG, unfiltered."""
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    parts = [picture[y::down, x::across] for x, y, across, down in passes]
    return b"".join(b"\0" + row.astype(">u2").tobytes() for part in parts if part.size for row in part)


def png16(picture: np.ndarray, *, interlaced: bool = False, before: bytes = b"", after: bytes = b"") -> bytes:
    """A PNG of 16 bits by hand. before, after: chunks before and after the pixels."""
    height, width, channels = picture.shape
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, interlaced)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in picture)
    pixels = zlib.compress(adam7(picture) if interlaced else rows)
    chunk = png_chunks.chunk_of
    parts = [chunk(b"IHDR", head), before, chunk(b"IDAT", pixels), after, chunk(b"IEND", b"")]
    return png_chunks.START + b"".join(parts)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (1, 1), (3, 2), (2, 9)])
def test_interlaced_png(tmp_path: Path, channels: int, size: tuple[int, int]) -> None:
    picture = values(channels, 16, *size)
    (tmp_path / "a.png").write_bytes(png16(picture, interlaced=True))
    assert np.array_equal(all_bits(open_photo(tmp_path / "a.png")), as_colour(picture))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png_of_opencv_whose_rows_are_filtered(
    tmp_path: Path, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Smooth, so that every kind of filter is chosen, and over many bands."""
    y, x = np.mgrid[0:900, 0:311]
    smooth = np.stack([x * 97 + y * 31 + c * 1000 + (x * y) % 7 for c in range(channels)], -1).astype(
        np.uint16
    )
    order = [2, 1, 0, 3][:channels] if channels > 1 else [0]
    cv2.imwrite(str(tmp_path / "a.png"), smooth[..., order], [cv2.IMWRITE_PNG_STRATEGY, 0])
    monkeypatch.setattr("core.photo.files.png_read.BAND", 20_000)
    assert np.array_equal(all_bits(open_photo(tmp_path / "a.png")), as_colour(smooth))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("interlaced", [False, True])
def test_a_transparent_colour_of_16_bits(tmp_path: Path, channels: int, interlaced: bool) -> None:
    """Only where all 16 bits are the key's: its neighbour by one is opaque."""
    picture = values(channels)
    key = picture[5, 6].copy()
    picture[7, 8], picture[9, 10] = key, key ^ 1
    chunk = png_chunks.chunk_of(b"tRNS", key.astype(">u2").tobytes())
    (tmp_path / "a.png").write_bytes(png16(picture, interlaced=interlaced, before=chunk))
    found = all_bits(open_photo(tmp_path / "a.png"))
    assert np.array_equal(found[..., :3], as_colour(picture))
    assert np.array_equal(found[..., 3], np.where((picture == key).all(axis=2), 0, 65535))


def broken(chunk: bytes) -> bytes:
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


PASSED_OVER = ("a text that isn't compressed", "an international text cut short")  # by Pillow, which forgives
METADATA = {
    "a large compressed text": png_chunks.chunk_of(
        b"zTXt", b"Comment\0\0" + zlib.compress(bytes(40 << 20), 1)
    ),
    "a text whose checksum is wrong": broken(png_chunks.chunk_of(b"tEXt", b"Author\0Somebody")),
    "a text that isn't compressed": png_chunks.chunk_of(b"zTXt", b"Comment\0\0no deflate"),
    "a resolution cut short": png_chunks.chunk_of(b"pHYs", b"\0\0"),
    "an international text cut short": png_chunks.chunk_of(b"iTXt", b"Comment"),
    "a gamma without a value": png_chunks.chunk_of(b"gAMA", b""),
}


@pytest.mark.parametrize("what", list(METADATA))
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("last", [False, True])
def test_metadata_that_cannot_be_read_cost_no_picture(
    tmp_path: Path, what: str, deep: bool, last: bool
) -> None:
    good = png_chunks.chunk_of(b"tEXt", b"Author\0A. Painter") + png_chunks.chunk_of(
        b"pHYs", struct.pack(">IIB", 11811, 5906, 1)
    )
    chunks = {"after" if last else "before": METADATA[what] + good}
    picture = values(3)
    if deep:
        (tmp_path / "a.png").write_bytes(png16(picture, **chunks))
    else:
        Image.fromarray((picture >> 8).astype(np.uint8)).save(tmp_path / "a.png")
        data = (tmp_path / "a.png").read_bytes()
        at = data.index(b"IEND" if last else b"IDAT") - 4
        (tmp_path / "a.png").write_bytes(data[:at] + METADATA[what] + good + data[at:])
    loaded = decode.decode_file(tmp_path / "a.png")
    assert loaded.image.info["Author"] == "A. Painter"
    photo = open_photo(tmp_path / "a.png")
    assert np.array_equal(photo.pixels, picture >> 8)
    assert photo.dpi == pytest.approx((300, 150), rel=1e-3)
    told = any("metadata is damaged or too large" in notice for notice in photo.notices)
    assert told != (what in PASSED_OVER)


def test_megabytes_of_text_and_profile_are_kept(tmp_path: Path) -> None:
    text = "a workflow " * 200_000
    profile = bytes(36) + b"acsp" + np.random.default_rng(0).bytes(3 << 20)
    chunks = png_chunks.chunk_of(b"zTXt", b"workflow\0\0" + zlib.compress(text.encode()))
    chunks += png_chunks.chunk_of(b"iCCP", b"p\0\0" + zlib.compress(profile))
    (tmp_path / "a.png").write_bytes(png16(values(3), before=chunks))
    loaded = decode.decode_file(tmp_path / "a.png")
    assert loaded.image.info["workflow"] == text
    assert loaded.image.info["icc_profile"] == profile
    assert loaded.notices == ()


def test_pixels_that_were_packed_otherwise_are_damage(tmp_path: Path) -> None:
    data = bytearray(png16(values(3)))
    at = data.index(b"IEND") - 4 - 4 - 2  # within the checksum of what is packed
    data[at] ^= 255
    (tmp_path / "a.png").write_bytes(bytes(data))
    refused(tmp_path / "a.png", "damaged")


# ---------------------------------------------------------------- other formats


@pytest.mark.parametrize("top", [255, 1023, 4095, 65535])
def test_netpbm_of_every_depth(tmp_path: Path, top: int) -> None:
    picture = np.random.default_rng(top).integers(0, top + 1, (HEIGHT, WIDTH, 3), np.uint16)
    data = picture.astype(np.uint8 if top < 256 else ">u2").tobytes()
    (tmp_path / "a.ppm").write_bytes(b"P6\n# made here\n%d %d\n%d\n" % (WIDTH, HEIGHT, top) + data)
    photo = open_photo(tmp_path / "a.ppm")
    if top == 255:
        assert np.array_equal(photo.pixels, picture)
    else:
        assert np.array_equal(all_bits(photo), np.floor(picture * (65535 / top) + 0.5))


def test_netpbm_of_comments(tmp_path: Path) -> None:
    body = b"3 2\n255\n" + bytes(range(18))
    (tmp_path / "a.ppm").write_bytes(b"P6\n" + b"# a\n" * 1000 + body)
    assert open_photo(tmp_path / "a.ppm").pixels[1, 2].tolist() == [15, 16, 17]
    (tmp_path / "b.ppm").write_bytes(b"P6\n#" + b"a" * 50_000_000 + b"\n" + body)
    refused(tmp_path / "b.ppm", "damaged")


def test_avif_and_heic_of_more_than_eight_bits_say_so(tmp_path: Path) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    for bits in (8, 10, 12):
        picture = values(3, max(bits, 8), 64, 64)
        data = imagecodecs.avif_encode(picture, level=80, speed=10, bitspersample=bits)
        (tmp_path / "a.avif").write_bytes(data)
        notices = open_photo(tmp_path / "a.avif").notices
        assert [f"{bits} bits per channel; it was opened with 8" in n for n in notices] == [True] * (bits > 8)


def test_heic(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    y, x = np.mgrid[0:48, 0:64]
    picture = np.stack([x * 3, y * 4, x + y], -1).astype(np.uint8)
    exif = Image.Exif()
    exif[271], exif[274] = "Maker", 6
    heif.from_pillow(Image.fromarray(picture)).save(tmp_path / "a.heic", quality=95, exif=exif.tobytes())
    photo = open_photo(tmp_path / "a.heic")
    assert photo.format == "HEIF"
    assert photo.pixels.shape in ((48, 64, 3), (64, 48, 3))
    upright = picture if photo.pixels.shape == (48, 64, 3) else np.rot90(picture, -1)
    assert np.abs(photo.pixels.astype(int) - upright).mean() < 6
    told = Image.Exif()
    told.load(photo.exif or b"")
    assert told[271] == "Maker"
    path = tmp_path / "a.heic"
    path.write_bytes(path.read_bytes()[:-400])
    refused(path, "damaged")


def test_heic_without_its_library_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "find_spec", lambda name: None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    refused(tmp_path / "a.heic", "HEIC picture", "pip install pillow-heif")


STRANGERS = {
    b"<!DOCTYPE html>\n<html><head>": "a web page",
    b"\xef\xbb\xbf\r\n  <HTML lang='en'>": "a web page",
    b"<?xml version='1.0'?>\n<!-- hello -->\n<svg xmlns=''>": "an SVG drawing",
    b"<svg width='1'>": "an SVG drawing",
    b"%PDF-1.7\n": "a PDF document",
    b"PK\x03\x04\x14\0\0\0": "zip archive",
    b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41": "a video",
    b"\x1aE\xdf\xa3\x01\0": "a video",
    b"RIFF\x10\0\0\0AVI LIST": "a video",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0": "Git LFS",
    b"\xff\x0a\xfa\x1f": "a JPEG XL picture",
    b"\0\0\0\x0cJXL \r\n\x87\n": "a JPEG XL picture",
    b"\0\0\0\x0cjP  \r\n\x87\n": "a JPEG 2000 picture",
    b"8BPS\0\1": "a Photoshop document",
    b"gimp xcf v011": "a GIMP document",
    b"v/1\x01\x02\0\0\0": "an OpenEXR picture",
    b"%!PS-Adobe-3.0": "a PostScript drawing",
}


@pytest.mark.parametrize("start", list(STRANGERS), ids=lambda start: STRANGERS[start])
def test_other_files_are_called_by_their_name(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(start + bytes(100))
    refused(tmp_path / "a.jpg", STRANGERS[start])


def test_a_link_that_leads_back_to_itself(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "a.png")
    refused(tmp_path / "a.png", "a link that leads back to itself")


def refused(path: Path, what: str, hint: str = "") -> None:
    with pytest.raises(InputError, match=what) as caught:
        open_photo(path)
    assert caught.value.hint
    assert hint in caught.value.hint


# ---------------------------------------------------------------- memory


SHORT = [
    MemoryError(),
    np._core._exceptions._ArrayMemoryError((1, 1), np.dtype(np.uint8)),  # pyright: ignore
    OSError("out of memory error when reading image file"),
    OSError(12, "Cannot allocate memory"),
    RuntimeError("Failed to decode image: Out of memory"),
    imagecodecs.ZlibngError("zlibng_decode", -4),
    RuntimeError("Insufficient memory (case 4)"),
    RuntimeError("VP8_STATUS_OUT_OF_MEMORY"),
    OSError("Unable to allocate the frame buffer"),
]


@pytest.mark.parametrize("error", SHORT, ids=str)
def test_short_memory_is_told_apart_from_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    Image.fromarray(values(3, 8)).save(tmp_path / "a.jpg")
    Image.fromarray(values(1, 8)[..., 0]).save(tmp_path / "m.jpg")

    def fail(*_: object, **__: object) -> None:
        raise error

    for place in (
        "core.photo.files.decode.of_image",
        "PIL.ImageFile.ImageFile.load",
        "core.photo.bands.to_array",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, fail)
            with pytest.raises(CoreError, match=r"isn't enough memory to open “a\.jpg”") as caught:
                open_photo(tmp_path / "a.jpg")
            assert not isinstance(caught.value, InputError)
            with pytest.raises(CoreError, match=r"isn't enough memory to open “m\.jpg”"):
                open_mask(tmp_path / "m.jpg", (WIDTH, HEIGHT))


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_tiff_that_is_written_is_read_by_other_programs(tmp_path: Path, bits: int, channels: int) -> None:
    """OpenCV's libtiff and tifffile; in several strips, with the directories that tifffile doesn't write."""
    picture = values(channels, bits, 300)
    exif = Image.Exif()
    exif[0x010F] = "A beetle"
    exif.get_ifd(0x8769)[0x9003] = "2020:02:03 04:05:06"
    exif.get_ifd(0x8825)[1] = "N"
    opened = replace(open_photo(written(tmp_path / "a.tif", picture)), exif=exif.tobytes())
    assert export_photo(tmp_path / "b.tif", opened.pixels, opened, deep=opened.deep) == []
    order = [2, 1, 0, 3][:channels]
    if (bits, channels) != (8, 4):  # which OpenCV multiplies
        assert np.array_equal(cv2.imread(str(tmp_path / "b.tif"), cv2.IMREAD_UNCHANGED)[..., order], picture)
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        page = file.pages.first
        assert np.array_equal(page.asarray(), picture)
        assert len(page.dataoffsets) > 1
        assert page.extrasamples == ((2,) if channels == 4 else ())
        assert page.tags[34665].value["DateTimeOriginal"] == "2020:02:03 04:05:06"
        assert page.tags[34853].value["GPSLatitudeRef"] == "N"
    told = Image.Exif()
    told.load(open_photo(tmp_path / "b.tif").exif or b"")
    assert told[0x010F] == "A beetle"


# ---------------------------------------------------------------- one table


def test_every_ending_of_the_table_opens_and_is_taken_by_a_batch(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif").register_heif_opener()
    (tmp_path / "in").mkdir()
    for place, (ending, kind) in enumerate(formats.OPENED.items()):
        grey = np.full((8 + place, 8, 3), 100, np.uint8)  # each of its own size: a batch does the same once
        Image.fromarray(grey).save(tmp_path / "in" / f"a{place}{ending.upper()}", kind)
    found = gather([str(tmp_path / "in")], tmp_path / "out").items
    assert {item.source.suffix.lower() for item in found} == set(formats.OPENED)
    for item in found:
        assert open_photo(item.source).width == 8


def test_links_in_a_circle_and_into_nowhere_are_no_pictures_of_a_batch(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "nowhere.png")
    for given in ("a.png", "b.png", "*.png"):
        with pytest.raises(InputError, match="no picture"):
            gather([str(tmp_path / given)], tmp_path / "out")
    Image.fromarray(values(3, 8)).save(tmp_path / "c.png")
    (item,) = gather([str(tmp_path / "*.png")], tmp_path / "out").items
    assert item.source.name == "c.png"


def test_a_limit_of_a_library_is_no_short_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libheif's words for a size that a damaged file claims."""
    said = "Memory allocation error: Security limit exceeded: Image size 84x2147483716 exceeds the maximum"
    Image.fromarray(values(3, 8)).save(tmp_path / "a.jpg")

    def fail(*_: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr("core.photo.files.decode.of_image", fail)
    refused(tmp_path / "a.jpg", "damaged")
