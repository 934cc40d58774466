"""The strip of variants alone: walked, marked, kept and dropped by mouse and keys; in a row and as a grid."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QVBoxLayout, QWidget

from editor.canvas.variants.cell import VariantCell
from editor.canvas.variants.strip import VariantStrip
from editor.widgets.image import of_rgb
from tests.editor.conftest import shot

Key, Left = Qt.Key, Qt.MouseButton.LeftButton
RED, BLUE = (220, 40, 30), (30, 60, 220)


def cell(colour=RED, name="Variant", **more) -> VariantCell:
    return VariantCell(name, of_rgb(np.full((60, 80, 3), colour, np.uint8)).copy(), drawn=True, **more)


class Canvas(QWidget):
    """Something to lie over, which has keys of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.keys = []

    def keyPressEvent(self, event):
        self.keys.append(Qt.Key(event.key()))


@pytest.fixture
def canvas(qtbot):
    canvas = Canvas()
    canvas.resize(600, 400)
    qtbot.addWidget(canvas)
    with qtbot.waitActive(canvas):
        canvas.show()
        canvas.activateWindow()
    canvas.setFocus()
    return canvas


@pytest.fixture
def strip(qtbot, canvas):
    """Two that are drawn, one that is being drawn, one that waits; the second is shown."""
    strip = VariantStrip(canvas)
    strip.open()
    drawing = VariantCell("Variant 3", cell(BLUE).image, share=0.5)
    strip.show_cells([cell(), cell(BLUE), drawing, VariantCell("Variant 4")], 1, "2 of 4")
    return strip


@pytest.fixture
def told(strip):
    """What is wished for, in order."""
    found, wishes = [], strip.list
    for name in ("walked", "markWanted", "dropWanted"):
        getattr(wishes, name).connect(lambda row, name=name: found.append((name, row)))
    for name in ("keepWanted", "noneWanted"):
        getattr(wishes, name).connect(lambda name=name: found.append(name))
    return found


def place(strip, row, corner=False) -> QPoint:
    rect = strip.list.visualItemRect(strip.list.item(row))
    return rect.topLeft() + strip.list._delegate.corner.center() if corner else rect.center()


