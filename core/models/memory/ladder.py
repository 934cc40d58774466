"""What is done, one measure after another, when a device has no memory left for a call."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeVar

import torch

from core.causes import is_out_of_memory

T = TypeVar("T")
Rung = Callable[[], bool]  # takes a measure, or more of it; False when there is nothing (more) to take


class Measure(Enum):
    """What was done for want of memory, as a sentence goes on."""

    FEWER = "fewer samples went through the network at once"
    SLICED = "attention was computed in slices"
    OFFLOADED = "what was not in use was offloaded to the computer's main memory"
    STREAMED = "a network's layers go to the device in turn, which is slow"
    PROCESSOR = "the VAE was computed by the processor"
    SEGMENTED = "the segmentation model was computed by the processor"

    @property
    def sentence(self) -> str:
        return f"Memory was short, so {self.value}."


class Ladder:
    """Measures against running out of memory, the least costly first, each tried before the next is taken.

    A measure once taken stays for the calls that follow: what didn't fit will not fit the next time. A call
    that fails on the last rung raises its own error.
    """

    def __init__(self, rungs: Sequence[Rung], device: torch.device) -> None:
        self._rungs, self._device = tuple(rungs), device

    def climb(self, call: Callable[[], T]) -> T:
        """call(), again and again with one measure more, for as long as memory is short."""
        while True:
            try:
                return call()
            except Exception as error:
                if not is_out_of_memory(error) or not any(rung() for rung in self._rungs):
                    raise
            release(self._device)  # out here the failed call's own tensors are gone


def release(device: torch.device) -> None:
    """Give memory that torch keeps for later back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
