"""A large photograph: opened, edited and exported beside the model in 20 bytes a pixel, 2 GB for 100 MP."""

import sys

import pytest

from tests.bench.bench_memory import BUDGET, measure

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a process's peak can be set back on Linux only")


@LINUX
@pytest.mark.parametrize(("kind", "megapixels"), [("8 bits", 8), ("16 bits", 16)])
def test_every_step_stays_within_the_budget(kind: str, megapixels: int) -> None:
    """In 16 bits a larger one: what the heap keeps back between the steps is a tenth of 8 megapixels'."""
    peaks = measure(kind, megapixels)["peaks"]
    assert set(peaks) >= {"open", "edit an area", "edit the whole", "export JPG", "export PNG", "export TIF"}
    assert max(peaks.values()) <= BUDGET * megapixels * 1_000_000, peaks
