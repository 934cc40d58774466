"""What full-sized networks take: `python tests/bench/bench_full.py`.

Each family's network at its published size, of random weights in the smallest format that the program opens
(GGUF's Q4_K, else 8 bits), is written to a file, opened by the program's own loader in a process of its own,
and asked once for a picture of `--side` pixels. Text encoders and VAE are stand-ins, and the text is made
up. On the processor the process may take what memory is free but for `--keep`; one that wants more ends with
its own sentence before the machine swaps. On a CUDA card (`--device cuda`) it is asked once before it is
measured, and `--limit` makes a smaller card of it: so much can be allocated, and by so much the program
decides what goes there whole and what layer by layer. One family after another (`--only` names some): the
file is deleted before the next one. Linux only. `--full` takes every family and publishes, each device in a
table of its own; the default is the smallest network alone. `--publish` puts the families that were measured
into the table in the place of their earlier figures.

The table for a card of 8 GB: `make bench-full ARGS="--device cuda --side 1024 --limit 8 --full"`.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Self, TypeVar

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch

from core.causes import is_out_of_memory
from core.errors import CoreError
from core.models import load as loading
from core.models.backbone import Text
from core.models.files.layouts import VAE
from core.models.files.packed import Packed
from core.models.memory.device import Placement, place
from core.models.memory.ladder import Measure
from core.models.memory.machine import main_memory
from tests.bench import results
from tests.bench.bench_memory import lower_peak, memory
from tests.bench.course import Course
from tests.bench.full.networks import NETWORKS, Network, Shapes
from tests.bench.full.written import write
from tests.bench.results import Figures

SIDE = 256  # pixels of the picture, if not told otherwise
SCALE = 3.5  # of guidance, where it is embedded
GIGA = 1e9
KEEP = 6.0  # GB of memory for whatever else runs
SECONDS = 30.0  # that a thousand million numbers take on two quiet cores, written and measured
STAND_INS = (
    "These are networks alone: text encoders and VAE are small stand-ins here and come on top, with the "
    "larger families T5's 4.76 · 10⁹ numbers or Qwen's 4 to 8.3 · 10⁹."
)
HOURS = 3600  # after which a measurement has failed
Done = TypeVar("Done")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="every family, published")
    parser.add_argument(
        "--only", nargs="+", choices=list(NETWORKS), metavar="FAMILY", help=", ".join(NETWORKS)
    )
    parser.add_argument("--publish", action="store_true", help="these families, beside those of before")
    parser.add_argument("--keep", type=float, default=KEEP, metavar="GB", help="memory left to the machine")
    parser.add_argument(
        "--device",
        choices=("cpu", "cuda")[: 1 + torch.cuda.is_available()],
        default="cpu",
        help="where it is computed",
    )
    parser.add_argument("--side", type=int, default=SIDE, metavar="PIXELS", help="of the picture")
    parser.add_argument("--limit", type=float, default=0, metavar="GB", help="of the card's memory, 0: all")
    parser.add_argument("--note", default="", help="what is to be said of these figures")
    parser.add_argument("--small", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, metavar=("FAMILY", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.limit and options.device == "cpu":
        parser.error("--limit is a card's; on the processor --keep says what memory is left to the machine")
    if options.measure:
        family, file = options.measure
        print(json.dumps(measured(NETWORKS[family], Path(file), options)))
        return
    names = options.only or (list(NETWORKS) if options.full else list(NETWORKS)[:1])
    shapes = {name: NETWORKS[name].shapes(small=options.small) for name in names}
    with Course({name: SECONDS * numbers(shapes[name]) / GIGA for name in names}) as course:
        for name in names:
            course.part(name, len(shapes[name]) + 1)
            course.figures[name] = row(name, options, course.step)
            course.found(f"{name}: {json.dumps(course.figures[name])}")
        found, published = dict(course.figures), options.full or options.publish
        table, at = "full" if options.device == "cpu" else f"full-{options.device}", conditions(options)
        figures = {"families": {**before(table, at), **found} if options.publish else found}
        figures |= {"at": at, "note": options.note, "made": results.made("full", course.began)}
    results.save(table, figures, published=published)
    print(text(figures))
    if published:
        results.publish(table, text(figures))


def conditions(options: argparse.Namespace) -> Figures:
    """What a table's figures have in common. card: its name, "" for the processor."""
    name = torch.cuda.get_device_name() if options.device == "cuda" else ""
    return {"card": name, "side": options.side, "limit": options.limit}


