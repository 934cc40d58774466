"""What full-sized networks take on a processor: `python tests/bench/bench_full.py`.

Each family's network at its published size, of random weights in the smallest format that the program opens
(GGUF's Q4_K, else 8 bits), is written to a file, opened by the program's own loader in a process of its own,
and asked once for a picture of 256 pixels. Text encoders and VAE are stand-ins, and the text is made up. The
process may take what memory is free but for `--keep`; one that wants more ends with its own sentence before
the machine swaps. One family after another (`--only` names some): the file is deleted before the next one.
Linux only. `--full` takes every family and publishes; the default is the smallest network alone. `--publish`
puts the families that were measured into the table in the place of their earlier figures.
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
from math import prod
from pathlib import Path
from typing import Self, TypeVar

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch

from core.causes import is_out_of_memory
from core.errors import CoreError
from core.models.backbone import Text
from core.models.files.layouts import VAE
from core.models.files.packed import Packed
from core.models.load import load
from core.models.memory.machine import main_memory
from tests.bench import results
from tests.bench.bench_memory import lower_peak, memory
from tests.bench.course import Course
from tests.bench.full.networks import NETWORKS, Network, Shapes
from tests.bench.full.written import write
from tests.bench.results import Figures

SIDE = 256  # pixels of the picture
SCALE = 3.5  # of guidance, where it is embedded
GIGA = 1e9
KEEP = 6.0  # GB of memory for whatever else runs
SECONDS = 30.0  # that a thousand million numbers take on two quiet cores, written and measured
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
    parser.add_argument("--note", default="", help="what is to be said of these figures")
    parser.add_argument("--small", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, metavar=("FAMILY", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        family, file = options.measure
        print(json.dumps(measured(NETWORKS[family], Path(file), small=options.small, keep=options.keep)))
        return
    names = options.only or (list(NETWORKS) if options.full else list(NETWORKS)[:1])
    shapes = {name: NETWORKS[name].shapes(small=options.small) for name in names}
    with Course({name: SECONDS * numbers(shapes[name]) / GIGA for name in names}) as course:
        for name in names:
            course.part(name, len(shapes[name]) + 1)
            course.figures[name] = row(name, options.small, options.keep, course.step)
            course.found(f"{name}: {json.dumps(course.figures[name])}")
        found, published = dict(course.figures), options.full or options.publish
        figures = {"families": {**before(), **found} if options.publish else found, "note": options.note}
        figures["made"] = results.made("full", course.began)
    results.save("full", figures, published=published)
    print(text(figures))
    if published:
        results.publish("full", text(figures))


def before() -> Figures:
    """The families that are published."""
    return results.load("full")["families"] if (results.RESULTS / "full.json").is_file() else {}


def numbers(shapes: Shapes) -> int:
    """Parameters of the network alone."""
    return sum(prod(shape) for key, shape in shapes.items() if not key.startswith(VAE))


def row(name: str, small: bool, keep: float, tick: Callable[[], None]) -> Figures:
    """One family: its file written, opened and asked, and deleted again."""
    network = NETWORKS[name]
    shapes = network.shapes(small=small)
    results.SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=results.SCRATCH) as folder:
        file = Path(folder) / network.file
        network.beside(file.parent, network.configured(small=small))
        held = write(file, shapes, network.form, tick)
        told = {"form": network.form, "numbers": numbers(shapes), "file": held}
        return {**told, **in_process(name, file, small, keep)}


def in_process(name: str, file: Path, small: bool, keep: float) -> Figures:
    """What a process of its own measures; what it died of, where it did."""
    command = [sys.executable, __file__, "--measure", name, str(file), "--keep", str(keep)]
    done = subprocess.run(
        [*command, *["--small"] * small],
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


def measured(network: Network, file: Path, *, small: bool, keep: float) -> Figures:
    """In this process, and within what memory is free but for `keep` GB."""
    room = int(max(0.0, (main_memory().free or 0) - keep * GIGA))
    resource.setrlimit(resource.RLIMIT_DATA, (memory("VmData") + room,) * 2)
    with Meter() as meter:
        try:
            return opened_and_asked(network, file, meter, small=small)
        except (CoreError, MemoryError, RuntimeError) as error:
            if not isinstance(error, CoreError) and not is_out_of_memory(error):
                raise
            said = error.message if isinstance(error, CoreError) else f"takes more than {_gb(room)} GB"
            return {**meter.figures, "failed": said}


def opened_and_asked(network: Network, file: Path, meter: "Meter", *, small: bool) -> Figures:
    """By the program's own loader and adapter, with a text that is made up."""
    torch.manual_seed(0)
    model = meter.time("open", lambda: load(str(file), "cpu"))
    tokens, width, pooled = network.text(network.configured(small=small))
    text = Text(torch.randn(1, tokens, width), torch.randn(1, pooled) if pooled else None)
    side = SIDE // model.factor
    level = model.schedule_at(side, side).levels(4)[2]
    x = torch.randn(1, model.channels, side, side)
    meter.time("ask", lambda: model.predict(x, level, text, None, SCALE))
    (part,) = (it for name, it in model.modules.items() if name in ("unet", "transformer"))
    return {**meter.figures, "held": sum(weight.nbytes for weight in part.parameters())}


class Meter:
    """Seconds by the clock and of the processor, bytes of memory over the start's, and what widening took."""

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
        self._widening, wall, processor = 0.0, time.perf_counter(), time.process_time()
        done = act()
        self.figures[name] = {
            "wall": time.perf_counter() - wall,
            "processor": time.process_time() - processor,
            "widening": self._widening,
            "peak": memory("VmHWM") - self._start,
        }
        return done


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    rows = [_line(name, figures["families"][name]) for name in NETWORKS if name in figures["families"]]
    header = (
        "network", "parameters", "format", "file, GB", "held, GB", "bytes a parameter",
        "opening: seconds", "peak, GB", "one evaluation: seconds", "of them widening", "peak, GB",
    )  # fmt: skip
    return "\n\n".join(
        (
            "## Full-sized networks",
            f"Each family's network at its published size, of random weights in the smallest format that the "
            f"program opens: its file, what the network holds of main memory once it is open, and one "
            f"evaluation for a picture of {SIDE} pixels on the processor, in single precision. GB are of "
            "10⁹ bytes, peaks of the process over what it held at its start; seconds by the clock (of the "
            "processor), widening's of the processor. Text encoders and VAE, which come on top, are small "
            "stand-ins here.",
            results.table(header, rows),
            *filter(None, (figures["note"],)),
            "Each family was measured by itself, the last so: " + results.origin(figures),
        )
    )


def _line(name: str, told: Figures) -> list[str]:
    cells = [name, f"{told['numbers'] / GIGA:.2f} · 10⁹", told["form"], _gb(told["file"])]
    if "failed" in told:
        return [*cells, *("—",) * 6, told["failed"]]
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
    ]


def _seconds(told: Figures) -> str:
    return f"{told['wall']:.0f} ({told['processor']:.0f})"


def _gb(count: int) -> str:
    return f"{count / GIGA:.2f}"


if __name__ == "__main__":
    main()
