"""A picture's own colours: what the model sees of them, and what comes back, against CIE's formulas."""

import struct
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageCms

from core.edit.engine import Engine
from core.edit.method import Method
from core.edit.request import EditRequest
from core.photo import deep, region
from core.photo.deep import Deep
from core.photo.files.extras import Extras
from core.photo.files.icc import of_png
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.upsample import edges, snap
from core.photo.photo import Photo, digest
from core.photo.seen import seen
from core.photo.space import SRGB, Space
from tests.core import profiles

SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WIDE = {
    "ProPhoto": (profiles.PROPHOTO, profiles.PROPHOTO_MATRIX, profiles.prophoto_decode),
    "Display P3": (profiles.DISPLAY_P3, profiles.P3_MATRIX, profiles.srgb_decode),
}
SIDE = 140


@pytest.fixture(params=WIDE)
def wide(request):
    """Profile, matrix and tone curve of a wide space."""
    return WIDE[request.param]


def encoded(decode, linear: np.ndarray) -> np.ndarray:
    """The inverse of a tone curve."""
    at = np.linspace(0, 1, 200_001)
    return np.interp(linear, decode(at), at)


def within_srgb(matrix, decode) -> np.ndarray:
    """A cube of colours of sRGB, and as many at random, in another space: float (SIDE, SIDE, 3), 0…1."""
    steps = np.linspace(0, 1, 21)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    more = np.random.default_rng(0).random((SIDE * SIDE - len(cube), 3))
    srgb = np.concatenate([cube, more]).reshape(SIDE, SIDE, 3)
    linear = profiles.srgb_decode(srgb) @ (np.linalg.inv(matrix) @ profiles.SRGB_MATRIX).T
    return encoded(decode, np.clip(linear, 0, 1))


def wide_photo(wide, *, bits: int) -> tuple[Photo, np.ndarray]:
    """A photo in a wide space, of colours that sRGB has, and its values as floats 0…1."""
    icc, matrix, decode = wide
    top = 2**bits - 1
    values = np.rint(within_srgb(matrix, decode) * top).astype(np.uint16)
    if bits == 8:
        return Photo(values.astype(np.uint8), icc=icc), values / top
    high, low = (values >> 8).astype(np.uint8), (values & 255).astype(np.uint8)
    return Photo(high, icc=icc, deep=Deep(high, low)), values / top


def apart(wide, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """ΔE76 of values 0…1 of a space."""
    _, matrix, decode = wide
    return np.linalg.norm(profiles.lab(matrix, decode, one) - profiles.lab(matrix, decode, other), axis=-1)


def untouched(photo: Photo, mask: np.ndarray) -> np.ndarray:
    """What a model that gives back what it saw draws, as it comes out of `from_model`."""
    view = region.view((photo.width, photo.height), SIDE, 1)
    return region.from_model(seen(photo, view), view)


@pytest.mark.parametrize("name", WIDE)
def test_the_profiles_of_these_tests_are_read_alike_by_little_cms(name):
    icc, matrix, decode = WIDE[name]
    known = ImageCms.ImageCmsProfile(BytesIO(icc)).profile
    found = [known.red_colorant, known.green_colorant, known.blue_colorant]
    assert np.abs(np.array(found)[:, 0].T - matrix).max() < 1e-4
    values = np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)
    linear = decode(values / 255) @ (np.linalg.inv(profiles.SRGB_MATRIX) @ matrix).T
    wanted = encoded(profiles.srgb_decode, np.clip(linear, 0, 1)) * 255
    assert np.abs(Space.of(icc).to_srgb(values) - wanted).max() <= 1.01


def test_eight_bits_come_back_but_for_less_than_can_be_seen(wide):
    photo, values = wide_photo(wide, bits=8)
    mask = np.full((SIDE, SIDE), 255, np.uint8)
    mask[:20] = 0
    pasted = region.paste(photo.pixels, untouched(photo, mask), mask, photo.space)
    assert np.array_equal(pasted[:20], photo.pixels[:20])
    assert np.percentile(apart(wide, pasted / 255, values)[20:], 99) < 1


def test_sixteen_bits_come_back_everywhere(wide):
    photo, values = wide_photo(wide, bits=16)
    mask = np.full((SIDE, SIDE), 255, np.uint8)
    mask[:20] = 0
    drawn = untouched(photo, mask)
    box = (0, 0, SIDE, SIDE)
    pasted = deep.edited(photo.deep, drawn, BoxedMask.of(mask), photo.space).part(box)
    assert np.array_equal(pasted[:20], photo.deep.part(box)[:20])
    assert apart(wide, pasted / 65535, values)[20:].max() < 1


def test_what_the_model_sees_is_srgb(wide):
    _, matrix, decode = wide
    photo, values = wide_photo(wide, bits=16)
    linear = decode(values) @ (np.linalg.inv(profiles.SRGB_MATRIX) @ matrix).T
    wanted = encoded(profiles.srgb_decode, np.clip(linear, 0, 1)) * 255
    view = region.view((SIDE, SIDE), SIDE, 8)
    shown = seen(photo, view)
    assert shown.shape == (144, 144, 3)  # padded
    assert np.abs(shown[:SIDE, :SIDE] - wanted).max() < 0.7  # half a level, and what profiles round
    small = region.view((SIDE, SIDE), 20, 1)
    assert np.abs(seen(photo, small).astype(int) - seen(replace(photo, deep=None), small)).mean() < 1.5
    area = replace(region.view((70, 35), 100, 1), area=(60, 30, 70, 35))
    part = replace(photo, pixels=photo.pixels[30:65, 60:130], deep=None)
    of_all = seen(photo, area).astype(int)
    assert np.abs(of_all - seen(part, replace(area, area=None))).mean() < 1.5


