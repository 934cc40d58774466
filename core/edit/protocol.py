"""What front ends, movies and grids need of an engine: what all of them are written against."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from core.edit.pointed import Pointed, Taken
from core.edit.progress import Cancel, OnProgress
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, ModelInfo
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.rect import Size


class SeriesEngine(Protocol):
    """What makes many pictures needs no more; what each method does is told at `core.edit.engine.Engine`."""

    def load(self, model: str, device: str) -> ModelInfo: ...
    def tokens(self, texts: Sequence[str], style: PromptStyle) -> tuple[TokenCount, ...]: ...
    def find(
        self, request: EditRequest, photo: Photo, on_progress: OnProgress, cancel: Cancel
    ) -> FindResult: ...
    def run(
        self,
        request: EditRequest,
        photo: Photo,
        mask: BoxedMask | np.ndarray | None,
        on_progress: OnProgress,
        cancel: Cancel,
    ) -> EditResult: ...
    def draw(
        self, request: EditRequest, size: Size, on_progress: OnProgress, cancel: Cancel
    ) -> EditResult: ...


class Edits(SeriesEngine, Protocol):
    """`core.edit.engine.Engine` as a window has it, or a double of it."""

    def devices(self) -> tuple[str, ...]: ...
    def keep(self, partial: object) -> EditResult: ...
    def look(self, segmenter: str, device: str, photo: Photo) -> None: ...
    def take(self, segmenter: str, device: str, digest: str, pointed: Pointed) -> Taken | None: ...
    def limit_cache(self, limit: int) -> None: ...
    @property
    def cached(self) -> int: ...


@runtime_checkable
class Apart(Protocol):
    """An engine in a process of its own (core.child.engine): it can end by itself, and has to be ended."""

    def check(self) -> None: ...
    def close(self) -> None: ...
