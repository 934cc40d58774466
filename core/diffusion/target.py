"""The target of a loss guidance: which colour or brightness the region is steered towards. No torch."""

import re
from dataclasses import dataclass

from core.bounds import check_bounds, number
from core.errors import require

LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709, on the coded values of red, green and blue


@dataclass(frozen=True)
class Target:
    """What the mean of the region should come to, and how hard and how long it is steered there.

    colour      "#rrggbb", or None;  brightness  luma in [0, 1], or None: one of the two, or none (off)
    strength    share of the way that one step goes, in [0, 1]
    until       the window: the share of the steps, from the first on, in which it is steered, in (0, 1]
    """

    colour: str | None = None
    brightness: float | None = number(None, 0, 1, called="a brightness target")
    strength: float = number(0.5, 0, 1, called="the target's strength")
    until: float = number(0.4, 0, 1, above=True, called="the target's window")

    def __post_init__(self) -> None:
        one = self.colour is None or self.brightness is None
        require(one, "a colour target and a brightness target exclude each other")
        if self.colour is not None:
            found = re.fullmatch("#[0-9a-fA-F]{6}", self.colour)
            require(found is not None, f"a colour target is written #rrggbb, not “{self.colour}”")
        check_bounds(self)

    @property
    def given(self) -> bool:
        return self.colour is not None or self.brightness is not None

    def steps(self, decode_steps: int) -> int:
        """How many of K decode steps lie in the window: at least the first."""
        return max(1, round(self.until * decode_steps))

    def wanted(self) -> tuple[float, ...]:
        """The target in [−1, 1]: red, green and blue, or the one luma."""
        if self.colour is not None:
            return tuple(int(self.colour[i : i + 2], 16) / 127.5 - 1 for i in (1, 3, 5))
        return () if self.brightness is None else (2 * self.brightness - 1,)
