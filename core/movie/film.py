"""The frames of a movie, drawn one by one on one engine: what they share is computed once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from core.edit.evaluations import Evaluations
from core.edit.progress import Cancel, Progress
from core.edit.protocol import SeriesEngine
from core.edit.result import EditResult, FindResult
from core.movie.drift import drift, hold, samples
from core.movie.request import MovieRequest, Pacing, Steady
from core.movie.spacing import change, even, next_place, small
from core.movie.store import FrameStore
from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.region import paste
from core.photo.space import SRGB, Space


@dataclass(frozen=True)
class Frame:
    """A finished frame.

    place    on the way, 0 … the number of ways
    pixels   uint8 (H, W, 3) in the photo's own space
    notices  what was noticed while it was drawn
    resumed  finished by an earlier run
    """

    place: float
    pixels: np.ndarray
    evaluations: Evaluations
    notices: tuple[str, ...] = ()
    resumed: bool = False


@dataclass(frozen=True)
class MovieStep:
    """News of a movie in the making: `done` of `total` frames, and the frame that was just finished.

    progress  of the search or the frame under way
    """

    done: int
    total: int
    evaluations: int
    seconds_left: float | None = None
    frame: Frame | None = None
    progress: Progress | None = None


@dataclass
class Film:
    """A movie request at work.

    photo: None for a movie from the model alone; mask: painted.
    """

    request: MovieRequest
    engine: SeriesEngine
    store: FrameStore
    photo: Photo | None
    mask: BoxedMask | None
    tell: Callable[[MovieStep], None]
    cancel: Cancel
    cost: Evaluations = field(default_factory=Evaluations)
    resumed: int = 0
    _done: int = 0
    _drawn: list[float] = field(default_factory=list[float])
    _first: np.ndarray | None = None

    def places(self) -> list[float]:
        """Draw (or find again) every frame; their places in the order of the movie. Raises Cancelled."""
        self._find()
        if self.request.pacing is Pacing.CHANGE:
            return self._by_change()
        places = even(self.request.ways, self.request.frames_a_way)
        for place in places:
            self._frame(place)
        return places

    def _by_change(self) -> list[float]:
        """Every prompt first, then where neighbours differ most."""
        request = self.request
        seen = [(float(place), small(self._frame(float(place)).pixels)) for place in range(request.ways + 1)]
        while len(seen) < request.frames:
            places = [place for place, _ in seen]
            changes = [change(a, b) for (_, a), (_, b) in pairwise(seen)]
            place = next_place(places, changes, request.frames_a_way)
            seen.append((place, small(self._frame(place).pixels)))
            seen.sort(key=lambda pair: pair[0])
        return [place for place, _ in seen]

    def _find(self) -> None:
        """What may change: the union of the regions that the prompts would change."""
        searches = self.request.finds()
        if not searches:
            return
        known = self.store.mask
        if known is not None:
            self.mask = BoxedMask.of(known)
            return
        assert self.photo is not None
        size = self.photo.size
        mask, cost = np.zeros(size[::-1], np.uint8), Evaluations()
        found: FindResult | None = None
        for search in searches:
            found = self.engine.find(search, self.photo, on_progress=self._progress, cancel=self.cancel)
            part = found.heat.mask(search.find, size)
            here = rects.slices(part.box)
            mask[here] = np.maximum(mask[here], part.values)
            cost += found.evaluations
        if found is not None and not mask.any():
            raise found.heat.nothing(found.request.find)
        self.cost += cost
        self.mask = BoxedMask.of(mask)
        self.store.keep_mask(mask, cost)

    def _frame(self, place: float) -> Frame:
        if place in self.store:
            frame = Frame(place, self.store.read(place), Evaluations(), resumed=True)
            self._note_colours(frame.pixels)
            self.resumed += 1
        else:
            frame = self._draw(place)
            self.store.keep(place, frame.pixels, frame.evaluations, frame.notices)
        self._done += 1
        self.cost += frame.evaluations
        self.tell(replace(self._step(), frame=frame))
        return frame

    def _draw(self, place: float) -> Frame:
        began = time.perf_counter()
        start, request = self._start(place), self.request.at(place, self._chunks)
        if start is None:
            assert self.request.size is not None
            result = self.engine.draw(
                request, self.request.size, on_progress=self._progress, cancel=self.cancel
            )
        else:
            mask = self.mask if request.method.masked else None
            result = self.engine.run(request, start, mask, on_progress=self._progress, cancel=self.cancel)
        pixels = self._held(result, start)
        self._drawn.append(time.perf_counter() - began)
        return Frame(place, pixels, result.evaluations, result.notices)

    @cached_property
    def _chunks(self) -> int:
        """Of the longest prompt, as the model reads it."""
        edit = self.request.edit
        self.engine.load(edit.model, edit.device)
        counts = self.engine.tokens(self.request.texts, edit.prompt_style)
        return max((count.chunks for count in counts), default=1)

    def _start(self, place: float) -> Photo | None:
        """The picture that the frame at a place is an edit of; None: the model's own."""
        way = self.request.way(place)
        if self.request.steady is Steady.FIXED or way == 0:
            return self.photo
        return Photo(self.store.read(float(way)), icc=self._space.icc)

    @property
    def _space(self) -> Space:
        return SRGB if self.photo is None else self.photo.space

    def _held(self, result: EditResult, start: Photo | None) -> np.ndarray:
        """A chained frame with the colours of the first one, where it may change at all."""
        pixels = result.pixels if start is None else result.on(start.pixels)
        if self.request.steady is Steady.FIXED or self._first is None:
            self._note_colours(pixels)
            return pixels
        held = hold(result.drawn, *drift(samples(pixels, self._space), self._first))
        if start is None:
            return held
        here = rects.slices(result.box)
        pixels[here] = paste(start.pixels[here], held, result.mask.values, self._space)
        return pixels

    def _note_colours(self, first: np.ndarray) -> None:
        if self._first is None and self.request.steady is Steady.CHAINED:
            self._first = samples(first, self._space)

    def _progress(self, progress: Progress) -> None:
        self.tell(replace(self._step(), progress=progress))

    def _step(self) -> MovieStep:
        frames = self.request.frames
        left = None
        if self._drawn:  # kept frames cost nothing, and the first drawn one pays for what all share
            pace = self._drawn[1:] or self._drawn
            left = sum(pace) / len(pace) * (frames - self._done)
        return MovieStep(self._done, frames, self.cost.total, left)
