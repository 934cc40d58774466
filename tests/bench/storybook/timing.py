"""What an edit takes on both sides: seconds by the clock and of the processor, and the network's share."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from PIL import Image

from core.edit.engine import Engine
from core.edit.progress import Progress
from core.edit.request import EditRequest
from core.edit.result import EditResult
from core.models.adapters.stable_diffusion import StableDiffusion
from core.models.backbone import Backbone
from resources import samples_folder
from tests.bench.results import Figures
from tests.bench.storybook.peer import Asked, Peer, PeerSettings
from tests.bench.storybook.study import request

Done = TypeVar("Done")
Plan = tuple[dict[str, object], PeerSettings]  # the request's changes, and what the peer is asked for
Seconds = tuple[float, float]  # by the clock, of the processor

SAMPLE = samples_folder() / "horse-on-a-meadow.png"  # the README's, 512 × 512


@dataclass(frozen=True)
class Words:
    """What is there and what it should be."""

    reference: str
    query: str


@dataclass(frozen=True)
class Photograph:
    """A picture to edit, uint8 (H, W, 3), that no known outcome belongs to."""

    page: np.ndarray
    edit: Words = Words("a horse", "a zebra")
    seed: int = 0

    @staticmethod
    def sample(megapixels: float | None = None) -> "Photograph":
        """The README's picture, as it is or enlarged."""
        with Image.open(SAMPLE) as opened:
            picture = opened.convert("RGB")
        if megapixels is not None:
            side = round((megapixels * 1e6) ** 0.5)
            picture = picture.resize((side, side), Image.Resampling.BICUBIC)
        return Photograph(np.array(picture))


