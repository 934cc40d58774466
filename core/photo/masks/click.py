"""A click on a found mask."""

from dataclasses import dataclass

from core.bounds import check_bounds, number

DROPS = "not:"  # before a place that isn't meant, as people write it


@dataclass(frozen=True)
class Click:
    """A place that is meant, or isn't: (x, y) in pixels of the photo."""

    x: int = number(0, 0, 1 << 20, called="a click's x")
    y: int = number(0, 0, 1 << 20, called="a click's y")
    keep: bool = True

    def __str__(self) -> str:
        return f"{'' if self.keep else DROPS}{self.x},{self.y}"

    def __post_init__(self) -> None:
        check_bounds(self)
