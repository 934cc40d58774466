"""What memory this machine has, and whether a model fits into it. Brings no torch."""

import ctypes
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeVar

from core import spawn
from core.models.recognise.formats import Weights

BYTES = {"half": 2, "single": 4}  # a number's bytes, by precision
DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # NVIDIA's, AMD's, and Windows' within WSL
ROOM = 1.3  # memory that an edit takes, as a multiple of the weights (the network's own values, the VAE's)
FULL = 0.9  # of a card's memory: a part with more weights than that isn't tried there whole
LAYERS = 6  # times a card's memory: what a part may take there layer by layer (two and their values at once)
# Bytes a second that come to a card. An estimate, measured on none: what PCIe 3.0 × 16 (15.75 · 10⁹) leaves
# over in practice; each later generation takes half the time, memory that couldn't be pinned about twice.
COPIED = 12e9
NETWORKS = ("network", "unet", "transformer")  # what the part is called that every evaluation asks
LARGE = 1_000_000_000  # numbers: of the other parts only T5 and Qwen have so many, which GGUF files hold too
SMALLER = "Q4_K"  # what GGUF files of those are mostly packed in

SEGMENTING = 500 << 20  # bytes that SAM 2.1's encoder works in: of each of its sizes, for all see one square

T = TypeVar("T")


@dataclass(frozen=True)
class Memory:
    """Bytes of memory: all there is, and what is free now. None: the machine doesn't say."""

    total: int | None = None
    free: int | None = None


@dataclass(frozen=True)
class Machine:
    """What a model would run on.

    device     "cuda", "mps" or "cpu": what “auto” chooses
    name       of the graphics card, as it calls itself; "" where there is none
    graphics   its memory; of a CPU the main memory;  main: the computer's main memory
    """

    device: str
    name: str
    graphics: Memory
    main: Memory

    @property
    def precision(self) -> str:
        """The precision that the device computes in (core.models.memory.device): "half" or "single"."""
        return "single" if self.device == "cpu" else "half"

    def memory(self, parts: Mapping[str, Weights]) -> int:
        """Bytes of memory that an edit takes here, roughly, with a model of these parts."""
        return needed(parts, self.precision)


class Fit(Enum):
    """Whether a model fits; TIGHT: slower, or after other programs were closed."""

    YES = "fits"
    TIGHT = "tight"
    NO = "too large"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Verdict:
    """Whether a model fits, in a word and in sentences: why, and what it costs where it doesn't whole.

    memory: bytes that an edit takes here, 0: not known
    """

    fit: Fit
    sentence: str
    memory: int = 0


def needed(parts: Mapping[str, Weights], precision: str) -> int:
    """Bytes of memory that an edit takes, roughly, in "half" precision (graphics) or "single" (CPU)."""
    return round(sum(part.bytes(BYTES[precision]) for part in parts.values()) * ROOM)


def lies_whole(weights: int, memory: int) -> bool:
    """Whether a part with so many bytes of weights is tried whole on a card of so many bytes of memory.

    Layer by layer (core.models.memory.stream) it goes there else: what is told before and what is done.
    """
    return weights <= FULL * memory


def segmenting(numbers: int) -> int:
    """Bytes of memory that a segmentation model of so many weights takes, roughly: they are all float32."""
    return numbers * BYTES["single"] + SEGMENTING


