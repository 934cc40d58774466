"""A layer: what a run drew and the soft mask that it is pasted through, never a pasted picture."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import uuid4

import numpy as np

from core.document.plane import Plane, clipped
from core.document.strokes import Mode, Strokes
from core.edit.removing import seeded_title, title
from core.edit.request import EditRequest
from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.patch import Patch
from core.photo.rect import Rect


def new_id() -> str:
    """32 hex digits that nothing else has."""
    return uuid4().hex


@dataclass(frozen=True, eq=False)
class Variant:
    """What one run drew, inside a box.

    box        (x, y, w, h) of the photo
    drawn      uint8 (h, w, 3) in sRGB, read-only
    mask       uint8 (h, w), read-only: what it is pasted through, feather included
    request    its recipe; None for what another program drew
    area       (x, y, w, h), what of the photo the model worked on; None for all of it
    beneath    `beneath` of the layers that it was drawn over
    made_with  the strokes of the mask that it was asked for with; None if they aren't known
    retouch    what the hand did to `mask` afterwards
    region     the mask that it was asked for with, before its feather; None where there was none, or it isn't
               known
    """

    box: Rect
    drawn: np.ndarray
    mask: np.ndarray
    request: EditRequest | None
    area: Rect | None = None
    beneath: str = ""
    made_with: Strokes | None = None
    retouch: Strokes = field(default_factory=Strokes)
    id: str = field(default_factory=new_id)
    region: BoxedMask | None = None

    def __post_init__(self) -> None:
        for array in (self.drawn, self.mask):
            array.setflags(write=False)

    def soft(self, rect: Rect) -> np.ndarray:
        """Its mask, retouched, inside `rect`, which lies in the box: uint8 (h, w)."""
        return self.retouch.on(self.mask[rects.slices(rect, self.box)], rect)

    def painted(self, rect: Rect, patch: Patch, *, erases: bool) -> "Variant":
        """Its mask raised to `patch`, uint8 (h, w), or lowered to 255 − `patch`. `rect` may leave the box:
        beyond it nothing was drawn that could be shown.
        """
        inside = rects.common(rect, self.box)
        if rects.is_empty(inside):
            return self
        change = self.retouch.erased_by if erases else self.retouch.painted
        return replace(self, retouch=change(inside, clipped(patch, rect, inside)))

    @cached_property
    def is_empty(self) -> bool:
        """Nothing of what was drawn is in its mask."""
        return not self.soft(self.box).any()

    def selected(self, plane: Plane, mode: Mode) -> "Variant":
        """Its mask with a selection, as `Mask.selected`; beyond the box nothing changes."""
        retouch = self.retouch
        if mode in (Mode.REPLACE, Mode.INTERSECT):
            retouch = retouch.lowered((Plane() if mode is Mode.REPLACE else plane).inverse(self.box))
        if mode in (Mode.REPLACE, Mode.ADD):
            retouch = retouch.raised(plane.within(self.box))
        elif mode is Mode.SUBTRACT:
            retouch = retouch.lowered(plane.within(self.box))
        return replace(self, retouch=retouch)

    def retouched_as(self, other: "Variant") -> "Variant":
        """With what the hand did to the other's mask, if that is the same mask."""
        same = self.box == other.box and np.array_equal(self.mask, other.mask)
        return replace(self, retouch=other.retouch) if same else self

    def looks_like(self, other: "Variant") -> bool:
        """It pastes the same, by identity."""
        alike = self.drawn is other.drawn and self.mask is other.mask and self.box == other.box
        return alike and self.retouch.same(other.retouch)

    def arrays(self) -> Iterator[np.ndarray]:
        """Every array that it keeps alive."""
        yield from (self.drawn, self.mask)
        if self.region is not None:
            yield self.region.values
        yield from self.retouch.arrays()
        if self.made_with is not None:
            yield from self.made_with.arrays()


