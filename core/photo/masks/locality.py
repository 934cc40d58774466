"""Does a heat map show a region, or does the edit change the whole picture? No mask can hold the latter."""

from dataclasses import dataclass

import numpy as np

FAR = 0.75
"""Warmth of the border over the strength of the difference of the two predictions, in the model's κ: from it
on an edit counts as global.

Two prompts of another ground, hour or sky disagree faintly and out to the border; those of another subject
strongly, and less at the border than where it stands, however much of the picture that is. Chosen with the
starter model on Storybook's edits, among them crops and zooms in which the subject fills the picture
(docs/decisions/057).
"""

EVERYWHERE = 0.95
"""Warmth of the border from which a difference of any strength is one of the whole picture."""

RING = 1 / 16
"""The border's width, a share of each side."""

GLOBAL = 0.17
"""Evenness from which an edit counts as global where its `Reach` isn't known: in projects from before."""

GLOBAL_BY_MEAN = 0.23
"""The same for heat maps cut off at three times their mean, which makes those of small regions more even."""


def evenness(heat: np.ndarray) -> float:
    """The typical cell against the hottest: the median over the 99th percentile, in [0, 1].

    heat: float (h, w) in [0, 1], at any resolution. Near 0 where a region of a few percent to half of the
    picture stands out, 1 where all is equally warm. Scaling a heat map changes nothing. 0 for a map that is 0
    everywhere.
    """
    typical, hottest = (float(value) for value in np.percentile(heat, [50, 99]))
    return typical / hottest if hottest > 0 else 0.0


def border(heat: np.ndarray) -> float:
    """How warm the border is: its mean over that of all, ≥ 0; 0 for a map that is 0 everywhere.

    heat: float (h, w) ≥ 0, at any resolution and scale
    """
    down, across = (max(1, round(RING * side)) for side in heat.shape)
    ring = np.ones(heat.shape, bool)
    ring[down:-down, across:-across] = False
    mean = float(heat.mean())
    return float(heat[ring].mean()) / mean if mean > 0 else 0.0


@dataclass(frozen=True)
class Reach:
    """How far two prompts disagree about a picture, and how strongly.

    border    of the difference of the two predictions, as `border` says
    strength  ≥ 0, of the difference where it is largest: its 99th percentile over the model's κ
    """

    border: float
    strength: float

    @property
    def is_global(self) -> bool:
        """Nothing stands out that a mask could hold. False where the prompts say the same."""
        return self.strength > 0 and self.border >= min(EVERYWHERE, FAR * self.strength)


def is_global(even: float, *, by_mean: bool = False) -> bool:
    """Whether a heat map of that evenness has no clear region: where no more is known of it.

    by_mean: it was cut off at three times the mean, not at its peak.
    False for a map that is 0 everywhere: there the prompts say the same, and nothing would change at all.
    """
    return even >= (GLOBAL_BY_MEAN if by_mean else GLOBAL)
