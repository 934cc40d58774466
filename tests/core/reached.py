"""Which operations and number formats a computation reaches, and what of them the poorest device lacks."""

import re
from functools import cache
from pathlib import Path

import torch
import torchgen
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Reached(TorchDispatchMode):
    """What is computed: the names of the operations, and the number formats of all they take and give."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: set[str] = set()
        self.formats: set[torch.dtype] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        self.operations.add(str(func).removeprefix("aten.").removesuffix(".default"))
        tensors = tree_leaves((args, kwargs, out))
        self.formats |= {tensor.dtype for tensor in tensors if isinstance(tensor, torch.Tensor)}
        return out


ATTENTION_ON_CPU = "_scaled_dot_product_flash_attention_for_cpu"  # each device has one of its own


@cache
def entries() -> dict[str, str]:
    """The table that torch is built from: each operation, and what is said of it."""
    table = (Path(torchgen.__file__).parent / "packaged/ATen/native/native_functions.yaml").read_text()
    return {entry.partition("(")[0].strip(): entry for entry in table.split("\n- func:")}


def without_kernel(operations: set[str]) -> set[str]:
    """Those that MPS, the poorest of the devices, can't compute."""

    def computed(operation: str) -> bool:
        entry = entries()[operation]
        delegate = re.search(r"structured_delegate: (\S+)", entry)
        return (
            (delegate is not None and computed(delegate[1]))
            or "dispatch:" not in entry
            or re.search(r"\bMPS\b|Composite", entry.partition("dispatch:")[2]) is not None
        )

    return {operation for operation in operations if not computed(operation)}
