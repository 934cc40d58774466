"""Memory that runs out on purpose: the n-th large allocation raises, without any pressure on the machine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest import mock

import numpy as np
import safetensors.torch
import torch
from PIL import Image
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

NUMPY = (
    "empty",
    "zeros",
    "ones",
    "full",
    "array",
    "asarray",
    "ascontiguousarray",
    "empty_like",
    "zeros_like",
)
NUMPY += ("concatenate", "stack", "dstack", "repeat", "pad", "where", "tile", "floor", "frombuffer")
PILLOW = ("convert", "resize", "transpose", "getchannel", "copy", "crop")
KINDS: dict[str, Callable[[], Exception]] = {  # what Python, a card, torch's own allocator and oneDNN raise
    "MemoryError": MemoryError,
    "OutOfMemoryError": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    "enforce fail": lambda: RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried "
        "to allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)"
    ),
    "oneDNN": lambda: RuntimeError("could not create a primitive"),
}


class Memory:
    """While entered, the n-th allocation of at least `large` bytes raises what `fails` makes, once.

    Seen are NumPy's and Pillow's in Python, whole files read, and every result of a torch operation that
    isn't a view. What is no torch operation raises MemoryError, whatever `fails` says.
    """

    def __init__(self, n: int, large: int, fails: Callable[[], Exception] = MemoryError) -> None:
        self._left, self._large, self._fails = n, large, fails
        self._patches: list[Any] = []
        self._mode = _Mode(self)
        self.struck = ""

    def __enter__(self) -> Self:
        doubles = [
            (np, name, self._guarded(f"numpy.{name}", getattr(np, name), _array_bytes)) for name in NUMPY
        ]
        doubles += [
            (Image.Image, name, self._guarded(f"Image.{name}", getattr(Image.Image, name), _image_bytes))
            for name in PILLOW
        ]
        doubles += [
            (Image, "new", self._guarded("Image.new", Image.new, _image_bytes)),
            (Image.core, "new", self._guarded("core.new", Image.core.new, _core_bytes)),
            (Path, "read_bytes", self._guarded("read_bytes", Path.read_bytes, len)),
            (
                safetensors.torch,
                "load_file",
                self._guarded("load_file", safetensors.torch.load_file, _tensor_bytes, torch_s=True),
            ),
        ]
        for place, name, double in doubles:
            patch = mock.patch.object(place, name, double)
            patch.start()
            self._patches.append(patch)
        self._mode.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mode.__exit__(kind, error, trace)
        while self._patches:
            self._patches.pop().stop()

    def ask(self, what: str, size: int, *, torch_s: bool = False) -> None:
        """Count an allocation of so many bytes; raise when it is its turn."""
        if self.struck or size < self._large:
            return
        self._left -= 1
        if self._left == 0:
            self.struck = f"{what} of {size} bytes"
            raise self._fails() if torch_s else MemoryError

    def _guarded(
        self,
        name: str,
        real: Callable[..., Any],
        size: Callable[[Any], int],
        *,
        torch_s: bool = False,
    ) -> Callable[..., Any]:
        def double(*args: Any, **options: Any) -> Any:
            found = real(*args, **options)
            self.ask(name, size(found), torch_s=torch_s)
            return found

        return double


class _Mode(TorchDispatchMode):
    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self._memory = memory

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        if not func.is_view:
            self._memory.ask(str(func), _tensor_bytes(found), torch_s=True)
        return found


def _array_bytes(found: Any) -> int:
    return found.nbytes if isinstance(found, np.ndarray) and found.flags.owndata else 0


def _image_bytes(found: Image.Image) -> int:
    return found.width * found.height * len(found.getbands())


def _core_bytes(found: Any) -> int:
    return found.size[0] * found.size[1] * found.bands


def _tensor_bytes(found: Any) -> int:
    tensors = [leaf for leaf in tree_leaves(found) if isinstance(leaf, torch.Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors if tensor.device.type != "meta")


def memories(large: int, fails: Callable[[], Exception] = MemoryError) -> Iterator[Memory]:
    """One after the other, each to be entered and to last an allocation longer, until one lasts to the end.

    Beyond the tenth the steps grow, so that hundreds of allocations are sampled.
    """
    n = 1
    while True:
        yield (memory := Memory(n, large, fails))
        if not memory.struck:
            return
        n += 1 + max(0, n - 10) // 2
