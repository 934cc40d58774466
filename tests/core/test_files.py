"""Opening and exporting pictures: every odd kind, and what is kept."""

import errno
import os
import resource
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from core.errors import CoreError, InputError
from core.photo.files import xmp
from core.photo.files.export import export_photo
from core.photo.files.formats import EXPORTS
from core.photo.files.mask_files import DoubtfulError, open_mask, save_heat, save_mask
from core.photo.files.mask_from import MaskFrom
from core.photo.files.open import from_image, open_photo
from core.photo.masks.colormap import inferno
from core.photo.photo import Photo
from core.photo.rect import bounding_box

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" tiff:Orientation="6">'
    b"<dc:creator><rdf:Seq><rdf:li>A. Painter</rdf:li></rdf:Seq></dc:creator>"
    b'</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def colours(height: int = 40, width: int = 60) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 4, y * 6, 255 - x * 2 - y], axis=-1).astype(np.uint8)


def exif(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F], tags[0x8298] = orientation, "Maker", "Somebody"
    tags.get_ifd(0x8769).update({0x829A: (1, 125), 0x927C: b"maker\0note", 0x9003: "2020:02:03 04:05:06"})
    tags.get_ifd(0x8825)[1] = "N"
    return tags.tobytes()


def said(block: bytes | None) -> dict[str, Any]:
    assert block is not None
    tags = Image.Exif()
    tags.load(block)
    own = {tag: value for tag, value in tags.items() if tag not in (0x8769, 0x8825)}
    return {"own": own, "exif": tags.get_ifd(0x8769), "gps": tags.get_ifd(0x8825)}


