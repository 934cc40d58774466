"""What other programs made of a project: layers moved, painted, added, hidden, put in another order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.document.composite import Composite
from core.document.kept_mask import KeptMask
from core.document.layer import Layer, Variant, new_id, same_layers
from core.document.mask import Mask
from core.document.plane import Plane
from core.document.state import State
from core.document.strokes import Strokes
from core.edit.request import EditRequest, request_from
from core.errors import InputError
from core.photo import bands
from core.photo import rect as rects
from core.photo.masks.mask import default_feather
from core.photo.photo import Photo
from core.photo.rect import Rect
from core.project.ora import pictures
from core.project.ora.archive import Archive
from core.project.ora.parts import KEPT, KEPT_NAME, MASK, MASK_NAME, MERGED, PHOTO
from core.project.ora.stack import ATOP, Picture, Stack, named
from core.text import from_json

LARGEST = 1 << 32  # bytes of all layers together
NEAR = 1  # levels of 255 by which programs round differently
UNLIKE = (
    "Another program used a blending that Palimpsest doesn't have; what it made lies on top as a picture."
)
FLAT = "It was made with a blending that Palimpsest doesn't have, so it was opened as one picture."
NO_PHOTO = "The photo was hidden, moved or taken away in another program; Palimpsest shows it below all else."


@dataclass(frozen=True)
class Changes:
    """state: as the file stands now."""

    state: State
    notices: tuple[str, ...] = ()


def changed(archive: Archive, stack: Stack, state: State) -> Changes | None:
    """What the stack shows that the saved state doesn't; None if that is all of it.

    Pictures that are still ours keep what they are; others become layers without a recipe.
    """
    photo = state.photo
    assert photo is not None
    reader, notices = _Reader(archive, photo), list[str]()
    lowest = stack.pictures[0] if stack.pictures else None
    ours = lowest is not None and lowest.at == (0, 0) and reader.is_ours(lowest, PHOTO)
    painted = lowest is not None and lowest.mark is not None and lowest.mark.id == PHOTO
    if lowest is None or not (painted and _as_below(lowest)):
        notices.append(NO_PHOTO)
    above = stack.pictures[1:] if ours else stack.pictures
    kept, above = reader.kept(above, state.kept)
    mask, above = reader.mask(above, state.mask)
    layers = reader.layers(above, {layer.id: layer for layer in state.layers})
    if not stack.plain:
        layers = (*layers, *reader.merged(layers))
        notices.append(UNLIKE)
    alike = same_layers(layers, state.layers) and [*map(id, kept)] == [*map(id, state.kept)]
    if alike and mask is state.mask and not notices:
        return None
    return Changes(state.with_(layers=layers, mask=mask, kept=kept), tuple(notices))


def based(archive: Archive, stack: Stack, name: str) -> Changes:
    """A project without what only we read: the photo is the lowest picture, or all of it as one."""
    lowest = stack.pictures[0] if stack.pictures else None
    if lowest is not None and stack.plain and _as_below(lowest):
        photo = _named(archive.picture(lowest.src), name)
        above = stack.pictures[1:]
        if photo.size == stack.size and lowest.at == (0, 0) and _can_lie(photo, above):
            reader = _Reader(archive, photo)
            kept, above = reader.kept(above, ())
            mask, above = reader.mask(above, Mask(photo.size))
            return Changes(_state(photo, reader.layers(above, {}), mask).with_(kept=kept))
    photo = _named(archive.picture(MERGED), name)
    notices = (FLAT,) if len(stack.pictures) > 1 else ()
    return Changes(_state(photo, (), Mask(photo.size)), notices)


def _named(photo: Photo, name: str) -> Photo:
    return replace(photo, name=f"{name}.png", notices=())


def _state(photo: Photo, layers: tuple[Layer, ...], mask: Mask) -> State:
    draft = EditRequest(photo="", query="", feather=default_feather(photo.size))
    return State(photo, layers, mask, draft)


def _as_below(picture: Picture) -> bool:
    return picture.visible and picture.opacity == 1 and picture.at == (0, 0)


def _can_lie(photo: Photo, above: tuple[Picture, ...]) -> bool:
    """Our layers never show where the photo is open."""
    return photo.alpha is None or all(one.op == ATOP for one in above if one.visible)


class _Reader:
    """Pictures of one archive as layers over one photo."""

    def __init__(self, archive: Archive, photo: Photo) -> None:
        self._archive, self._photo = archive, photo
        self._room = LARGEST

    def is_ours(self, picture: Picture, id_: str) -> bool:
        """It is the picture that we wrote under that id, packed anew perhaps."""
        mark = picture.mark
        if mark is None or mark.id != id_:
            return False
        if self._archive.as_file(picture.src) == mark.file:
            return True
        return pictures.fingerprint(self._archive.picture(picture.src)) == mark.pixels

    def layers(self, stack: tuple[Picture, ...], known: dict[str, Layer]) -> tuple[Layer, ...]:
        """Each picture as a layer; one of those known stays what it is, what shows nothing is left out."""
        known = dict(known)
        return tuple(layer for one in stack if (layer := self._layer(one, known)) is not None)

    def kept(
        self, stack: tuple[Picture, ...], known: tuple[KeptMask, ...]
    ) -> tuple[tuple[KeptMask, ...], tuple[Picture, ...]]:
        """The masks kept by name, as they lie among the pictures, and the others."""
        by_id = {f"{KEPT}{one.id}": one for one in known}
        found = [self._kept(one, by_id) for one in stack if _is_kept(one)]
        rest = tuple(one for one in stack if not _is_kept(one))
        return tuple(one for one in found if one is not None), rest

    def mask(self, stack: tuple[Picture, ...], mask: Mask) -> tuple[Mask, tuple[Picture, ...]]:
        """The mask as it lies among the pictures, and the others."""
        at = next((i for i in reversed(range(len(stack))) if _is_mask(stack[i])), None)
        if at is None:
            return mask if mask.box is None else mask.cleared(), stack
        one, rest = stack[at], (*stack[:at], *stack[at + 1 :])
        box = mask.box
        if box is not None and one.at == box[:2] and self.is_ours(one, MASK):
            return mask, rest
        found = self._variant(one, None)
        if found is None:
            return mask.cleared(), rest
        whole = np.zeros((self._photo.height, self._photo.width), np.uint8)
        whole[rects.slices(found.box)] = found.mask
        return mask.replaced(whole), rest

    def merged(self, layers: tuple[Layer, ...]) -> Iterator[Layer]:
        """What the other program shows, where it isn't what these layers do."""
        shown, photo = self._archive.picture(MERGED), self._photo
        if shown.size != photo.size:
            return
        drawn = shown.space.to_srgb(shown.pixels)
        unlike = np.zeros((photo.height, photo.width), np.uint8)
        top = 0
        for rows in pictures.of_composite(photo, Composite(photo, layers)):
            here = slice(top, top + len(rows))
            apart = np.abs(rows[..., :3].astype(np.int16) - drawn[here]).max(axis=2)
            unlike[here], top = apart > NEAR, here.stop
        box = rects.bounding_box(unlike)
        if box is not None:
            part = drawn[rects.slices(box)].copy()
            yield Layer("Merged", Variant(box, part, np.full((box[3], box[2]), 255, np.uint8), None))

    def _layer(self, picture: Picture, known: dict[str, Layer]) -> Layer | None:
        mark = picture.mark
        ours = mark is not None and self.is_ours(picture, mark.id)
        layer = known.pop(mark.id, None) if mark is not None and ours else None
        if layer is not None:
            return self._known(picture, layer)
        request = recipe_in(picture) if ours else None
        variant = self._variant(picture, request)
        if variant is not None and mark is not None and mark.id == PHOTO and not ours:
            variant = self._painted(variant)
        if variant is None:
            return None
        return Layer(picture.name, variant, visible=picture.visible, opacity=picture.opacity)

    def _kept(self, picture: Picture, known: dict[str, KeptMask]) -> KeptMask | None:
        """One that nobody has painted on stays what it is; None for one of nothing."""
        name, mark = picture.name.removeprefix(KEPT_NAME), picture.mark
        same = None if mark is None else known.get(mark.id)
        if same is not None and picture.at == same.box[:2] and self.is_ours(picture, f"{KEPT}{same.id}"):
            return same if name == named(same.name) else replace(same, name=name)
        painted = self._variant(picture, None)
        if painted is None:
            return None
        return KeptMask(name, Plane().with_max(painted.box, painted.mask), self._photo.size)

    def _known(self, picture: Picture, layer: Layer) -> Layer | None:
        """A layer of ours whose place, name, visibility or opacity others may have changed."""
        if picture.at != layer.box[:2]:
            moved = _moved(layer.variant, picture.at, rects.whole(self._photo.size))
            if moved is None:
                return None
            layer = layer.with_(variant=moved)
        name = layer.name if picture.name == named(layer.name) else picture.name
        now = (name, picture.visible, picture.opacity)
        if now == (layer.name, layer.visible, layer.opacity):
            return layer
        return layer.with_(name=name, visible=picture.visible, opacity=picture.opacity)

    def _variant(self, picture: Picture, request: EditRequest | None) -> Variant | None:
        """A picture as something drawn, what of it lies in the photo; None for nothing."""
        found = self._archive.picture(picture.src)
        box = rects.common((*picture.at, *found.size), rects.whole(self._photo.size))
        alpha = np.full((found.height, found.width), 255, np.uint8) if found.alpha is None else found.alpha
        if request is None:  # other programs pad what they draw
            seen = rects.bounding_box(alpha[rects.slices(box, picture.at)])
            box = (0, 0, 0, 0) if seen is None else rects.moved(seen, box[:2])
        if rects.is_empty(box):
            return None
        self._room -= 4 * box[2] * box[3]
        if self._room < 0:
            raise InputError("This project has more or larger layers than can be opened.")
        here = rects.slices(box, picture.at)
        drawn = found.space.to_srgb(found.pixels[here])
        return Variant(box, drawn.copy(), alpha[here].copy(), request)

    def _painted(self, variant: Variant) -> Variant | None:
        """Of the photo that another program has changed what it changed."""
        mask, box = variant.mask.copy(), variant.box
        for strip in rects.strips(box, bands.BAND):
            below = self._photo.space.to_srgb(self._photo.pixels[rects.slices(strip)])
            here = rects.slices(strip, box)
            mask[here] *= (below != variant.drawn[here]).any(axis=2)
        return _cropped(Variant(box, variant.drawn, mask, None))