@pytest.mark.parametrize("at", ["strip", "canvas"])
def test_keys_mean_the_same_in_the_strip_and_on_the_picture(qtbot, canvas, strip, told, at):
    target = strip.list if at == "strip" else canvas
    if at == "canvas":
        canvas.setFocus()
    for key in (Key.Key_Right, Key.Key_Left, Key.Key_Return, Key.Key_Enter, Key.Key_Delete, Key.Key_Escape):
        qtbot.keyClick(target, key)
    assert told == [
        *(("walked", 2), ("walked", 1), "keepWanted", "keepWanted"),
        *(("dropWanted", 1), "noneWanted"),
    ]
    assert not canvas.keys
    qtbot.keyClick(target, Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert canvas.keys[-1] == Key.Key_Left  # pans


def test_keys_that_are_not_its_own_reach_the_picture(qtbot, canvas, strip):
    qtbot.keyClick(strip.list, Key.Key_Plus)
    assert canvas.keys == [Key.Key_Plus]
    strip.put_away()
    assert canvas.hasFocus()
    qtbot.keyClick(canvas, Key.Key_Return)
    assert canvas.keys == [Key.Key_Plus, Key.Key_Return]


def test_the_keyboard_comes_to_it_once(canvas, strip):
    assert strip.list.hasFocus()
    canvas.setFocus()
    strip.open()
    assert canvas.hasFocus()


def test_at_its_ends_it_stays(qtbot, strip, told):
    for _ in range(6):
        qtbot.keyClick(strip.list, Key.Key_Right)
    assert told == [("walked", 2), ("walked", 3)]


def test_one_is_marked_by_space_by_ctrl_and_by_its_corner(qtbot, strip, told):
    viewport = strip.list.viewport()
    qtbot.keyClick(strip.list, Key.Key_Space)
    qtbot.mouseClick(viewport, Left, Qt.KeyboardModifier.ControlModifier, place(strip, 0))
    qtbot.mouseClick(viewport, Left, pos=place(strip, 0, corner=True))
    qtbot.mouseDClick(viewport, Left, pos=place(strip, 0, corner=True))
    marks = [wish for wish in told if wish[0] == "markWanted"]
    assert marks == told
    assert [row for _, row in marks][:3] == [1, 0, 0]


def test_a_click_shows_one_and_a_double_click_keeps_it(qtbot, strip, told):
    viewport = strip.list.viewport()
    qtbot.mouseClick(viewport, Left, pos=place(strip, 0))
    assert told == [("walked", 0)]
    qtbot.mouseDClick(viewport, Left, pos=place(strip, 0))
    assert told[-1] == "keepWanted"


def test_its_buttons_do_the_same(qtbot, strip, told):
    for button in (strip.keep, strip.drop, strip.none):
        qtbot.mouseClick(button, Left)
    assert told == ["keepWanted", ("dropWanted", 1), "noneWanted"]
    qtbot.mouseClick(strip.grid, Left)
    assert strip.list.grid
    strip.show_cells([cell(), VariantCell("Variant 2", share=0.2)], 1, "")
    assert not strip.keep.isEnabled()  # there is nothing of it yet
    assert not strip.drop.isEnabled()


def test_what_it_shows_is_not_what_it_was_told_by_hand(strip, told):
    strip.show_cells([cell()] * 3, 2, "")
    assert told == []
    assert strip.list.currentRow() == 2


@pytest.mark.parametrize("n", [1, 2, 5, 16])
@pytest.mark.parametrize("size", [(260, 200), (600, 400), (1400, 900)])
def test_the_grid_shows_all_of_them_as_large_as_it_can(qtbot, canvas, strip, n, size):
    canvas.resize(*size)
    strip.show_cells([cell() for _ in range(n)], 0, "")
    strip.set_grid(True)
    qtbot.wait(1)
    rows = [strip.list.visualItemRect(strip.list.item(row)) for row in range(n)]
    room = strip.list.viewport().rect()
    assert all(room.contains(rect) for rect in rows) or rows[0].width() <= 64
    area = sum(rect.width() * rect.height() for rect in rows)
    assert area > 0.3 * room.width() * room.height()


@pytest.mark.parametrize("n", [1, 4, 16])
@pytest.mark.parametrize("size", [(240, 180), (600, 400), (1400, 900)])
def test_the_strip_lies_within_the_picture_s_lower_edge(qtbot, canvas, strip, n, size):
    canvas.resize(*size)
    strip.show_cells([cell() for _ in range(n)], n - 1, "says")
    qtbot.wait(1)
    assert canvas.rect().contains(strip.geometry())
    assert strip.geometry().bottom() > canvas.height() - 20
    assert strip.height() < 160
    shown = strip.list.visualItemRect(strip.list.item(n - 1))
    assert strip.list.viewport().rect().intersects(shown)


def test_it_tells_how_much_of_the_lower_edge_it_takes_in_a_row(qtbot, canvas, strip):
    told = []
    strip.placed.connect(told.append)
    strip.show_cells([cell()], 0, "1 of 1")
    row = canvas.height() - strip.y()
    assert told[-1] == pytest.approx(row, abs=1)
    strip.set_grid(True)  # over all of it, whatever is seen of that
    assert told[-1] == pytest.approx(row, abs=1)
    strip.put_away()
    assert told[-1] == 0
    strip.open()
    assert told[-1] == pytest.approx(row, abs=1)


def test_pictures_numbers_progress_and_marks_are_seen(qtbot, strip):
    strip.show_cells(
        [cell(marked=True), cell(BLUE), VariantCell("", None, 0.5), VariantCell("")], 1, "2 of 4"
    )
    seen = shot(strip.list)
    accent = strip.palette().highlight().color()
    middle = [seen[place(strip, row).y(), place(strip, row).x() + 20] for row in range(4)]
    assert tuple(middle[0]) == RED
    assert tuple(middle[1]) == BLUE
    assert tuple(middle[3]) == strip.list.palette().window().color().getRgb()[:3]
    at = place(strip, 0, corner=True)
    assert tuple(seen[at.y() - 5, at.x()]) == accent.getRgb()[:3]
    rect = strip.list.visualItemRect(strip.list.item(2))
    assert tuple(seen[rect.bottom() - 8, rect.left() + 20]) == accent.getRgb()[:3]
    assert tuple(seen[rect.bottom() - 8, rect.right() - 20]) != accent.getRgb()[:3]


def test_everything_in_it_is_named_and_explained(strip):
    for widget in (strip.list, strip.drop, strip.grid, strip.none):
        assert widget.accessibleName()
        assert widget.toolTip()
    assert strip.keep.text()
    assert strip.keep.toolTip()
    assert strip.list.item(2).data(Qt.ItemDataRole.AccessibleTextRole) == "Variant 3"


def test_the_strip_never_grows_out_of_a_layout(qtbot):
    """It belongs to no layout of the canvas."""
    outer = QWidget()
    canvas = Canvas()
    QVBoxLayout(outer).addWidget(canvas)
    qtbot.addWidget(outer)
    strip = VariantStrip(canvas)
    strip.open()
    outer.resize(500, 300)
    outer.show()
    strip.show_cells([cell()] * 8, 0, "says " * 30)
    assert canvas.rect().contains(strip.geometry())


def test_the_mark_says_what_it_is_for(strip):
    rows, at = strip.list, [place(strip, row, corner=True) for row in range(4)]
    assert rows.tip_at(rows.item(0), at[0]) == "Keep this one as well, as a hidden layer (Space)"
    assert rows.tip_at(rows.item(0), place(strip, 0)) == ""  # the picture says what it is
    assert rows.tip_at(rows.item(2), at[2]) == ""  # is being drawn, and has none
    strip.show_cells([cell(marked=True), cell(BLUE)], 1, "2 of 2")
    assert "takes the mark away" in rows.tip_at(rows.item(0), place(strip, 0, corner=True))


def test_the_hint_over_a_mark_is_the_mark_s(strip, monkeypatch):
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *__: said.append(text))
    at = place(strip, 0, corner=True)
    event = QHelpEvent(QEvent.Type.ToolTip, at, strip.list.viewport().mapToGlobal(at))
    QApplication.sendEvent(strip.list.viewport(), event)
    assert said == ["Keep this one as well, as a hidden layer (Space)"]


@pytest.mark.parametrize("at", ["strip", "canvas"])
def test_in_the_grid_up_and_down_lead_to_the_next_row_and_pan_nothing(qtbot, canvas, strip, told, at):
    strip.show_cells([cell()] * 5, 0, "")
    strip.set_grid(True)
    columns = len({strip.list.visualItemRect(strip.list.item(row)).left() for row in range(5)})
    assert columns == 3  # two lie in the second row
    target = strip.list if at == "strip" else canvas
    target.setFocus()
    shown = []
    for key in (
        Key.Key_Down,
        Key.Key_Down,
        Key.Key_Up,
        Key.Key_Up,
        Key.Key_End,
        Key.Key_Up,
        Key.Key_Down,
        Key.Key_Home,
    ):
        qtbot.keyClick(target, key)
        shown.append(strip.list.currentRow())
    assert shown == [3, 3, 0, 0, 4, 1, 4, 0]
    qtbot.keyClick(target, Key.Key_End)
    qtbot.keyClick(target, Key.Key_Up)
    qtbot.keyClick(target, Key.Key_Right)
    qtbot.keyClick(target, Key.Key_Down)
    assert strip.list.currentRow() == 4  # nothing lies under the third: the last one
    assert not canvas.keys