def saved(folder: Path, name: str, image: Image.Image, **options: Any) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def png(pixels: np.ndarray, colour_type: int, depth: int = 16) -> bytes:
    """A PNG by hand: Pillow writes no 16-bit colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(f">u{depth // 8}").tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    idat = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + idat + chunk(b"IEND", b"")


# ---------------------------------------------------------------- opening


@pytest.mark.parametrize("name", ["a.png", "a.tiff", "a.webp", "a.bmp", "a.ppm"])
def test_plain_pictures_open_bit_for_bit(tmp_path: Path, name: str) -> None:
    options = {"lossless": True} if name.endswith("webp") else {}
    photo = open_photo(saved(tmp_path, name, Image.fromarray(colours()), **options))
    assert (photo.pixels == colours()).all()
    assert photo.pixels.dtype == np.uint8
    assert not photo.pixels.flags.writeable
    assert photo.alpha is None
    assert photo.notices == ()
    assert photo.name == name
    assert (photo.width, photo.height) == (60, 40)


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.avif", "AVIF"), ("a.webp", "WEBP")])
def test_lossy_pictures_open(tmp_path: Path, name: str, kind: str) -> None:
    photo = open_photo(saved(tmp_path, name, Image.fromarray(colours()), quality=95))
    assert np.abs(photo.pixels.astype(int) - colours()).mean() < 4
    assert photo.format == kind


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_opens_upright_and_keeps_its_exif(
    tmp_path: Path, name: str, orientation: int
) -> None:
    undone = ImageOps.exif_transpose  # the oracle; it forgets nothing but the orientation
    lying = Image.fromarray(colours())
    path = saved(
        tmp_path, name, lying, exif=exif(orientation), **({} if name != "a.jpg" else {"quality": 95})
    )
    with Image.open(path) as image:
        wanted = np.asarray(undone(image).convert("RGB"))
    photo = open_photo(path)
    assert photo.pixels.shape == ((60, 40, 3) if orientation >= 5 else (40, 60, 3))
    assert (photo.pixels == wanted).all()
    told = said(photo.exif)
    assert told["own"].pop(0x0112, 1) == 1
    assert (told["own"][0x010F], told["own"][0x8298]) == ("Maker", "Somebody")
    assert told["exif"] == said(exif())["exif"]
    assert told["gps"] == {1: "N"}


def test_an_upright_picture_is_not_turned_twice(tmp_path: Path) -> None:
    first = open_photo(saved(tmp_path, "a.png", Image.fromarray(colours()), exif=exif(6)))
    export_photo(tmp_path / "b.png", first.pixels, first)
    assert (open_photo(tmp_path / "b.png").pixels == first.pixels).all()


def test_orientation_by_xmp_alone(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(colours()), pnginfo=info))
    assert photo.pixels.shape == (60, 40, 3)
    assert photo.xmp is not None
    assert b'tiff:Orientation="1"' in photo.xmp


def test_maker_notes_do_not_move(tmp_path: Path) -> None:
    """They hold offsets from the start of the block: it must stay as it was but for two bytes."""
    block = exif(8)
    photo = open_photo(saved(tmp_path, "a.jpg", Image.fromarray(colours()), exif=block))
    assert photo.exif is not None
    assert len(photo.exif) == len(block)
    assert sum(a != b for a, b in zip(photo.exif, block, strict=True)) == 1


@pytest.mark.parametrize("block", [b"Exif\0\0", b"Exif\0\0garbage!", b"Exif\0\0II*\0\xff\xff\xff\xff", b"x"])
def test_damaged_exif_costs_no_picture(tmp_path: Path, block: bytes) -> None:
    photo = open_photo(saved(tmp_path, "a.webp", Image.fromarray(colours()), lossless=True, exif=block))
    assert (photo.pixels == colours()).all()
    for name in ("b.png", "b.jpg", "b.tiff", "b.webp", "b.avif"):
        export_photo(tmp_path / name, photo.pixels, photo)


def test_colour_profile_xmp_and_resolution_are_kept(tmp_path: Path) -> None:
    image = Image.fromarray(colours())
    photo = open_photo(saved(tmp_path, "a.jpg", image, icc_profile=SRGB, xmp=XMP, dpi=(300, 150)))
    assert photo.icc == SRGB
    assert photo.xmp == XMP.replace(b'Orientation="6"', b'Orientation="1"')
    assert photo.dpi == (150, 300)  # turned by its XMP: so are the two


def test_palette(tmp_path: Path) -> None:
    image = Image.fromarray(colours()).quantize(16)
    photo = open_photo(saved(tmp_path, "a.png", image))
    assert (photo.pixels == np.asarray(image.convert("RGB"))).all()
    assert photo.alpha is None


def test_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.fromarray(colours()).quantize(16)
    photo = open_photo(saved(tmp_path, "a.png", image, transparency=3))
    assert photo.alpha is not None
    assert (photo.alpha == np.where(np.asarray(image) == 3, 0, 255)).all()
    assert (photo.pixels == np.asarray(image.convert("RGB"))).all()


def test_grey(tmp_path: Path) -> None:
    grey = colours()[..., 0]
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(grey)))
    assert (photo.pixels == grey[..., None]).all()
    assert "grey" in photo.notices[0]


def test_grey_with_alpha(tmp_path: Path) -> None:
    image = Image.merge("LA", [Image.fromarray(colours()[..., c]) for c in (0, 1)])
    photo = open_photo(saved(tmp_path, "a.png", image))
    assert (photo.pixels == colours()[..., :1]).all()
    assert photo.alpha is not None
    assert (photo.alpha == colours()[..., 1]).all()
    assert not photo.alpha.flags.writeable


def test_colour_with_alpha_and_colour_under_transparency(tmp_path: Path) -> None:
    rgba = np.dstack([colours(), colours()[..., 1]])
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(rgba)))
    assert (photo.pixels == colours()).all()
    assert photo.alpha is not None
    assert (photo.alpha == colours()[..., 1]).all()


def test_an_alpha_that_is_opaque_is_none(tmp_path: Path) -> None:
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(colours()).convert("RGBA")))
    assert photo.alpha is None


def test_one_bit(tmp_path: Path) -> None:
    black = Image.fromarray(colours()[..., 0]).point(lambda v: 255 * (v > 99), "1")
    photo = open_photo(saved(tmp_path, "a.png", black))
    assert (photo.pixels[..., 1] == np.asarray(black) * 255).all()


def test_cmyk_without_a_profile(tmp_path: Path) -> None:
    image = Image.fromarray(colours()).convert("CMYK")
    photo = open_photo(saved(tmp_path, "a.tiff", image))
    assert (photo.pixels == np.asarray(image.convert("RGB"))).all()
    assert photo.notices == ("The picture was converted from CMYK to sRGB without a colour profile.",)


def test_cmyk_with_a_profile_that_cannot_be_used(tmp_path: Path) -> None:
    broken = bytearray(SRGB)
    broken[16:20] = b"CMYK"
    image = Image.fromarray(colours()).convert("CMYK")
    photo = open_photo(saved(tmp_path, "a.jpg", image, icc_profile=bytes(broken), quality=95))
    assert np.abs(photo.pixels.astype(int) - colours()).mean() < 9
    assert photo.icc is None


def test_cmyk_through_its_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which profile Little CMS is handed, and that its answer is the picture: no CMYK profile ships."""
    profile = bytearray(SRGB)
    profile[16:20] = b"CMYK"
    seen: list[bytes] = []

    def convert(image: Image.Image, source: Any, target: Any, outputMode: str) -> Image.Image:
        assert image.mode == "CMYK"
        seen.append(source)
        return Image.new(outputMode, image.size, (1, 2, 3))

    monkeypatch.setattr(ImageCms, "ImageCmsProfile", lambda file: file.read())
    monkeypatch.setattr(ImageCms, "profileToProfile", convert)
    image = Image.fromarray(colours()).convert("CMYK")
    photo = open_photo(saved(tmp_path, "a.tiff", image, icc_profile=bytes(profile)))
    assert seen == [bytes(profile)]
    assert (photo.pixels == (1, 2, 3)).all()
    assert photo.icc is None
    assert photo.notices == ("The picture was converted from CMYK to sRGB by its colour profile.",)


