"""What a file says beside its pixels is kept by an export, or named; it never costs a picture or an edit."""

import json
import shutil
import struct
import subprocess
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.errors import CoreError, InputError
from core.photo.deep import Deep
from core.photo.files import exif, export, extras, metadata, tiff_write
from core.photo.files import image_resources as resources
from core.photo.files.export import export_photo, reencodes
from core.photo.files.extras import Extras
from core.photo.files.formats import EXPORTS
from core.photo.files.open import open_photo
from core.photo.photo import Photo

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".tif": "TIFF", ".webp": "WEBP", ".avif": "AVIF"}
SOURCE = "compositeWithTrainedAlgorithmicMedia"


def exiftool(path: Path, *options: str) -> dict[str, Any]:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    words = ["exiftool", "-json", "-G1", "-a", *options, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


def chunks(path: Path) -> list[tuple[bytes, bytes]]:
    """Every chunk of a PNG, checked by its sum."""
    data, at, found = path.read_bytes(), 8, []
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(name + body),)
        found.append((name, body))
        at += length + 12
    return found


def with_chunks(path: Path, *added: tuple[bytes, bytes], late: tuple[bytes, bytes] | None = None) -> Path:
    """A PNG with more chunks after its head, and one after its pixels."""
    file = BytesIO()
    Image.fromarray(PIXELS).save(file, "PNG")
    data = file.getvalue()

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head, rest, end = data[:33], data[33:-12], data[-12:]
    tail = b"" if late is None else chunk(*late)
    path.write_bytes(head + b"".join(chunk(*pair) for pair in added) + rest + tail + end)
    return path


def again(path: Path, extension: str = "", **options: Any) -> tuple[Path, list[str]]:
    """Opened and exported, by default in its own format; the notices."""
    photo = open_photo(path)
    out = path.with_name(f"out{extension or path.suffix}")
    return out, export_photo(out, photo.pixels, photo, **options)


# ---------------------------------------------------------------- PNG

PARAMETERS = b"parameters\0(zebra:1.3), <lora:foo:0.8>\nNegative prompt: bad\nSteps: 20, Sampler: Euler a"
WORKFLOW = b"workflow\0" + json.dumps({"nodes": [{"id": 1, "type": "KSampler"}]}).encode()
AUTHOR = b"Author\0Jane Doe"
TITLE = b"Title\0\0\0de\0Titel\0" + "Pferd ü 🐎".encode()
LONG = b"prompt\0\0" + zlib.compress(b"horse " * 40_000)
TEXTS = ((b"tEXt", PARAMETERS), (b"tEXt", AUTHOR), (b"iTXt", TITLE), (b"zTXt", LONG))
GAMMA, LINEAR = (b"gAMA", struct.pack(">I", 100_000)), (b"gAMA", struct.pack(">I", 45_455))
PRIMARIES = (b"cHRM", struct.pack(">8I", 31270, 32900, 73470, 26530, 11500, 82600, 15700, 1800))
RENDERING = (b"sRGB", b"\1")
PQ = (b"cICP", b"\x09\x10\0\1")


@pytest.mark.parametrize("deep", [False, True])
def test_a_png_keeps_its_text_and_what_its_colours_mean(tmp_path: Path, deep: bool) -> None:
    path = with_chunks(tmp_path / "a.png", GAMMA, PRIMARIES, PQ, *TEXTS, late=(b"tEXt", WORKFLOW))
    low = Deep(PIXELS, np.zeros_like(PIXELS)) if deep else None
    out, notices = again(path, deep=low)
    assert notices == []
    written = chunks(out)
    for chunk in (GAMMA, PRIMARIES, PQ, *TEXTS, (b"tEXt", WORKFLOW)):
        assert written.count(chunk) == 1
    names = [name for name, _ in written]
    assert max(names.index(name) for name in (b"gAMA", b"cHRM", b"cICP")) < names.index(b"IDAT")
    third, _ = again(out, ".png")
    assert [c for c in chunks(third) if c[0] in extras.TEXT] == [c for c in written if c[0] in extras.TEXT]


def test_a_png_s_text_is_what_exiftool_reads(tmp_path: Path) -> None:
    path = with_chunks(tmp_path / "a.png", GAMMA, PRIMARIES, *TEXTS, late=(b"tEXt", WORKFLOW))
    before, after = exiftool(path), exiftool(again(path)[0])
    told = {name: value for name, value in before.items() if name.startswith("PNG")}
    assert len(told) >= 15
    assert {name: after.get(name) for name in told} == told