@dataclass(frozen=True, eq=False)
class Layer:
    """One edit among others, and what else was drawn in its place.

    name     what the user calls it; until then what it shows gives it: the query, or what was removed
    variant  what is shown;  others: drawn in its place too, the newest first, kept until they are dropped
    opacity  0 … 1
    id       stays, whatever it is called and wherever it lies
    """

    name: str
    variant: Variant
    others: tuple[Variant, ...] = ()
    visible: bool = True
    opacity: float = 1.0
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"an opacity of {self.opacity} is not in 0 … 1")

    @property
    def box(self) -> Rect:
        """(x, y, w, h) of the photo: nothing changes outside."""
        return self.variant.box

    @property
    def shows(self) -> bool:
        """It changes the picture."""
        return self.visible and self.opacity > 0

    @property
    def place(self) -> int:
        """Which of all its drawings is shown, 1 …: the next one is one more, and after the last comes 1."""
        drawn = (self.variant, *self.others)
        first = max(range(len(drawn)), key=lambda at: _rank(drawn[at]))
        return (len(drawn) - first) % len(drawn) + 1

    def with_(self, **changes: object) -> "Layer":
        return replace(self, **changes)  # type: ignore[arg-type]

    def showing(self, variant: Variant, others: tuple[Variant, ...]) -> "Layer":
        """Another drawing in its place, and what is kept beside that. A name that came of what it showed goes
        along, one that the user gave stays.
        """
        name, before, now = self.name, self.variant.request, variant.request
        if before is not None and now is not None:
            name = next((call(now) for call in (title, seeded_title) if name == call(before)), name)
        return replace(self, name=name, variant=variant, others=others)

    def share(self, rect: Rect) -> np.ndarray:
        """Mask × opacity inside `rect`, which lies in the box: uint8 (h, w), what the paste goes through."""
        mask = self.variant.soft(rect)
        return mask if self.opacity == 1 else self._dimmed[mask]

    @cached_property
    def _dimmed(self) -> np.ndarray:
        """Each value of a mask times the opacity, rounded: uint8 (256,)."""
        return np.rint(np.arange(256) * self.opacity).astype(np.uint8)

    def looks_like(self, other: "Layer") -> bool:
        """Both change what lies below them in the same way, by identity."""
        if not (self.shows or other.shows):
            return True
        alike = self.shows == other.shows and self.opacity == other.opacity
        return alike and self.variant.looks_like(other.variant)

    def arrays(self) -> Iterator[np.ndarray]:
        """Every array that it keeps alive."""
        for variant in (self.variant, *self.others):
            yield from variant.arrays()


def _rank(variant: Variant) -> tuple[int, str]:
    """What tells which of a layer's drawings is counted first, whichever is shown."""
    return (0 if variant.request is None else variant.request.seed, variant.id)


def shown(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Those that change the picture, bottom to top."""
    return tuple(layer for layer in layers if layer.shows)


def same_layers(one: Sequence[Layer], other: Sequence[Layer]) -> bool:
    """The very same layers in the same places."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def same_look(one: Sequence[Layer], other: Sequence[Layer]) -> bool:
    """Two stacks show the same picture, by identity."""
    one, other = shown(one), shown(other)
    return len(one) == len(other) and all(a.looks_like(b) for a, b in zip(one, other, strict=True))


def beneath(layers: Sequence[Layer], seen: Rect | None) -> str:
    """What a stack shows inside `seen`, None for everywhere: SHA-256 as hex, "" for the photo alone.

    A variant drawn over it holds it: another one now tells that what it was drawn over has changed.
    """
    found = hashlib.sha256()
    under = [layer for layer in shown(layers) if seen is None or not _apart(layer.box, seen)]
    for layer in under:
        found.update(f"{layer.variant.id} {layer.opacity!r} {layer.variant.retouch.digest}\n".encode())
    return found.hexdigest() if under else ""


def is_outdated(layers: Sequence[Layer], index: int) -> bool:
    """What the layer was drawn over has changed since: run again, it would be drawn otherwise."""
    variant = layers[index].variant
    return variant.request is not None and variant.beneath != beneath(layers[:index], variant.area)


def _apart(one: Rect, other: Rect) -> bool:
    return rects.is_empty(rects.common(one, other))
