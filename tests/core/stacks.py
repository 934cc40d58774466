"""Layers made of numbers, for tests."""

import numpy as np

from core.document.layer import Layer, Variant
from core.edit.request import EditRequest, Evaluations
from core.edit.result import EditResult, Working
from core.photo.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.rect import Rect, Size

REQUEST = EditRequest(photo="p", query="a zebra", mask="m")


def noise(seed: int, *shape: int) -> np.ndarray:
    """uint8, with as many of 0 and of 255 as masks have."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 256, shape, np.uint8)
    values[rng.random(shape) < 0.2] = 0
    values[rng.random(shape) < 0.2] = 255
    return values


def noisy_photo(size: Size, seed: int = 0) -> Photo:
    pixels = noise(seed, size[1], size[0], 3)
    pixels.setflags(write=False)
    return Photo(pixels)


def variant(box: Rect, seed: int = 1, **more: object) -> Variant:
    return Variant(box, noise(seed, box[3], box[2], 3), noise(seed + 1, box[3], box[2]), REQUEST, **more)  # type: ignore[arg-type]


def layer(box: Rect, seed: int = 1, name: str = "", **more: object) -> Layer:
    return Layer(name or f"layer {seed}", variant(box, seed), **more)  # type: ignore[arg-type]


def result(box: Rect, size: Size, seed: int = 1, request: EditRequest = REQUEST) -> EditResult:
    """What an engine hands back for a mask that fills `box`, soft inside."""
    mask = BoxedMask(np.maximum(noise(seed + 1, box[3], box[2]), 1), box, size)
    drawn = noise(seed, box[3], box[2], 3)
    return EditResult(request, drawn, drawn, mask, None, (), Evaluations(), {}, Working(8, 8), "cpu")