def test_what_srgb_says_is_kept_and_missed_by_no_other_format(tmp_path: Path) -> None:
    path = with_chunks(tmp_path / "a.png", RENDERING, LINEAR)
    assert {RENDERING, LINEAR} <= set(chunks(again(path)[0]))
    for extension in FORMATS:
        assert again(path, extension)[1] == []


@pytest.mark.parametrize("extension", [".jpg", ".tif", ".webp", ".avif"])
def test_a_format_without_a_place_for_them_says_so(tmp_path: Path, extension: str) -> None:
    path = with_chunks(tmp_path / "a.png", PQ, (b"tEXt", AUTHOR), (b"tEXt", PARAMETERS))
    _, notices = again(path, extension)
    kind = FORMATS[extension]
    left = "text (Author, parameters), gamma and primaries"
    assert notices[0] == f"{kind} can't hold all that the picture carries; left out: {left}."
    assert "show other colours" in notices[1]


@pytest.mark.parametrize("extension", [".jpg", ".tif", ".webp", ".avif"])
def test_gamma_and_primaries_become_a_profile_where_a_format_has_no_other_place(
    tmp_path: Path, extension: str
) -> None:
    path = with_chunks(tmp_path / "a.png", GAMMA, PRIMARIES)
    out, notices = again(path, extension)
    assert notices == []
    assert open_photo(out).icc == open_photo(path).profile is not None
    kept, _ = again(path)
    assert b"iCCP" not in [name for name, _ in chunks(kept)]


def test_a_profile_takes_the_place_of_gamma_and_primaries(tmp_path: Path) -> None:
    profile = b"iCCP", b"name\0\0" + zlib.compress(bytes(36) + b"acsp" + bytes(88))
    path = with_chunks(tmp_path / "a.png", profile, GAMMA, PRIMARIES, PQ)
    assert open_photo(path).extras.colour == (PQ,)


def test_damaged_and_doubled_text_is_not_kept(tmp_path: Path) -> None:
    doubled = b"Raw profile type exif\0\nexif\n       4\n4d4d002a\n"
    path = with_chunks(tmp_path / "a.png", (b"tEXt", doubled), (b"tEXt", AUTHOR), late=(b"tEXt", WORKFLOW))
    path.write_bytes(path.read_bytes().replace(b"Jane Doe", b"Jane Poe"))  # its sum is wrong now
    assert extras.read(path).text == ((b"tEXt", WORKFLOW),)


def test_xmp_is_not_kept_twice(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "<x/>")
    Image.fromarray(PIXELS).save(tmp_path / "a.png", pnginfo=info)
    out, _ = again(tmp_path / "a.png")
    assert sum(data.startswith(b"XML:com.adobe.xmp\0") for _, data in chunks(out)) == 1


# ---------------------------------------------------------------- JPEG and TIFF

RECORD = b"\x1c\x02\x78\x00\x0aA headline\x1c\x02\x50\x00\x08Jane Doe"  # caption and by-line
BLOCKS = {
    resources.IPTC: RECORD,
    0x040A: b"\1",
    0x040B: b"http://example.org",
    0x0409: b"a thumbnail",
}


def jpeg(path: Path, *segments: bytes, **options: Any) -> Path:
    Image.fromarray(PIXELS).save(path, extra=b"".join(segments), quality=95, **options)
    return path


def test_a_jpeg_keeps_its_iptc_record_and_comments(tmp_path: Path) -> None:
    comments = (b"first comment", "zweiter, mit ü".encode("latin-1"))
    path = jpeg(
        tmp_path / "a.jpg", resources.segments(BLOCKS), *(resources.segment(0xFE, c) for c in comments)
    )
    out, notices = again(path)
    assert notices == []
    said = open_photo(out).extras
    assert said.comments == comments
    assert said.resources == {number: BLOCKS[number] for number in (resources.IPTC, 0x040A, 0x040B)}
    assert b"thumbnail" not in out.read_bytes()
    with Image.open(out) as image:  # by another reader
        assert image.info["photoshop"][resources.IPTC] == RECORD
    assert again(path, ".webp")[1] == [
        "WEBP can't hold all that the picture carries; left out: comment, IPTC record."
    ]


