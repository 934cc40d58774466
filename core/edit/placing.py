"""Looking for the place of a region before the region: which window of the photo shows it best."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from core.diffusion import place
from core.diffusion.guidance import ZERO_SIGNAL
from core.diffusion.schedule import Level
from core.diffusion.step import noised
from core.edit.inversion import noises_of
from core.edit.request import PLACING_DRAWS, EditRequest
from core.edit.sight import image_of
from core.models.backbone import Backbone, Text
from core.photo import region
from core.photo.photo import Photo
from core.photo.rect import Rect
from core.photo.seen import seen


def placed(
    request: EditRequest,
    photo: Photo,
    windows: Sequence[Rect],
    model: Backbone,
    texts: tuple[Text, Text, Text],
    before_each: Callable[[], None],
) -> Rect | None:
    """The window in which what the reference names stands; None for the first, which is the whole photo.

    texts        of the reference, of the query, and none
    before_each  is called before every call of the network
    Every window sees the same noises. PLACING_DRAWS evaluations for each window and text; where the
    reference is empty, it has no evidence to give, and two texts do.
    """
    signs = [_sign(request, photo, window, model, texts, before_each) for window in windows]
    best = place.likeliest(signs)
    return windows[best] if best else None


def _sign(
    request: EditRequest,
    photo: Photo,
    window: Rect,
    model: Backbone,
    texts: tuple[Text, Text, Text],
    before_each: Callable[[], None],
) -> place.Sign:
    view = region.view(window[2:], model.pixels, model.factor, model.patch)
    x0 = model.encode(image_of(seen(photo, replace(view, area=window))))
    noise = torch.cat(list(noises_of(request.seed, x0, PLACING_DRAWS)))
    assert request.find.strength is not None
    level = model.schedule_at(*x0.shape[-2:]).at_strength(request.find.strength)
    x = noised(x0, noise, level)
    known: list[torch.Tensor] = []
    for text in texts if not texts[0].same(texts[2]) else texts[:2]:
        before_each()
        known.append(_field(model, x, level, text))
    told, asked, untold = (*known, known[0])[:3]
    true = x0.expand_as(noise) if level.a < ZERO_SIGNAL else noise
    return place.sign(told, asked, untold, true)


def _field(model: Backbone, x: torch.Tensor, level: Level, text: Text) -> torch.Tensor:
    """The prediction's noise, or its picture where a level has no signal."""
    found = model.predict(x, level, Text.stack([text] * len(x)))
    return found.x0 if level.a < ZERO_SIGNAL else found.eps
