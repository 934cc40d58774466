"""Files of strangers: `make bench-fuzz ARGS="--minutes 10 --seed 1"`.

Whole files of every kind are changed in ways that know how they are built, and opened as the program opens
them, one after the other in this process. Right are two ends only: it is read, or refused in a sentence. Any
other exception is a fault of the program; so is taking more than ten seconds, or more than 2 GB. Each such
mutant is kept in build/bench/fuzz, named by kind and number: seed and number make it again (`--only png:17`).
A run that is interrupted prints what it had found. `--full` publishes.
"""

import argparse
import contextlib
import faulthandler
import io
import logging
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.errors import CoreError
from tests.bench import results
from tests.bench.course import clock
from tests.bench.fuzz.model_files import checkpoint_kinds, model_kinds
from tests.bench.fuzz.targets import Kind, document_kinds, picture_kinds
from tests.bench.results import Figures

KEPT = results.SCRATCH / "fuzz"
SECONDS = 10.0  # of a processor for one file, and six times as many by the clock: others may be at work
CLOCKS = ((signal.ITIMER_PROF, signal.SIGPROF, SECONDS), (signal.ITIMER_REAL, signal.SIGALRM, 6 * SECONDS))
BYTES = 2_000_000_000  # beyond what the process held before
ADDRESSES = 6_000_000_000  # more is refused by the system: the machine has other work
Maker = Callable[[Path], list[Kind]]
MAKERS: tuple[Maker, ...] = (picture_kinds, document_kinds, model_kinds, checkpoint_kinds)
ENDS = ("decoded", "refused", "faults", "hangs", "over 2 GB")


@dataclass
class Row:
    """What came of the mutants of one kind. seconds: the slowest; bytes: the largest; kept: what failed."""

    tries: int = 0
    passed: int = 0
    ends: Counter[str] = field(default_factory=Counter[str])
    seconds: float = 0.0
    bytes: int = 0
    kept: list[str] = field(default_factory=list[str])


class TooLong(BaseException):
    """Raised by the clock, past every `except Exception`."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Files of strangers")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--files", type=int, help="stop after so many, instead of after --minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", help="of the table's rows; default: all")
    parser.add_argument("--only", metavar="KIND:N", help="one mutant, with its traceback")
    parser.add_argument("--full", action="store_true", help="publish the table")
    options = parser.parse_args()
    sys.stderr = os.fdopen(os.dup(2), "w")
    faulthandler.enable(sys.stderr)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # libraries in C say there what they stumble over
    began, only = time.time(), (options.only or "").partition(":")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        kinds = every_kind(Path(folder), [only[0]] if options.only else options.kinds)
        limit_addresses()
        if options.only:
            once(kinds[0], options.seed, int(only[2]))
            return
        rows: dict[str, Row] = {kind.name: Row() for kind in kinds}
        try:
            for kind, n in turns(kinds, options.files, began + 60 * options.minutes):
                step(kind, options.seed, n, Path(folder), rows[kind.name])
                tell(rows, kind, left(options, began, rows))
        except KeyboardInterrupt:
            options.full = False
        finally:  # a fault of the fuzzer itself must not hide what it has found
            figures: Figures = {"seed": options.seed, "rows": {name: vars(row) for name, row in rows.items()}}
            figures["made"] = results.made("fuzz", began)
            print(text(figures))
    results.save("fuzz", figures, published=options.full)
    if options.full:
        results.publish("fuzz", text(figures))


def every_kind(
    folder: Path, names: Sequence[str] | None = None, makers: Sequence[Maker] = MAKERS
) -> list[Kind]:
    """All kinds that these make, or those named."""
    with quiet():
        found = [kind for make in makers for kind in make(folder)]
    return [kind for kind in found if not names or kind.name in names]


def turns(kinds: Sequence[Kind], files: int | None, until: float) -> Iterator[tuple[Kind, int]]:
    """Each kind by its share of the tries, and its how manieth mutant is due."""
    due = {kind.name: 0.0 for kind in kinds}
    made = Counter[str]()
    total = 0
    while (total < files) if files is not None else (time.time() < until):
        for kind in kinds:
            due[kind.name] += kind.share
            while made[kind.name] < due[kind.name]:
                yield kind, made[kind.name]
                made[kind.name] += 1
                total += 1


def mutant(kind: Kind, seed: int, n: int) -> bytes:
    """The n-th mutant of a kind: always the same."""
    rng = Random(f"{seed}:{kind.name}:{n}")
    return kind.mutate(rng, rng.choice(kind.whole), kind.whole)


def step(kind: Kind, seed: int, n: int, folder: Path, row: Row) -> str:
    """Make a mutant, open it, and write down what came of it; how it ended."""
    data = mutant(kind, seed, n)
    path = folder / f"mutant{kind.ending}"
    path.write_bytes(data)
    row.tries += 1
    with quiet():
        row.passed += kind.passes(data)
    held, began = lower_peak(), time.process_time()
    end = opened(kind, path)
    row.seconds = max(row.seconds, seconds := time.process_time() - began)
    row.bytes = max(row.bytes, taken := peak() - held)
    if end in ("decoded", "refused") and (taken > BYTES or seconds > SECONDS):
        end = "over 2 GB" if taken > BYTES else "hangs"
    row.ends[end] += 1
    if end not in ("decoded", "refused"):
        KEPT.mkdir(parents=True, exist_ok=True)
        kept = KEPT / f"{kind.name.replace(' ', '-')}-{seed}-{n}{kind.ending}"
        shutil.copyfile(path, kept)
        row.kept.append(kept.name)
        print(f"\n{end}: {kept}", flush=True)
    return end


def opened(kind: Kind, path: Path) -> str:
    """How opening a file ends. What isn't a sentence is printed."""
    for timer, mark, seconds in CLOCKS:
        signal.signal(mark, _ring)
        signal.setitimer(timer, seconds)
    try:
        with quiet():
            kind.opens(path)
        return "decoded"
    except CoreError as error:
        short = "memory" in error.message and ("enough" in error.message or "short" in error.message)
        return "over 2 GB" if short else "refused"
    except TooLong:
        return "hangs"
    except KeyboardInterrupt:
        raise
    except BaseException:  # a panic of a library in Rust is no Exception
        print("\n" + "".join(traceback.format_exc().splitlines(keepends=True)[-8:]), end="")
        return "faults"
    finally:
        for timer, _, _ in CLOCKS:
            signal.setitimer(timer, 0)


