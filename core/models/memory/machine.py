"""What memory this machine has, and whether a model fits into it. Brings no torch."""

import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeVar

from core import spawn
from core.models.recognise.formats import Packs
from core.models.recognise.kinds import Recognised

BYTES = {"half": 2, "single": 4}  # a number's bytes, by precision
DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")  # NVIDIA's, AMD's, and Windows' within WSL
LAYERS = 6  # times a card's memory: what a part may take there layer by layer (two and their values at once)
ROOM = 1.3  # memory that an edit takes, as a multiple of the weights (the network's own values, the VAE's)

SEGMENTING = 500 << 20  # bytes that SAM 2.1's encoder works in: of each of its sizes, for all see one square

WIDE = Packs()  # nothing is packed

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

    def memory(self, numbers: int, packed: Packs = WIDE) -> int:
        """Bytes of memory that an edit takes here, roughly, with so many weights, some of them packed."""
        return needed(numbers, self.precision, packed)


class Fit(Enum):
    """Whether a model fits; TIGHT: slower, or after other programs were closed."""

    YES = "fits"
    TIGHT = "tight"
    NO = "too large"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Verdict:
    """Whether a model fits, and a sentence that says why."""

    fit: Fit
    sentence: str


def needed(numbers: int, precision: str, packed: Packs = WIDE) -> int:
    """Bytes of memory that an edit takes, roughly, in "half" precision (graphics) or "single" (CPU).

    packed: of these numbers, what stays as narrow as in its file
    """
    return round(((numbers - packed.numbers) * BYTES[precision] + packed.bytes) * ROOM)


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


def fits(numbers: int, largest: int, machine: Machine) -> Verdict:
    """Whether a model of so many weights fits, of which the largest part has `largest`, none of them packed.

    numbers = 0: not known.
    """
    return judged(machine.memory(numbers), machine.memory(largest), machine)


def judged(whole: int, part: int, machine: Machine) -> Verdict:
    """Whether a model fits that takes so many bytes with all its parts, and with the largest one alone.

    On an NVIDIA card the parts can take turns and wait in main memory meanwhile (memory.ladder); and
    the layers of one that is larger than the card can (memory.stream). whole = 0: not known.
    """
    total, free = machine.graphics.total, machine.graphics.free
    if not whole:
        return Verdict(Fit.UNKNOWN, "Whether it fits isn't known: its size isn't.")
    if total is None:
        return Verdict(Fit.UNKNOWN, "Whether it fits isn't known: this machine doesn't tell its memory.")
    where = machine.name or "main memory"
    if whole <= total and (free is None or whole <= free):
        room = f"the {size(total)} of {where}" if free is None else f"{size(free)} that are free ({where})"
        return Verdict(Fit.YES, f"It fits: it takes about {size(whole)} of {room}.")
    if whole <= total:
        return Verdict(
            Fit.TIGHT,
            f"It takes about {size(whole)} of {size(total)} ({where}), of which {size(free or 0)} are free: "
            "close other programs.",
        )
    if machine.device == "cuda" and part <= LAYERS * total and whole <= (machine.main.total or 0):
        turns = "its parts take turns there, which is slower"
        if part > total:
            turns = "its layers go there in turn, at each step anew, which is much slower"
        return Verdict(Fit.TIGHT, f"It takes about {size(whole)}, {where} has {size(total)}: {turns}.")
    return Verdict(Fit.NO, f"It takes about {size(whole)}, but {where} has {size(total)}.")


def told_needs(told: Recognised, machine: Machine) -> int | None:
    """Bytes of memory that an edit takes with what was looked at, roughly; None where nobody knows."""
    numbers = sum(numbers for _, numbers in told.parts)
    packed = sum((one for _, one in told.packed), WIDE)
    return machine.memory(numbers, packed) if numbers else None


def told_fits(told: Recognised, machine: Machine) -> Verdict:
    """Whether what was looked at fits."""
    packed = dict(told.packed)
    parts = (machine.memory(numbers, packed.get(part, WIDE)) for part, numbers in told.parts)
    return judged(told_needs(told, machine) or 0, max(parts, default=0), machine)


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
