"""The layers of a file by name and shape, asked by exact names, by beginnings and by endings."""

from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property

Shape = tuple[int, ...]


class Layers:
    """shapes: key → sides, as torch orders them. An asked name that ends in a dot is a beginning of keys, one
    that begins with a dot an ending.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes

    def has(self, name: str) -> bool:
        """Whether there is such a key, beginning or ending."""
        if name.startswith("."):
            return _begins(self._backwards, name[::-1])
        return _begins(self._sorted, name) if name.endswith(".") else name in self.shapes

    def side(self, key: str, side: int) -> int | None:
        """One side of a weight; None where there is no such weight, or no such side."""
        shape = self.shapes.get(key, ())
        return shape[side] if side < len(shape) else None

    def under(self, prefix: str) -> "Layers":
        """What stands under a beginning, without it."""
        return Layers({k.removeprefix(prefix): s for k, s in self.shapes.items() if k.startswith(prefix)})

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.shapes)

    @cached_property
    def _backwards(self) -> list[str]:
        return sorted(key[::-1] for key in self.shapes)


def _begins(keys: list[str], beginning: str) -> bool:
    at = bisect_left(keys, beginning)
    return at < len(keys) and keys[at].startswith(beginning)
