"""16 bits per channel, from file to file. The oracle are FFmpeg's codecs (PyAV)."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from core.errors import InputError
from core.photo import deep
from core.photo.files.export import export_photo
from core.photo.files.open import from_image, open_photo
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.region import paste

LAYOUTS = {  # kind of picture → channels, PNG's pixel format, TIFF's
    "grey": (1, "gray16be", "gray16le"),
    "grey with alpha": (2, "ya16be", "ya16le"),
    "colour": (3, "rgb48be", "rgb48le"),
    "colour with alpha": (4, "rgba64be", "rgba64le"),
}
KEPT = "it is shown with 8"


def samples(channels: int, width: int = 53, height: int = 201) -> np.ndarray:
    """More rows than a band holds, and a width that no codec's padding hides."""
    return np.random.default_rng(channels).integers(0, 65536, (height, width, channels), np.uint16)


def encode(path: Path, values: np.ndarray, form: str) -> Path:
    """Write uint16 (H, W, C) by FFmpeg's encoder for the path's format."""
    height, width = values.shape[:2]
    frame = av.VideoFrame(width, height, form)
    rows = values.reshape(height, -1).astype(">u2" if form.endswith("be") else "<u2").view(np.uint8)
    padded = np.zeros((height, frame.planes[0].line_size), np.uint8)
    padded[:, : rows.shape[1]] = rows
    frame.planes[0].update(padded.tobytes())
    frame.pts = 0
    encoder = av.CodecContext.create(path.suffix[1:], "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, form, Fraction(1, 25)
    path.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)]))
    return path


def decode(path: Path) -> np.ndarray:
    """Read a file by FFmpeg's decoder: uint16 (H, W, C)."""
    decoder = av.CodecContext.create(path.suffix[1:], "r")
    (frame,) = [*decoder.decode(av.Packet(path.read_bytes())), *decoder.decode(None)]
    plane, order = frame.planes[0], ">u2" if frame.format.name.endswith("be") else "<u2"
    channels = len(frame.format.components)
    rows = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)
    return (
        rows[:, : frame.width * channels * 2].copy().view(order).reshape(frame.height, frame.width, channels)
    ).astype(np.uint16)


def deep_photo(tmp_path: Path, kind: str = "colour", extension: str = ".png") -> tuple[Photo, np.ndarray]:
    channels, png, tiff = LAYOUTS[kind]
    values = samples(channels)
    path = encode(tmp_path / f"in{extension}", values, png if extension == ".png" else tiff)
    return open_photo(path), values


def as_colour(values: np.ndarray) -> np.ndarray:
    """Grey is written as R = G = B; alpha stays last."""
    if values.shape[2] > 2:
        return values
    return np.concatenate([np.repeat(values[..., :1], 3, axis=2), values[..., 1:]], axis=2)


@pytest.mark.parametrize("output", ["out.png", "out.tiff"])
@pytest.mark.parametrize(
    ("kind", "extension"),
    [(kind, ".png") for kind in LAYOUTS] + [(kind, ".tiff") for kind in LAYOUTS if "grey with" not in kind],
)
def test_every_bit_goes_from_file_to_file(tmp_path: Path, kind: str, extension: str, output: str) -> None:
    photo, values = deep_photo(tmp_path, kind, extension)
    assert KEPT in photo.notices[0]
    export_photo(tmp_path / output, photo.pixels, photo, deep=photo.deep)
    assert np.array_equal(decode(tmp_path / output), as_colour(values))
    again = open_photo(tmp_path / output)
    assert np.array_equal(again.pixels, as_colour(values)[..., :3] >> 8)
    assert again.deep is not None
    assert np.array_equal(np.concatenate(list(again.deep.bands())), as_colour(values))