def grey_profile(gamma: float) -> bytes:
    """A minimal grey ICC profile: white point and a tone curve."""
    white = b"XYZ " + bytes(4) + struct.pack(">iii", 63190, 65536, 54061)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    description = b"desc" + bytes(4) + struct.pack(">I", 5) + b"grey\0" + bytes(11 + 67) + bytes(2)
    tags, body, at = b"", b"", 128 + 4 + 12 * 3
    for name, data in ((b"desc", description), (b"wtpt", white), (b"kTRC", curve)):
        tags += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02100000, b"mntr", b"GRAY", b"XYZ ")
    head += struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", 3) + tags + body


def test_a_grey_profile_is_applied_and_never_put_on_rgb(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8)[None].repeat(4, axis=0)
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(ramp), icc_profile=grey_profile(1.8)))
    assert (photo.pixels == ramp[..., None]).all()
    linear = (ramp[0] / 255) ** 1.8
    wanted = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
    shown = photo.space.to_srgb(photo.pixels)
    assert np.abs(shown[0, :, 1] - wanted).max() <= 2
    assert np.abs(shown[0, :, 1].astype(int) - ramp[0]).max() > 10  # it is bent
    assert (np.ptp(shown.astype(int), axis=2) <= 1).all()
    export_photo(tmp_path / "b.png", photo.pixels, photo)
    again = open_photo(tmp_path / "b.png")
    assert (again.pixels == photo.pixels).all()
    assert again.icc == photo.icc


def test_sixteen_bits_of_grey_stay_under_their_tone_curve(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 240).round().astype(np.uint16)[None].repeat(4, axis=0)
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(ramp), icc_profile=grey_profile(1.0)))
    assert photo.deep is not None
    values = photo.deep.part((0, 0, 240, 4))
    assert (values == ramp[..., None]).all()
    linear = ramp[0] / 65535
    wanted = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
    assert np.abs(photo.space.deep_to_srgb(values)[0, :, 1] - wanted).max() <= 0.6


def test_a_grey_profile_that_is_built_otherwise_is_converted_or_left(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8)[None].repeat(4, axis=0)
    known = grey_profile(1.8)
    for broken in (known.replace(b"kTRC", b"xTRC"), known[:140], known[:128] + b"\xff" * 20):
        photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(ramp), icc_profile=broken))
        assert photo.icc is None
        assert (photo.pixels == ramp[..., None]).all()
    lab = known[:20] + b"Lab " + known[24:]
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(ramp), icc_profile=lab))
    assert photo.icc is None
    assert (np.ptp(photo.pixels.astype(int), axis=2) <= 1).all()


def test_a_profile_that_leads_one_way_is_gone_at_once(tmp_path: Path) -> None:
    """A scanner's: of a table from its numbers to Lab, and none back."""
    grid = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 3)
    lab = np.stack([grid.mean(axis=1) * 65280, np.full(8, 32768), np.full(8, 32768)], axis=1)  # grey
    table = (
        b"mft2" + bytes(4) + bytes([3, 3, 2, 0]) + struct.pack(">9i", *(np.eye(3, dtype=int) * 65536).flat)
    )
    line = struct.pack(">2H", 0, 65535)
    table += struct.pack(">2H", 2, 2) + line * 3 + lab.astype(">u2").tobytes() + line * 3
    known = bytearray(grey_profile(1.0).replace(b"kTRC", b"A2B0"))
    at = struct.unpack_from(">I", known, 132 + 24 + 4)[0]
    known[132 + 24 + 8 : 132 + 36] = struct.pack(">I", len(table))
    known[16:24] = b"RGB Lab "
    scanner = bytes(known[:at]) + table
    scanner = struct.pack(">I", len(scanner)) + scanner[4:]
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(colours()), icc_profile=scanner))
    assert photo.icc is None
    assert "leads only there" in photo.notices[0]
    assert (np.ptp(photo.pixels.astype(int), axis=2) <= 1).all()


