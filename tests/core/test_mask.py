"""From the heat map to a mask, and what is done to masks."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from core.photo import bands
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.mask import (
    cut,
    cut_grid,
    default_feather,
    enlarge,
    enlarge_part,
    feather,
)
from core.photo.masks.morphology import fill_holes, grow


def feathered(mask: np.ndarray, radius: float) -> np.ndarray:
    return feather(BoxedMask.of(mask), radius).whole()


def disc(height: int, width: int, y: float, x: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return ((rows - y) ** 2 + (columns - x) ** 2 <= radius**2).astype(np.uint8) * 255


def cone(height: int, width: int) -> np.ndarray:
    """A heat map that falls from 1 in the middle to 0."""
    y, x = np.mgrid[0:height, 0:width]
    far = np.hypot((y - (height - 1) / 2) / height, (x - (width - 1) / 2) / width)
    return np.clip(1 - 2 * far, 0, 1).astype(np.float32)


# ---------------------------------------------------------------- the cut


@pytest.mark.parametrize(
    ("size", "grid"),
    [((512, 512), (512, 512)), ((6000, 4000), (512, 341)), ((100, 40), (100, 40)), ((3, 5000), (1, 512))],
)
def test_the_grid_keeps_the_aspect_and_never_exceeds_the_photo(
    size: tuple[int, int], grid: tuple[int, int]
) -> None:
    assert cut_grid(size) == grid


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_the_cut_is_the_plain_threshold(threshold: float) -> None:
    heat = cone(128, 128)
    mask = cut(heat, (128, 128), threshold)
    assert mask.dtype == np.uint8
    assert ((mask >= 128) == (heat >= threshold)).all()


def test_the_edge_is_soft_and_one_pixel_wide() -> None:
    mask = cut(cone(128, 128), (128, 128), 0.5)
    between = (mask > 0) & (mask < 255)
    assert len(np.unique(mask[between])) > 10
    assert between.sum() <= 1.5 * 2 * np.pi * 32  # a ring one pixel wide of radius 128/4


def test_the_soft_edge_lies_where_the_heat_crosses_the_threshold() -> None:
    """Area by the soft mask = area of the disc, closer than any hard mask would be told from its radius."""
    for threshold in (0.3, 0.4, 0.5, 0.6):
        radius = (1 - threshold) / 2 * 128
        area = cut(cone(128, 128), (128, 128), threshold).sum() / 255
        assert area == pytest.approx(np.pi * radius**2, rel=0.005)


@pytest.mark.parametrize("seed", range(6))
def test_the_cut_is_that_of_the_whole_grid(seed: int) -> None:
    """Only the outline is looked at; what comes of it is as if every pixel had been."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(40, 160)), int(rng.integers(40, 160))
    heat = ndimage.gaussian_filter(rng.random(size[::-1]), 4).astype(np.float32)
    heat = (heat - heat.min()) / (heat.max() - heat.min())
    threshold, around = float(rng.uniform(0.2, 0.8)), np.ones((3, 3), bool)
    mask = cut(heat, size, threshold)
    region, inside = mask >= 128, heat >= threshold
    away = (heat - threshold) / np.maximum(np.hypot(*np.gradient(heat)), 1e-6)
    soft = np.floor(np.clip(away + 0.5, 0, 1) * 255 + 0.5).astype(np.uint8)
    soft = np.where(inside, np.maximum(soft, 128), np.minimum(soft, 127))
    rim = ndimage.binary_dilation(region, around) & ndimage.binary_dilation(~region, around)
    assert (mask == np.where(rim & (inside == region), soft, region * np.uint8(255))).all()
    for grow_by in (-3.3, 5.5):
        away = ndimage.distance_transform_edt(region) - ndimage.distance_transform_edt(~region)
        away -= np.sign(away) * 0.5
        grown = np.floor(np.clip(away + grow_by + 0.5, 0, 1) * 255 + 0.5)
        assert (cut(heat, size, threshold, grow_by) == grown).all()


def test_a_hard_heat_map_gives_a_hard_region() -> None:
    heat = np.zeros((64, 64), np.float32)
    heat[20:40, 10:50] = 1
    assert ((cut(heat, (64, 64), 0.5) >= 128) == (heat > 0)).all()


