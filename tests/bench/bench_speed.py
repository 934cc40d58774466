"""How fast an edit is beside diffusers' deprecated pipeline: `python tests/bench/bench_speed.py`.

Both sides edit the same Storybook pages with the same weights in one process, taking turns, so that whatever
else the machine does falls on both; on the starter's weights, and on random ones of Stable Diffusion 1.5's
size, with a tenth of the steps and draws. Also: what the engine adds to the model's own modules, and the
peak of memory. `--publish` writes docs/results.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.request import EditRequest, MaskRequest
from core.errors import InputError
from core.models.backbone import Backbone
from core.models.catalog import folder_of
from core.models.stable_diffusion import StableDiffusion
from tests.bench import results
from tests.bench.bench_memory import memory as memory_of
from tests.bench.results import Figures
from tests.bench.storybook import speed_page
from tests.bench.storybook.cases import TUNING, Case, cases
from tests.bench.storybook.full_size import large_folder, sd1_folder
from tests.bench.storybook.peer import Peer, PeerSettings
from tests.bench.storybook.study import Study, request, summary

Done = TypeVar("Done")

SIZE = 64
LARGE = 256

Plan = tuple[dict[str, object], PeerSettings]
PLANS: dict[str, Plan] = {"same_steps": ({"steps": 50}, PeerSettings()), "defaults": ({}, PeerSettings())}
EASY = MaskRequest(draws=1, threshold=0.1, snap=False)  # random weights: a flat heat map
TENTH: dict[str, Plan] = {"same_steps": ({"steps": 5, "find": EASY}, PeerSettings(steps=5, draws=1))}


def main() -> None:
    options = arguments()
    if options.memory:
        one_side(options.memory, options.model)
        return
    began = time.time()
    study = Study.open(options.model, max(options.edits, options.masks), TUNING)
    study.find_all(request().find.threshold, request().find.draws)
    judged = study.cases[: options.edits]
    figures: Figures = {"rounds": options.rounds, "edits": len(judged)}
    figures["rows"] = compare(options.model, judged, options.rounds, PLANS)
    figures |= headline(figures["rows"])
    figures["scores"] = scores(study, options.model)
    figures["memory"] = {side: memory(side, options.model) for side in ("ours", "peer")}
    figures["loading"], figures["large_starter"] = loading(options.model), large_starter()
    if options.large:
        figures["large"] = compare(str(sd1_folder(LARGE)), cases(1, LARGE), 2, TENTH)["same_steps"]
        figures["large"]["pixels"] = LARGE
    figures["made"] = results.made("speed", began, folder_of(options.model))
    results.save("speed", figures, published=options.publish)
    print(speed_page.text(figures))
    if options.publish:
        results.publish("speed", speed_page.text(figures))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder of its size")
    parser.add_argument("--edits", type=int, default=3, help="pages that both sides edit in every round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--masks", type=int, default=48, help="pages that both sides are judged on")
    parser.add_argument("--large", action="store_true", help="also weights of Stable Diffusion 1.5's size")
    parser.add_argument("--publish", action="store_true", help="write docs/results")
    parser.add_argument("--memory", choices=["ours", "peer"], help="one edit by this side: print its peak MB")
    return parser.parse_args()


def asked(case: Case, model: str, **changes: object) -> EditRequest:
    words = {"query": case.edit.query, "reference": case.edit.reference, "seed": case.seed}
    return EditRequest(photo="", model=model, device="cpu", **words).with_(**changes)


def compare(model: str, judged: Sequence[Case], rounds: int, plans: Mapping[str, Plan]) -> Figures:
    """Seconds and evaluations of both sides, for each plan."""
    peer = Peer(folder_of(model))
    peer.edit(judged[:1], PeerSettings(steps=2, draws=1))  # both sides load what they load late
    Engine().run(asked(judged[0], model, steps=2, find=EASY), judged[0].page)
    rows: Figures = {}
    for name, plan in plans.items():
        taken: dict[str, list[float]] = {"peer": [], "first": [], "second": [], "bare": [], "modules": []}
        cost: dict[str, list[int]] = {"peer": [], "first": [], "second": []}
        for case in [case for _ in range(rounds) for case in judged]:
            for side, value in round_of(peer, model, case, plan, cost).items():
                taken[side].append(value)
        rows[name] = row_of(taken, cost)
    return rows


def row_of(taken: Mapping[str, Sequence[float]], cost: Mapping[str, Sequence[int]]) -> Figures:
    """Mean evaluations, and medians of the seconds and of the ratios pair by pair."""
    pairs = {
        side: [a / b for a, b in zip(taken["peer"], taken[side], strict=True)] for side in ("first", "second")
    }
    rows = list(zip(taken["first"], taken["bare"], taken["modules"], strict=True))
    return {
        "evaluations": {side: round(statistics.mean(of), 1) for side, of in cost.items()},
        "seconds": {side: statistics.median(values) for side, values in taken.items()},
        "first_edit_ratio": statistics.median(pairs["first"]),
        "second_edit_ratio": statistics.median(pairs["second"]),
        "spread": {side: [min(of), max(of)] for side, of in pairs.items()},
        "overhead": statistics.median(first / bare - 1 for first, bare, _ in rows),
        "own_overhead": statistics.median(first / (bare + others) - 1 for first, bare, others in rows),
    }


def headline(rows: Figures) -> Figures:
    """The figures that stand first in the file."""
    defaults = rows["defaults"]
    names = ("first_edit_ratio", "second_edit_ratio", "evaluations")
    return {name: defaults[name] for name in names} | {"overhead": rows["same_steps"]["overhead"]}


def scores(study: Study, model: str) -> Figures:
    """Storybook's verdict on both sides' edits, each at its own defaults."""
    engine, peer = Engine(), Peer(study.folder)
    ours, masks = [], []
    for case in study.cases:
        try:
            result = engine.run(asked(case, model), case.page)
            ours.append((case, result.on(case.page)))
            masks.append(result.mask.whole())
        except InputError:  # it found no region: the page stays
            ours.append((case, case.page))
            masks.append(np.zeros(case.page.shape[:2], np.uint8))
    drawn = [one for batch in study.batches for one in peer.edit(batch.cases, PeerSettings())]
    theirs = [(case, one.drawn) for case, one in zip(study.cases, drawn, strict=True)]
    return {
        "ours": summary(study.score(ours, masks)),
        "peer": summary(study.score(theirs, [one.mask.astype(np.uint8) for one in drawn])),
    }


def round_of(
    peer: Peer, model: str, case: Case, plan: Plan, cost: Mapping[str, list[int]]
) -> dict[str, float]:
    """The peer's edit, ours from nothing, ours with another query; what the model's modules take of ours."""
    changes, settings = plan
    engine = Engine()
    engine.load(model, "cpu")
    request = asked(case, model, **changes)
    other = request.with_(query=f"{case.edit.query}, at night")
    theirs, drawn = timed(lambda: peer.edit([case], settings)[0])
    clock = Clock(load_of(engine))
    first, ours = timed(lambda: engine.run(request, case.page))
    clock.stop()
    second, again = timed(lambda: engine.run(other, case.page))
    for side, evaluations in (
        ("peer", drawn.evaluations),
        ("first", ours.evaluations.total),
        ("second", again.evaluations.total),
    ):
        cost[side].append(evaluations)
    taken = {"peer": theirs, "first": first, "second": second}
    return taken | {"bare": clock.network, "modules": clock.others}


def load_of(engine: Engine) -> Backbone:
    model = engine._model
    assert model is not None
    return model


def timed(act: Callable[[], Done]) -> tuple[float, Done]:
    began = time.perf_counter()
    done = act()
    return time.perf_counter() - began, done


class Clock:
    """Seconds that a model's own modules take, counted while it works for the engine."""

    def __init__(self, model: Backbone) -> None:
        assert isinstance(model, StableDiffusion)
        parts = model.parts
        self.network = self.others = 0.0
        self._began = 0.0
        self._hooks = [
            hook
            for module in (parts.unet, parts.vae.encoder, parts.vae.decoder, parts.text_encoder)
            for hook in (
                module.register_forward_pre_hook(self._begin),
                module.register_forward_hook(self._end_network if module is parts.unet else self._end_other),
            )
        ]

    def stop(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def _begin(self, *_: object) -> None:
        self._began = time.perf_counter()

    def _end_network(self, *_: object) -> None:
        self.network += time.perf_counter() - self._began

    def _end_other(self, *_: object) -> None:
        self.others += time.perf_counter() - self._began


def memory(side: str, model: str) -> float:
    """Peak resident MB of a process that makes one edit by this side."""
    command = [sys.executable, __file__, "--memory", side, "--model", model]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def one_side(side: str, model: str) -> None:
    (case,) = cases(1, SIZE)
    if side == "peer":
        Peer(folder_of(model)).edit([case], PeerSettings(steps=10))
    else:
        Engine().run(asked(case, model, steps=10), case.page)
    print(memory_of("VmHWM") / 1e6)


def loading(model: str) -> Figures:
    """Seconds of a fresh process, torch imported before: the libraries' modules, then the model itself."""
    lines = (
        "import time, torch; began = time.perf_counter()",
        "import core.models.stable_diffusion",
        "from core.models.load import load",
        "imported = time.perf_counter()",
        f"load({model!r}, 'cpu'); print(imported - began, time.perf_counter() - imported)",
    )
    command = [sys.executable, "-c", "\n".join(lines)]
    printed = [
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=results.ROOT).stdout
        for _ in range(3)
    ]
    columns = zip(*(map(float, line.split()) for line in printed), strict=True)
    imports, load = (statistics.median(column) for column in columns)
    return {"imports": imports, "load": load}


def large_starter() -> float:
    """Seconds of an edit at the defaults by the starter's large size, untrained, the model loaded."""
    model = str(large_folder())
    (case,) = cases(1, 256)
    middle = np.zeros((256, 256), np.uint8)
    middle[64:192, 64:192] = 255
    engine = Engine()
    engine.run(asked(case, model, steps=2, seed=1), case.page, middle)  # what is imported and warmed late
    began = time.perf_counter()
    engine.find(asked(case, model), case.page)
    engine.run(asked(case, model), case.page, middle)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
