"""How fast an edit is beside diffusers' deprecated pipeline: `python tests/bench/bench_speed.py`.

Both sides edit the same Storybook pages with the same weights in one process, taking turns, so that whatever
else the machine does falls on both. Also: what the engine adds to the bare network, what each solver's way
there and back misses, and how many draws a settled mask saves. `--publish` writes docs/results.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion import diffedit, edit_friendly, fixed_point
from core.diffusion.diffedit import settling
from core.diffusion.dpm_solver import second_order
from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.diffusion.step import Prediction, Solve, ddim
from core.edit.engine import Engine
from core.edit.request import EditRequest
from core.models.backbone import Backbone, Text
from core.models.catalog import folder_of
from core.models.load import load
from core.photo import region
from tests.bench import results
from tests.bench.results import Figures
from tests.bench.storybook.batch import Batch, find
from tests.bench.storybook.cases import Case, cases
from tests.bench.storybook.peer import Peer, PeerSettings

Done = TypeVar("Done")

SIZE = 64
STEPS = (5, 10, 20, 50)
SETTLES = (0.02, 0.03, 0.05, 0.08, 0.12)


def main() -> None:
    options = arguments()
    if options.memory:
        one_side(options.memory, options.model)
        return
    began = time.time()
    judged = cases(max(options.edits, options.masks), SIZE)
    figures = compare(options.model, judged[: options.edits], options.rounds)
    figures["memory"] = {side: memory(side, options.model) for side in ("ours", "peer")}
    batch = Batch(load(options.model, "cpu"), judged[: options.masks])
    figures["settle"], figures["ways"] = settle_rows(batch), way_rows(batch)
    figures["made"] = results.made("speed", began, folder_of(options.model))
    results.save("speed", figures, published=options.publish)
    print(page(figures))
    if options.publish:
        results.publish("speed", page(figures))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder of its size")
    parser.add_argument("--edits", type=int, default=3, help="pages that both sides edit in every round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--masks", type=int, default=48, help="pages for the settled masks and the solvers")
    parser.add_argument("--publish", action="store_true", help="write docs/results")
    parser.add_argument("--memory", choices=["ours", "peer"], help="one edit by this side: print its peak MB")
    return parser.parse_args()


def asked(case: Case, model: str, **changes: object) -> EditRequest:
    words = {"query": case.edit.query, "reference": case.edit.reference, "seed": case.seed}
    return EditRequest(photo="", model=model, device="cpu", **words).with_(**changes)


def compare(model: str, judged: Sequence[Case], rounds: int) -> Figures:
    """Seconds and evaluations of both sides: at the peer's 50 steps, and each at its own default."""
    peer = Peer(folder_of(model))
    peer.edit(judged[:1], PeerSettings(steps=5))  # both sides load what they load late
    Engine().run(asked(judged[0], model, steps=5), judged[0].page)
    rows: Figures = {}
    for name, changes in (("same_steps", {"steps": 50}), ("defaults", {})):
        taken: dict[str, list[float]] = {"peer": [], "first": [], "second": [], "bare": []}
        cost: dict[str, int] = {}
        inside: dict[str, list[float]] = {"peer": [], "ours": []}
        for turn in range(rounds):
            for case in judged:
                seconds = round_of(peer, model, case, changes, cost, inside if turn == 0 else None)
                for side, value in seconds.items():
                    taken[side].append(value)
        median = {side: statistics.median(values) for side, values in taken.items()}
        pairs = {
            side: [a / b for a, b in zip(taken["peer"], taken[side], strict=True)]
            for side in ("first", "second")
        }
        rows[name] = {
            "evaluations": cost,
            "seconds": median,
            "first_edit_ratio": statistics.median(pairs["first"]),
            "second_edit_ratio": statistics.median(pairs["second"]),
            "spread": {side: [min(of), max(of)] for side, of in pairs.items()},
            "overhead": statistics.median(
                a / b - 1 for a, b in zip(taken["first"], taken["bare"], strict=True)
            ),
            "psnr_inside": {side: float(np.mean(values)) for side, values in inside.items()},
        }
    return {
        "first_edit_ratio": rows["defaults"]["first_edit_ratio"],
        "second_edit_ratio": rows["defaults"]["second_edit_ratio"],
        "evaluations": rows["defaults"]["evaluations"],
        "overhead": rows["same_steps"]["overhead"],
        "rows": rows,
        "rounds": rounds,
        "edits": len(judged),
    }