def test_a_profile_for_another_mode_is_left_out_with_a_notice(tmp_path: Path) -> None:
    photo = open_photo(saved(tmp_path, "a.png", Image.fromarray(colours()), icc_profile=grey_profile(2.2)))
    assert photo.icc is None
    assert "colour profile" in photo.notices[0]
    assert (photo.pixels == colours()).all()


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bit_png(tmp_path: Path, colour_type: int, channels: int) -> None:
    deep = colours().astype(np.uint16) * 257
    arrays = {1: deep[..., 0], 2: deep[..., :2], 3: deep, 4: np.dstack([deep, deep[..., 0]])}
    (tmp_path / "a.png").write_bytes(png(arrays[channels], colour_type))
    photo = open_photo(tmp_path / "a.png")
    assert (photo.pixels == (colours() if channels > 2 else colours()[..., :1])).all()
    assert photo.notices[0].startswith("The picture has 16 bits per channel; it is shown with 8")
    if channels in (2, 4):
        assert photo.alpha is not None
        assert (photo.alpha == colours()[..., 1 if channels == 2 else 0]).all()


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_sixteen_bit_grey_tiff(tmp_path: Path, compression: str | None) -> None:
    deep = colours()[..., 0].astype(np.uint16) * 257
    photo = open_photo(saved(tmp_path, "a.tiff", Image.fromarray(deep), compression=compression))
    assert (photo.pixels == colours()[..., :1]).all()
    assert "16 bits" in photo.notices[0]


def tiff16(pixels: np.ndarray) -> bytes:
    """An uncompressed 16-bit RGB TIFF by hand."""
    height, width = pixels.shape[:2]
    at = 8
    data = pixels.astype("<u2").tobytes()
    bits = at + len(data)
    entries = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, 3, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, at),
        (277, 3, 1, 3),
        (278, 3, 1, height),
        (279, 4, 1, len(data)),
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    tail = struct.pack("<HHH", 16, 16, 16) + directory + bytes(4)
    return b"II*\0" + struct.pack("<I", bits + 6) + data + tail


def test_sixteen_bit_colour_tiff(tmp_path: Path) -> None:
    (tmp_path / "a.tiff").write_bytes(tiff16(colours().astype(np.uint16) * 257))
    photo = open_photo(tmp_path / "a.tiff")
    assert (photo.pixels == colours()).all()
    assert "16 bits" in photo.notices[0]


def test_float_tiff_in_range_opens_and_beyond_is_refused(tmp_path: Path) -> None:
    values = colours()[..., 0].astype(np.float32) / 255
    photo = open_photo(saved(tmp_path, "a.tiff", Image.fromarray(values)))
    assert (photo.pixels == colours()[..., :1]).all()
    assert "32 bits" in photo.notices[0]
    assert "floating-point" in photo.notices[1]
    for odd in (values * 40, values - 0.5, np.full_like(values, np.nan)):
        with pytest.raises(InputError, match="only 0 to 1 can be shown"):
            open_photo(saved(tmp_path, "b.tiff", Image.fromarray(odd)))


def test_whole_numbers_of_32_bits(tmp_path: Path) -> None:
    values = colours()[..., 0].astype(np.int32) * 257
    photo = open_photo(saved(tmp_path, "a.tiff", Image.fromarray(values)))
    assert (photo.pixels == colours()[..., :1]).all()
    with pytest.raises(InputError, match="only 0 to 65535"):
        open_photo(saved(tmp_path, "b.tiff", Image.fromarray(values * 2)))


def test_lab_tiff(tmp_path: Path) -> None:
    image = Image.new("LAB", (20, 10), (255, 128, 128))  # L* = 100, a* = b* = 0
    photo = open_photo(saved(tmp_path, "a.tiff", image))
    assert (photo.pixels >= 253).all()
    assert "Lab" in photo.notices[0]


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.tiff", "a.avif"])
def test_of_several_frames_the_first_opens_with_a_notice(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue", "lime")]
    photo = open_photo(saved(tmp_path, name, frames[0], save_all=True, append_images=frames[1:]))
    assert np.abs(photo.pixels.astype(int) - (255, 0, 0)).max() <= 8
    assert photo.notices[0].startswith("The picture has 3 ")
    assert photo.notices[0].endswith("the first was opened.")


def test_a_phone_s_jpeg_with_a_second_picture_is_a_jpeg(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 16), colour) for colour in ("red", "blue")]
    path = saved(tmp_path, "a.jpg", frames[0], format="MPO", save_all=True, append_images=frames[1:])
    with Image.open(path) as image:
        assert image.format == "MPO"
    photo = open_photo(path)
    assert photo.format == "JPEG"
    assert photo.notices == ()


