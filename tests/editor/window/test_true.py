"""What is said over the canvas goes when it is no longer true."""

import numpy as np

from core.document import commands
from editor.banner import Kind
from tests.editor.conftest import edit_result, order_now

DAB = np.full((20, 20), 255, np.uint8)


def said(window):
    return [bar.text for bar in window.banner.bars]


def words(window, **changes):
    window.document.adjust(commands.update_draft(**changes))


def accept(window):
    result = edit_result(window.document, (40, 20, 20, 10))
    window.document.accept(order_now(window.document), result, "edit")


def test_the_picture_keeps_its_place_and_its_size(opened):
    before = opened.canvas.geometry()
    for _ in range(3):
        opened.banner.notice("a sentence")
    assert opened.canvas.geometry() == before


def test_that_a_picture_is_missing(qtbot, window, picture):
    window.runs._says.open_first()
    with qtbot.waitSignal(window.files.opened):
        window.files.open_path(picture)
    assert said(window) == []


def test_what_it_should_be(opened):
    opened.runs._says.query_first()
    words(opened, reference="a horse")
    assert said(opened) == ["Say first what it should be."]
    words(opened, query="a zebra")
    assert said(opened) == []


def test_that_the_mask_is_empty(opened):
    opened.runs._says.empty("", lambda: None, lambda: None)
    opened.document.apply(commands.paint((0, 0, 20, 20), DAB), "Brush")
    assert said(opened) == []


def test_that_nothing_clear_was_found(opened):
    for say in (opened.runs._says.same, opened.runs._says.unclear):
        say()
        words(opened, change=0.5)
        assert len(said(opened)) == 1
        words(opened, query=f"{opened.document.request().query} more")
        assert said(opened) == []


def test_that_the_whole_picture_changes(opened):
    accept(opened)
    opened.runs._says.everywhere(lambda: None)
    opened.document.undo()
    assert said(opened) == []


def test_what_was_noticed_of_an_edit_is_one_message_and_goes_with_it(opened):
    accept(opened)
    opened.runs._says.noticed(("First.", "Second."))
    (bar,) = opened.banner.bars
    assert bar.accessibleName() == "First. Second."
    opened.document.undo()
    assert said(opened) == []


def test_where_it_was_exported_to(opened, idle, tmp_path):
    accept(opened)
    opened.files.exports.export_to(tmp_path / "out.png", 90)
    idle(opened)
    (bar,) = [bar for bar in opened.banner.bars if bar.kind is Kind.NOTICE]
    assert str(tmp_path) in bar.accessibleName()
    words(opened, query="another")
    assert said(opened) == ["Exported: out.png"]
    opened.document.undo()
    assert said(opened) == []
