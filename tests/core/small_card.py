"""A device too small for a model, which counts what lies on it."""

import weakref

import torch

CARD = torch.device("cpu", 0)  # stands for an accelerator


class Counted:
    """A device that counts the bytes on it, where all copies are made by `stream.on_device`."""

    def __init__(self) -> None:
        self.now = self.most = self.all = 0

    def copy(self, tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
        assert device == CARD
        there = tensor.clone()
        self.now += there.nbytes
        self.all += there.nbytes
        self.most = max(self.most, self.now)
        weakref.finalize(there.untyped_storage(), self._gone, there.nbytes)
        return there

    def _gone(self, count: int) -> None:
        self.now -= count


def size(module: torch.nn.Module) -> int:
    """Bytes of a module's tensors."""
    return sum(tensor.nbytes for tensor in (*module.parameters(), *module.buffers()))