def test_colour_shares_the_pixels_shown(tmp_path: Path) -> None:
    photo, _ = deep_photo(tmp_path)
    assert photo.deep is not None
    assert photo.deep.high is photo.pixels
    assert sum(array.nbytes for array in photo.deep.arrays()) == 6 * photo.width * photo.height
    assert not any(array.flags.writeable for array in photo.deep.arrays())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_keeps_its_bits(tmp_path: Path, orientation: int) -> None:
    first, values = deep_photo(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = replace(first, exif=exif.tobytes())
    export_photo(tmp_path / "lying.png", first.pixels, lying, deep=first.deep)
    photo = open_photo(tmp_path / "lying.png")
    turns = [
        values,
        values[:, ::-1],
        values[::-1, ::-1],
        values[::-1],
        values.transpose(1, 0, 2),
        values.transpose(1, 0, 2)[:, ::-1],
        values[::-1, ::-1].transpose(1, 0, 2),
        values.transpose(1, 0, 2)[::-1],
    ]
    assert photo.deep is not None
    assert np.array_equal(photo.deep.part((0, 0, photo.width, photo.height)), turns[orientation - 1])


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", None])
@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_grey_tiffs_of_either_order(tmp_path: Path, mode: str, compression: str | None) -> None:
    values = samples(1)[..., 0]
    data = values.astype(">u2" if mode == "I;16B" else "<u2").tobytes()
    image = Image.frombytes(mode, (values.shape[1], values.shape[0]), data)
    image.save(tmp_path / "a.tiff", compression=compression)
    photo = open_photo(tmp_path / "a.tiff")
    assert photo.deep is not None
    assert np.array_equal(photo.deep.part((5, 7, 20, 9))[..., 1], values[7:16, 5:25])
    assert np.array_equal(photo.pixels[..., 0], values >> 8)


def test_the_metadata_go_along(tmp_path: Path) -> None:
    first, _ = deep_photo(tmp_path)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769)[0x829A] = 0.5
    photo = replace(first, icc=srgb, exif=exif.tobytes(), dpi=(300.0, 150.0))
    for name in ("a.png", "a.tiff"):
        export_photo(tmp_path / name, photo.pixels, photo, deep=photo.deep, recipe="x" * 70_000)
        back = open_photo(tmp_path / name)
        assert back.icc == srgb
        assert back.dpi == pytest.approx((300, 150), rel=1e-4)
        told = Image.Exif()
        told.load(back.exif or b"")
        assert (told[0x010F], told.get_ifd(0x8769)[0x829A]) == ("Maker", 0.5)
        assert b"compositeWithTrainedAlgorithmicMedia" in (back.xmp or b"")
        assert np.array_equal(decode(tmp_path / name), decode(tmp_path / "in.png"))


def test_formats_of_eight_bits_say_so(tmp_path: Path) -> None:
    photo, _ = deep_photo(tmp_path)
    (sentence,) = export_photo(tmp_path / "a.jpg", photo.pixels, photo, deep=photo.deep)
    assert open_photo(tmp_path / "a.jpg").deep is None
    assert sentence.startswith("JPEG holds 8 bits per channel")
    assert export_photo(tmp_path / "a.tif", photo.pixels, photo, deep=photo.deep) == []
    eight = open_photo(tmp_path / "a.jpg")
    assert export_photo(tmp_path / "a.jpg", eight.pixels, eight) == []


def test_what_is_converted_on_opening_has_eight_bits(tmp_path: Path) -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[16:20] = b"GRAY"
    Image.fromarray(samples(1)[..., 0]).save(tmp_path / "a.png", icc_profile=bytes(profile))
    photo = open_photo(tmp_path / "a.png")
    assert photo.deep is None
    assert photo.notices[0].endswith("it was opened with 8.")
    assert from_image(Image.fromarray(samples(1)[..., 0])).deep is not None


