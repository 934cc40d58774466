"""The collector waits while much is imported, and doesn't look at it afterwards."""

import gc

import pytest

from editor.calm import uncollected


def test_nothing_is_collected_meanwhile_and_what_stays_is_never_looked_at():
    with uncollected():
        assert gc.get_threshold()[0] == 0  # Python's way to say: never
        made = [[] for _ in range(1000)]
    assert gc.get_threshold()[0] > 0
    looked_at = {id(thing) for thing in gc.get_objects()}
    assert not any(id(thing) in looked_at for thing in made)


def test_an_import_that_fails_brings_the_collector_back():
    with pytest.raises(ImportError), uncollected():
        raise ImportError
    assert gc.get_threshold()[0] > 0
