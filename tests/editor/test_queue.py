"""What waits, in which order, and what of it may begin."""

import pytest

from core.document.commands import open_photo
from core.document.composite import Composite
from core.document.order import Order
from core.document.state import State
from core.edit.request import EditRequest
from editor.flows.runs.queue import Queue
from tests.core.stacks import noisy_photo

PHOTO = noisy_photo((8, 8))
START = open_photo(PHOTO)(State())


def order(query: str) -> Order:
    return Order.of(START, Composite(PHOTO), EditRequest(photo="", query=query))


@pytest.fixture
def queue(qtbot) -> Queue:
    return Queue()


def queries(queue: Queue) -> list[str]:
    return [order.request.query for order in queue.waiting]


def test_the_first_asked_for_is_the_first_done(queue):
    told = []
    queue.changed.connect(lambda: told.append(queries(queue)))
    a, b = order("a"), order("b")
    queue.add(a, b)
    assert queue.take() is a
    assert queue.running is a
    queue.end()
    assert queue.take() is b
    queue.end()
    assert queue.take() is None
    assert queue.running is None
    assert told == [["a", "b"], ["b"], ["b"], [], []]


def test_turns_are_changed_and_given_up(queue):
    a, b, c = map(order, "abc")
    queue.add(a, b)
    queue.add(c, first=True)
    assert queries(queue) == ["c", "a", "b"]
    queue.move(b.id, 0)
    assert queries(queue) == ["b", "c", "a"]
    assert queue.drop(lambda one: one is c) == (c,)
    assert queries(queue) == ["b", "a"]
    with pytest.raises(KeyError):
        queue.move(c.id, 0)
    queue.amend(lambda one: one.with_(request=one.request.with_(seed=7)))
    assert [one.request.seed for one in queue.waiting] == [7, 7]
    assert [one.id for one in queue.waiting] == [b.id, a.id]


def test_what_is_held_lets_others_pass_and_goes_on_later(queue):
    a, b = order("a"), order("b")
    queue.add(a)
    queue.hold(True)
    assert queue.held
    assert queue.take() is None
    queue.add(b)
    assert queue.take() is b
    queue.end()
    queue.hold(False)
    assert not queue.held
    assert queue.take() is a