def test_srgb_by_any_name_converts_nothing():
    for icc in (
        None,
        SRGB_PROFILE,
        profiles.profile(profiles.SRGB_MATRIX, profiles.curve(profiles.srgb_decode)),
        b"no profile",
        profiles.grey(profiles.gamma(2.2)),
    ):
        assert Space.of(icc) is SRGB
    pixels = np.zeros((3, 3, 3), np.uint8)
    assert SRGB.to_srgb(pixels) is SRGB.from_srgb(pixels) is pixels
    gamma = profiles.profile(profiles.SRGB_MATRIX, profiles.gamma(2.2))
    assert not Space.of(gamma).is_srgb


def test_a_photo_is_named_by_all_that_the_model_sees(picture):
    icc = profiles.DISPLAY_P3
    assert Photo(picture).digest == Photo(picture, icc=SRGB_PROFILE).digest == digest(picture)
    names = {
        Photo(picture).digest,
        Photo(picture, icc=icc).digest,
        Photo(picture, icc=profiles.PROPHOTO).digest,
    }
    for low in (0, 9):
        names.add(Photo(picture, icc=icc, deep=Deep(picture, np.full_like(picture, low))).digest)
    assert len(names) == 5


def chunks(gamma: int, *places: int):
    colour = [(b"gAMA", struct.pack(">I", gamma))]
    return tuple(colour + ([(b"cHRM", struct.pack(">8I", *places))] if places else []))


def test_a_png_s_gamma_and_primaries_are_obeyed(picture):
    linear = Photo(picture, extras=Extras(colour=chunks(100_000)))
    wanted = encoded(profiles.srgb_decode, picture / 255) * 255
    assert np.abs(linear.space.to_srgb(picture) - wanted).max() <= 1
    adobe = Photo(
        picture, extras=Extras(colour=chunks(45455, 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000))
    )
    matrix = profiles.colorants((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), profiles.D65)
    same = Space.of(profiles.profile(matrix, profiles.gamma(2.2)))
    assert np.abs(adobe.space.to_srgb(picture).astype(int) - same.to_srgb(picture)).max() <= 1
    assert Photo(picture, icc=profiles.DISPLAY_P3, extras=linear.extras).profile == profiles.DISPLAY_P3
    assert linear.digest == replace(linear).digest != digest(picture)
    assert b"acsp" in of_png(linear.extras.colour)


@pytest.mark.parametrize(
    "colour",
    [
        (),
        chunks(45455),
        chunks(45500, 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
        chunks(0),
        chunks(100_000, 0, 0, 0, 0, 0, 0, 0, 0),
        chunks(100_000, 1, 1, 1, 1, 1, 1, 1, 1),
        chunks(100_000, *[2**32 - 1] * 8),
        (*chunks(100_000), (b"cICP", bytes([1, 13, 0, 1]))),
        (*chunks(100_000), (b"sRGB", bytes(1))),
        chunks(45455, 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)[1:],
    ],
)
def test_what_says_srgb_or_nothing_of_use_converts_nothing(picture, colour):
    assert Photo(picture, extras=Extras(colour=colour)).space is SRGB


def test_edges_are_looked_for_in_srgb(wide):
    photo, _ = wide_photo(wide, bits=8)
    heat = np.random.default_rng(2).random((9, 9)).astype(np.float32)
    converted = snap(heat, edges(photo.space.to_srgb(photo.pixels)))
    assert np.array_equal(snap(heat, edges(photo.pixels, space=photo.space)), converted)
    assert not np.array_equal(snap(heat, edges(photo.pixels)), converted)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def edit(tiny: Path) -> EditRequest:
    return EditRequest(photo="", query="a zebra", reference="a horse", model=str(tiny), device="cpu", steps=3)


def test_an_edit_of_a_wide_picture_is_that_of_its_colours(engine, edit, wide):
    photo, _ = wide_photo(wide, bits=8)
    photo = replace(photo, pixels=np.ascontiguousarray(photo.pixels[50:82, 20:52]))  # as large as the model
    mask = np.zeros((32, 32), np.uint8)
    mask[8:20, 8:20] = 255
    previews = []
    result = engine.run(edit, photo, mask, on_progress=lambda step: previews.append(step.preview))
    plain = []
    srgb = engine.run(
        edit, photo.space.to_srgb(photo.pixels), mask, on_progress=lambda step: plain.append(step.preview)
    )
    assert np.array_equal(result.drawn, srgb.drawn)
    outside, inside = result.mask.whole() == 0, result.mask.values == 255
    assert np.array_equal(result.on(photo.pixels)[outside], photo.pixels[outside])
    assert np.array_equal(result.pixels[inside], photo.space.from_srgb(result.drawn)[inside])
    assert (result.pixels[inside] != srgb.pixels[inside]).any()
    assert all(np.array_equal(a, b) for a, b in zip(previews, plain, strict=True) if a is not None)
    assert result.request.photo == photo.digest != srgb.request.photo


def test_an_srgb_profile_changes_no_byte(engine, edit, picture):
    everywhere = edit.with_(method=Method.ENCODE_DECODE)
    plain = engine.run(everywhere, picture)
    tagged = engine.run(everywhere, Photo(picture, icc=SRGB_PROFILE))
    assert tagged.pixels.tobytes() == plain.pixels.tobytes()
    assert tagged.request == plain.request
    assert tagged.evaluations.encode == 0  # and it was known
