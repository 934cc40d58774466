"""Removing: a hole filled from its border, what goes with a thing, and the edit that takes it away."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from core import cli
from core.document.commands import open_photo
from core.document.order import Order
from core.document.recipe import named, reuse
from core.document.state import State
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.removing import removal, title
from core.edit.request import EditRequest
from core.errors import InputError
from core.photo.files.mask_files import save_mask
from core.photo.fill import harmonic
from core.photo.fill.removal import reach
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo

HOLES = st.builds(
    lambda seed, share: np.random.default_rng(seed).random((17, 23)) < share,
    st.integers(0, 99),
    st.floats(0.05, 0.9),
)


def disc(size: tuple[int, int], at: tuple[int, int], radius: float) -> np.ndarray:
    rows, columns = np.mgrid[: size[1], : size[0]]
    return np.hypot(columns - at[0], rows - at[1]) <= radius


@given(HOLES, st.integers(0, 255))
@settings(max_examples=20, deadline=None)
def test_a_hole_in_one_colour_is_filled_with_that_colour(hole, level):
    pixels = np.full((*hole.shape, 3), level, np.uint8)
    assert np.array_equal(harmonic.fill(np.where(hole[..., None], 255 - pixels, pixels), hole), pixels)


@given(HOLES)
@settings(max_examples=20, deadline=None)
def test_what_is_filled_lies_between_the_border_s_extremes_and_the_rest_stays(hole):
    pixels = np.random.default_rng(5).integers(40, 200, (*hole.shape, 3), np.uint8)
    filled = harmonic.fill(pixels, hole)
    assert np.array_equal(filled[~hole], pixels[~hole])
    border = pixels[ndimage.binary_dilation(hole) & ~hole]
    assert (filled[hole] >= border.min(axis=0)).all()
    assert (filled[hole] <= border.max(axis=0)).all()


@pytest.mark.parametrize("radius", [9, 60])  # solved at once, and from half the size
def test_a_ramp_goes_on_through_a_hole(radius):
    size = (150, 140)
    rows, columns = np.mgrid[: size[1], : size[0]]
    ramp = np.stack([0.7 * columns + 0.5 * rows, 200 - columns, rows], axis=2)
    hole = disc(size, (75, 70), radius)
    found = harmonic.harmonic(np.where(hole[..., None], 0, ramp), hole)
    assert np.abs(found - ramp[hole]).max() < 0.5


def test_every_filled_pixel_is_the_mean_of_its_neighbours():
    values = np.random.default_rng(1).random((12, 12, 2))
    hole = disc((12, 12), (6, 6), 3)
    values[hole] = harmonic.harmonic(values, hole)
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])[..., None] / 4
    assert np.allclose(ndimage.convolve(values, cross)[hole], values[hole])


def test_nothing_can_be_filled_from_nothing():
    with pytest.raises(InputError, match="covers the whole picture"):
        harmonic.fill(np.zeros((4, 4, 3), np.uint8), np.ones((4, 4), bool))


def scene(scale: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A red ball on grey ground with its shadow, and a green neighbour: the picture, and where each is."""
    size = (120 * scale, 90 * scale)
    ball = disc(size, (50 * scale, 45 * scale), 14 * scale)
    shadow = disc(size, (58 * scale, 53 * scale), 10 * scale) & ~ball
    other = disc(size, (82 * scale, 40 * scale), 11 * scale)
    pixels = np.full((*ball.shape, 3), 180, np.uint8)
    pixels[shadow], pixels[ball], pixels[other] = (120, 120, 124), (200, 40, 40), (30, 140, 40)
    return pixels, ball, shadow & ~other, other


@pytest.mark.parametrize("scale", [1, 4])  # on the grid, and beyond it
def test_the_shadow_goes_with_the_thing_and_the_neighbour_stays(scale):
    pixels, ball, shadow, other = scene(scale)
    mask = ball * np.uint8(255)
    reached = reach(Photo(pixels), BoxedMask.of(mask)).whole()
    assert (reached >= mask).all()
    assert (reached[shadow] >= 128).mean() > 0.95
    assert (reached[other] >= 128).mean() < 0.05
    bare = ~(ball | shadow | other)
    assert (reached[bare] >= 128).mean() < 0.1


def test_without_a_shadow_a_rim_is_taken_in_of_each_part_s_own_size():
    size = (160, 100)
    parts = disc(size, (40, 50), 12), disc(size, (120, 50), 12)
    mask = (parts[0] | parts[1]) * np.uint8(255)
    plain = Photo(np.full((*mask.shape, 3), 180, np.uint8))
    both = reach(plain, BoxedMask.of(mask)).whole()
    each = [reach(plain, BoxedMask.of(part * np.uint8(255))).whole() for part in parts]
    assert np.array_equal(both, np.maximum(*each))
    grown = ndimage.distance_transform_edt(~parts[0])
    assert 2 <= grown[each[0] >= 128].max() <= 5