def test_a_picture_in_memory() -> None:
    photo = from_image(Image.fromarray(colours()))
    assert (photo.pixels == colours()).all()
    assert (photo.name, photo.format, photo.notices) == ("", "PNG", ())
    deep = from_image(Image.fromarray(colours()[..., 0].astype(np.uint16) * 257))
    assert "16 bits" in deep.notices[0]


# ---------------------------------------------------------------- what can't be opened


def refused(path: Path, what: str) -> InputError:
    with pytest.raises(InputError, match=what) as caught:
        open_photo(path)
    assert caught.value.hint
    return caught.value


def test_files_that_are_no_pictures(tmp_path: Path) -> None:
    refused(tmp_path / "none.png", "There is no file")
    refused(tmp_path, "is a folder")
    (tmp_path / "empty.png").write_bytes(b"")
    refused(tmp_path / "empty.png", "is empty")
    (tmp_path / "text.png").write_bytes(b"not a picture at all")
    refused(tmp_path / "text.png", "is not a picture")
    (tmp_path / "a.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")
    refused(tmp_path / "a.eps", "is a PostScript drawing, not a picture")
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "is not a file")


def test_no_permission_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, "a.png", Image.fromarray(colours()))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    refused(path, "not allowed to read")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tiff", "a.avif", "a.gif", "a.bmp"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_truncated(tmp_path: Path, name: str, share: float) -> None:
    whole = saved(tmp_path, name, Image.fromarray(colours(200, 300))).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    refused(tmp_path / name, "damaged")


def test_damaged_in_the_middle(tmp_path: Path) -> None:
    data = bytearray(saved(tmp_path, "a.png", Image.fromarray(colours())).read_bytes())
    data[60:90] = bytes(30)
    (tmp_path / "a.png").write_bytes(bytes(data))
    refused(tmp_path / "a.png", "damaged")


@pytest.mark.parametrize("size", [(20_000, 10_001), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path, size: tuple[int, int]) -> None:
    small = png(np.zeros((1, 1), np.uint8), 0, 8)
    head = struct.pack(">II", *size)
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + head + small[24:29]))
    (tmp_path / "a.png").write_bytes(small[:16] + head + small[24:29] + crc + small[33:])
    refused(tmp_path / "a.png", "200 million pixels")


# ---------------------------------------------------------------- exporting


def full_photo(alpha: bool = False) -> Photo:
    return Photo(
        pixels=colours(),
        alpha=colours()[..., 1] if alpha else None,
        icc=SRGB,
        exif=exif(),
        xmp=XMP.replace(b'Orientation="6"', b'Orientation="1"'),
        dpi=(300.0, 150.0),
    )


@pytest.mark.parametrize("extension", list(EXPORTS))
def test_export_keeps_everything_the_format_holds(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"a{extension}"
    export_photo(path, colours(), full_photo())
    photo = open_photo(path)
    assert photo.format == EXPORTS[extension]
    assert np.abs(photo.pixels.astype(int) - colours()).mean() < 3
    assert photo.icc == SRGB
    told = said(photo.exif)
    assert told["own"].pop(0x0112, 1) == 1
    assert {tag: told["own"][tag] for tag in (0x010F, 0x8298)} == {0x010F: "Maker", 0x8298: "Somebody"}
    assert told["exif"] == said(exif())["exif"]
    assert told["gps"] == {1: "N"}
    assert b"A. Painter" in (photo.xmp or b"")
    assert xmp.COMPOSITE.encode() in (photo.xmp or b"")
    if extension in (".png", ".jpg", ".tif"):
        assert photo.dpi == pytest.approx((300, 150), rel=1e-4)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("name", "quality"), [("a.png", 95), ("a.tiff", 95), ("a.webp", 100)])