def test_exiftool_reads_the_iptc_record_and_the_comment(tmp_path: Path) -> None:
    path = jpeg(tmp_path / "a.jpg", resources.segments(BLOCKS), comment=b"a comment")
    for extension in (".jpg", ".tif"):
        told = exiftool(again(path, extension)[0])
        assert (told["IPTC:Caption-Abstract"], told["IPTC:By-line"]) == ("A headline", "Jane Doe")
        assert told["Photoshop:CopyrightFlag"] is True
    assert exiftool(again(path)[0])["File:Comment"] == "a comment"


def test_a_record_longer_than_a_segment_is_kept(tmp_path: Path) -> None:
    record = b"\x1c\x02\x78\x80\x04" + struct.pack(">I", 150_000) + bytes(range(250)) * 600
    path = jpeg(tmp_path / "a.jpg", resources.segments({resources.IPTC: record}))
    assert open_photo(again(path)[0]).extras.resources == {resources.IPTC: record}


@pytest.mark.parametrize("kind", [1, 4, 7])  # bytes, whole numbers of four, undefined: all are in use
def test_a_tiff_keeps_its_iptc_record(tmp_path: Path, kind: int) -> None:
    record = RECORD.ljust(-(-len(RECORD) // 4) * 4, b"\0")
    value = struct.unpack(f"<{len(record) // 4}I", record) if kind == 4 else record
    tag = resources.IPTC_TAG, kind, len(value), value, True
    tifffile.imwrite(tmp_path / "a.tif", PIXELS, photometric="rgb", byteorder="<", extratags=[tag])
    out, notices = again(tmp_path / "a.tif")
    assert notices == []
    assert open_photo(out).extras.resources == {resources.IPTC: record}
    assert open_photo(again(tmp_path / "a.tif", ".jpg")[0]).extras.resources == {resources.IPTC: record}


@given(st.binary(max_size=60), st.sampled_from([b"", b"8BIM\4\4\0\0", b"8BIM\4\4\0\0\0\0\0\5hello"]))
def test_no_resources_break_their_reader(tail: bytes, head: bytes) -> None:
    found = resources.read(head + tail)
    assert set(found) <= set(resources.KEPT)
    assert resources.read(resources.write(found)) == found


# ---------------------------------------------------------------- resolution


@pytest.mark.parametrize("extension", list(FORMATS))
def test_the_resolution_is_kept_in_every_format(tmp_path: Path, extension: str) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png", dpi=(300, 150))
    out, notices = again(tmp_path / "a.png", extension)
    assert notices == []
    assert open_photo(out).dpi == pytest.approx((300, 150), abs=0.02)
    back, _ = again(out, ".png")
    assert open_photo(back).dpi == pytest.approx((300, 150), abs=0.02)


@pytest.mark.parametrize("extension", [".webp", ".avif"])
def test_a_resolution_goes_into_exif_and_moves_nothing_there(tmp_path: Path, extension: str) -> None:
    tags = Image.Exif()
    tags[exif.ORIENTATION], tags[0x010F], tags[0x8298] = 1, "Maker", "Somebody"
    tags.get_ifd(0x8769).update({0x829A: (1, 125), 0x927C: b"maker\0note"})
    block = tags.tobytes()
    photo = Photo(PIXELS, exif=block, dpi=(96, 96))
    export_photo(tmp_path / f"a{extension}", PIXELS, photo)
    kept = open_photo(tmp_path / f"a{extension}").exif
    assert kept is not None
    assert kept.index(b"maker\0note") == block.index(b"maker\0note")
    told = exif.parsed(kept)
    assert told is not None
    assert (told[0x010F], told[0x8298], told[0x011A], told[0x0128]) == ("Maker", "Somebody", 96, 2)
    assert dict(told.get_ifd(0x8769)) == {0x829A: (1, 125), 0x927C: b"maker\0note"}


@pytest.mark.parametrize("extension", [".webp", ".avif"])
def test_exiftool_reads_the_resolution(tmp_path: Path, extension: str) -> None:
    export_photo(tmp_path / f"a{extension}", PIXELS, Photo(PIXELS, dpi=(300, 72.5)))
    told = exiftool(tmp_path / f"a{extension}")
    assert (told["IFD0:XResolution"], told["IFD0:YResolution"]) == (300, 72.5)
    assert told["IFD0:ResolutionUnit"] == "inches"


# ---------------------------------------------------------------- what can't be written


def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    return struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")


def block(*entries: bytes, tail: bytes = b"") -> bytes:
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return exif.HEAD + b"II*\0\x08\0\0\0" + directory + tail


UPRIGHT = entry(0x0112, 3, 1, b"\1")
RDF = b'<x xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:RDF/>'
ODD = {
    "a resolution beyond all bounds": {"dpi": (4294967295.0, 4294967295.0)},
    "a resolution of nearly nothing": {"dpi": (1e-9, 1e-9)},
    "an endless resolution": {"dpi": (1e300, 1e300)},
    "EXIF with a resolution as text": {"exif": block(UPRIGHT, entry(0x011A, 2, 4, b"abc"))},
    "EXIF with a maker as number": {"exif": block(entry(0x010F, 3, 1, b"\1"), UPRIGHT)},
    "EXIF that is too long": {"exif": block(entry(0x010F, 2, 4, b"abc"), tail=bytes(70_000))},
    "EXIF of an unknown kind": {"exif": block(entry(0x010F, 99, 4, b"abc"), entry(0x0112, 77, 1, b"\1"))},
    "garbage for EXIF": {"exif": b"Exif\0\0II*\0" + b"\xff" * 40},
    "XMP that is too long": {"xmp": RDF + b" " * 70_000 + b"</x>"},
    "XMP that nests": {"xmp": b"<a>" * 990 + b"</a>" * 990},
    "a profile that is none": {"icc": b"no profile"},
    "a comment that is too long": {"extras": Extras(comments=(bytes(70_000),))},
    "text without a keyword": {"extras": Extras(text=((b"tEXt", b""),))},
    "resources beyond bounds": {"extras": Extras(resources={1 << 20: b"x"})},
    "primaries without numbers": {"extras": Extras(colour=((b"cHRM", b"x"),))},
}


@pytest.mark.parametrize("extension", list(FORMATS))
@pytest.mark.parametrize("fields", ODD.values(), ids=ODD)
def test_odd_metadata_cost_no_edit(tmp_path: Path, fields: dict[str, Any], extension: str) -> None:
    out = tmp_path / f"a{extension}"
    notices = export_photo(out, PIXELS, Photo(PIXELS, **fields), recipe="{}", quality=100)
    back = open_photo(out)
    assert np.abs(back.pixels.astype(int) - PIXELS).mean() < 12
    assert SOURCE.encode() in (back.xmp or b"")
    if extension in (".png", ".tif"):
        assert np.array_equal(back.pixels, PIXELS)
    assert all("left out" in sentence or "other colours" in sentence for sentence in notices)


@pytest.mark.parametrize(
    ("name", "fields", "lost"),
    [
        ("a.png", "a resolution beyond all bounds", "resolution"),
        ("a.jpg", "a resolution beyond all bounds", "resolution"),
        ("a.jpg", "EXIF that is too long", "some of the EXIF"),
        ("a.jpg", "XMP that is too long", "XMP"),
        ("a.png", "XMP that nests", "XMP"),
        ("a.jpg", "a comment that is too long", "comment"),
    ],
)
def test_what_is_left_out_is_named(tmp_path: Path, name: str, fields: str, lost: str) -> None:
    kind = FORMATS[Path(name).suffix]
    (sentence,) = export_photo(tmp_path / name, PIXELS, Photo(PIXELS, **ODD[fields]))
    assert sentence == f"{kind} can't hold all that the picture carries; left out: {lost}."


def test_of_exif_that_a_format_cannot_hold_the_tags_that_it_can_are_kept(tmp_path: Path) -> None:
    photo = Photo(PIXELS, **ODD["EXIF that is too long"])
    export_photo(tmp_path / "a.jpg", PIXELS, photo)
    kept = exif.parsed(open_photo(tmp_path / "a.jpg").exif or b"")
    assert kept is not None
    assert kept[0x010F] == "abc"


def test_a_recipe_too_long_for_jpeg_is_left_out_and_named(tmp_path: Path) -> None:
    notices = export_photo(tmp_path / "a.jpg", PIXELS, Photo(PIXELS), recipe="x" * 70_000)
    assert notices == ["JPEG can't hold all that the picture carries; left out: the recipe."]
    assert SOURCE.encode() in (open_photo(tmp_path / "a.jpg").xmp or b"")


@pytest.mark.parametrize("error", [TypeError, OverflowError, struct.error, KeyError, RecursionError])
@pytest.mark.parametrize("extension", list(FORMATS))
def test_an_encoder_that_takes_it_in_parts_and_not_together_gets_the_pixels_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception], extension: str
) -> None:
    save = Image.Image.save

    def refusing(image: Image.Image, file: object, *given: Any, **options: Any) -> None:
        if image.size != (1, 1) and {"exif", "icc_profile"} <= set(options):
            raise error("odd")
        save(image, file, *given, **options)  # type: ignore[arg-type]

    tiff = tiff_write.write

    def refusing_tiff(file: Any, height: int, rows: Any, options: dict[str, Any]) -> None:
        if height > 1 and {"exif", "icc_profile"} <= set(options):
            raise error("odd")
        tiff(file, height, rows, options)

    monkeypatch.setattr(Image.Image, "save", refusing)
    monkeypatch.setattr(tiff_write, "write", refusing_tiff)
    photo = Photo(PIXELS, exif=block(entry(0x010F, 2, 4, b"abc")), icc=b"a profile")
    out = tmp_path / f"a{extension}"
    out.write_bytes(b"old")
    (sentence,) = export_photo(out, PIXELS, photo)
    assert sentence.endswith("left out: colour profile, EXIF, XMP.")
    with Image.open(out) as image:
        assert image.size == (32, 24)


