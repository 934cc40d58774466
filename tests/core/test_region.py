"""The model's view: sizes, padding, the latent mask, paste-back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import InputError
from core.photo.masks.boxed import BoxedMask
from core.photo.region import from_model, latent_mask, paste, to_model, unpad, unpad_rgb, view

factors = st.sampled_from([1, 2, 4, 8, 16, 64])
sides = st.integers(16, 3000)


@given(width=sides, height=sides, pixels=st.sampled_from([64, 128, 256, 512]), factor=factors)
def test_any_shape_is_seen_or_refused_by_name(width: int, height: int, pixels: int, factor: int) -> None:
    if max(width, height) > 8 * min(width, height):
        with pytest.raises(InputError, match=f"{width} × {height}") as caught:
            view((width, height), pixels, factor)
        assert "8 times" in caught.value.hint
        return
    seen = view((width, height), pixels, factor)
    (w, h), (pw, ph) = seen.working, seen.padded
    assert abs(w * h - pixels**2) <= w + h  # rounding each side moves the area by half a row and a column
    assert abs(w * height - h * width) <= width + height  # aspect, to a pixel
    assert pw % factor == ph % factor == 0
    assert 0 <= pw - w < factor
    assert 0 <= ph - h < factor
    assert seen.latent == (pw // factor, ph // factor)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (15, 15), (16, 129), (1290, 161)])
def test_shapes_that_the_model_cannot_see(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"{size[0]} × {size[1]}") as caught:
        view(size, 512, 8)
    assert "16 pixels" in caught.value.hint


@pytest.mark.parametrize("size", [(16, 16), (16, 128), (128, 16)])
def test_the_limits_themselves_are_seen(size: tuple[int, int]) -> None:
    assert view(size, 128, 8).photo == size


def test_working_resolution_of_common_shapes() -> None:
    assert view((512, 512), 512, 8).working == (512, 512)
    landscape = view((6000, 4000), 512, 8)
    assert landscape.working == (627, 418)
    assert landscape.padded == (632, 424)


def test_to_model_repeats_the_edge_into_the_padding() -> None:
    seen = view((90, 52), 64, 8)
    pixels = np.random.default_rng(0).integers(0, 256, (52, 90, 3), np.uint8)
    shown = to_model(pixels, seen)
    (w, h), (pw, ph) = seen.working, seen.padded
    assert shown.shape == (ph, pw, 3)
    assert shown.dtype == np.uint8
    assert pw > w
    assert ph > h
    assert (shown[:, w:] == shown[:, w - 1 : w]).all()
    assert (shown[h:] == shown[h - 1 : h]).all()


def test_a_photo_of_the_working_size_goes_through_untouched() -> None:
    seen = view((64, 64), 64, 8)
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert (to_model(pixels, seen) == pixels).all()
    assert (from_model(pixels, seen) == pixels).all()


def test_there_and_back_stays_in_place() -> None:
    """A smooth picture comes back where it was: no shift, no shrink by the padding."""
    y, x = np.mgrid[0:301, 0:517]
    pixels = np.stack([x * 255 // 516, y * 255 // 300, (x + y) * 255 // 816], axis=-1).astype(np.uint8)
    seen = view((517, 301), 128, 8)
    back = from_model(to_model(pixels, seen), seen)
    assert back.shape == pixels.shape
    assert np.abs(back.astype(int) - pixels).max() <= 3


def test_from_model_ignores_the_padding() -> None:
    seen = view((90, 52), 64, 8)
    drawn = np.zeros((*seen.padded[::-1], 3), np.uint8)
    drawn[seen.working[1] :] = 255
    drawn[:, seen.working[0] :] = 255
    assert not from_model(drawn, seen).any()


def test_unpad_covers_the_photo_at_the_working_resolution() -> None:
    seen = view((90, 52), 64, 8)
    w, h = seen.latent
    grid = np.repeat(np.arange(w, dtype=np.float64)[None] / w, h, axis=0)
    heat = unpad(grid, seen)
    assert heat.shape == seen.working[::-1]
    assert heat.dtype == np.float32
    places = (np.arange(seen.working[0]) + 0.5) / seen.factor - 0.5  # latent cells are 8 pixels wide
    assert np.allclose(heat[0], np.clip(places, 0, w - 1) / w, atol=1e-5)


def test_a_preview_loses_its_padding_and_stays_small() -> None:
    seen = view((90, 52), 64, 8)
    w, h = seen.latent
    small = np.zeros((h, w, 3), np.uint8)
    preview = unpad_rgb(small, seen)
    assert preview.shape[0] / h == pytest.approx(seen.working[1] / seen.padded[1], abs=0.51 / h)
    assert preview.shape[1] / w == pytest.approx(seen.working[0] / seen.padded[0], abs=0.51 / w)
    marked = np.zeros((*seen.padded[::-1], 3), np.uint8)
    marked[seen.working[1] :] = 255
    assert not unpad_rgb(marked, seen).any()


@given(data=st.data(), width=st.integers(16, 200), height=st.integers(16, 200), factor=factors)
def test_no_stroke_is_too_thin_for_the_latent_mask(
    data: st.DataObject, width: int, height: int, factor: int
) -> None:
    if max(width, height) > 8 * min(width, height):
        return
    seen = view((width, height), 64, factor)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    mask = np.zeros((height, width), np.uint8)
    mask[y, x] = data.draw(st.integers(1, 255))
    cells = latent_mask(BoxedMask.of(mask), seen)
    assert cells.shape == seen.latent[::-1]
    assert cells.dtype == np.float32
    # every cell under the pixel, computed the plain way: overlap of two intervals
    for axis, at, full, working in ((1, x, width, seen.working[0]), (0, y, height, seen.working[1])):
        n = np.arange(cells.shape[axis])
        overlaps = (n * factor * full < (at + 1) * working) & ((n + 1) * factor * full > at * working)
        assert (cells.any(axis=1 - axis) == overlaps).all()
        assert overlaps.any()
    assert set(np.unique(cells)) <= {0.0, 1.0}


def test_the_latent_mask_of_nothing_and_everything() -> None:
    seen = view((90, 52), 64, 8)
    assert not latent_mask(BoxedMask.of(np.zeros((52, 90), np.uint8)), seen).any()
    assert latent_mask(BoxedMask.of(np.full((52, 90), 1, np.uint8)), seen).all()


pictures = st.tuples(st.integers(1, 40), st.integers(1, 600), st.integers(0, 2**32 - 1))


@given(pictures)
def test_paste_is_exact_outside_inside_and_between(case: tuple[int, int, int]) -> None:
    width, height, seed = case
    rng = np.random.default_rng(seed)
    photo, drawn = (rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(2))
    mask = rng.choice(np.array([0, 0, 0, 255, 128, 1, 254], np.uint8), (height, width))
    photo.setflags(write=False)
    pasted = paste(photo, drawn, mask)
    assert (pasted[mask == 0] == photo[mask == 0]).all()
    assert (pasted[mask == 255] == drawn[mask == 255]).all()
    share = mask[..., None] / 255
    assert (pasted == np.rint(photo * (1 - share) + drawn * share)).all()


def test_paste_rounds_every_level_right() -> None:
    level = np.arange(256, dtype=np.uint8)
    for first, second in ((0, 255), (255, 0), (200, 57), (254, 255)):
        photo, drawn = (np.full((1, 256, 3), value, np.uint8) for value in (first, second))
        wanted = np.rint((first * (255.0 - level) + second * level.astype(float)) / 255)
        assert (paste(photo, drawn, level[None])[0, :, 0] == wanted).all()


def test_an_empty_mask_pastes_nothing() -> None:
    photo = np.full((5, 5, 3), 7, np.uint8)
    pasted = paste(photo, np.zeros_like(photo), np.zeros((5, 5), np.uint8))
    assert (pasted == photo).all()
    assert pasted is not photo


def test_to_model_reduces_without_aliasing() -> None:
    """A fine checkerboard becomes its mean, not a moiré."""
    y, x = np.mgrid[0:1024, 0:1024]
    board = (((x + y) % 2) * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    shown = to_model(board, view((1024, 1024), 100, 1))
    assert np.abs(shown.astype(int) - 128).max() <= 4
    nearest = np.asarray(Image.fromarray(board).resize((100, 100), Image.Resampling.NEAREST))
    assert np.abs(nearest.astype(int) - 128).max() > 100


def test_padding_to_whole_patches_is_masked_as_the_edge_beside_it():
    """Latents taken in pairs: a cell may lie wholly in the padding."""
    here = view((46, 40), 32, 2, patch=2)
    assert (here.working, here.padded, here.latent) == ((34, 30), (36, 32), (18, 16))
    mask = np.zeros((40, 46), np.uint8)
    mask[:, -1] = 255
    cells = latent_mask(BoxedMask.of(mask), here)
    assert cells.shape == (16, 18)
    assert cells[:, -2:].all()
    assert not cells[:, :-2].any()