@pytest.mark.parametrize("alpha", [False, True])
def test_lossless_formats_write_every_bit(tmp_path: Path, name: str, quality: int, alpha: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    photo = full_photo(alpha)
    if photo.alpha is not None:
        hidden = photo.alpha.copy()
        hidden[:10] = 0
        photo = Photo(pixels=photo.pixels, alpha=hidden)
    export_photo(tmp_path / name, pixels, photo, quality=quality)
    back = open_photo(tmp_path / name)
    assert (back.pixels == pixels).all()
    if photo.alpha is None:
        assert back.alpha is None
    else:
        assert back.alpha is not None
        assert (back.alpha == photo.alpha).all()


@pytest.mark.parametrize("name", ["a.webp", "a.avif"])
def test_lossy_formats_with_alpha_keep_it(tmp_path: Path, name: str) -> None:
    export_photo(tmp_path / name, colours(), full_photo(alpha=True))
    back = open_photo(tmp_path / name)
    assert back.alpha is not None
    assert np.abs(back.alpha.astype(int) - colours()[..., 1]).max() <= 8


def test_jpeg_puts_what_is_transparent_on_white(tmp_path: Path) -> None:
    alpha = np.zeros((40, 60), np.uint8)
    alpha[:, 32:] = 255
    photo = Photo(pixels=np.zeros((40, 60, 3), np.uint8), alpha=alpha)
    export_photo(tmp_path / "a.jpg", photo.pixels, photo)
    back = open_photo(tmp_path / "a.jpg")
    assert (back.pixels[:, :24] == 255).all()
    assert (back.pixels[:, 40:] == 0).all()


def test_jpeg_subsamples_colour_below_quality_90_only(tmp_path: Path) -> None:
    from PIL import JpegImagePlugin

    for quality, sampling in ((95, 0), (90, 0), (89, 2), (1, 2), (100, 0)):
        export_photo(tmp_path / "a.jpg", colours(), full_photo(), quality=quality)
        with Image.open(tmp_path / "a.jpg") as image:
            assert JpegImagePlugin.get_sampling(image) == sampling


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_quality_is_checked(tmp_path: Path, quality: int) -> None:
    with pytest.raises(InputError, match="1…100"):
        export_photo(tmp_path / "a.jpg", colours(), full_photo(), quality=quality)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a", "a.gif", "a.psd", ".png", "a.jpg.exe"])
def test_an_unknown_extension(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="format") as caught:
        export_photo(tmp_path / name, colours(), full_photo())
    assert ".webp" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_picture_too_long_for_its_format(tmp_path: Path) -> None:
    long = np.zeros((1, 16_384, 3), np.uint8)
    with pytest.raises(InputError, match="16383") as caught:
        export_photo(tmp_path / "a.webp", long, Photo(pixels=long))
    assert "PNG" in caught.value.hint
    export_photo(tmp_path / "a.jpg", long, Photo(pixels=long))


def test_a_missing_folder_on_export(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        export_photo(tmp_path / "nowhere" / "a.png", colours(), full_photo())


@pytest.mark.parametrize("extension", list(EXPORTS))
def test_a_full_disk_on_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / f"a{extension}"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CoreError, match="disk is full"):
        export_photo(path, colours(), full_photo())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("extension", list(EXPORTS))
def test_a_disk_that_fills_up_while_the_picture_is_written(tmp_path: Path, extension: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, limits[1]))
    try:
        with pytest.raises(CoreError, match="was not written: File too large"):
            export_photo(tmp_path / f"a{extension}", noise, Photo(pixels=noise))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_an_unedited_export_is_not_marked(tmp_path: Path) -> None:
    export_photo(tmp_path / "a.png", colours(), full_photo(), edited=False)
    assert open_photo(tmp_path / "a.png").xmp == full_photo().xmp
    export_photo(tmp_path / "b.png", colours(), Photo(pixels=colours()), edited=False)
    assert open_photo(tmp_path / "b.png").xmp is None


@pytest.mark.parametrize("extension", list(EXPORTS))
def test_the_recipe_travels_in_every_format(tmp_path: Path, extension: str) -> None:
    recipe = '{"query": "a zebra & a <fox>", "steps": 20, "wort": "Käfer"}'
    path = tmp_path / f"a{extension}"
    export_photo(path, colours(), full_photo(), recipe=recipe)
    assert xmp.recipe_in(open_photo(path).xmp) == recipe


def with_thumbnail() -> bytes:
    """EXIF of a second directory that holds a thumbnail, by hand."""
    thumbnail = b"\xff\xd8" + b"THE PICTURE BEFORE" + b"\xff\xd9"
    first = struct.pack("<H", 1) + struct.pack("<HHIHH", 0x0112, 3, 1, 1, 0) + struct.pack("<I", 26)
    second = struct.pack("<H", 2) + struct.pack("<HHII", 0x0201, 4, 1, 56)
    second += struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail)) + bytes(4)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + second + thumbnail


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif", "a.tiff"])
def test_an_edit_takes_the_old_thumbnail_out(tmp_path: Path, name: str) -> None:
    photo = open_photo(saved(tmp_path, "in.jpg", Image.fromarray(colours()), exif=with_thumbnail()))
    assert b"THE PICTURE BEFORE" in (photo.exif or b"")
    export_photo(tmp_path / name, colours(), photo)
    assert b"THE PICTURE BEFORE" not in (tmp_path / name).read_bytes()
    export_photo(tmp_path / "same.jpg", colours(), photo, edited=False)
    assert b"THE PICTURE BEFORE" in (tmp_path / "same.jpg").read_bytes()