def size(count: int) -> str:
    """Bytes in words."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def this_machine() -> Machine:
    """The device that “auto” chooses and its memory, asked of the device and of the system."""
    main = main_memory()
    return ask_torch(partial(_with_graphics, main)) or Machine("cpu", "", main, main)


def ask_torch(question: Callable[[], T]) -> T | None:
    """What `question` hears of torch about graphics cards; None where there is none, or torch fails.

    Importing torch takes seconds in which nothing else gets on, so it is asked in a process of its own unless
    it is here already. `question` can be pickled.
    """
    if "torch" in sys.modules:
        return question()
    return spawn.answered(question) if _may_have_graphics() else None


def _with_graphics(main: Memory) -> Machine:
    import torch

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return Machine("cuda", torch.cuda.get_device_name(), Memory(total, free), main)
    if torch.backends.mps.is_available():
        total = torch.mps.recommended_max_memory()
        free = None if main.free is None else min(total, main.free)
        return Machine("mps", "Apple graphics", Memory(total, free), main)
    return Machine("cpu", "", main, main)


def fits(parts: Mapping[str, Weights], machine: Machine) -> Verdict:
    """Whether a model of these parts fits. One that is too large is told of smaller files, where those do."""
    verdict = judged(machine.memory(parts), machine, _in_turn(parts, machine))
    if verdict.fit is not Fit.NO:
        return verdict
    less = {
        name: part.packed_as(SMALLER) if name in NETWORKS or part.numbers >= LARGE else part
        for name, part in parts.items()
    }
    packed = judged(machine.memory(less), machine, _in_turn(less, machine))
    if packed.fit is Fit.NO or packed.memory >= verdict.memory:
        return verdict
    share = f"{packed.memory / verdict.memory:.0%}"
    smaller = (
        f"Smaller files of it open too: with its large parts in {SMALLER} (GGUF) it shrinks to about {share}."
    )
    return replace(verdict, sentence=f"{verdict.sentence} {smaller} {packed.sentence}")


def judged(whole: int, machine: Machine, in_turn: str = "") -> Verdict:
    """Whether what takes so many bytes fits. whole = 0: not known.

    in_turn: how it goes where the device has too few, as a sentence ends; "" where it doesn't
    """
    total, free = machine.graphics.total, machine.graphics.free
    if not whole:
        return Verdict(Fit.UNKNOWN, "Whether it fits isn't known: its size isn't.")
    if total is None:
        said = "Whether it fits isn't known: this machine doesn't tell its memory."
        return Verdict(Fit.UNKNOWN, said, whole)
    where = machine.name or "main memory"
    if whole <= total and (free is None or whole <= free):
        room = f"the {size(total)} of {where}" if free is None else f"{size(free)} that are free ({where})"
        return Verdict(Fit.YES, f"It fits: it takes about {size(whole)} of {room}.", whole)
    if whole <= total:
        said = (
            f"It takes about {size(whole)} of {size(total)} ({where}), of which {size(free or 0)} are free: "
            "close other programs."
        )
        return Verdict(Fit.TIGHT, said, whole)
    if in_turn:
        said = f"It takes about {size(whole)}, {where} has {size(total)}: {in_turn}."
        return Verdict(Fit.TIGHT, said, whole)
    return Verdict(Fit.NO, f"It takes about {size(whole)}, but {where} has {size(total)}.", whole)


def _in_turn(parts: Mapping[str, Weights], machine: Machine) -> str:
    """How a model that is larger than its NVIDIA card is computed there, and what that costs.

    Its parts wait in main memory (memory.ladder), or its layers do (memory.stream). "" where they can't.
    """
    weights = {name: part.bytes(BYTES[machine.precision]) for name, part in parts.items()}
    total, largest = machine.graphics.total or 0, max(weights.values(), default=0)
    waits = machine.memory(parts) <= (machine.main.total or 0)
    if machine.device != "cuda" or largest * ROOM > LAYERS * total or not waits:
        return ""
    network = max((weights[name] for name in NETWORKS if name in weights), default=largest)
    if not lies_whole(network, total):
        return (
            "its layers go there in turn, at each evaluation anew, which can be several times slower (the "
            f"copying alone takes about {network / COPIED:.1f} seconds each time, an estimate)"
        )
    if not lies_whole(largest, total):
        return (
            "its parts take turns there, a text encoder's layers too, which takes an edit some seconds more"
        )
    return "its parts take turns there, which takes an edit some seconds more"


def _may_have_graphics() -> bool:
    """Whether it is worth asking torch: a Linux system without any card's driver has none."""
    return sys.platform != "linux" or any(map(os.path.exists, DRIVERS))


def main_memory() -> Memory:
    """The computer's main memory, as the system tells it."""
    if sys.platform == "win32":
        return _windows()
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return Memory()
    return Memory(total if total > 0 else None, _available())


def _available() -> int | None:
    """What Linux would give to a program without swapping; None on systems that don't say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return None
    said = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(said[0]) * 1024 if said and said[0].isdigit() else None


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("total", "free", "a", "b", "c", "d", "e")),
    )


def _windows() -> Memory:
    status = _Status(length=ctypes.sizeof(_Status))
    kernel = getattr(ctypes, "windll", None)
    if kernel is None or not kernel.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return Memory()
    return Memory(int(status.total), int(status.free))
