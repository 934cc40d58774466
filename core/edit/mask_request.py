"""MaskRequest: everything that decides where the region is."""

from dataclasses import dataclass

from core.bounds import check_bounds, number
from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.edit.look_in import LookIn
from core.errors import require
from core.photo.masks.click import Click
from core.photo.masks.windows import WINDOWS


@dataclass(frozen=True)
class MaskRequest:
    """How the region is found: DiffEdit §3.1, and how the heat map is cut.

    draws      n ≥ 1 noise draws, each shared by both prompts
    strength   noise level of the draws as a share of the schedule, in (0, 1]; None takes the model's own,
               which the engine writes down
    rule       what of the draws makes the heat map
    clamp      what of it is 1, and what is 0
    threshold  cut in (0, 1) on the heat map, itself in [0, 1]
    grow       photo pixels by which the cut is grown (negative: shrunk), in −500…500
    snap       the cut follows the picture's edges (`core.photo.masks.upsample`), else the heat map alone
    windows    radii of the filter that follows them, as shares of the longest side, each in (0, 1]
    settle     stop drawing once a draw moves the heat map by no more than this share, in [0, 0.5]; 0 never
    look_in    what of the photo the model sees meanwhile
    centre     a heat map of what is there alone (`EditRequest.centres`) is cut with its own middle at the
               default threshold (`masks.mask.centring`); else as it comes, as in recipes up to version 7
    clicks     on what of the cut is meant and what isn't (`core.photo.masks.clicks`)
    """

    draws: int = number(10, 1, 100, called="the mask's noise draws")
    strength: float | None = number(None, 0, 1, above=True, called="the mask's noise strength")
    rule: Rule = Rule.EVIDENCE
    clamp: Clamp = Clamp.RANGE
    threshold: float = number(0.4, 0, 1, above=True, below=True, called="the threshold")
    grow: float = number(0.0, -500, 500, unit="px")
    snap: bool = True
    windows: tuple[float, ...] = WINDOWS
    settle: float = number(0.08, 0, 0.5)
    look_in: LookIn = LookIn.ZOOM
    centre: bool = True
    clicks: tuple[Click, ...] = ()

    def __post_init__(self) -> None:
        check_bounds(self)
        require(
            bool(self.windows) and all(0 < window <= 1 for window in self.windows),
            f"the windows must be in (0, 1], at least one, not {self.windows}",
        )
