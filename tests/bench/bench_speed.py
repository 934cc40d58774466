"""How fast an edit is beside diffusers' deprecated pipeline: `python tests/bench/bench_speed.py`.

Both sides edit the same pictures with the same weights in one process, taking turns, so that whatever else
the machine does falls on both: Storybook pages of the starter's own size, and the README's sample
of 512. The engine alone edits that sample enlarged to 12 and 24 megapixels, in an area round the mask.
Seconds are by the clock and of the processor. Also: what of an edit isn't the network, a model's way from a
standing start to ready, the peak of memory. `--large` adds random weights of Stable Diffusion 1.5's size,
with a tenth of the steps and draws. `--publish` writes docs/results; `--rewrite` the page anew from them.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.errors import InputError
from core.models.catalog import STARTER, folder_of
from tests.bench import results
from tests.bench.bench_memory import memory as memory_of
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook import speed_page
from tests.bench.storybook.cases import TUNING, Case, cases
from tests.bench.storybook.full_size import large_folder, sd1_folder
from tests.bench.storybook.peer import Peer, PeerSettings
from tests.bench.storybook.study import Study, summary
from tests.bench.storybook.timing import Photograph, Plan, alone, beside, request_of

SIZE = 128  # the starter's
LARGE = 256
MEGAPIXELS = (12, 24)

PLANS: dict[str, Plan] = {
    "same_steps": ({"steps": 50, "change": PeerSettings.ratio}, PeerSettings()),
    "defaults": ({}, PeerSettings()),
}
EASY = MaskRequest(draws=1, threshold=0.1, snap=False)  # random weights: a flat heat map
TENTH: Plan = ({"steps": 5, "find": EASY}, PeerSettings(steps=5, draws=1))

WARM, READY, SCORE, MEMORY, BIGGER = "warming up", "model ready", "scores", "memory", "large starter"
SD1 = "Stable Diffusion 1.5's size"


def main() -> None:
    options = arguments()
    if options.memory:
        one_side(options.memory, options.model)
        return
    if options.rewrite:
        results.publish("speed", speed_page.text(results.load("speed")))
        return
    with Course(parts(options)) as course:
        measure(course, options)
        course.figures["made"] = results.made("speed", course.began, folder_of(options.model))
    results.save("speed", course.figures, published=options.publish)
    print(speed_page.text(course.figures))
    if options.publish:
        results.publish("speed", speed_page.text(course.figures))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder of its size")
    parser.add_argument("--edits", type=int, default=3, help="pages that both sides edit in every round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--masks", type=int, default=48, help="pages that both sides are judged on")
    parser.add_argument("--large", action="store_true", help="also weights of Stable Diffusion 1.5's size")
    parser.add_argument("--publish", action="store_true", help="write docs/results")
    parser.add_argument("--rewrite", action="store_true", help="write the page from the published figures")
    parser.add_argument("--memory", choices=["ours", "peer"], help="one edit by this side: print its peak MB")
    return parser.parse_args()


def parts(options: argparse.Namespace) -> dict[str, float]:
    """What is measured, in order, and the seconds that it takes on two quiet cores."""
    pages, samples = options.edits * options.rounds, 2 * options.rounds
    return {
        WARM: 10.0,
        f"{SIZE} px, defaults": 7.0 * pages,
        "512 px, defaults": 8.0 * samples,
        **{f"{n} megapixels": 4.0 * options.rounds for n in MEGAPIXELS},
        READY: 30.0,
        SCORE: 3.5 * options.masks,
        f"{SIZE} px, same_steps": 14.0 * pages,
        "512 px, same_steps": 15.0 * samples,
        MEMORY: 25.0,
        BIGGER: 15.0,
        **({SD1: 150.0} if options.large else {}),
    }


def measure(course: Course, options: argparse.Namespace) -> None:
    """All figures, those that the aims speak of first."""
    model, rounds, figures = options.model, options.rounds, course.figures
    figures |= {"rounds": rounds, "edits": options.edits, "rows": {}, "alone": {}}
    course.part(WARM)
    peer, pages = Peer(folder_of(model)), cases(options.edits, SIZE, TUNING)
    peer.edit(pages[:1], PeerSettings(steps=2, draws=1))  # both sides load what they load late
    Engine().run(request_of(pages[0], model, steps=2, find=EASY), pages[0].page)
    sides = {f"{SIZE} px": pages * rounds, "512 px": [Photograph.sample()] * 2 * rounds}

    def taking_turns(plan: str) -> None:
        for name, shown in sides.items():
            row = beside(peer, model, course.each(f"{name}, {plan}", shown), PLANS[plan])
            figures["rows"].setdefault(name, {})[plan] = row
            course.found(speed_page.said(f"{name}, {plan}", row))

    taking_turns("defaults")
    for megapixels in MEGAPIXELS:
        name = f"{megapixels} megapixels"
        row = alone(model, Photograph.sample(megapixels), course.each(name, range(rounds)), area="auto")
        figures["alone"][name] = row
        course.found(speed_page.said(name, row))
    figures |= loading(course, model)
    figures["scores"] = scores(course, peer, model, options.masks)
    taking_turns("same_steps")
    figures["memory"] = {side: memory(side, model) for side in course.each(MEMORY, ("ours", "peer"))}
    course.part(BIGGER)
    figures["large_starter"] = large_starter()
    if options.large:
        shown, large = cases(1, LARGE), str(sd1_folder(LARGE))
        figures["large"] = beside(Peer(Path(large)), large, course.each(SD1, shown * 2), TENTH)
        figures["large"]["pixels"] = LARGE


def scores(course: Course, peer: Peer, model: str, masks: int) -> Figures:
    """Storybook's verdict on both sides' edits, each at its own defaults."""
    study, engine = Study.open(model, masks, TUNING), Engine()
    course.part(SCORE, len(study.cases) + len(study.batches))
    ours: list[tuple[Case, np.ndarray]] = []
    found: list[np.ndarray] = []
    for case in study.cases:
        try:
            result = engine.run(request_of(case, model), case.page)
            ours.append((case, result.on(case.page)))
            found.append(result.mask.whole())
        except InputError:  # it found no region: the page stays
            ours.append((case, case.page))
            found.append(np.zeros(case.page.shape[:2], np.uint8))
        course.step()
    theirs: list[tuple[Case, np.ndarray]] = []
    their_masks: list[np.ndarray] = []
    for batch in study.batches:
        for case, one in zip(batch.cases, peer.edit(batch.cases, PeerSettings()), strict=True):
            theirs.append((case, one.drawn))
            their_masks.append(one.mask.astype(np.uint8))
        course.step()
    return {
        "ours": summary(study.score(ours, found)),
        "peer": summary(study.score(theirs, their_masks)),
    }


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
        Engine().run(request_of(case, model, steps=10), case.page)
    print(memory_of("VmHWM") / 1e6)


def loading(course: Course, model: str) -> Figures:
    """Seconds of a fresh process until the engine has its model ready; the processor's part by part."""
    lines = (
        "import time; parts = [time.process_time()]",
        "import torch; parts.append(time.process_time())",
        "import core.models.adapters.stable_diffusion; from core.edit.engine import Engine",
        "parts.append(time.process_time())",
        f"Engine().load({model!r}, 'cpu'); parts.append(time.process_time())",
        "print(*parts)",
    )
    command = [sys.executable, "-c", "\n".join(lines)]
    rows: list[list[float]] = []
    for _ in course.each(READY, range(4)):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=results.ROOT)
        begun, torch_in, imported, loaded = map(float, done.stdout.split())
        wall = time.perf_counter() - began
        rows.append([wall, loaded, begun, torch_in - begun, imported - torch_in, loaded - imported])
    wall, processor, *of = (
        median(column) for column in zip(*rows[1:], strict=True)
    )  # the first fills caches
    found = dict(zip(("python", "torch", "imports", "load"), of, strict=True))
    course.found(f"ready after {wall:.2f} s, {processor:.2f} s of the processor")
    return {"ready": {"wall": wall, "processor": processor}, "loading": found}


def large_starter() -> float:
    """Seconds of an edit at the defaults by the starter's large size, untrained, the model loaded."""
    model = str(large_folder())
    (case,) = cases(1, 256)
    middle = np.zeros((256, 256), np.uint8)
    middle[64:192, 64:192] = 255
    engine, asked = Engine(), request_of(case, STARTER).with_(model=model)
    engine.run(asked.with_(steps=2, seed=1), case.page, middle)  # what is imported and warmed late
    began = time.perf_counter()
    engine.find(asked, case.page)
    engine.run(asked, case.page, middle)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
