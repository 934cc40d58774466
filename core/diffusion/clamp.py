"""Where a heat map begins and ends. No torch: a request names it."""

from enum import StrEnum


class Clamp(StrEnum):
    """What of the difference is 1 on the heat map, and what is 0.

    RANGE  as PEAK; what is then cut goes from its own coldest, 0, to its own hottest, 1
    PEAK   1 is the 99th percentile of the difference, 0 is none; as in recipes of version 3
    MEAN   1 is three times its mean, 0 is none; as in diffusers' pipeline and in recipes up to version 2
    """

    RANGE = "range"
    PEAK = "peak"
    MEAN = "mean"