def once(kind: Kind, seed: int, n: int) -> None:
    """One mutant again, kept, with all that it raises."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{kind.name.replace(' ', '-')}-{seed}-{n}{kind.ending}"
    kept.write_bytes(mutant(kind, seed, n))
    print(kept)
    held, began = lower_peak(), time.process_time()
    try:
        kind.opens(kept)
    finally:
        print(f"{time.process_time() - began:.1f} s, {(peak() - held) / 1e6:.0f} MB")


def _ring(*_: object) -> None:
    raise TooLong


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Libraries that warn, log and print of what the program then refuses."""
    said = io.StringIO()
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def limit_addresses() -> None:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + ADDRESSES, resource.RLIM_INFINITY))


def lower_peak() -> int:
    """Let the peak begin anew; bytes held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """The most bytes that the process held since `lower_peak`."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
    return int(line.split()[1]) * 1024


_told = 0.0


def left(options: argparse.Namespace, began: float, rows: dict[str, Row]) -> float:
    """Seconds until the end."""
    spent, tries = time.time() - began, sum(row.tries for row in rows.values())
    if options.files is None:
        return 60 * options.minutes - spent
    return spent / max(1, tries) * (options.files - tries)


def tell(rows: dict[str, Row], kind: Kind, seconds: float) -> None:
    """One line of progress, renewed on a terminal, once in five seconds elsewhere."""
    global _told
    if time.time() - _told < (0.2 if sys.stdout.isatty() else 5):
        return
    _told = time.time()
    ends = sum((row.ends for row in rows.values()), Counter[str]())
    said = ", ".join(f"{ends[name]} {name}" for name in ENDS)
    tries = sum(row.tries for row in rows.values())
    line = f"{tries} tries: {said}; now {kind.name}, about {clock(seconds)} left"
    print(
        f"\r{line:110}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n", flush=True
    )


def text(figures: Figures) -> str:
    rows = []
    for name, row in figures["rows"].items():
        counts = [row["ends"].get(end, 0) for end in ENDS]
        share = f"{row['passed'] / max(1, row['tries']):.0%}"
        most = [f"{row['seconds']:.1f}", f"{row['bytes'] / 1e6:.0f}"]
        rows.append([name, f"{row['tries']}", share, *(f"{count}" for count in counts), *most])
    every = figures["rows"].values()
    tries = sum(row["tries"] for row in every)
    sums = [sum(row["ends"].get(end, 0) for row in every) for end in ENDS]
    share = f"{sum(row['passed'] for row in every) / max(1, tries):.0%}"
    most = [f"{max(row['seconds'] for row in every):.1f}", f"{max(row['bytes'] for row in every) / 1e6:.0f}"]
    rows.append(["all", f"{tries}", share, *(f"{count}" for count in sums), *most])
    header = ["kind of file", "tries", "past its header", "read", *ENDS[1:], "slowest, s", "largest, MB"]
    made = figures["made"]
    return f"""## Files of strangers

Whole files of every kind, changed blindly and in ways that know how they are built (chunks, segments, boxes,
tags, values; lengths and sums repaired), then opened as the program opens them; a picture that is read is
also exported, with a model and a LoRA a step of an edit is drawn. A file is to be read, or refused in a
sentence. Past its header: the share whose format was still recognised. A fault is any other exception; a hang
takes more than {SECONDS:g} seconds of a processor or a minute by the clock; memory is counted beyond what the
process held before, and what is refused for want of it, where {ADDRESSES / 1e9:g} GB may be asked for,
counts too.

{results.table(header, rows)}

`{made["command"]}`, commit {made["commit"]}, seed {figures["seed"]}, {made["date"]},
{made["minutes"]:g} minutes on {made["machine"]["processor"]} ({made["machine"]["cores"]} cores).
"""


if __name__ == "__main__":
    main()
