"""Which device, in which precision: one policy for every model."""

from dataclasses import dataclass

import torch

from core.edit.evaluations import AT_ONCE
from core.errors import InputError

MOST = 16  # samples in a call: nearly every encoding is one call then, and a card is busy with fewer
CELL = 100_000  # bytes a sample takes on its way through a network, by cells of its latent: rather too many


@dataclass(frozen=True)
class Placement:
    """Where a model runs. `vae` may be wider than `network`: half-precision VAEs overflow on MPS.

    network: the number format of the network and of the text encoders.
    batch: samples per network call, at least; fixed by device and model so that the same request gives the
    same bytes. On a CPU small models gain by it (four samples a call cost half of four calls), large ones
    lose nothing.
    memory: bytes of a device whose calls take more samples where they have room, else None.
    """

    device: torch.device
    network: torch.dtype
    vae: torch.dtype
    batch: int
    memory: int | None = None

    def at_once(self, weights: int, cells: int) -> int:
        """Samples per network call, of a model with weights of so many bytes and latents of so many cells.

        By what the device has, never by what is free: a power of two, which `memory.ladder` can halve.
        """
        if self.memory is None:
            return self.batch
        room = max(1, (self.memory - weights) // (cells * CELL))
        return max(self.batch, min(MOST, 1 << (room.bit_length() - 1)))


def available() -> tuple[str, ...]:
    """The devices of this machine, best first."""
    found = [name for name, there in _devices().items() if there]
    return tuple(found)


def place(device: str, *, wide: bool = False) -> Placement:
    """auto: CUDA, then Apple's MPS, then the CPU. A device that isn't there is an InputError.

    Half precision is float16: its 11 significant bits keep an inversion closer than bfloat16's 8. Only models
    whose numbers are too large for it (`wide`) take bfloat16, on CUDA cards that compute in it; their VAE
    stays at float16, for the same bits.
    """
    there = _devices()
    if device not in ("auto", *there):
        raise InputError(f"There is no device called “{device}”.", "Choose auto, cpu, cuda or mps.")
    name = available()[0] if device == "auto" else device
    if not there[name]:
        have = ", ".join(available())
        raise InputError(f"This machine has no “{name}” device that torch can use.", f"It has: {have}.")
    if name == "cuda":
        bfloat = wide and torch.cuda.is_bf16_supported(including_emulation=False)
        network = torch.bfloat16 if bfloat else torch.float16
        memory = torch.cuda.get_device_properties(0).total_memory
        return Placement(torch.device("cuda"), network, torch.float16, batch=2, memory=memory)
    if name == "mps":
        return Placement(torch.device("mps"), torch.float16, torch.float32, batch=2)
    return Placement(torch.device("cpu"), torch.float32, torch.float32, batch=AT_ONCE)


def _devices() -> dict[str, bool]:
    return {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