@dataclass
class Clock:
    """Seconds that a model's own modules take of an edit, and in which stage; call it at the end.

    `told` is to be the edit's `on_progress`: what a call of the network took belongs to the stage that is
    told of next.
    """

    model: Backbone
    network: float = 0.0
    others: float = 0.0
    stages: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _told: float = 0.0
    _began: float = 0.0

    def __post_init__(self) -> None:
        assert isinstance(self.model, StableDiffusion)
        parts = self.model.parts
        self._hooks = [
            hook
            for module in (parts.unet, parts.vae.encoder, parts.vae.decoder, parts.text_encoder)
            for hook in (
                module.register_forward_pre_hook(self._begin),
                module.register_forward_hook(self._end_network if module is parts.unet else self._end_other),
            )
        ]

    def told(self, progress: Progress) -> None:
        self.stages[progress.stage.value] += self.network - self._told
        self._told = self.network

    def stop(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def _begin(self, *_: object) -> None:
        self._began = time.perf_counter()

    def _end_network(self, *_: object) -> None:
        self.network += time.perf_counter() - self._began

    def _end_other(self, *_: object) -> None:
        self.others += time.perf_counter() - self._began


@dataclass
class Taken:
    """Seconds of one kind of edit, round by round, and its evaluations."""

    seconds: list[Seconds] = field(default_factory=list)
    evaluations: list[int] = field(default_factory=list)

    def add(self, seconds: Seconds, evaluations: int) -> None:
        self.seconds.append(seconds)
        self.evaluations.append(evaluations)

    def row(self) -> Figures:
        """Median seconds and mean evaluations."""
        wall, processor = (statistics.median(column) for column in zip(*self.seconds, strict=True))
        return {
            "wall": wall,
            "processor": processor,
            "evaluations": round(statistics.fmean(self.evaluations), 1),
        }


@dataclass
class Ours:
    """The engine's first and second edit of each picture, from an engine just loaded, and what they held."""

    model: str
    first: Taken = field(default_factory=Taken)
    second: Taken = field(default_factory=Taken)
    network: list[float] = field(default_factory=list)  # of the first edits, in seconds by the clock
    others: list[float] = field(default_factory=list)
    outside: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by stage

    def edit(self, case: Asked, changes: Mapping[str, object]) -> None:
        engine = Engine()
        engine.load(self.model, "cpu")
        asked = request_of(case, self.model, **changes)
        clock = Clock(model_of(engine))
        seconds, result = timed(lambda: engine.run(asked, case.page, on_progress=clock.told))
        clock.stop()
        self._keep(seconds, result, clock)
        other = asked.with_(query=f"{case.edit.query}, at night")
        seconds, again = timed(lambda: engine.run(other, case.page))
        self.second.add(seconds, again.evaluations.total)

    def _keep(self, seconds: Seconds, result: EditResult, clock: Clock) -> None:
        self.first.add(seconds, result.evaluations.total)
        self.network.append(clock.network)
        self.others.append(clock.others)
        for stage, taken in result.seconds.items():
            self.outside[stage].append(taken - clock.stages[stage])

    def row(self) -> Figures:
        """outside: the share of a first edit that the network doesn't take; own: nor the VAE and the texts.

        by_stage: seconds outside the network, of the stages alone.
        """
        wall = [clock for clock, _ in self.first.seconds]
        pairs = list(zip(wall, self.network, self.others, strict=True))
        return {
            "first": self.first.row(),
            "second": self.second.row(),
            "outside": statistics.median(1 - network / edit for edit, network, _ in pairs),
            "own": statistics.median(1 - (network + others) / edit for edit, network, others in pairs),
            "by_stage": {stage: statistics.median(some) for stage, some in self.outside.items()},
        }


def alone(model: str, case: Asked, rounds: Iterable[object], **changes: object) -> Figures:
    """The engine's edits of one picture."""
    ours = Ours(model)
    for _ in rounds:
        ours.edit(case, changes)
    return ours.row()


def beside(peer: Peer, model: str, rounds: Iterable[Asked], plan: Plan) -> Figures:
    """Both sides' edits of the same pictures, taking turns; ratios are of pairs, medians and ranges."""
    changes, settings = plan
    theirs, ours = Taken(), Ours(model)
    for case in rounds:
        seconds, cost = timed(lambda case=case: peers_edit(peer, case, settings))
        theirs.add(seconds, cost)
        ours.edit(case, changes)
    return {"peer": theirs.row(), **ours.row(), **_ratios(theirs, ours)}


def _ratios(theirs: Taken, ours: Ours) -> Figures:
    """How many times as fast: by the clock, by the processor's time, and the range by the clock."""
    rows: Figures = {}
    for name, own in (("first", ours.first), ("second", ours.second)):
        pairs = [
            tuple(a / b for a, b in zip(them, us, strict=True))
            for them, us in zip(theirs.seconds, own.seconds, strict=True)
        ]
        wall, processor = (list(column) for column in zip(*pairs, strict=True))
        rows[f"{name}_ratio"] = statistics.median(wall)
        rows[f"{name}_ratio_of_processor"] = statistics.median(processor)
        rows[f"{name}_range"] = [min(wall), max(wall)]
    return rows


def peers_edit(peer: Peer, case: Asked, settings: PeerSettings) -> int:
    """The pipeline's edit; of a larger picture as its user makes one: reduced, edited, and enlarged again."""
    (height, width), pixels = case.page.shape[:2], peer.pixels
    if width <= pixels:
        return peer.edit([case], settings)[0].evaluations
    picture = Image.fromarray(case.page).resize((pixels, pixels), Image.Resampling.LANCZOS)
    reduced = Photograph(np.asarray(picture), Words(case.edit.reference, case.edit.query), case.seed)
    (done,) = peer.edit([reduced], settings)
    Image.fromarray(done.drawn).resize((width, height), Image.Resampling.BICUBIC)
    return done.evaluations


def request_of(case: Asked, model: str, **changes: object) -> EditRequest:
    """What the program asks of this model for this edit, by the model's own ways, some fields changed."""
    words = {"query": case.edit.query, "reference": case.edit.reference, "seed": case.seed}
    return request(model=model, device="cpu", **words).with_(**changes)


def model_of(engine: Engine) -> Backbone:
    model = engine._model
    assert model is not None
    return model


def timed(act: Callable[[], Done]) -> tuple[Seconds, Done]:
    began, processor = time.perf_counter(), time.process_time()
    done = act()
    return (time.perf_counter() - began, time.process_time() - processor), done
