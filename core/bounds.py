"""The range of a number, said once: at the field of the frozen dataclass that holds it."""

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

from core.errors import require

T = TypeVar("T", int, float, int | None, float | None)


@dataclass(frozen=True)
class Bounds:
    """low…high, both ends included: but for `above` low itself, for `below` high.

    called  what errors call the number: “the target's strength”
    unit    of the number as it is stored, "" for a share or a count
    """

    low: float
    high: float
    above: bool = False
    below: bool = False
    called: str = ""
    unit: str = ""

    def __contains__(self, value: float) -> bool:
        over = self.low < value if self.above else self.low <= value
        return over and (value < self.high if self.below else value <= self.high)

    def __str__(self) -> str:
        low, high = _written(self.low), _written(self.high)
        unit = f" {self.unit}" if self.unit else ""
        if not (self.above or self.below):
            return f"{low}…{high}{unit}"
        return f"{'(' if self.above else '['}{low}, {high}{')' if self.below else ']'}{unit}"


def number(
    default: T,
    low: float,
    high: float,
    *,
    above: bool = False,
    below: bool = False,
    called: str = "",
    unit: str = "",
) -> T:
    """A dataclass field with a default and `Bounds`; None, where the type has it, is always within."""
    bounds = Bounds(low, high, above, below, called, unit)
    return field(default=default, metadata={"bounds": bounds})


def bounds_of(a_field: Field[Any]) -> Bounds | None:
    """The bounds of a field made by `number`, None of any other."""
    return a_field.metadata.get("bounds")


def check_bounds(instance: Any) -> None:
    """Raise ValueError, whose message a person can read, for a number of `instance` beyond its bounds."""
    for bounded, bounds in _bounded(instance):
        value = getattr(instance, bounded.name)
        called = bounds.called or bounded.name
        require(value is None or value in bounds, f"{called} must be in {bounds}, not {_written(value or 0)}")


def _bounded(instance: Any) -> Iterator[tuple[Field[Any], Bounds]]:
    for one in fields(instance):
        bounds = bounds_of(one)
        if bounds is not None:
            yield one, bounds


def _written(value: float) -> str:
    """Whole numbers in full, others in few digits; the minus sign is a minus sign."""
    return (f"{value:g}" if isinstance(value, float) else str(value)).replace("-", "−", 1)
