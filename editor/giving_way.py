"""An engine for whoever makes many pictures: before each, others are let go first."""

from collections.abc import Callable, Sequence

import numpy as np

from core.edit.progress import Cancel, OnProgress
from core.edit.protocol import SeriesEngine
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, ModelInfo
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.rect import Size


class GivingWay:
    """`core.edit.protocol.SeriesEngine`. give_way: called before whatever takes long."""

    def __init__(self, engine: SeriesEngine, give_way: Callable[[], None]) -> None:
        self._engine, self._give_way = engine, give_way

    def load(self, model: str, device: str) -> ModelInfo:
        return self._engine.load(model, device)

    def tokens(self, texts: Sequence[str], style: PromptStyle) -> tuple[TokenCount, ...]:
        return self._engine.tokens(texts, style)

    def find(self, request: EditRequest, photo: Photo, on_progress: OnProgress, cancel: Cancel) -> FindResult:
        self._give_way()
        return self._engine.find(request, photo, on_progress=on_progress, cancel=cancel)

    def run(
        self,
        request: EditRequest,
        photo: Photo,
        mask: BoxedMask | np.ndarray | None,
        on_progress: OnProgress,
        cancel: Cancel,
    ) -> EditResult:
        self._give_way()
        return self._engine.run(request, photo, mask, on_progress=on_progress, cancel=cancel)

    def draw(self, request: EditRequest, size: Size, on_progress: OnProgress, cancel: Cancel) -> EditResult:
        self._give_way()
        return self._engine.draw(request, size, on_progress=on_progress, cancel=cancel)