def test_what_is_cleaned_away_is_the_same_wherever_the_region_lies() -> None:
    rng = np.random.default_rng(0)
    for n in range(60):
        small = Image.fromarray(rng.random((2 + n % 9, 3 + n % 7), np.float32))
        heat = np.asarray(small.resize((90, 60), Image.Resampling.BILINEAR)) + rng.random((60, 90)) * 0.1
        inside = heat >= np.quantile(heat, (0.05, 0.5, 0.9, 0.99, 0.999)[n % 5])
        least = masks.SPECK * inside.size
        islands = masks._drop_small(inside, least, diagonal=True, keep_largest=True)
        whole = ~masks._drop_small(~islands, least, diagonal=False, keep_largest=False)
        assert np.array_equal(masks._clean(inside), whole)
    assert not masks._clean(np.zeros((60, 90), bool)).any()


def test_specks_go_and_pinholes_close_but_the_region_stays() -> None:
    heat = np.zeros((256, 256), np.float32)
    heat[50:150, 50:150] = 1
    heat[80:83, 80:83] = 0  # a pinhole
    heat[200:203, 200:203] = 1  # a speck
    mask = cut(heat, (256, 256), 0.5)
    assert not mask[190:, 190:].any()
    assert (mask[60:140, 60:140] == 255).all()
    assert ((mask[45:155, 45:155] >= 128) == (np.pad(np.ones((100, 100)), 5) > 0)).all()


def test_large_islands_and_large_holes_stay() -> None:
    heat = np.zeros((256, 256), np.float32)
    heat[50:150, 50:150] = 1
    heat[90:110, 90:110] = 0
    heat[200:220, 200:220] = 1
    mask = cut(heat, (256, 256), 0.5)
    assert ((mask >= 128) == (heat > 0)).all()


def test_the_only_region_stays_however_small() -> None:
    heat = np.zeros((256, 256), np.float32)
    heat[100:103, 100:103] = 1
    assert ((cut(heat, (256, 256), 0.5) >= 128) == (heat > 0)).all()


def test_nothing_above_the_threshold_is_an_empty_mask() -> None:
    assert not cut(np.zeros((32, 32), np.float32), (320, 200), 0.5).any()


def test_the_heat_map_covers_the_photo_at_any_resolution() -> None:
    heat = np.zeros((16, 24), np.float32)
    heat[:, 12:] = 1
    mask = cut(heat, (3000, 2000), 0.5)
    assert mask.shape == (341, 512)
    assert not mask[:, :240].any()
    assert (mask[:, 272:] == 255).all()


@pytest.mark.parametrize("pixels", [7.0, 40.0, 100.0, -7.0, -40.0])
def test_grow_moves_the_outline_by_photo_pixels(pixels: float) -> None:
    heat = cone(256, 256)
    size = (1024, 1024)  # the grid has half as many
    plain, grown = (cut(heat, size, 0.5, by).sum() / 255 * 4 for by in (0.0, pixels))
    assert np.sqrt(grown / np.pi) - np.sqrt(plain / np.pi) == pytest.approx(pixels, abs=1.5)


@pytest.mark.parametrize("pixels", [2.0, 2.25, 0.5, -1.0, -2.75])
def test_a_straight_outline_moves_by_exactly_so_much(pixels: float) -> None:
    """What each column of pixels is covered by, when the edge at column 10 comes to lie at 10 + pixels."""
    size, heat = 24, np.zeros((24, 24), np.float32)
    heat[:, :10] = 1
    covered = np.clip(10 + pixels - np.arange(size), 0, 1)
    found = cut(heat, (size, size), 0.5, pixels)
    assert np.abs(found / 255 - covered).max() <= 0.5 / 255


def test_shrinking_far_enough_leaves_nothing_and_growing_everything() -> None:
    heat = cone(64, 64)
    assert not cut(heat, (640, 640), 0.5, -300).any()
    assert (cut(heat, (640, 640), 0.5, 500) == 255).all()


def test_a_region_at_the_border_shrinks_from_inside_only() -> None:
    heat = np.zeros((64, 64), np.float32)
    heat[:, :32] = 1
    mask = cut(heat, (64, 64), 0.5, -4)
    assert (mask[:, :27] == 255).all()
    assert not mask[:, 29:].any()
    assert (cut(np.ones((8, 8), np.float32), (8, 8), 0.5, -3) == 255).all()


# ---------------------------------------------------------------- enlarge, crop