def test_a_tall_picture_goes_on_white_in_jpeg_as_a_whole(tmp_path: Path) -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (700, 30, 4), np.uint8)
    white = Image.new("RGBA", (30, 700), "white")
    flat = Image.alpha_composite(white, Image.fromarray(rgba)).convert("RGB")
    seen = Photo(pixels=rgba[..., :3], alpha=rgba[..., 3])
    export_photo(tmp_path / "a.jpg", rgba[..., :3], seen)
    export_photo(tmp_path / "b.jpg", np.asarray(flat), Photo(pixels=np.asarray(flat)))
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_a_damaged_second_byte_is_a_damaged_picture(tmp_path: Path) -> None:
    """The lower bytes are decoded last: by then the higher ones have been let go."""
    deep = np.random.default_rng(0).integers(0, 65536, (300, 200, 3), np.uint16)
    (tmp_path / "a.png").write_bytes(png(deep, 2)[: 300 * 200 * 3])
    refused(tmp_path / "a.png", "damaged")


# ---------------------------------------------------------------- masks and heat maps as files


def test_a_mask_goes_to_disk_and_back(tmp_path: Path) -> None:
    mask = colours()[..., 0]
    save_mask(tmp_path / "m.png", mask)
    with Image.open(tmp_path / "m.png") as image:
        assert image.mode == "L"
    back = open_mask(tmp_path / "m.png", (60, 40))
    assert (back == mask).all()
    assert back.dtype == np.uint8


def test_a_mask_of_another_size_names_both(tmp_path: Path) -> None:
    save_mask(tmp_path / "m.png", np.full((40, 60), 255, np.uint8))
    with pytest.raises(InputError, match=r"60 × 40 pixels, the photo 61 × 40"):
        open_mask(tmp_path / "m.png", (61, 40))


def test_an_empty_mask(tmp_path: Path) -> None:
    save_mask(tmp_path / "m.png", np.zeros((40, 60), np.uint8))
    with pytest.raises(InputError, match="is empty"):
        open_mask(tmp_path / "m.png", (60, 40))


def test_masks_of_every_kind(tmp_path: Path) -> None:
    shape = colours()[..., 0]
    black, white = np.zeros_like(shape), np.full_like(shape, 255)
    cases = {
        "l": Image.fromarray(shape),
        "rgb": Image.fromarray(np.dstack([shape] * 3)),
        "deep": Image.fromarray(shape.astype(np.uint16) * 257),
        "white-alpha": Image.fromarray(np.dstack([white] * 3 + [shape])),
        "black-alpha": Image.fromarray(np.dstack([black] * 3 + [shape])),
        "la": Image.merge("LA", [Image.fromarray(white), Image.fromarray(shape)]),
        "opaque": Image.fromarray(np.dstack([shape] * 3 + [white])),
    }
    for name, image in cases.items():
        assert (open_mask(saved(tmp_path, f"{name}.png", image), (60, 40)) == shape).all(), name


def test_a_mask_is_numbers_not_colour(tmp_path: Path) -> None:
    """A grey profile would bend its values."""
    path = saved(tmp_path, "m.png", Image.fromarray(colours()[..., 0]), icc_profile=grey_profile(1.0))
    assert (open_mask(path, (60, 40)) == colours()[..., 0]).all()


def test_a_heat_map_is_saved_as_large_as_the_photo_in_inferno(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 15, dtype=np.float32)[None].repeat(10, axis=0)
    save_heat(tmp_path / "h.png", values, (60, 40))
    with Image.open(tmp_path / "h.png") as image:
        assert (image.mode, image.size) == ("RGB", (60, 40))
        shown = np.asarray(image)
    assert (shown[:, 0] == inferno(np.array(0.0))).all()
    assert (shown[:, -1] == inferno(np.array(1.0))).all()
    assert (np.diff(shown.astype(int).sum(axis=2), axis=1) >= -30).all()