def before(table: str, at: Figures) -> Figures:
    """The families that are published, but for those that were measured in other conditions."""
    published = (
        results.load(table) if (results.RESULTS / f"{table}.json").is_file() else {"at": at, "families": {}}
    )
    return published["families"] if published["at"] == at else {}


def numbers(shapes: Shapes) -> int:
    """Parameters of the network alone."""
    return sum(prod(shape) for key, shape in shapes.items() if not key.startswith(VAE))


def row(name: str, options: argparse.Namespace, tick: Callable[[], None]) -> Figures:
    """One family: its file written, opened and asked, and deleted again."""
    network, small = NETWORKS[name], options.small
    shapes = network.shapes(small=small)
    results.SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=results.SCRATCH) as folder:
        file = Path(folder) / network.file
        network.beside(file.parent, network.configured(small=small))
        held = write(file, shapes, network.form, tick)
        told = {"form": network.form, "numbers": numbers(shapes), "file": held}
        return {**told, **in_process(name, file, options)}


def in_process(name: str, file: Path, options: argparse.Namespace) -> Figures:
    """What a process of its own measures; what it died of, where it did."""
    command = [sys.executable, __file__, "--measure", name, str(file)]
    for option in ("keep", "device", "side", "limit"):
        command += [f"--{option}", str(getattr(options, option))]
    done = subprocess.run(
        [*command, *["--small"] * options.small],
        capture_output=True,
        text=True,
        check=False,
        timeout=HOURS,
        env={**os.environ, "PYTHONPATH": str(results.ROOT)},
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        return {"failed": said[-1] if said else f"ended by signal {-done.returncode}"}
    return json.loads(done.stdout)


def measured(network: Network, file: Path, options: argparse.Namespace) -> Figures:
    """In this process, and within what memory is free but for `--keep`, or of a card within `--limit`."""
    room = int(max(0.0, (main_memory().free or 0) - options.keep * GIGA))
    if options.device == "cpu":  # CUDA's own mappings are no memory that anything takes
        resource.setrlimit(resource.RLIMIT_DATA, (memory("VmData") + room,) * 2)
    elif options.limit:
        room = int(options.limit * GIGA)
        limit(room)
    with Meter() as meter:
        try:
            return opened_and_asked(network, file, meter, options.device, options.side, small=options.small)
        except (CoreError, MemoryError, RuntimeError) as error:
            if not isinstance(error, CoreError) and not is_out_of_memory(error):
                raise
            said = error.message if isinstance(error, CoreError) else f"takes more than {_gb(room)} GB"
            return {**meter.figures, "failed": said}


def limit(room: int) -> None:
    """From now on the card has so many bytes, for torch and for the program's own decisions."""
    torch.cuda.set_per_process_memory_fraction(room / torch.cuda.get_device_properties(0).total_memory)

    def placed(device: str, *, wide: bool = False) -> Placement:
        return replace(place(device, wide=wide), memory=room)

    loading.place = placed


def opened_and_asked(
    network: Network, file: Path, meter: "Meter", device: str, pixels: int, *, small: bool
) -> Figures:
    """By the program's own loader and adapter, with a text that is made up."""
    torch.manual_seed(0)
    model = meter.time("open", lambda: loading.load(str(file), device))
    tokens, width, pooled = network.text(network.configured(small=small))
    whole = torch.randn(1, pooled, device=model.device) if pooled else None
    text = Text(torch.randn(1, tokens, width, device=model.device), whole)
    side = pixels // model.factor
    level = model.schedule_at(side, side).levels(4)[2]
    x = torch.randn(1, model.channels, side, side, device=model.device)
    if (
        device != "cpu"
    ):  # a first evaluation chooses kernels, and learns the order of layers that go there in turn
        model.predict(x, level, text, None, SCALE)
    meter.time("ask", lambda: model.predict(x, level, text, None, SCALE))
    (part,) = (it for name, it in model.modules.items() if name in ("unet", "transformer"))
    taken = [measure.name.lower() for measure in Measure if measure in model._taken]
    return {**meter.figures, "held": sum(weight.nbytes for weight in part.parameters()), "taken": taken}


class Meter:
    """Seconds by the clock and of the processor, bytes of memory over the start's and of the card, and what
    widening took.
    """

    def __init__(self) -> None:
        self.figures: Figures = {}
        self._start, self._widening = memory("VmRSS"), 0.0

    def __enter__(self) -> Self:
        self._own = own = Packed.widened

        def timed(packed: Packed) -> torch.Tensor:
            began = time.process_time()
            wide = own(packed)
            self._widening += time.process_time() - began
            return wide

        Packed.widened = timed
        return self

    def __exit__(self, *_: object) -> None:
        Packed.widened = self._own

    def time(self, name: str, act: Callable[[], Done]) -> Done:
        lower_peak()
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        self._widening, wall, processor = 0.0, time.perf_counter(), time.process_time()
        done = act()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.figures[name] = {
            "wall": time.perf_counter() - wall,
            "processor": time.process_time() - processor,
            "widening": self._widening,
            "peak": memory("VmHWM") - self._start,
            "card": torch.cuda.max_memory_reserved() if torch.cuda.is_available() else 0,
        }
        return done


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    at, card = figures["at"], figures["at"]["card"]
    rows = [_line(name, figures["families"][name], card) for name in NETWORKS if name in figures["families"]]
    header = (
        "network", "parameters", "format", "file, GB", "held, GB", "bytes a parameter",
        "opening: seconds", "peak, GB", "one evaluation: seconds", "of them widening", "peak, GB",
        *(("card's peak, GB", "for want of memory") if card else ()),
    )  # fmt: skip
    room = f", of which {at['limit']:g} GB were given to it" if at["limit"] else ""
    where = f"{card}{room}, in half precision" if card else "the processor, in single precision"
    return "\n\n".join(
        (
            f"## Full-sized networks{' on a card' if card else ''}",
            f"Each family's network at its published size, of random weights in the smallest format that the "
            f"program opens: its file, what the network holds of main memory once it is open, and one "
            f"evaluation for a picture of {at['side']} pixels on {where}. GB are of "
            "10⁹ bytes, peaks of the process over what it held at its start; seconds by the clock (of the "
            "processor), widening's of the processor.",
            results.table(header, rows),
            STAND_INS,
            *filter(None, (figures["note"],)),
            "Each family was measured by itself, the last so: " + results.origin(figures),
        )
    )


def _line(name: str, told: Figures, card: str) -> list[str]:
    cells = [name, f"{told['numbers'] / GIGA:.2f} · 10⁹", told["form"], _gb(told["file"])]
    if "failed" in told:
        return [*cells, *("—",) * (8 if card else 6), told["failed"]]
    opened, asked = told["open"], told["ask"]
    return [
        *cells,
        _gb(told["held"]),
        f"{told['held'] / told['numbers']:.2f}",
        _seconds(opened),
        _gb(opened["peak"]),
        _seconds(asked),
        f"{asked['widening']:.0f}",
        _gb(asked["peak"]),
        *((_gb(asked["card"]), ", ".join(told["taken"]) or "nothing") if card else ()),
    ]


def _seconds(told: Figures) -> str:
    return f"{told['wall']:.0f} ({told['processor']:.0f})"


def _gb(count: int) -> str:
    return f"{count / GIGA:.2f}"


if __name__ == "__main__":
    main()
