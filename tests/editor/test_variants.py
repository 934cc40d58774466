"""Variants over the picture, without an engine: how they come, what is kept, and what may not lose them."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QPushButton

from core.document import commands
from core.document import layer_commands as act
from core.document.composite import Composite
from core.document.order import Order
from core.document.state import State
from core.edit.progress import Progress, Stage
from core.edit.result import HeatMap
from core.project.ora.read import open_project
from core.project.ora.write import Origin, save_project
from editor.banner import Banner
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.document.filed import Lack
from editor.flows.runs import looks
from editor.flows.runs.arrivals import Arrivals
from editor.flows.runs.queue import Queue
from editor.flows.runs.sentences import Sentences
from editor.flows.runs.variants import Variants
from editor.selecting import Selecting
from editor.settings import Settings
from editor.widgets.dotted import NO_BREAK
from tests.core.stacks import noisy_photo, variant
from tests.editor.conftest import HEIGHT, WIDTH, edit_result, make_photo, settle, shot

BOX = (200, 100, 160, 120)
COLOURS = ((200, 30, 60), (30, 200, 60), (60, 30, 200), (220, 200, 40))
WORDS = {"reference": "a horse", "query": "a zebra", "seed": 5}


@pytest.fixture
def document(document) -> Document:
    document.adjust(commands.update_draft(**WORDS))
    document.apply(commands.paint(BOX, np.full((BOX[3], BOX[2]), 255, np.uint8)), "Brush")
    return document


@pytest.fixture
def canvas(qtbot, document, brush, tint):
    tint.visible = False
    canvas = Canvas(document, brush, tint, Selecting(Settings()))
    canvas.resize(700, 500)
    qtbot.addWidget(canvas)
    canvas.show()
    canvas.activateWindow()
    canvas.setFocus()
    return canvas


@pytest.fixture
def queue(qtbot):
    return Queue()


@pytest.fixture
def variants(document, queue, canvas):
    variants = Variants(document, queue, canvas, Banner(canvas))

    def leave(group):
        queue.drop(lambda order: order.group == group)
        if queue.running is not None and queue.running.group == group:
            queue.end()

    variants.restUnwanted.connect(leave)
    return variants


@pytest.fixture
def ask(document, queue, variants):
    """ask(n): what a repaint asks for, lined up."""

    def asked(n):
        request, mask = document.request(), document.mask()
        orders = variants.more(request, mask, n)
        if not orders:
            variants.settle()
            order = Order.of(document.state, document.composite, document.request(), document.mask())
            orders = variants.spread(order, n)
        queue.add(*orders)
        return orders

    return asked


@pytest.fixture
def draw(document, queue, variants):
    """draw(colour): the next one is begun and finished; its order."""

    def drawn(colour=COLOURS[0], heat=None, box=BOX):
        order = queue.take()
        assert order is not None
        variants.begin(order)
        result = edit_result(document, box, colour, heat)
        result = replace(result, request=order.request.with_(photo="p", mask="m", kappa=0.1))
        queue.end()
        if order.group:
            variants.take(order, result, is_global=False)
        else:
            document.accept(order, result, "Repaint")
        queue.amend(variants.frozen)
        return order

    return drawn


@pytest.fixture
def take_in(document, queue, variants, canvas):
    """take_in(): the next one is drawn, and comes into the document as what comes of a run does."""
    banner = Banner(canvas)
    arrivals = Arrivals(document, banner, Sentences(document, banner), variants, None)

    def taken():
        order = queue.take()
        queue.end()
        result = edit_result(document, BOX, COLOURS[0])
        arrivals.accept(order, replace(result, request=order.request), is_global=False)

    return taken


@pytest.fixture
def three(qtbot, ask, draw, variants):
    """Three of them, finished; the last is shown."""
    ask(3)
    for colour in COLOURS[:3]:
        draw(colour)
    qtbot.wait(1)
    return variants


def cells(variants):
    rows = variants.strip.list
    return [rows.item(row).data(Qt.ItemDataRole.UserRole) for row in range(rows.count())]


def seen(qtbot, canvas) -> tuple[int, int, int]:
    """The colour in the middle of the edit, on the canvas."""
    settle(qtbot, canvas)
    at = canvas.viewport.to_widget(QPointF(BOX[0] + BOX[2] / 2, BOX[1] + 20)).toPoint()
    return tuple(int(part) for part in shot(canvas)[at.y(), at.x()])


# -- how they come


def test_one_by_itself_goes_into_the_document(document, variants, ask, draw):
    (order,) = ask(1)
    assert order.group == ""
    draw()
    assert not variants.is_open
    assert len(document.state.layers) == 1


def test_they_are_of_one_start_and_follow_each_other_by_their_seeds(document, ask):
    orders = ask(4)
    assert [order.request.seed for order in orders] == [5, 6, 7, 8]
    assert len({order.group for order in orders}) == 1
    assert len({order.id for order in orders}) == 4
    for order in orders:
        assert order.start is document.state
        assert order.picture is document.composite
        assert order.mask.box == BOX
    assert document.request().seed == 5


def test_they_appear_as_they_are_drawn_and_none_is_in_the_document(qtbot, document, queue, variants, ask):
    orders = ask(3)
    order = queue.take()
    variants.begin(order)
    assert [cell.share for cell in cells(variants)] == [0.0, None, None]
    assert [cell.name for cell in cells(variants)] == [
        "1 of 3 · seed 5 · being drawn",
        "2 of 3 · seed 6 · waiting",
        "3 of 3 · seed 7 · waiting",
    ]
    preview = np.full((20, 32, 3), 90, np.uint8)
    variants.follow(order, Progress(Stage.DECODING, 1, 4, preview=preview, share=0.25))
    first = cells(variants)[0]
    assert (first.share, first.drawn, first.image is not None) == (0.25, False, True)
    assert not variants.strip.keep.isEnabled()
    queue.end()
    variants.take(orders[0], edit_result(document, BOX), is_global=False)
    assert [cell.drawn for cell in cells(variants)] == [True, False, False]
    qtbot.wait(1)
    assert variants.strip.isVisible()
    assert variants.strip.list.hasFocus()
    assert document.state.layers == ()
    assert document.lacks == Lack(choice=True, mask=True)  # of a mask that no layer was made with


def test_what_is_shown_follows_the_drawing_until_another_is_chosen(qtbot, canvas, variants, ask, draw):
    ask(4)
    draw(COLOURS[0])
    draw(COLOURS[1])
    assert variants.strip.list.currentRow() == 1
    assert seen(qtbot, canvas) == COLOURS[1]
    qtbot.keyClick(variants.strip.list, Qt.Key.Key_Left)
    assert seen(qtbot, canvas) == COLOURS[0]
    draw(COLOURS[2])
    assert variants.strip.list.currentRow() == 0
    assert seen(qtbot, canvas) == COLOURS[0]


def test_arrows_on_the_picture_walk_through_them(qtbot, canvas, three):
    canvas.setFocus()
    shown = []
    for _ in range(3):
        shown.append(seen(qtbot, canvas))
        qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert shown == [COLOURS[2], COLOURS[1], COLOURS[0]]


def test_the_mask_of_the_first_is_frozen_into_the_others(document, queue, ask, draw):
    document.apply(commands.clear_mask(), "Clear")
    orders = ask(3)
    assert [order.mask for order in orders] == [None] * 3
    heat = HeatMap(np.pad(np.ones((10, 16), np.float32), ((10, 20), (20, 28))))
    draw(heat=heat)
    region = heat.mask(document.request().find, (WIDTH, HEIGHT))
    for order in queue.waiting:
        assert order.mask.box == region.box
        assert np.array_equal(order.mask.values, region.values)
        assert order.request.mask is None  # the engine names it
    assert document.mask() is None
    draw(COLOURS[1], box=BOX)
    (more,) = ask(1)
    assert more.group == orders[0].group
    assert more.mask.box == region.box


# -- what is kept


def test_enter_keeps_one_as_one_layer_by_one_undo_entry(qtbot, document, canvas, three):
    kept = []
    three.kept.connect(lambda drawn: kept.append((drawn.order.request.seed, drawn.variant.request.seed)))
    before = document.undo_text
    qtbot.keyClick(three.strip.list, Qt.Key.Key_Left)
    qtbot.keyClick(three.strip.list, Qt.Key.Key_Return)
    (layer,) = document.state.layers
    assert (layer.name, layer.variant.request.seed, layer.others) == ("a zebra", 6, ())
    assert tuple(layer.variant.drawn[0, 0]) == COLOURS[1]
    assert not three.is_open
    assert three.strip.isHidden()
    assert canvas.hasFocus()
    assert seen(qtbot, canvas) == COLOURS[1]
    assert kept == [(6, 6)]
    document.undo()
    assert document.undo_text == before
    assert document.state.layers == ()


def test_those_that_are_marked_become_hidden_layers_over_it(qtbot, document, three):
    for at in (0, 2):
        three.strip.list.markWanted.emit(at)
    assert [cell.marked for cell in cells(three)] == [True, False, True]
    assert cells(three)[0].name == "1 of 3 · seed 5 · marked"
    three.strip.list.walked.emit(1)
    three.keep()
    kept, *aside = document.state.layers
    assert (kept.visible, kept.variant.request.seed) == (True, 6)
    assert [(layer.name, layer.visible) for layer in aside] == [
        ("a zebra, seed 5", False),
        ("a zebra, seed 7", False),
    ]
    document.undo()
    assert document.state.layers == ()


def test_a_mask_that_was_found_comes_with_the_one_that_is_kept(document, ask, draw, variants):
    document.apply(commands.clear_mask(), "Clear")
    ask(2)
    heat = HeatMap(np.pad(np.ones((10, 16), np.float32), ((10, 20), (20, 28))))
    draw(heat=heat)
    draw(COLOURS[1])
    assert document.state.mask.heat is None
    variants.keep()
    assert document.state.mask.heat is heat
    assert document.mask() is not None


def test_escape_keeps_none_and_they_can_be_shown_again(qtbot, document, canvas, three):
    before = document.state
    qtbot.keyClick(three.strip.list, Qt.Key.Key_Escape)
    assert document.state is before
    assert not three.is_open
    assert seen(qtbot, canvas) not in COLOURS
    (bar,) = three._banner.bars
    assert bar.text == "None of the variants was kept."
    qtbot.mouseClick(bar.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert [cell.drawn for cell in cells(three)] == [True] * 3
    assert three.strip.isVisible()


def test_escape_while_some_are_being_drawn_stops_and_keeps_what_is_finished(
    qtbot, queue, variants, ask, draw
):
    stops = []
    variants.stopWanted.connect(lambda: stops.append(queue.drop(lambda _: True)))
    ask(3)
    draw()
    variants.begin(queue.take())
    variants.keep_none()
    assert len(stops) == 1
    queue.end()
    qtbot.waitUntil(lambda: len(cells(variants)) == 1)
    assert cells(variants)[0].drawn
    assert variants.is_open


def test_escape_drops_those_that_are_held_as_well(queue, variants, ask, draw):
    ask(3)
    draw()
    queue.hold(True)
    variants.keep_none()
    assert not variants.is_open
    assert not queue.waiting
    next(iter(variants._banner.bars)).findChild(QPushButton).click()
    assert len(cells(variants)) == 1


def test_enter_while_others_are_being_drawn_wants_no_more(qtbot, document, queue, variants, ask, draw):
    ask(4)
    draw()
    variants.begin(queue.take())
    variants.strip.list.walked.emit(1)
    variants.keep()  # it isn't finished: nothing happens
    assert document.state.layers == ()
    variants.strip.list.walked.emit(0)
    variants.keep()
    assert len(document.state.layers) == 1
    assert (queue.running, queue.waiting) == (None, ())
    qtbot.wait(1)
    assert not variants.is_open


def test_delete_drops_one_and_one_that_waits_is_not_drawn(qtbot, queue, canvas, variants, ask, draw):
    ask(4)
    draw(COLOURS[0])
    draw(COLOURS[1])
    variants.strip.list.dropWanted.emit(3)
    assert [order.request.seed for order in queue.waiting] == [7]
    qtbot.waitUntil(lambda: len(cells(variants)) == 3)
    qtbot.keyClick(variants.strip.list, Qt.Key.Key_Delete)
    assert len(cells(variants)) == 2
    queue.drop(lambda _: True)
    qtbot.waitUntil(lambda: len(cells(variants)) == 1)
    assert seen(qtbot, canvas) == COLOURS[0]
    qtbot.keyClick(variants.strip.list, Qt.Key.Key_Delete)
    assert not variants.is_open
    assert variants.strip.isHidden()


# -- what was decided, undone


def test_undo_offers_one_again_that_was_dropped_in_its_place_and_redo_drops_it(
    qtbot, document, canvas, three
):
    state, before = document.state, document.undo_text
    three.strip.list.markWanted.emit(1)
    three.strip.list.walked.emit(1)
    offered = looks_of(three)
    qtbot.keyClick(three.strip.list, Qt.Key.Key_Delete)
    assert (len(cells(three)), document.undo_text) == (2, "Drop a variant")
    assert document.state is state
    document.undo()
    assert looks_of(three) == offered
    assert seen(qtbot, canvas) == COLOURS[1]
    assert document.undo_text == before
    document.redo()
    assert [cell.name for cell in cells(three)] == ["1 of 2 · seed 5", "2 of 2 · seed 7"]


def test_undo_offers_all_again_that_escape_put_away_once_what_came_later_is_undone(document, three):
    three.strip.list.markWanted.emit(0)
    three.strip.list.walked.emit(1)
    offered = looks_of(three)
    three.keep_none()
    assert document.undo_text == "Keep none of the variants"
    document.apply(commands.paint((0, 0, 50, 50), np.full((50, 50), 255, np.uint8)), "Brush")
    assert not three._banner.bars  # it would undo something else
    document.undo()
    assert not three.is_open
    document.undo()
    assert looks_of(three) == offered
    document.redo()
    assert not three.is_open


def test_one_after_the_other_they_come_back_among_those_that_came_meanwhile(document, ask, draw, three):
    drop = three.strip.list.dropWanted
    drop.emit(2)
    drop.emit(0)
    ask(1)
    draw(COLOURS[3])
    document.undo()
    assert cells(three)[0].name == "1 of 3 · seed 5"
    document.undo()
    assert [cell.name.split(" · ")[1] for cell in cells(three)] == ["seed 5", "seed 6", "seed 7", "seed 8"]
    document.undo()
    assert len(cells(three)) == 4
    assert document.undo_text == ""


def test_no_file_holds_what_was_decided(document, three, reopen):
    document.apply(commands.paint((0, 0, 50, 50), np.full((50, 50), 255, np.uint8)), "Before")
    three.strip.list.dropWanted.emit(0)
    three.keep_none()
    document.apply(commands.paint((60, 0, 50, 50), np.full((50, 50), 255, np.uint8)), "After")
    document.undo()
    reopen()
    assert (document.undo_text, document.redo_text) == ("Before", "After")
    document.undo()
    assert not three.is_open


def test_what_comes_by_itself_after_an_undone_decision_leaves_it_to_redo(document, three):
    three.keep_none()
    document.undo()
    document.receive(act.take_drawn(variant((0, 0, WIDTH, HEIGHT), 3), name="came"), "Came")
    document.redo()
    assert not three.is_open
    assert [layer.name for layer in document.state.layers] == ["came"]
    assert document.snapshot().entries[-1].text == "Came"


# -- dice and repaint on the same prompts


def test_dice_and_repaint_on_the_same_prompts_add_a_variant(document, ask, draw):
    ask(1)
    draw(COLOURS[0])
    first = document.state.layers[0]
    document.adjust(commands.update_draft(seed=99))
    (order,) = ask(1)
    assert order.again == first.id
    assert order.over == ()
    assert order.picture.is_photo
    draw(COLOURS[1])
    (layer,) = document.state.layers
    assert (layer.id, layer.variant.request.seed, layer.others) == (first.id, 99, (first.variant,))


def test_the_same_seed_once_more_goes_on_to_the_next_and_says_so(document, ask, draw):
    ask(1)
    draw()
    (order,) = ask(1)
    assert (order.request.seed, document.request().seed) == (6, 6)
    draw()
    ask(1)
    assert document.request().seed == 7


def test_other_words_make_another_layer(document, ask, draw):
    ask(1)
    draw()
    document.adjust(commands.update_draft(query="a cow"))
    (order,) = ask(1)
    assert order.again is None
    draw()
    assert len(document.state.layers) == 2


def test_several_in_a_layer_s_place_become_variants_of_it(document, ask, draw, variants):
    ask(1)
    draw(COLOURS[0])
    first = document.state.layers[0]
    ask(2)
    draw(COLOURS[1])
    draw(COLOURS[2])
    assert document.state.layers == (first,)
    variants.keep()
    (layer,) = document.state.layers
    assert (layer.id, layer.variant.request.seed) == (first.id, 7)
    assert layer.others == (first.variant,)


def test_repaint_with_the_strip_open_adds_to_it(document, ask, draw, three):
    orders = ask(2)
    assert [order.request.seed for order in orders] == [8, 9]
    assert document.request().seed == 8
    draw(COLOURS[3])
    assert len(cells(three)) == 5
    assert document.state.layers == ()
    document.adjust(commands.update_draft(seed=1))
    (order,) = ask(1)
    assert (order.group, order.request.seed) == (orders[0].group, 1)


def test_a_press_before_the_first_is_finished_takes_the_next_seed_for_the_same_layer(document, ask, draw):
    (first,) = ask(1)
    (second,) = ask(1)
    ask(1)
    assert [second.request.seed, document.request().seed] == [6, 7]
    assert second.picture is first.picture
    for colour in COLOURS[:3]:
        draw(colour)
    (layer,) = document.state.layers
    assert [one.request.seed for one in (layer.variant, *layer.others)] == [7, 6, 5]


def test_and_so_does_one_before_several_are_finished(document, ask, draw, variants):
    ask(2)
    draw(COLOURS[0])
    (more,) = ask(1)
    assert more.request.seed == document.request().seed == 7
    draw(COLOURS[1])
    draw(COLOURS[2])
    assert [cell.drawn for cell in cells(variants)] == [True] * 3


def test_what_waits_comes_into_the_layer_of_its_twin_whatever_was_finished_when_it_was_asked_for(
    document, ask, draw
):
    document.adjust(commands.update_draft(query="a cow"))
    ask(1)
    document.adjust(commands.update_draft(query="a zebra"))
    ask(1)
    draw(COLOURS[0])  # the cow is there, the zebra isn't
    for seed in (11, 12):
        document.adjust(commands.update_draft(seed=seed))
        ask(1)
    draw(COLOURS[1])
    document.adjust(commands.update_draft(seed=13))
    ask(1)
    for colour in (*COLOURS[2:], COLOURS[1]):
        draw(colour)
    cow, zebra = document.state.layers
    assert (cow.name, zebra.name) == ("a cow", "a zebra")
    assert [one.request.seed for one in (zebra.variant, *zebra.others)] == [13, 12, 11, 5]


def test_but_it_goes_on_from_what_is_seen_where_the_hand_has_changed_that(document, ask, draw):
    document.adjust(commands.update_draft(query="a cow"))
    ask(1)
    draw()
    document.adjust(commands.update_draft(query="a zebra"))
    (first,) = ask(1)
    document.apply(act.show_layer(document.state.layers[0].id, False), "Hide")
    (second,) = ask(1)
    assert second.start.layers == document.state.layers != first.start.layers


# -- the seed in the field


def correct(document):
    dab = np.full((30, 30), 255, np.uint8)
    document.apply(commands.erase((BOX[0], BOX[1], 30, 30), dab), "Eraser")


def test_a_corrected_mask_keeps_the_seed_and_draws_a_variant(document, ask, draw):
    ask(1)
    draw(COLOURS[0])
    correct(document)
    (order,) = ask(1)
    assert order.request.seed == document.request().seed == 5
    draw(COLOURS[1])
    (layer,) = document.state.layers
    assert [one.request.seed for one in (layer.variant, *layer.others)] == [5, 5]
    ask(1)
    assert document.request().seed == 6  # pressed again, nothing changed


def test_so_it_does_while_the_first_is_under_way_and_with_the_strip_open(document, ask, draw, three):
    correct(document)
    (order,) = ask(1)
    assert order.request.seed == document.request().seed == 5
    assert not order.group
    assert not three.is_open  # what was shown is kept, with the others beside it
    correct(document)
    document.apply(commands.erase((BOX[0] + 60, BOX[1], 9, 9), np.full((9, 9), 255, np.uint8)), "Eraser")
    (order,) = ask(1)
    assert order.request.seed == document.request().seed == 5
    draw()
    draw()
    (layer,) = document.state.layers
    assert [one.request.seed for one in (layer.variant, *layer.others)] == [5, 5, 7, 5, 6]


@pytest.mark.parametrize("changes", [{"steps": 9}, {"feather": 3.0}, {"query": "a cow"}])
def test_so_do_other_settings_and_words(document, ask, draw, changes):
    ask(1)
    draw()
    document.adjust(commands.update_draft(**changes))
    (order,) = ask(1)
    assert order.request.seed == document.request().seed == 5


def test_a_seed_that_was_typed_is_drawn_even_if_it_was_drawn_before(document, ask, draw):
    for _ in range(3):
        ask(1)
        draw()
    document.apply(commands.update_draft(seed=5), "Seed", settings=True)
    (order,) = ask(1)
    assert order.request.seed == document.request().seed == 5
    document.apply(commands.update_draft(seed=9), "Seed", settings=True)
    document.apply(commands.update_draft(seed=5), "Seed", settings=True)
    (order,) = ask(1)
    assert order.request.seed == document.request().seed == 5
    (order,) = ask(1)
    assert order.request.seed == 8


def test_of_several_the_first_has_the_seed_that_was_typed(document, ask, draw, three):
    document.adjust(commands.update_draft(seed=6))
    assert [order.request.seed for order in ask(3)] == [6, 8, 9]


def test_undo_brings_the_seed_back_that_the_field_held_and_it_is_meant(document, ask, draw, take_in):
    ask(1)
    take_in()
    ask(1)
    ask(1)
    take_in()
    take_in()
    assert document.request().seed == 7
    document.undo()
    assert document.request().seed == 6
    document.undo()
    assert document.request().seed == 5
    document.redo()
    assert document.request().seed == 6
    document.undo()
    (order,) = ask(1)
    assert order.request.seed == document.request().seed == 5


def test_undo_leaves_a_seed_that_was_typed_meanwhile(document, ask, take_in):
    ask(1)
    take_in()
    ask(1)
    document.apply(commands.update_draft(seed=42), "Seed", settings=True)
    take_in()
    document.undo()
    assert document.request().seed == 42


def test_undo_takes_back_a_seed_that_was_rolled_for_the_repaint(document, variants, ask, take_in):
    ask(1)
    take_in()
    then = document.request()
    document.adjust(commands.update_draft(seed=777))
    variants.seeds.rolled(then)
    (order,) = ask(1)
    assert order.request.seed == 777
    take_in()
    document.undo()
    assert document.request().seed == 5
    document.redo()
    assert document.request().seed == 777


def test_run_again_leaves_the_field_alone(document, queue, ask, take_in):
    (order,) = ask(1)
    take_in()
    again = order.request.with_(seed=99)
    queue.add(Order(again, document.state, order.picture, order.mask, again=document.state.layers[0].id))
    take_in()
    for step in (document.undo, document.redo):
        step()
        assert document.request().seed == 5


def test_undoing_a_kept_variant_brings_the_seed_back_as_well(document, ask, draw, variants):
    ask(1)
    draw()
    ask(2)
    draw()
    draw()
    assert document.request().seed == 6
    variants.keep()
    document.undo()
    assert document.request().seed == 5
    document.redo()
    assert document.request().seed == 6


def test_other_words_with_the_strip_open_go_on_from_what_is_shown(document, ask, draw, three):
    three.strip.list.walked.emit(1)
    document.adjust(commands.update_draft(query="a cow"))
    (order,) = ask(1)
    (layer,) = document.state.layers
    assert layer.variant.request.seed == 6
    assert [other.request.seed for other in layer.others] == [5, 7]  # nothing is lost
    assert order.picture is document.composite
    assert order.over == (layer,)
    assert not three.is_open


# -- what the document does meanwhile


def test_painting_and_undo_leave_them_as_they_are(qtbot, document, canvas, three):
    document.apply(commands.paint((0, 0, 50, 50), np.full((50, 50), 255, np.uint8)), "Brush")
    document.undo()
    document.undo()
    assert [cell.drawn for cell in cells(three)] == [True] * 3
    assert seen(qtbot, canvas) == COLOURS[2]
    three.keep()
    assert len(document.state.layers) == 1


def test_they_are_seen_over_what_the_layers_below_become(qtbot, document, canvas, ask, draw, variants):
    low = act.take_drawn(variant((0, 0, WIDTH, HEIGHT), 3), name="below")
    document.apply(low, "Below")
    ask(2)
    draw(COLOURS[0])
    draw(COLOURS[1])
    document.apply(act.delete_layer(document.state.layers[0].id), "Delete")
    assert seen(qtbot, canvas) == COLOURS[1]
    assert variants.is_open
    variants.keep()
    (layer,) = document.state.layers
    assert layer.variant.beneath  # it tells that it was drawn over something else


def test_where_its_layer_is_gone_the_kept_one_is_a_layer_of_its_own(document, ask, draw, variants):
    ask(1)
    draw()
    ask(2)
    draw(COLOURS[1])
    draw(COLOURS[2])
    document.undo()
    assert document.state.layers == ()
    variants.keep()
    assert [layer.variant.request.seed for layer in document.state.layers] == [7]


def test_undoing_what_was_kept_brings_them_back_and_redo_keeps_it_again(document, three):
    three.strip.list.walked.emit(1)
    three.keep()
    document.undo()
    assert [cell.drawn for cell in cells(three)] == [True] * 3
    assert three.strip.list.currentRow() == 1
    document.redo()
    assert not three.is_open
    assert len(document.state.layers) == 1
    document.apply(act.delete_layer(document.state.layers[0].id), "Delete")
    assert not three.is_open  # deleted is not undone


def test_another_picture_puts_them_away(document, three):
    document.open(make_photo(64, 48))
    assert not three.is_open
    assert three.strip.isHidden()


def test_before_the_picture_goes_elsewhere_what_is_shown_is_kept_with_the_others_beside_it(document, three):
    three.settle()
    (layer,) = document.state.layers
    assert layer.variant.request.seed == 7
    assert [other.request.seed for other in layer.others] == [5, 6]


def test_but_not_what_is_still_being_drawn(document, queue, variants, ask, draw):
    ask(3)
    draw(COLOURS[0])
    variants.begin(queue.take())
    variants.settle()
    assert document.state.layers == ()
    assert [cell.drawn for cell in cells(variants)] == [True, False, False]


# -- saved and opened again


@pytest.fixture
def reopen(tmp_path, document, queue):
    """reopen(): the picture saved as a project, closed, and opened as the window opens one."""
    queue.changed.connect(lambda: document.pending.keep_orders(queue.running, queue.waiting))

    def reopened():
        path = tmp_path / "work.ora"
        save_project(path, document.snapshot(), Origin())
        queue.end()
        document.open(make_photo(64, 48))
        found = open_project(path)
        document.restore(found.photo, found.snapshot, saved=True)
        orders = document.pending.orders
        queue.drop(lambda _: True)
        queue.add(*orders)
        queue.hold(True)

    return reopened


def says(variants):
    return variants.strip._says.text().replace(NO_BREAK, " ")


def looks_of(variants):
    """All that is seen of the strip."""
    shown = [(cell.name, cell.share, cell.drawn, cell.marked, cell.image) for cell in cells(variants)]
    return shown, variants.strip.list.currentRow(), says(variants), variants.strip.isHidden()


def test_opened_again_they_are_where_they_were_and_as_good_as_before(
    qtbot, document, canvas, queue, three, ask, draw, reopen
):
    three.strip.list.markWanted.emit(2)
    three.strip.list.walked.emit(1)
    assert document.lacks.choice
    before = looks_of(three)
    reopen()
    assert looks_of(three) == before
    assert seen(qtbot, canvas) == COLOURS[1]
    assert not document.modified
    assert not document.lacks.choice
    assert document.state.layers == ()
    (order,) = ask(1)  # one more of them
    assert order.request.seed == document.request().seed == 8
    draw(COLOURS[3])
    assert [cell.drawn for cell in cells(three)] == [True] * 4
    assert document.modified
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    kept, aside = document.state.layers
    assert (kept.variant.request.seed, aside.variant.request.seed, aside.visible) == (6, 7, False)
    document.undo()
    assert document.state.layers == ()
    assert [cell.marked for cell in cells(three)] == [False, False, True, False]


def test_so_they_are_whatever_was_done_to_them(qtbot, document, canvas, queue, variants, ask, draw, reopen):
    dice = np.random.default_rng(3)
    list_ = variants.strip.list
    deeds = {
        "ask": lambda n: ask(1 + n % 3) if len(document.state.layers) < 3 else None,
        "draw": lambda n: draw(COLOURS[n % 4]) if queue.waiting else None,
        "walk": list_.walked.emit,
        "mark": lambda n: list_.markWanted.emit(n) if variants.is_open else None,
        "drop": list_.dropWanted.emit,
        "move": lambda n: queue.move(queue.waiting[-1].id, 0) if queue.waiting else None,
        "keep": lambda n: variants.keep() if n == 3 else None,
        "undo": lambda n: document.undo() if n == 5 and document.state.layers else None,
    }
    open_, names = 0, ["ask", *["draw", "walk", "mark"] * 2, "drop", "move", "keep", "undo"]
    for step in range(48):
        queue.hold(False)
        deeds[names[dice.integers(len(names))]](int(dice.integers(6)))
        if step % 4 == 3:
            qtbot.wait(1)
            before, picture = looks_of(variants), seen(qtbot, canvas)
            reopen()
            qtbot.wait(1)
            assert looks_of(variants) == before
            assert seen(qtbot, canvas) == picture
            assert not document.lacks.choice
            open_ += variants.is_open
    assert open_ > 5


def test_those_that_were_not_drawn_wait_until_they_may(qtbot, document, queue, variants, ask, draw, reopen):
    document.apply(commands.clear_mask(), "Clear")
    ask(4)
    heat = HeatMap(np.pad(np.ones((10, 16), np.float32), ((10, 20), (20, 28))))
    draw(heat=heat)
    draw(COLOURS[1])
    variants.begin(queue.take())
    assert says(variants) == "3 of 4 · seed 7 · being drawn"
    reopen()
    qtbot.wait(1)
    assert [cell.drawn for cell in cells(variants)] == [True, True, False, False]
    assert says(variants) == "3 of 4 · seed 7 · waiting · 2 of 4 drawn"
    assert queue.take() is None  # nothing is drawn by itself
    queue.hold(False)
    draw(COLOURS[2])
    assert [cell.drawn for cell in cells(variants)] == [True, True, True, False]
    (more,) = ask(1)  # it goes on with them, through the mask that the first has found
    assert more.request.seed == 9
    variants.strip.list.walked.emit(2)
    variants.keep()
    assert np.array_equal(document.state.mask.heat.values, heat.values)
    assert document.state.layers[0].variant.request.seed == 7


def test_undo_brings_the_seed_back_even_so(document, ask, draw, variants, reopen):
    ask(1)
    draw()
    ask(2)
    draw()
    draw()
    reopen()
    assert document.request().seed == 6
    variants.keep()
    document.undo()
    assert document.request().seed == 5


def test_what_a_file_holds_of_them_is_asked_about_once_it_has_gone(document, three, reopen):
    reopen()
    three.keep_none()
    assert document.lacks.choice  # opened again, they would be there


def test_the_grid_gives_way_to_what_is_said_over_the_picture(qtbot, canvas, three):
    three.strip.set_grid(True)
    top = three.strip.geometry().top()
    bar = three._banner.ask("Edits wait in the queue")
    qtbot.waitUntil(lambda: three.strip.geometry().top() > three._banner.geometry().bottom())
    assert three.strip.geometry().bottom() < canvas.height()
    bar.close()
    qtbot.waitUntil(lambda: three.strip.geometry().top() == top)


# -- small pictures


@pytest.mark.parametrize("size", [(96, 80), (1700, 1300)])
def test_a_small_picture_is_the_picture_with_the_variant_by_leaving_pixels_out(size):
    photo = noisy_photo(size)
    box = (size[0] // 3 + 1, size[1] // 4 + 2, size[0] // 2, size[1] // 2)
    picture, one = Composite(photo), variant(box, 3)
    small = looks.of_variant(picture, one)
    x, y, w, h = looks.place_of(box, size)
    step = -(-max(w, h) // looks.LONGEST)
    whole = act.take_drawn(one, name="")(commands.open_photo(photo)(State())).layers
    assert np.array_equal(small, Composite(photo, whole).whole()[y : y + h, x : x + w][::step, ::step])


def test_a_preview_is_cut_to_the_same_place():
    preview = np.arange(40 * 64 * 3, dtype=np.uint16).astype(np.uint8).reshape(40, 64, 3)
    cut = looks.of_preview(preview, (200, 100, 160, 120), (640, 400))
    x, y, w, h = looks.place_of((200, 100, 160, 120), (640, 400))
    assert np.array_equal(cut, preview[y // 10 : round((y + h) / 10), x // 10 : round((x + w) / 10)])
    assert looks.of_preview(preview, None, (640, 400)) is preview


def test_what_was_seen_and_not_kept_is_not_drawn_once_more(ask, draw, three):
    three.keep()  # of the seeds 5, 6 and 7
    more = ask(3)
    assert [order.request.seed for order in more] == [8, 9, 10]
    for _ in more:
        draw()
    three.keep_none()
    assert [order.request.seed for order in ask(1)] == [11]