@pytest.mark.parametrize("name", ["m.jpg", "m", "m.tiff"])
def test_masks_and_heat_maps_are_png_files(tmp_path: Path, name: str) -> None:
    for save in (
        lambda: save_mask(tmp_path / name, np.zeros((4, 4), np.uint8)),
        lambda: save_heat(tmp_path / name, np.zeros((4, 4)), (8, 8)),
    ):
        with pytest.raises(InputError, match="must be a PNG file"):
            save()
    assert not list(tmp_path.iterdir())


def test_a_mask_is_read_from_bytes_that_pillow_wrote(tmp_path: Path) -> None:
    """Any picture format serves, a lossy one too."""
    buffer = BytesIO()
    Image.fromarray(np.full((40, 60), 255, np.uint8)).save(buffer, "JPEG")
    (tmp_path / "m.jpg").write_bytes(buffer.getvalue())
    assert (open_mask(tmp_path / "m.jpg", (60, 40)) == 255).all()


def mask_file(folder: Path, values: np.ndarray) -> Path:
    """A mask by another program."""
    return saved(folder, "m.png", Image.fromarray(values))


def test_levels_that_nobody_sees_are_none_or_all(tmp_path: Path) -> None:
    values = np.full((40, 60), 1, np.uint8)
    values[10:20, 10:20] = 254
    values[0, :8] = (0, 3, 4, 5, 128, 250, 251, 252)
    mask = open_mask(mask_file(tmp_path, values), (60, 40))
    assert mask[0, :8].tolist() == [0, 0, 4, 5, 128, 250, 251, 255]
    assert (mask[10:20, 10:20] == 255).all()
    assert not mask[30:].any()
    assert bounding_box(mask[5:]) == (10, 5, 10, 10)


def test_a_mask_that_is_nothing_but_such_levels_is_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        open_mask(mask_file(tmp_path, np.full((40, 60), 3, np.uint8)), (60, 40))


def test_a_mask_of_this_program_comes_back_as_it_was(tmp_path: Path) -> None:
    values = np.arange(2400, dtype=np.uint16).reshape(40, 60).astype(np.uint8)
    save_mask(tmp_path / "m.png", values)
    assert (open_mask(tmp_path / "m.png", (60, 40)) == values).all()


def holed(alpha: int = 0) -> tuple[Image.Image, np.ndarray]:
    """A photo with a hole where it is to be repainted, as ComfyUI keeps a mask; and the mask."""
    photo = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    hole = np.zeros((40, 60), np.uint8)
    hole[10:20, 30:50] = 255
    alpha_of = np.where(hole == 255, np.uint8(alpha), np.uint8(255))
    return Image.fromarray(np.dstack([photo, alpha_of])), hole


@pytest.mark.parametrize("name", ["m.png", "m.webp"])
def test_a_photo_with_a_hole_is_asked_about_and_its_hole_can_be_the_mask(tmp_path: Path, name: str) -> None:
    image, hole = holed()
    path = saved(tmp_path, name, image, **({"lossless": True} if name.endswith("webp") else {}))
    with pytest.raises(DoubtfulError, match="many tones") as caught:
        open_mask(path, (60, 40))
    assert caught.value.transparent
    assert "--mask-from transparent" in caught.value.hint
    assert (open_mask(path, (60, 40), MaskFrom.TRANSPARENT) == hole).all()
    assert (open_mask(path, (60, 40), MaskFrom.OPAQUE) == 255 - hole).all()
    assert open_mask(path, (60, 40), MaskFrom.LUMINANCE)[:10].std() > 20


def test_a_photo_without_transparency_is_asked_about_too(tmp_path: Path) -> None:
    path = saved(tmp_path, "m.jpg", holed()[0].convert("RGB"))
    with pytest.raises(DoubtfulError) as caught:
        open_mask(path, (60, 40))
    assert not caught.value.transparent
    assert "transparent" not in caught.value.hint
    assert open_mask(path, (60, 40), MaskFrom.LUMINANCE).any()
    with pytest.raises(InputError, match="transparent nowhere"):
        open_mask(path, (60, 40), MaskFrom.TRANSPARENT)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
def test_masks_with_soft_edges_are_never_asked_about(tmp_path: Path, mode: str) -> None:
    away = np.hypot(*np.meshgrid(np.arange(60) - 30, np.arange(40) - 20))
    soft = np.clip((12 - away) * 40 + 128, 0, 255).astype(np.uint8)
    image = Image.fromarray(soft).convert(mode)
    mask = open_mask(saved(tmp_path, "m.png", image), (60, 40))
    assert np.abs(mask.astype(int) - soft).max() <= 3
