"""What is found and what becomes of the mask: nothing is searched for that could only come to nothing."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from core.document import commands
from core.document.mask import Mask
from core.document.order import Order
from core.document.plane import Plane
from core.document.strokes import Mode
from core.edit.result import HeatMap
from core.photo.masks import mask as cutting
from editor.banner import Banner
from editor.flows.runs.arrivals import Arrivals
from editor.flows.runs.asks import Asks
from editor.flows.runs.queue import Queue
from editor.flows.runs.sentences import Sentences
from editor.selecting import Selecting
from editor.settings import Settings
from tests.editor.conftest import HEIGHT, WIDTH

LEFT = (0, 0, WIDTH // 4, HEIGHT)


@pytest.fixture
def banner(qtbot):
    return Banner()


@pytest.fixture
def asks(document, banner):
    """Asked by the mode that is chosen; what comes of it is in `wanted`, and on the queue."""
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    selecting, queue = Selecting(Settings()), Queue()
    asks = Asks(
        document, SimpleNamespace(selecting=selecting), Sentences(document, banner), queue, None,
        SimpleNamespace(when_suited=lambda do, called, **_: do()),
    )  # fmt: skip
    asks.orders = []
    asks.wanted.connect(lambda orders: (asks.orders.extend(orders), queue.add(*orders)))
    return asks


def paint(document, rect=LEFT):
    document.apply(commands.paint(rect, np.full((rect[3], rect[2]), 255, np.uint8)), "Brush")


def found(columns: slice) -> HeatMap:
    values = np.zeros((40, 64), np.float32)
    values[:, columns] = 1
    return HeatMap(values)


@pytest.mark.parametrize(
    ("mode", "words"), [(Mode.SUBTRACT, "subtract from"), (Mode.INTERSECT, "intersect with")]
)
def test_nothing_is_searched_for_to_be_taken_from_nothing(document, asks, banner, mode, words):
    selecting = asks._canvas.selecting
    selecting.mode = mode
    asks.find()
    (bar,) = banner.bars
    assert words in bar.text
    assert not asks.orders
    selecting.add()  # the way out
    assert not banner.bars
    selecting.mode = mode
    asks.find()
    banner.bars[0].findChild(QPushButton).click()  # another
    assert [order.mode for order in asks.orders] == [Mode.REPLACE]
    asks.find()  # a mask will be there by then
    assert [order.mode for order in asks.orders] == [Mode.REPLACE, mode]
    asks._queue.drop(lambda _: True)
    paint(document)
    asks.find()
    assert asks.orders[-1].mode is mode
    assert not banner.bars


def test_a_repaint_that_has_no_mask_offers_to_find_one_whatever_the_mode(document, asks, banner):
    asks._canvas.selecting.subtract()
    paint(document)
    document.apply(commands.erase(LEFT, np.full((HEIGHT, WIDTH // 4), 255, np.uint8)), "Eraser")
    asks.repaint()
    banner.bars[0].findChild(QPushButton).click()
    assert [order.mode for order in asks.orders] == [Mode.REPLACE]


def test_what_was_found_and_leaves_nothing_says_why(document, asks, banner):
    arrivals = Arrivals(document, banner, Sentences(document, banner), SimpleNamespace(kept=asks.asked), asks)

    def come(mode: Mode, heat: HeatMap) -> list[str]:
        order = Order.of(document.state, document.composite, document.request(), searches=True).with_(
            mode=mode
        )
        arrivals.take_found(order, heat)
        arrivals.tell_found(order, heat)
        return [bar.text for bar in banner.bars]

    paint(document)
    (said,) = come(Mode.INTERSECT, found(slice(40, 50)))
    assert "lies beside it" in said
    document.undo()
    assert not banner.bars
    (said,) = come(Mode.SUBTRACT, found(slice(0, 20)))
    assert "covers all of it" in said
    document.undo()
    assert not come(Mode.SUBTRACT, found(slice(8, 24)))
    document.apply(commands.clear_mask(), "Clear")  # while it was searched for
    (said,) = come(Mode.SUBTRACT, found(slice(8, 24)))
    assert "nothing to subtract from" in said
    assert document.state.mask.is_empty
    banner.bars[0].findChild(QPushButton).click()
    assert document.state.mask.search is not None


@pytest.mark.parametrize("mode", [Mode.ADD, Mode.SUBTRACT, Mode.INTERSECT])
def test_what_is_put_together_beside_the_window_is_ready_for_it(monkeypatch, document, asks, banner, mode):
    arrivals = Arrivals(document, banner, Sentences(document, banner), SimpleNamespace(kept=asks.asked), asks)
    document.apply(commands.set_heat(found(slice(4, 14))), "Find")
    paint(document)
    heat, state = found(slice(8, 24)), document.state
    order = Order.of(state, document.composite, document.request(), searches=True).with_(mode=mode)
    alone = Mask(state.mask.size).replaced(state.mask.array())
    wanted = commands.select_found(heat, order.request, mode)(state.with_(mask=alone)).mask.array()
    arrivals.prepare(order, heat, state)
    for slow in ((Plane, "with_max"), (Plane, "inverse"), (cutting, "cut"), (cutting, "enlarge_part")):
        monkeypatch.setattr(*slow, None)
    arrivals.take_found(order, heat)
    monkeypatch.undo()
    assert (document.state.mask.array() == wanted).all()
