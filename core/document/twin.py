"""Which layer an edit would draw once more: the same words in the same place."""

import numpy as np

from core.document.layer import Layer
from core.document.recipe import lines, unsigned
from core.document.state import State
from core.edit.request import EditRequest
from core.edit.variants import reseeded
from core.edit.words.lora_tags import without_tags
from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask

HALF = 128  # what of a mask counts as masked
MOSTLY = 0.5  # of two masks together: what both hold, where they are of one place


def twin(state: State, request: EditRequest, mask: BoxedMask | None, chosen: str | None) -> Layer | None:
    """The layer in whose place `request` belongs: the chosen one, or else the topmost, if it is seen and was
    drawn by the same words in about the same place. None: it is an edit of its own.

    mask    to be drawn through; None: it is still to be found, or the method has none
    chosen  the id of a layer, if one is chosen
    """
    for layer in (*(one for one in state.layers if one.id == chosen), *state.layers[-1:]):
        then = layer.variant.request
        if layer.shows and then is not None and draws_again(request, mask, then, layer.variant.region):
            return layer
    return None


def draws_again(
    request: EditRequest, mask: BoxedMask | None, then: EditRequest, region: BoxedMask | None
) -> bool:
    """`request` through `mask` says the same as `then`, which was drawn through `region`, in the same place.

    mask: None: still to be found, or there is none;  region: None as well
    """
    same = _words(then) == _words(request) and then.method.masked is request.method.masked
    return same and (mask is None or _one_place(mask, region))


def seeds(layer: Layer, request: EditRequest, mask: BoxedMask | None) -> set[int]:
    """Those by which `request` through `mask` would draw what has been drawn in the layer's place.

    Where the mask is still to be found, that is what was drawn through one that was found for it as well.
    """
    drawn = ((one.request, one.region) for one in (layer.variant, *layer.others))
    return {
        then.seed
        for then, region in drawn
        if then is not None
        and only_reseeded(then, request)
        and (
            not request.method.masked
            or same_mask(mask, region)
            or (mask is None and then.mask is None)  # found by the same seed it is the same mask
        )
    }


def same_mask(one: BoxedMask | None, other: BoxedMask | None) -> bool:
    """Both are known, and alike to the last pixel."""
    return one is not None and other is not None and one.same(other)


def only_reseeded(drawn: EditRequest, request: EditRequest) -> bool:
    """Settings that drew something differ from these by the seed alone, and by what makes it be seen."""
    return _differing(drawn, request) <= {"seed"} or not _differing(drawn, reseeded(request, drawn.seed))


def _differing(drawn: EditRequest, request: EditRequest) -> set[str]:
    return {line.parameter.name for line in lines(unsigned(drawn), request) if line.differs}


def _words(request: EditRequest) -> tuple[str, ...]:
    texts = without_tags(request.reference), without_tags(request.query), request.avoid
    return tuple(" ".join(text.split()) for text in texts)


def _one_place(one: BoxedMask, other: BoxedMask | None) -> bool:
    """Most of what either mask holds, both hold."""
    if other is None or one.size != other.size:
        return False
    common = rects.common(one.box, other.box)
    inside = [part.values[rects.slices(common, part.box)] >= HALF for part in (one, other)]
    both = int(np.count_nonzero(inside[0] & inside[1]))
    total = sum(int(np.count_nonzero(part.values >= HALF)) for part in (one, other))
    return both > MOSTLY * (total - both)