def test_a_hair_s_breadth_and_a_soft_mask_lose_nothing():
    mask = np.zeros((300, 700), np.uint8)
    mask[150, 20:60] = 90
    reached = reach(Photo(np.full((300, 700, 3), 180, np.uint8)), BoxedMask.of(mask)).whole()
    assert (reached >= mask).all()
    assert (reached > 0).sum() > (mask > 0).sum()


FIND = MaskRequest(draws=2, settle=0, snap=False, threshold=0.3)
PLAIN = EditRequest(photo="", query="a zebra", avoid="fog", device="cpu", steps=4, find=FIND, change=0.9)


def test_a_removal_names_nothing_in_the_place_and_keeps_what_is_meant():
    asked = removal(PLAIN, " the ball ")
    assert (asked.reference, asked.query, asked.avoid, asked.remove) == ("the ball", "", "", True)
    assert (asked.steps, asked.area, asked.change < 0.5) == (4, "auto", True)
    assert removal(PLAIN, "the ball", ("change",)).change == 0.9
    assert title(asked) == named(asked) == "Remove the ball"
    assert title(removal(PLAIN, "")) == "Remove"
    assert EditRequest.from_json(asked.to_json()) == asked
    used = reuse(asked)(State()).draft
    assert used.reference == "the ball"
    assert not used.remove
    with pytest.raises(ValueError, match="needs a method with a mask"):
        asked.with_(method=Method.SDEDIT)


def test_what_is_removed_leaves_no_trace_of_itself_in_what_is_drawn(tiny):
    pixels, ball, _, other = scene()
    mask = ball * np.uint8(255)
    asked = replace(removal(PLAIN, ""), model=str(tiny), area="whole", feather=0.0)
    engine = Engine()
    result = engine.run(asked, pixels, mask)
    drawn = result.on(pixels)
    beyond = result.mask.whole() == 0
    assert np.array_equal(drawn[beyond], pixels[beyond])
    assert (other & beyond).sum() > 0.9 * other.sum()
    assert np.array_equal(
        drawn[other & (result.mask.whole() == 0)], pixels[other & (result.mask.whole() == 0)]
    )
    repainted = np.where(ball[..., None], np.uint8(255) - pixels, pixels)  # another thing in the same place
    again = engine.run(asked, repainted, mask)
    apart = again.on(repainted)[ball].astype(int) - drawn[ball]
    assert np.abs(apart).mean() < 3  # their shadows are told by their colours too
    state = open_photo(Photo(pixels))(State())
    order = Order(result.request, state, None, BoxedMask.of(mask))  # type: ignore[arg-type]
    assert [layer.name for layer in order.arrives(result)(state).layers] == ["Remove"]


@pytest.fixture
def remove(tiny, tmp_path, picture):
    """Run `palimpsest remove` on the tiny model; the exit code."""
    Image.fromarray(picture).save(tmp_path / "photo.png")

    def run(*options: str, output: str = "out.png") -> int:
        base = ["remove", str(tmp_path / "photo.png"), "-o", str(tmp_path / output), "--model", str(tiny)]
        return cli.main([*base, "--device", "cpu", "--steps", "8", *options])

    return run


def test_the_command_removes_what_a_mask_marks_and_its_recipe_repeats_it(remove, tmp_path, picture, capsys):
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[15:24, 20:30] = 255
    save_mask(tmp_path / "m.png", mask)
    report = tmp_path / "r.json"
    given = ("--mask", str(tmp_path / "m.png"))
    assert remove(*given, "--what", "the ball", "--report", str(report)) == 0
    out = np.asarray(Image.open(tmp_path / "out.png"))
    changed = (out != picture).any(axis=2)
    assert changed[mask > 0].mean() > 0.9
    assert not changed[:5].any()
    told = json.loads(report.read_text())
    assert told["evaluations"] == {"mask": 0, "encode": 0, "decode": 1, "total": 1}
    assert told["request"]["remove"] is True
    again = ["edit", str(tmp_path / "photo.png"), "--recipe", str(report), *given]
    assert cli.main([*again, "-o", str(tmp_path / "again.png")]) == 0
    assert np.array_equal(np.asarray(Image.open(tmp_path / "again.png")), out)
    capsys.readouterr()


def test_the_command_finds_what_is_named_and_says_what_lacks(remove, tmp_path, capsys):
    search = ("--draws", "2", "--no-snap", "--threshold", "0.6")
    assert remove("--what", "a horse", *search, "--report", str(tmp_path / "r.json")) == 0
    told = json.loads((tmp_path / "r.json").read_text())
    assert told["evaluations"]["mask"] == 4
    assert told["request"]["reference"] == "a horse"
    assert remove() == 2
    assert "It is not said what to remove." in capsys.readouterr().err
    assert remove("--what", "a horse", output="out.xyz") == 2
