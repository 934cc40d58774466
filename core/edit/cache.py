"""What a second edit need not compute again, kept by content and capped by bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

import torch

Tensors = tuple[torch.Tensor, ...]


class Cache:
    """Least recently used first out. Values are tuples of tensors; keys name all that decided them.

    limit: bytes of all values together. One that is larger by itself is not kept, and drives nothing out.
    """

    def __init__(self, limit: int = 512 * 2**20) -> None:
        self.limit = limit
        self._kept: OrderedDict[Hashable, Tensors] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Tensors]) -> Tensors:
        """The value kept under this key, made and kept if there is none."""
        found = self.peek(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found

    def peek(self, key: Hashable) -> Tensors | None:
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def put(self, key: Hashable, value: Tensors) -> None:
        if _bytes(value) > self.limit:
            return
        self._kept[key] = value
        self._kept.move_to_end(key)
        self._shed()

    def limit_to(self, limit: int) -> None:
        """Keep no more bytes than that from now on."""
        self.limit = limit
        self._shed()

    def clear(self) -> None:
        self._kept.clear()

    @property
    def bytes(self) -> int:
        return sum(map(_bytes, self._kept.values()))

    def _shed(self) -> None:
        while self.bytes > self.limit:
            self._kept.popitem(last=False)


def _bytes(value: Tensors) -> int:
    return sum(tensor.nbytes for tensor in value)
