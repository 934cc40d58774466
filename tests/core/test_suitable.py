"""Which model of this machine is offered for a photograph."""

from pathlib import Path

import pytest

from core.models.catalog import CatalogEntry
from core.models.memory.machine import Machine, Memory
from core.models.recognise.formats import Weights
from core.models.suitable import suitable
from resources import STARTER

BILLION = 1_000_000_000
ROOM = Memory(16 * BILLION, 12 * BILLION)
COMPUTER = Machine("cpu", "", ROOM, ROOM)
START = CatalogEntry(STARTER, "Storybook (starter)", Path("/starter"), 1, kind=STARTER)


def entry(name: str, numbers: int = BILLION, **more: str) -> CatalogEntry:
    parts = {"unet": Weights(numbers)}
    return CatalogEntry(f"/models/{name}", name, Path(f"/models/{name}"), 2 * numbers, parts=parts, **more)


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        ([], None),
        ([entry("broken", problem="It is broken."), entry("toys", knows="toys")], None),
        ([entry("huge", 20 * BILLION)], None),
        ([entry("tight", 14 * BILLION // 5), entry("fits")], "fits"),  # 14.6 of 16 GB, of which 12 are free
        ([entry("tight", 14 * BILLION // 5)], "tight"),
        ([entry("first"), entry("second")], "first"),
        ([entry("Laxhar/noobai-XL-Vpred-1.0"), entry("any")], "any"),  # known to be made for drawings
    ],
)
def test_the_first_that_fits_best(monkeypatch, found, chosen):
    monkeypatch.setattr("core.models.suitable.catalog", lambda given: [START, *found])
    here = suitable([], COMPUTER)
    assert (here.name if here else None) == chosen


def test_on_a_graphics_card_parts_may_take_turns(monkeypatch):
    card = Machine("cuda", "a card", Memory(8 * BILLION, 7 * BILLION), ROOM)
    monkeypatch.setattr("core.models.suitable.catalog", lambda given: [START, entry("large", 3_470_000_000)])
    here = suitable([], card)
    assert here is not None
    small = Machine("cuda", "a card", Memory(BILLION, BILLION), ROOM)
    assert suitable([], small) is None  # 9 GB are too many even layer by layer


def test_with_memory_unknown_a_model_is_offered(monkeypatch):
    monkeypatch.setattr("core.models.suitable.catalog", lambda given: [START, entry("any")])
    assert suitable([], Machine("cpu", "", Memory(), Memory())) is not None
