"""What is done, one measure after another, when a device has no memory left for a call."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

T = TypeVar("T")
Measure = Callable[[], bool]  # takes it, or a further part of it; False when there is nothing (more) to take


def is_out_of_memory(error: Exception) -> bool:
    """An accelerator's or this computer's own memory is full. torch says the latter in words only."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and "allocate memory" in str(error)


class Ladder:
    """Measures against running out of memory, the least costly first, each tried before the next is taken.

    A measure once taken stays: what didn't fit will not fit the next time. A call that fails on the last rung
    raises its own error.
    """

    def __init__(self, rungs: Sequence[Measure], device: torch.device) -> None:
        self._rungs, self._device = tuple(rungs), device

    def climb(self, call: Callable[[], T]) -> T:
        """call(), again and again with one measure more, for as long as memory is short."""
        while True:
            try:
                return call()
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error) or not any(rung() for rung in self._rungs):
                    raise
            release(self._device)  # out here the failed call's own tensors are gone


def release(device: torch.device) -> None:
    """Give memory that torch keeps for later back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