def test_metadata_that_no_file_holds_are_a_sentence(tmp_path: Path) -> None:
    photo, _ = deep_photo(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        export_photo(tmp_path / "nowhere" / "a.png", photo.pixels, photo, deep=photo.deep)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png"]


# ---------------------------------------------------------------- pasting


def test_outside_the_mask_16_bits_stay_and_inside_they_are_the_edit(tmp_path: Path) -> None:
    photo, values = deep_photo(tmp_path, "colour with alpha")
    mask = np.zeros((photo.height, photo.width), np.uint8)
    mask[20:180, 10:40] = 255
    mask[30:40, 15:30] = 90
    drawn = np.random.default_rng(9).integers(0, 256, photo.pixels.shape, np.uint8)
    edited = deep.edited(photo.deep, drawn, BoxedMask.of(mask))
    assert edited is not None
    export_photo(tmp_path / "out.tiff", paste(photo.pixels, drawn, mask), photo, deep=edited)
    out = decode(tmp_path / "out.tiff")
    assert np.array_equal(out[mask == 0], values[mask == 0])
    assert np.array_equal(out[..., 3], values[..., 3])
    assert np.array_equal(out[mask == 255][:, :3], drawn[mask == 255].astype(np.uint16) * 257)
    wanted = (values[..., :3] * (1 - 90 / 255) + drawn * 257.0 * (90 / 255))[mask == 90]
    assert np.abs(out[mask == 90][:, :3] - wanted).max() <= 0.5


def test_a_feather_over_a_gentle_step_has_no_bands() -> None:
    """From 100 to 101 of 255 over 255 levels of mask: 8 bits have two tones, 16 have one for each."""
    flat = np.full((1, 256, 3), 100, np.uint8)
    below = deep.Deep(flat, flat)
    mask = np.arange(256, dtype=np.uint8)[None]
    over = deep.edited(below, flat + np.uint8(1), BoxedMask.of(mask))
    assert over is not None
    fade = over.part((0, 0, 256, 1))[0, :, 0].astype(int)
    assert len(np.unique(paste(flat, flat + np.uint8(1), mask))) == 2
    assert (fade[0], fade[-1]) == (100 * 257, 101 * 257)
    assert set(np.diff(fade)) <= {1, 2}


def test_edits_lie_over_each_other_in_their_order() -> None:
    zero = np.zeros((6, 6, 3), np.uint8)
    photo: deep.Deep | None = deep.Deep(zero, zero)
    for value, box in ((10, (slice(0, 4), slice(0, 4))), (20, (slice(2, 6), slice(2, 6)))):
        mask = np.zeros((6, 6), np.uint8)
        mask[box] = 255
        photo = deep.edited(photo, np.full((6, 6, 3), value, np.uint8), BoxedMask.of(mask))
    assert photo is not None
    whole = photo.part((0, 0, 6, 6))[..., 0]
    assert whole[0, 0] == 10 * 257
    assert whole[3, 3] == whole[5, 5] == 20 * 257
    assert whole[0, 5] == 0
    assert np.array_equal(photo.part((1, 2, 3, 4)), photo.part((0, 0, 6, 6))[2:6, 1:4])


def test_a_layer_is_what_pasting_makes_whatever_part_is_read() -> None:
    rng = np.random.default_rng(2)
    high, low, drawn = (rng.integers(0, 256, (300, 40, 3), np.uint8) for _ in range(3))
    mask = np.zeros((300, 40), np.uint8)
    mask[20:290, 5:33] = rng.integers(0, 256, (270, 28), np.uint8)
    photo, box = deep.Deep(high, low), (5, 20, 28, 270)
    drawn, boxed = drawn[20:290, 5:33], BoxedMask(mask[20:290, 5:33], box, (40, 300))
    blended, share = photo.part((0, 0, 40, 300)).astype(np.int64), mask[20:290, 5:33, None].astype(np.int64)
    here = blended[20:290, 5:33]
    here[:] = (2 * (here * (255 - share) + drawn.astype(np.int64) * 257 * share) + 255) // 510
    layered = deep.edited(photo, drawn, boxed)
    assert layered is not None
    for x, y, w, h in ((0, 0, 40, 300), (10, 25, 20, 200), (0, 0, 6, 21), (33, 0, 7, 300)):
        assert np.array_equal(layered.part((x, y, w, h)), blended[y : y + h, x : x + w])
    assert any(np.shares_memory(array, drawn) for array in layered.arrays())


def test_an_empty_mask_and_a_picture_of_eight_bits_change_nothing() -> None:
    zero = np.zeros((4, 4, 3), np.uint8)
    photo = deep.Deep(zero, zero)
    assert deep.edited(photo, zero, BoxedMask.of(zero[..., 0])) is photo
    assert deep.edited(None, zero, BoxedMask.of(zero[..., 0] + np.uint8(255))) is None