def round_of(
    peer: Peer,
    model: str,
    case: Case,
    changes: dict[str, object],
    cost: dict[str, int],
    inside: dict[str, list[float]] | None,
) -> dict[str, float]:
    """The peer's edit, ours from nothing, ours once more with another query, and the bare network's share."""
    engine = Engine()
    engine.load(model, "cpu")
    request = asked(case, model, **changes)
    other = request.with_(query=f"{case.edit.query}, at night")
    theirs, drawn = timed(lambda: peer.edit([case], PeerSettings())[0])
    first, ours = timed(lambda: engine.run(request, case.page))
    second, again = timed(lambda: engine.run(other, case.page))
    bare, _ = timed(lambda: evaluate(load_of(engine), ours.evaluations.as_dict(), case))
    cost |= {
        "peer": drawn.evaluations,
        "first": ours.evaluations.total,
        "second": again.evaluations.total,
    }
    if inside is not None:
        inside["peer"].append(psnr(drawn.drawn, case))
        inside["ours"].append(psnr(ours.pixels, case))
    return {"peer": theirs, "first": first, "second": second, "bare": bare}


def load_of(engine: Engine) -> Backbone:
    model = engine._model
    assert model is not None
    return model


def timed(act: Callable[[], Done]) -> tuple[float, Done]:
    began = time.perf_counter()
    done = act()
    return time.perf_counter() - began, done


def psnr(picture: np.ndarray, case: Case) -> float:
    """Inside the region that must change, against the true outcome, in dB."""
    error = (picture[case.region].astype(float) - case.truth[case.region]) ** 2
    return float(10 * np.log10(255**2 / max(error.mean(), 1e-9)))


