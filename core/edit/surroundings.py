"""What surrounds a job on this machine: its threads, and sentences for what its libraries raise."""

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from core.causes import is_interrupt, is_out_of_memory
from core.edit.request import Lora
from core.errors import CoreError, DeviceError
from core.models.adapters.part import NotFiniteError


@contextmanager
def threads(wanted: int | None) -> Generator[None]:
    """That many threads of the processor, as far as it has them; afterwards as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(before if wanted is None else min(wanted, os.cpu_count() or 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def sentences(
    memory: str = "There is not enough memory for this edit.", loras: Sequence[Lora] = ()
) -> Generator[None]:
    """Out of memory, on a GPU or here, becomes a sentence; an interrupt that a library hid is one again.

    Numbers that are not finite are told of the LoRAs, where any are fused: it was whole without them.
    """
    try:
        yield
    except NotFiniteError as error:
        if not loras:
            raise
        names = ", ".join(Path(lora.file).name for lora in loras)
        raise CoreError(error.message, f"Give {names} a smaller weight, or take it out.") from error
    except CoreError:
        raise
    except Exception as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from error
        if is_out_of_memory(error):
            hint = "Close other programs, choose a smaller model, or the CPU as device."
            raise DeviceError(memory, hint) from error
        raise
