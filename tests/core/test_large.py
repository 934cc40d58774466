"""A large photograph: opened, edited and exported beside the model in 20 bytes a pixel, 2 GB for 100 MP."""

import sys

import pytest

from tests.bench.bench_memory import BUDGET, measure

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a process's peak can be set back on Linux only")
MEGAPIXELS = 12


@LINUX
@pytest.mark.parametrize("kind", ["8 bits", "16 bits"])
def test_every_step_stays_within_the_budget(kind: str) -> None:
    peaks = measure(kind, MEGAPIXELS)["peaks"]
    assert set(peaks) >= {"open", "edit an area", "edit the whole", "export JPG", "export PNG", "export TIF"}
    assert max(peaks.values()) <= BUDGET * MEGAPIXELS * 1_000_000, peaks