@torch.inference_mode()
def evaluate(model: Backbone, counts: dict[str, int], case: Case) -> None:
    """As many evaluations as an edit made, in calls of the same sizes, and nothing else."""
    level, text = model.schedule.at_strength(0.5), model.text(case.edit.query)
    x = torch.zeros(model.batch, model.channels, SIZE // model.factor, SIZE // model.factor)
    draws = counts["mask"] // 2
    blocks = [min(model.batch, draws - first) for first in range(0, draws, model.batch)]
    sizes = 2 * blocks + [1] * counts["encode"] + [min(2, model.batch)] * (counts["decode"] // 2)
    for size in sizes:
        model.predict(x[:size], level, Text.stack([text] * size))


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
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def settle_rows(batch: Batch) -> list[Figures]:
    """For each tolerance: draws taken of ten, and the IoU with the known region against that of all ten."""
    rows = [{"settle": 0.0, "draws": 0.0, "iou": 0.0} for _ in (0.0, *SETTLES)]
    for row, tolerance in zip(rows, (0.0, *SETTLES), strict=True):
        row["settle"] = tolerance
    level = batch.model.schedule.at_strength(0.5)
    for i, case in enumerate(batch.cases):
        means = list(means_of(batch, i, level))
        for row in rows:
            *_, (draws, heat) = enumerate(settling(iter(means), row["settle"]), start=1)
            mask = find(region.unpad(heat.numpy(), batch.view), 0.5) > 127
            union = (mask | case.region).sum()
            row["draws"] += draws / len(batch.cases)
            row["iou"] += float((mask & case.region).sum() / union) / len(batch.cases)
    return rows


@torch.inference_mode()
def means_of(batch: Batch, i: int, level: Level) -> list[torch.Tensor]:
    case, x0, model = batch.cases[i], batch.latents[i : i + 1], batch.model
    generator = torch.Generator().manual_seed(case.seed)
    noises = torch.cat([torch.randn(x0.shape, generator=generator) for _ in range(10)])

    def both(x: torch.Tensor, level: Level) -> tuple[Prediction, Prediction]:
        said, wanted = (Text.stack([model.text(t)] * len(x)) for t in (case.edit.reference, case.edit.query))
        return model.predict(x, level, said), model.predict(x, level, wanted)

    return list(diffedit.differences(both, x0, level, [noises]))


@torch.inference_mode()
def way_rows(batch: Batch) -> list[Figures]:
    """There and back without an edit: the root mean square that each solver misses of a unit latent."""
    model, x0 = batch.model, batch.latents[:8]
    empty = Text.stack([model.text("")] * len(x0))
    everything = torch.ones(1, 1, *x0.shape[-2:])

    def predict(x: torch.Tensor, level: Level, _weight: float = 1.0) -> Prediction:
        return model.predict(x, level, empty)

    rows: list[Figures] = []
    for solver, iterations in (
        (Solver.DDIM, 1),
        (Solver.DPM, 1),
        (Solver.FIXED_POINT, 1),
        (Solver.FIXED_POINT, 2),
        (Solver.FIXED_POINT, 3),
        (Solver.EDIT_FRIENDLY, 1),
    ):
        for steps in STEPS:
            levels = model.schedule.levels(steps)[: round(0.8 * steps) + 1]
            trajectory, solve = there(solver, iterations, predict, x0, levels)
            weights = [1.0] * (len(levels) - 1)
            back = diffedit.decode(predict, trajectory, levels, everything, weights, ignore, solve=solve)
            rows.append(
                {
                    "solver": solver.value,
                    "iterations": iterations,
                    "steps": steps,
                    "evaluations": solver.encoding(len(levels) - 1, iterations) + len(levels) - 1,
                    "error": float((back - x0).square().mean().sqrt() / x0.square().mean().sqrt()),
                }
            )
    return rows


def there(
    solver: Solver, iterations: int, predict: diffedit.Predict, x0: torch.Tensor, levels: Sequence[Level]
) -> tuple[list[torch.Tensor], Solve]:
    match solver:
        case Solver.DPM:
            return diffedit.encode(predict, x0, levels, ignore, solve=second_order), second_order
        case Solver.FIXED_POINT:
            return fixed_point.encode(predict, x0, levels, ignore, iterations), ddim
        case Solver.EDIT_FRIENDLY:
            generator = torch.Generator().manual_seed(0)
            noises = [torch.randn(x0.shape, generator=generator) for _ in levels[1:]]
            latents, corrections = edit_friendly.encode(predict, x0, levels, noises, ignore)
            return latents, edit_friendly.solver(dict(zip(levels[1:], corrections, strict=True)))
        case _:
            return diffedit.encode(predict, x0, levels, ignore), ddim


def ignore(*_: object) -> None:
    """No one watches."""


def page(figures: Figures) -> str:
    """The section of docs/results.md."""
    used = figures["memory"]
    settled = [
        (f"{row['settle']:g}", f"{row['draws']:.1f}", f"{row['iou']:.3f}") for row in figures["settle"]
    ]
    return "\n\n".join(
        (
            "## Speed",
            f"Against diffusers' deprecated DiffEdit pipeline, the sides taking turns: {figures['edits']} "
            f"Storybook edits, {figures['rounds']} rounds, medians; ratios pair by pair, with their range. A "
            "second edit asks for something else in the same photo.",
            results.table(("", "evaluations", "seconds", "times faster", "PSNR inside"), sides(figures)),
            f"The engine adds {figures['overhead']:.0%} to the bare network at 50 steps. Peak memory of a "
            f"process with one edit: {used['ours']:.0f} MB, diffusers {used['peer']:.0f} MB.",
            "There and back without an edit, to 0.8 of the noise: what the latent misses (relative RMS).",
            results.table(("solver", "evaluations", "error"), [way(row) for row in figures["ways"]]),
            "Masks that stop when they have settled: draws of ten, and IoU with the region that must change.",
            results.table(("settle", "draws", "IoU"), settled),
            results.origin(figures),
        )
    )


def sides(figures: Figures) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for title, name in (("50 steps both", "same_steps"), ("own defaults", "defaults")):
        row = figures["rows"][name]
        cost, seconds, inside = row["evaluations"], row["seconds"], row["psnr_inside"]
        theirs = f"{inside['peer']:.1f} dB"
        found.append((f"{title}: diffusers", f"{cost['peer']}", f"{seconds['peer']:.2f}", "1", theirs))
        for side in ("first", "second"):
            low, high = row["spread"][side]
            ratio = f"{row[f'{side}_edit_ratio']:.2f} ({low:.2f} to {high:.2f})"
            ours = f"{inside['ours']:.1f} dB" if side == "first" else ""
            label = f"{title}: Palimpsest, {side} edit"
            found.append((label, f"{cost[side]}", f"{seconds[side]:.2f}", ratio, ours))
    return found


def way(row: Figures) -> tuple[str, str, str]:
    times = f" × {row['iterations']}" if row["solver"] == Solver.FIXED_POINT else ""
    return f"{row['solver']}{times}, {row['steps']} steps", f"{row['evaluations']}", f"{row['error']:.4f}"


if __name__ == "__main__":
    main()
