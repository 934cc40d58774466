"""Where the outliers of a heat map begin. No torch: a request names it."""

from enum import StrEnum


class Clamp(StrEnum):
    """What counts as 1 on the heat map, and everything above it.

    PEAK  the 99th percentile of the difference
    MEAN  three times its mean, as in diffusers' pipeline and in recipes up to version 2
    """

    PEAK = "peak"
    MEAN = "mean"
