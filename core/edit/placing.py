"""Looking for the place of a region before the region: which windows of the photo may show it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch

from core.diffusion import place
from core.diffusion.guidance import ZERO_SIGNAL
from core.diffusion.schedule import Level
from core.diffusion.step import noised
from core.edit.inversion import noises_of
from core.edit.mask_request import MaskRequest
from core.edit.request import PLACES, PLACING_DRAWS, EditRequest
from core.edit.result import HeatMap
from core.edit.sight import image_of
from core.models.backbone import Backbone, Text
from core.photo import rect as rects
from core.photo import region
from core.photo.area import framed
from core.photo.photo import Photo
from core.photo.rect import Rect, Size
from core.photo.seen import seen

HALF = 128  # from which a value of a mask counts
WORTH = 0.8  # of a frame's larger side, of that of a square as large as the photo: as coarsely it is seen
ROUND = 1.7  # sides of the frame round what was found, in sides of that: in it masks fit best


def likely(
    request: EditRequest,
    photo: Photo,
    windows: Sequence[Rect],
    model: Backbone,
    texts: tuple[Text, Text, Text],
    before_each: Callable[[int], None],
) -> tuple[Rect | None, ...]:
    """The windows in which what the reference names may stand, at most PLACES: None, the whole photo, which
    the first of them is, and the likeliest of the others.

    texts        of the reference, of the query, and none
    before_each  is called before every call of the network, with the number of its first window
    Every window sees the same noises. PLACING_DRAWS evaluations for each window and text; where the
    reference is empty, it has no evidence to give, and two texts do.
    """
    signs: list[place.Sign] = []
    while len(signs) < len(windows):
        # The first is the whole photo, of a shape of its own; all others are squares.
        most = 1 if not signs else max(1, model.batch // PLACING_DRAWS)
        some = windows[len(signs) : len(signs) + most]
        signs += _signs(request, photo, some, model, texts, partial(before_each, len(signs)))
    best = [n for n in place.likeliest(signs) if n > 0]
    return None, *(windows[n] for n in best[: PLACES - 1])


def found(heat: HeatMap, size: Size) -> tuple[float, float, float, float] | None:
    """The box (x, y, w, h) of what the default cut finds, in photo pixels; None where that is nothing. How a
    map is cut mustn't decide what map there is.
    """
    cut = MaskRequest()
    small = heat.small(size, cut.threshold, cut.grow, cut.snap, cut.clicks)
    box = rects.bounding_box(small >= HALF)
    if box is None:
        return None
    across, down = size[0] / small.shape[1], size[1] / small.shape[0]
    return box[0] * across, box[1] * down, box[2] * across, box[3] * down


def closer(heat: HeatMap, size: Size, pixels: int) -> Rect | None:
    """The frame round what was found in a photo of `size` (W, H), as a model of `pixels` sees it best; None
    where nothing was, where it is just what was looked into, and where it shows hardly more than the whole.
    """
    box = found(heat, size)
    if box is None:
        return None
    x, y, width, height = box
    half, middle = max(ROUND * max(width, height), pixels) / 2, (x + width / 2, y + height / 2)
    frame = framed((middle[0] - half, middle[1] - half), (middle[0] + half, middle[1] + half), size)
    known = (
        frame == heat.area if heat.area is not None else max(frame[2:]) > WORTH * math.sqrt(size[0] * size[1])
    )
    return None if known else frame


def sharper(seen: HeatMap, before: HeatMap, size: Size) -> bool:
    """Whether a closer look at what was found `before` in a photo of `size` (W, H) is the better one: it
    finds less, and that no colder. What is found as large was seen well enough, and a frame lacks what stood
    round it.
    """
    box, coarse = found(seen, size), found(before, size)
    if box is None or coarse is None or box[2] * box[3] >= coarse[2] * coarse[3]:
        return False
    return seen.reach is None or before.reach is None or seen.reach.strength >= before.reach.strength


def _signs(
    request: EditRequest,
    photo: Photo,
    windows: Sequence[Rect],
    model: Backbone,
    texts: tuple[Text, Text, Text],
    before_each: Callable[[], None],
) -> list[place.Sign]:
    """Of windows that the model sees in one shape, which share every call of the network."""
    x0 = torch.cat([model.encode(_image(photo, window, model)) for window in windows])
    noise = torch.cat(list(noises_of(request.seed, x0[:1], PLACING_DRAWS))).repeat(len(windows), 1, 1, 1)
    x0 = x0.repeat_interleave(PLACING_DRAWS, dim=0)
    assert request.find.strength is not None
    level = model.schedule_at(*x0.shape[-2:]).at_strength(request.find.strength)
    x = noised(x0, noise, level)
    known: list[torch.Tensor] = []
    for text in texts if not texts[0].same(texts[2]) else texts[:2]:
        before_each()
        known.append(_field(model, x, level, text))
    told, asked, untold = (*known, known[0])[:3]
    true = x0 if level.a < ZERO_SIGNAL else noise
    each = (slice(at, at + PLACING_DRAWS) for at in range(0, len(x), PLACING_DRAWS))
    return [place.sign(told[of], asked[of], untold[of], true[of]) for of in each]


def _image(photo: Photo, window: Rect, model: Backbone) -> torch.Tensor:
    view = region.view(window[2:], model.pixels, model.factor, model.patch)
    return image_of(seen(photo, replace(view, area=window)))


def _field(model: Backbone, x: torch.Tensor, level: Level, text: Text) -> torch.Tensor:
    """The prediction's noise, or its picture where a level has no signal."""
    found = model.predict(x, level, Text.stack([text] * len(x)))
    return found.x0 if level.a < ZERO_SIGNAL else found.eps
