"""Layers made of numbers, for tests."""

import numpy as np

from core.document.commands import Command
from core.document.composite import Composite
from core.document.layer import Layer, Variant
from core.document.layer_commands import rename_layer
from core.document.order import Order
from core.document.state import State
from core.edit.evaluations import Evaluations
from core.edit.request import EditRequest
from core.edit.result import EditResult, Working
from core.photo.masks.boxed import BoxedMask
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


def arrived(
    edit: EditResult,
    *,
    region: BoxedMask | None = None,
    over: tuple[Layer, ...] | None = None,
    again: str | None = None,
    name: str | None = None,
) -> Command:
    """Keep an edit as the program keeps what comes of an order, as a layer of its own or in a layer's place.

    region  the mask that it was asked for with;  over: the layers as they were then, None for those of now
    again   the layer, by its id, in whose place it was drawn
    name    of its layer, if it isn't what it should be
    """

    def command(state: State) -> State:
        assert state.photo is not None
        start = state if over is None else state.with_(layers=over)
        order = Order.of(start, Composite(state.photo, start.layers), edit.request, region)
        made = order.with_(again=again).arrives(edit)(state)
        return made if name is None else rename_layer(made.layers[-1].id, name)(made)

    return command