def test_an_encoder_that_takes_nothing_says_so_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TypeError("odd")

    monkeypatch.setattr(Image.Image, "save", refuse)
    (tmp_path / "a.png").write_bytes(b"old")
    with pytest.raises(InputError, match="can't be written as PNG: odd"):
        export_photo(tmp_path / "a.png", PIXELS, Photo(PIXELS))
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.png", b"old")]


def test_short_memory_is_no_fault_of_the_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(export, "_image", lambda *_: Image.fromarray(PIXELS))
    monkeypatch.setattr(metadata, "_takes", lambda *_: True)
    monkeypatch.setattr(Image.Image, "save", lambda *_, **__: short())
    with pytest.raises(CoreError, match="enough memory to write") as caught:
        export_photo(tmp_path / "a.png", PIXELS, Photo(PIXELS))
    assert not isinstance(caught.value, InputError)


# ---------------------------------------------------------------- what is said besides


def test_what_belongs_to_the_picture_before_is_named(tmp_path: Path) -> None:
    claims = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:h="http://ns.adobe.com/hdr-gain-map/1.0/" h:Version="1.0"/></rdf:RDF>'
    )
    path = jpeg(tmp_path / "a.jpg", xmp=claims)
    out, notices = again(path)
    assert notices == ["Left out, as it belongs to the picture before: HDR gain map."]
    assert b"hdr-gain-map" not in out.read_bytes()


