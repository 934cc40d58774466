"""Pictures taken band by band are, byte for byte, what Pillow makes of the whole."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from core.photo.bands import BAND, enlarged_strips, rows, shrink, to_array
from core.photo.photo import digest
from tests.core.corpus import TURNED


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    values = np.random.default_rng(height).integers(0, 256, (height, width, channels), np.uint8)
    return values if channels > 1 else values[..., 0]


def test_the_bands_are_the_rows() -> None:
    assert [(at.start, at.stop) for at in rows(10, 4)] == [(0, 4), (4, 8), (8, 10)]
    assert list(rows(0)) == []


@pytest.mark.parametrize("turn", TURNED)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_turn_of_a_picture_of_several_bands(turn: int, channels: int) -> None:
    pixels = noise(2 * BAND + 3, 37, channels)
    found = to_array(Image.fromarray(pixels), turn)
    assert np.array_equal(found, TURNED[turn](pixels))
    assert found.flags.writeable
    assert found.flags.c_contiguous


@pytest.mark.parametrize("turn", TURNED)
@pytest.mark.parametrize(("mode", "order"), [("I;16", "<u2"), ("I;16B", ">u2")])
def test_sixteen_bits_of_either_order(turn: int, mode: str, order: str) -> None:
    values = np.random.default_rng(0).integers(0, 65536, (BAND + 7, 11), np.uint16)
    image = Image.frombytes(mode, (11, BAND + 7), values.astype(order).tobytes())
    assert np.array_equal(to_array(image, turn), TURNED[turn](values))


def test_a_part_of_the_picture() -> None:
    pixels = noise(BAND + 1, 9, 4)
    alpha = to_array(Image.fromarray(pixels), 1, lambda band: band.getchannel("A"))
    assert np.array_equal(alpha, pixels[..., 3])


@pytest.mark.parametrize("resample", [Image.Resampling.BOX, Image.Resampling.LANCZOS])
@pytest.mark.parametrize("gap", [2.0, 3.0])
@pytest.mark.parametrize(
    ("full", "small"),
    [((1500, 1001), (64, 43)), ((700, 2100), (120, 500)), ((300, 200), (290, 10)), ((50, 40), (60, 45))],
)
def test_shrunk_as_pillow_does_it(
    full: tuple[int, int], small: tuple[int, int], gap: float, resample: Image.Resampling
) -> None:
    pixels = noise(full[1], full[0])
    wanted = Image.fromarray(pixels).resize(small, resample, reducing_gap=gap)
    assert np.array_equal(shrink(pixels, small, resample, gap), np.asarray(wanted))
    cut = noise(full[1] + 3, full[0] + 5)[3:, 5:]
    wanted = Image.fromarray(cut).resize(small, resample, reducing_gap=gap)
    assert np.array_equal(shrink(cut, small, resample, gap), np.asarray(wanted))


@pytest.mark.parametrize("size", [(2 * BAND + 5, 333), (61, 700), (40, 30), (20, 15)])
@pytest.mark.parametrize("form", ["colour", "mask", "heat"])
def test_enlarged_as_pillow_does_it(size: tuple[int, int], form: str) -> None:
    small = noise(30, 40, 3 if form == "colour" else 1)
    if form == "heat":
        small = small.astype(np.float32) / 255
    resample = Image.Resampling.BILINEAR if form == "heat" else Image.Resampling.BICUBIC
    wanted = np.asarray(Image.fromarray(small).resize(size, resample))
    found = np.zeros_like(wanted)
    for columns, strip in enlarged_strips(small, size, resample):
        found[:, columns] = strip
    assert np.array_equal(found, wanted)
    for columns, strip in enlarged_strips(small, size, resample, slice(3, size[0] - 2)):
        assert np.array_equal(strip, wanted[:, 3 : size[0] - 2][:, columns])


def test_the_digest_is_that_of_all_bytes_however_they_lie() -> None:
    pixels = noise(2 * BAND + 1, 50)
    for array in (pixels, pixels[3:, 5:], pixels[..., 0], pixels.swapaxes(0, 1), pixels > 9, pixels[:0]):
        wanted = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
        assert digest(array) == wanted.hexdigest()
