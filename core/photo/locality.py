"""Does a heat map show a region, or does the edit change the whole picture? No mask can hold the latter."""

import numpy as np

GLOBAL = 0.17
"""Evenness of the difference of the two predictions from which an edit counts as global.

Of the statistics that tests/bench/bench_global.py compares on Storybook's edits, it is among the best and
needs no border: with the starter model the area under the ROC curve is 0.98, and from 0.17 on lie 83 % of
the edits of ground, hour and sky and 3 % of those of a subject (60 scenes that no cut was chosen on).
"""


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


def is_global(even: float, *, by_mean: bool = False) -> bool:
    """Whether a heat map of that evenness has no clear region, so that the picture should be edited whole.

    by_mean: it was cut off at three times the mean, not at its peak.
    False for a map that is 0 everywhere: there the prompts say the same, and nothing would change at all.
    """
    return even >= (GLOBAL_BY_MEAN if by_mean else GLOBAL)