def test_exif_that_can_not_be_read_is_said_on_opening(tmp_path: Path) -> None:
    path = jpeg(tmp_path / "a.jpg", exif=b"Exif\0\0garbage!")
    assert open_photo(path).notices == ("The picture's EXIF is damaged and was left out.",)


def test_transparency_that_goes_on_white_is_said(tmp_path: Path) -> None:
    photo = Photo(PIXELS, alpha=np.full(PIXELS.shape[:2], 9, np.uint8))
    (sentence,) = export_photo(tmp_path / "a.jpg", PIXELS, photo)
    assert "goes on white" in sentence
    assert export_photo(tmp_path / "a.avif", PIXELS, photo) == []


@pytest.mark.parametrize("extension", list(EXPORTS))
@pytest.mark.parametrize("quality", [95, 100])
def test_a_format_that_changes_pixels_everywhere_says_so_and_no_other(
    tmp_path: Path, extension: str, quality: int
) -> None:
    path = tmp_path / f"a{extension}"
    export_photo(path, PIXELS, Photo(PIXELS), quality=quality)
    exact = np.array_equal(open_photo(path).pixels, PIXELS)
    assert (reencodes(path, quality) == []) == exact


ANY = st.binary(max_size=200)


@settings(max_examples=30, deadline=None)
@given(ANY, ANY, ANY, st.floats(1e-3, 1e12), st.sampled_from([".png", ".jpg", ".tif", ".webp"]))
def test_no_metadata_at_all_costs_an_edit(
    tmp_path_factory: pytest.TempPathFactory, icc: bytes, xmp: bytes, tags: bytes, dpi: float, extension: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{extension}"
    said = exif.HEAD + b"II*\0\x08\0\0\0" + tags
    export_photo(path, PIXELS, Photo(PIXELS, icc=icc, xmp=xmp, exif=said, dpi=(dpi, 1.0)))
    assert open_photo(path).pixels.shape == PIXELS.shape
