import gc
import threading

import pytest

from editor.garbage import Collector

LIMIT = 700  # objects, Python's own number


class Cycle:
    """Garbage that only the collector frees; notes in which thread that happened."""

    def __init__(self, freed):
        self.itself, self.freed = self, freed

    def __del__(self):
        self.freed.append(threading.current_thread())


@pytest.fixture
def collector(qtbot):
    limits = gc.get_threshold()
    gc.collect()
    gc.set_threshold(LIMIT, 10, 10)  # whatever a worker of an earlier test may be importing
    collector = Collector()
    yield collector
    collector.close()
    gc.set_threshold(*limits)


def make_cycles(freed):
    """More than enough for Python to collect by itself, from another thread."""
    thread = threading.Thread(target=lambda: [Cycle(freed) for _ in range(3 * LIMIT)])
    thread.start()
    thread.join()


def test_garbage_of_a_worker_is_freed_in_the_windows_thread(collector):
    freed = []
    make_cycles(freed)
    assert not freed
    collector.collect()
    assert len(freed) == 3 * LIMIT
    assert set(freed) == {threading.main_thread()}


def test_it_looks_by_itself(collector, qtbot):
    freed = []

    def some_are_freed():
        make_cycles(freed)
        assert freed

    qtbot.waitUntil(some_are_freed, timeout=10_000)
    assert set(freed) == {threading.main_thread()}


def test_nothing_is_collected_before_its_turn(collector):
    freed = []
    Cycle(freed)
    collector.collect()
    assert not freed


def test_closing_hands_it_back(collector):
    assert not gc.isenabled()
    collector.close()
    assert gc.isenabled()