def _cropped(variant: Variant) -> Variant | None:
    """To what of it is seen; None for nothing."""
    seen = rects.bounding_box(variant.mask)
    if seen is None:
        return None
    here = rects.slices(seen)
    box = rects.moved(seen, variant.box[:2])
    return replace(variant, box=box, drawn=variant.drawn[here].copy(), mask=variant.mask[here].copy())


def _moved(variant: Variant, at: tuple[int, int], whole: Rect) -> Variant | None:
    """What was drawn, at another place; its mask with what the hand did to it, which was done at the old."""
    there = (*at, *variant.box[2:])
    box = rects.common(there, whole)
    if rects.is_empty(box):
        return None
    here = rects.slices(box, there)
    mask = variant.soft(variant.box)[here].copy()
    moved = replace(variant, box=box, drawn=variant.drawn[here].copy(), mask=mask, area=None, id=new_id())
    return replace(moved, retouch=Strokes())


def _is_mask(picture: Picture) -> bool:
    if picture.mark is not None:
        return picture.mark.id == MASK
    return picture.name == MASK_NAME and not picture.visible


def _is_kept(picture: Picture) -> bool:
    if picture.mark is not None:
        return picture.mark.id.startswith(KEPT)
    return picture.name.startswith(KEPT_NAME) and not picture.visible


def recipe_in(picture: Picture) -> EditRequest | None:
    """What the list says that a picture was made with; None if it says nothing that can be used."""
    text = "" if picture.mark is None else picture.mark.recipe
    try:
        return request_from(from_json(text, dict[str, object])) if text else None
    except (InputError, ValueError):  # a msgspec.DecodeError is a ValueError
        return None