@given(data=st.data(), width=st.integers(1, 300), height=st.integers(1, 300), seed=st.integers(0, 99))
def test_a_crop_is_the_slice_of_the_whole(data: st.DataObject, width: int, height: int, seed: int) -> None:
    small_size = data.draw(st.integers(1, width)), data.draw(st.integers(1, height))
    small = np.random.default_rng(seed).integers(0, 256, small_size[::-1], np.uint8)
    small[: data.draw(st.integers(0, small_size[1]))] = 0
    x, y = data.draw(st.integers(0, width)), data.draw(st.integers(0, height))
    w, h = data.draw(st.integers(0, width - x)), data.draw(st.integers(0, height - y))
    whole = enlarge(small, (width, height))
    assert whole.shape == (height, width)
    assert (enlarge_part(small, (width, height), (x, y, w, h)) == whole[y : y + h, x : x + w]).all()


@pytest.mark.parametrize("empty", [0, 2, 13])  # columns on either side
def test_enlarge_is_bilinear(empty: int) -> None:
    small = np.random.default_rng(0).integers(0, 256, (9, 13), np.uint8)
    small[:, :empty] = small[:, 13 - empty :] = 0
    whole = enlarge(small, (130, 90))
    rows, columns = (np.clip((np.arange(n * 10) + 0.5) / 10 - 0.5, 0, n - 1) for n in small.shape)
    wanted = ndimage.map_coordinates(small.astype(float), np.meshgrid(rows, columns, indexing="ij"), order=1)
    assert np.abs(whole - wanted).max() <= 0.501


def test_enlarge_to_the_same_size_changes_nothing() -> None:
    small = np.random.default_rng(0).integers(0, 256, (9, 13), np.uint8)
    assert (enlarge(small, (13, 9)) == small).all()


def test_a_crop_must_lie_in_the_photo() -> None:
    with pytest.raises(ValueError, match="leaves a photo of 10 × 10"):
        enlarge_part(np.zeros((5, 5), np.uint8), (10, 10), (5, 5, 6, 2))


# ---------------------------------------------------------------- feather


@settings(max_examples=40)
@given(radius=st.floats(1, 25), seed=st.integers(0, 99), fill=st.sampled_from([0.0005, 0.01, 0.5, 0.999]))
def test_feather_reaches_the_radius_and_no_farther(radius: float, seed: int, fill: float) -> None:
    mask = (np.random.default_rng(seed).random((90, 70)) < fill).astype(np.uint8) * 255
    soft = feathered(mask, radius)
    assert soft.dtype == np.uint8
    assert soft.shape == mask.shape
    if mask.any():
        assert not soft[ndimage.distance_transform_edt(mask == 0) > radius].any()
    if (mask == 0).any():
        assert (soft[ndimage.distance_transform_edt(mask) > radius] == 255).all()


def test_feather_is_a_gaussian_of_half_the_radius() -> None:
    """A straight edge becomes the error function, whose spread is σ = radius/2 (cut at 2σ: 0.86 of it)."""
    mask = np.zeros((200, 300), np.uint8)
    mask[:, 150:] = 255
    profile = feathered(mask, 40)[100].astype(float)
    assert (np.diff(profile) >= 0).all()
    slope = np.diff(profile) / 255
    places = np.arange(299) - 149.0
    spread = np.sqrt((slope * places**2).sum() - (slope * places).sum() ** 2)
    offsets = np.mgrid[-40:41, -40:41]
    weight = np.exp(-(offsets**2).sum(axis=0) / (2 * 20**2)) * ((offsets**2).sum(axis=0) <= 40**2)
    assert spread == pytest.approx(np.sqrt((weight * offsets[0] ** 2).sum() / weight.sum()), rel=0.02)
    assert profile[150] + profile[149] == pytest.approx(255, abs=1.5)  # the edge stays where it was


def test_feather_at_the_picture_s_border_takes_the_mask_to_go_on() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[:, 50:] = 255
    soft = feathered(mask, 10)
    assert (soft == soft[50]).all()
    assert (soft[:, 61:] == 255).all()


def test_feather_of_many_tiles_is_feather_of_one() -> None:
    """The work is cut into tiles: no seam."""
    mask = (np.random.default_rng(0).random((700, 1300)) < 0.3).astype(np.uint8) * 255
    soft = feathered(mask, 6)
    offsets = np.mgrid[-6:7, -6:7]
    far = (offsets**2).sum(axis=0)
    kernel = np.exp(-far / (2 * 3.0**2)) * (far <= 36)
    wanted = ndimage.convolve(mask.astype(float), kernel / kernel.sum(), mode="nearest")
    assert np.abs(soft - wanted).max() <= 0.51


