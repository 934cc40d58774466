"""One network of a model: where it lies, and how wide its numbers are."""

from collections.abc import Callable
from typing import Any

import torch

from core.causes import reading
from core.errors import CoreError
from core.models.memory.stream import Stream

Tensors = tuple[torch.Tensor, ...]
DAMAGED = "This model is damaged: get it again, or choose another."


class NotFiniteError(CoreError):
    """A network answered with NaN or infinity."""


class Part:
    """A module that is asked in its own precision and answers in float32, in finite numbers.

    Half precision overflows in some networks on some devices (the pictures come out black). The part then
    goes to float32 for good and is asked once more; `widened` tells.
    """

    def __init__(self, name: str, module: Any, dtype: torch.dtype) -> None:
        self.name, self.module, self.widened = name, module, False
        self._stream: Stream | None = None
        self._narrow = self._dtype = dtype
        self.module.eval().requires_grad_(False)
        self._set(dtype)

    @property
    def dtype(self) -> torch.dtype:
        """Remembered: diffusers' own looks through every layer, a tenth of a small network's evaluation."""
        return self._dtype

    @property
    def device(self) -> torch.device:
        return self.module.device

    @property
    def bytes(self) -> int:
        """Of its weights, in their number formats."""
        return sum(weight.nbytes for weight in self.module.parameters())

    def to(self, device: torch.device) -> None:
        if self._stream is not None:
            self._stream.move_rest(device)
        else:
            self.module.to(device)

    def stream(self, device: torch.device) -> None:
        """From now on only the layer that computes lies on the device, and what belongs to no layer."""
        self._stream = Stream(self.module, device)

    def gather(self) -> None:
        """Back from `stream`: all of it in main memory."""
        if self._stream is not None:
            self._stream.end()
            self._stream = None

    def to_processor(self) -> None:
        """To the CPU, in float32: it is slow in half precision, or can't do it."""
        self.module.to(torch.device("cpu"), torch.float32)
        self._dtype = torch.float32

    def narrow(self) -> None:
        """Back from `to_processor` to its own precision, which loses no bit; an overflow's float32 stays."""
        if not self.widened:
            self._set(self._narrow)

    def ask(self, call: Callable[[Any], Tensors]) -> Tensors:
        """call(module) → tensors, in `dtype` as it is then.

        NotFiniteError when even float32 isn't finite; InputError when the module can't be computed.
        """
        answer = self._answer(call)
        if not _finite(answer) and self.dtype != torch.float32:
            self._widen()
            answer = self._answer(call)
        if not _finite(answer):
            raise NotFiniteError(
                f"{self.name} answered with numbers that are not finite (NaN or infinite).", DAMAGED
            )
        return answer

    def _answer(self, call: Callable[[Any], Tensors]) -> Tensors:
        """What the module says; a configuration that its library can't compute by is a sentence."""
        with reading(self.name, DAMAGED):
            return _float32(call(self.module))

    def _set(self, dtype: torch.dtype) -> None:
        """In float16 some layers stay at float32, as their model wants it: T5's overflow there unseen."""
        self.module.to(dtype)
        for name, layer in self.module.named_modules():
            if stays_wide(self.module, name, dtype):
                layer.float()
        self._dtype = dtype

    def _widen(self) -> None:
        narrow = self.dtype
        try:
            self.module.to(torch.float32)
        except Exception:  # no room for it: leave no half-way state behind
            self._set(narrow)
            raise
        self._dtype, self.widened = torch.float32, True


def stays_wide(module: Any, layer: str, dtype: torch.dtype) -> bool:
    """Whether a layer keeps float32 although the rest is float16, because its model overflows there."""
    wide = getattr(module, "_keep_in_fp32_modules", None) if dtype == torch.float16 else None
    return bool(wide) and layer.rpartition(".")[2] in wide


def _float32(tensors: Tensors) -> Tensors:
    return tuple(tensor.float() for tensor in tensors)


def _finite(tensors: Tensors) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors)