def test_feather_is_the_same_by_any_number_of_threads(monkeypatch) -> None:
    rng = np.random.default_rng(7)
    mask = np.kron(rng.integers(0, 2, (9, 7), np.uint8) * 255, np.ones((90, 101), np.uint8))
    made = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(bands, "THREADS", threads)
        made.append(feathered(mask, 9).tobytes())
    assert len(set(made)) == 1


@pytest.mark.parametrize("radius", [0, 0.5])
def test_no_feather_leaves_the_mask_as_it_is(radius: float) -> None:
    mask = disc(40, 50, 20, 20, 9)
    assert (feathered(mask, radius) == mask).all()


def test_an_empty_mask_stays_empty() -> None:
    assert not feathered(np.zeros((20, 20), np.uint8), 5).any()


# ---------------------------------------------------------------- grow, holes, boxes


@settings(max_examples=40)
@given(radius=st.integers(1, 20), seed=st.integers(0, 99), shrink=st.booleans())
def test_grow_is_grey_dilation_with_a_disc(radius: int, seed: int, shrink: bool) -> None:
    rng = np.random.default_rng(seed)
    mask = np.where(rng.random((50, 60)) < 0.01, rng.integers(0, 256, (50, 60)), 255 * shrink).astype(
        np.uint8
    )
    offsets = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    footprint = (offsets**2).sum(axis=0) <= radius**2
    if shrink:
        wanted = ndimage.grey_erosion(mask, footprint=footprint, mode="constant", cval=255)
    else:
        wanted = ndimage.grey_dilation(mask, footprint=footprint, mode="constant", cval=0)
    assert (grow(mask, -radius if shrink else radius) == wanted).all()


@pytest.mark.parametrize("radius", [129, 233, 500])
def test_a_large_disc_is_round_within_five_percent(radius: int) -> None:
    mask = np.zeros((1100, 1100), np.uint8)
    mask[550, 550] = 200
    grown = grow(mask, radius)
    assert set(np.unique(grown)) == {0, 200}
    y, x = np.nonzero(grown)
    far = np.hypot(y - 550, x - 550)
    assert far.max() <= 1.05 * radius
    inside = np.hypot(*(np.mgrid[0:1100, 0:1100] - 550)) <= 0.95 * radius
    assert (grown[inside] == 200).all()


def test_a_large_disc_has_no_gaps_near_the_border() -> None:
    mask = np.zeros((150, 400), np.uint8)
    mask[0, 0] = 255
    grown = grow(mask, 200) > 0
    rows, columns = np.mgrid[0:150, 0:400]
    assert grown[np.hypot(rows, columns) <= 190].all()


def test_growing_keeps_a_soft_edge_soft() -> None:
    soft = feathered(disc(200, 200, 100, 100, 40), 20)
    grown = grow(soft, 15)
    assert (grown >= soft).all()
    assert (grown[100, 15:100] == soft[100, 30:115][:85])[: 100 - 60].all()


@pytest.mark.parametrize("pixels", [0, 0.4, -0.4])
def test_growing_by_nothing_changes_nothing(pixels: float) -> None:
    mask = disc(40, 50, 20, 20, 9)
    assert (grow(mask, pixels) == mask).all()


def test_a_ring_is_filled_with_its_soft_rim() -> None:
    ring = disc(120, 120, 60, 60, 50) - disc(120, 120, 60, 60, 30)
    soft = np.maximum(feathered(ring, 6), ring * np.uint8(1))
    filled = fill_holes(soft)
    assert (filled[disc(120, 120, 60, 60, 45) > 0] == 255).all()
    outside = disc(120, 120, 60, 60, 50) == 0
    assert (filled[outside] == soft[outside]).all()


def test_a_bay_open_to_the_border_is_no_hole() -> None:
    mask = np.full((20, 20), 255, np.uint8)
    mask[5:10, 15:] = 0
    assert (fill_holes(mask) == mask).all()
    mask[5:10, 19] = 255
    assert (fill_holes(mask) == 255).all()


@pytest.mark.parametrize(("size", "pixels"), [((4000, 3000), 30), ((20, 5000), 1), ((350, 900), 4)])
def test_default_feather_is_a_hundredth_of_the_shorter_side(size: tuple[int, int], pixels: int) -> None:
    assert default_feather(size) == pixels


def test_scipy_is_not_imported_before_it_is_used() -> None:
    """It costs a third of a second that the first window need not wait for."""
    names = ("files.open", "files.export", "files.mask_files", "masks.mask", "masks.morphology", "region")
    modules = ", ".join(f"core.photo.{name}" for name in names)
    code = f"import sys, {modules}; print([name for name in sys.modules if name.startswith('scipy')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
