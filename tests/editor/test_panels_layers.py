"""The layers in their list: the topmost first, the photo last; by mouse and by keys."""

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit

from core.document import layer_commands as act
from editor.panels.layer_list import MASKED, LayerDelegate
from editor.panels.layers import LayersPanel
from editor.widgets.rows import DETAIL, HEIGHT, ID
from tests.core.stacks import arrived
from tests.editor.conftest import shot

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def edited(document, make_result):
    """A document with two layers, "lower" and "upper", the upper over the lower."""
    for name, box, colour in (("lower", 10, (9, 9, 9)), ("upper", 40, (0, 255, 0))):
        made = make_result(document, (box, box, 60, 60), colour)
        document.apply(arrived(made, name=name), "Repaint")
    return document


@pytest.fixture
def panel(qtbot, edited):
    panel = LayersPanel(edited)
    qtbot.addWidget(panel)
    panel.resize(320, 400)
    panel.show()
    panel.activateWindow()
    panel.list.setFocus()
    qtbot.waitUntil(panel.list.hasFocus)
    return panel


def names(panel) -> list[str]:
    return [panel.list.item(row).text() for row in range(panel.list.count())]


def is_written_below_the_photo(panel) -> bool:
    photo = panel.list.visualItemRect(panel.list.item(panel.list.count() - 1))
    return np.ptp(shot(panel.list.viewport())[photo.bottom() + 2 :]) > 0


def middle(panel, row: int, x: int) -> QPoint:
    return QPoint(x, panel.list.visualItemRect(panel.list.item(row)).center().y())


def test_without_layers_it_says_what_it_is_for(qtbot, document):
    panel = LayersPanel(document)
    qtbot.addWidget(panel)
    panel.resize(300, 300)
    panel.show()
    assert names(panel) == ["Photo"]
    assert is_written_below_the_photo(panel)
    assert "gather here" in panel.list.accessibleDescription()
    assert not any(button.isEnabled() for button in panel.buttons.values())


def test_the_newest_is_on_top_and_chosen_and_the_photo_lies_below_all(panel, edited, make_result):
    assert names(panel) == ["upper", "lower", "Photo"]
    assert not is_written_below_the_photo(panel)
    edited.apply(arrived(make_result(edited, (0, 0, 9, 9))), "Repaint")
    assert names(panel) == ["a zebra", "upper", "lower", "Photo"]
    assert panel.list.currentRow() == 0
    assert edited.chosen.layer.name == "a zebra"


def test_the_eye_hides_a_layer_and_undo_shows_it(qtbot, panel, edited):
    before = edited.composite.whole()
    qtbot.mouseClick(panel.list.viewport(), LEFT, pos=middle(panel, 1, LayerDelegate.PICTURE_AT - 18))
    assert [layer.visible for layer in edited.state.layers] == [False, True]
    assert (edited.composite.whole() != before).any()
    assert edited.undo_text == "Hide layer"
    edited.undo()
    assert panel.list.item(1).checkState() is Qt.CheckState.Checked
    assert (edited.composite.whole() == before).all()


@pytest.mark.parametrize(
    ("key", "wish"), [(Qt.Key.Key_Space, "layer-show"), (Qt.Key.Key_Delete, "layer-delete")]
)
def test_space_and_delete_wish(qtbot, panel, edited, key, wish):
    before = edited.state
    with qtbot.waitSignal(panel.wished) as wished:
        qtbot.keyClick(panel.list, key)
    assert wished.args == [wish]
    assert edited.state is before


def test_a_row_that_is_clicked_is_chosen_and_the_photo_is_none(qtbot, panel, edited):
    qtbot.mouseClick(panel.list.viewport(), LEFT, pos=middle(panel, 1, 200))
    assert edited.chosen.layer is edited.state.layers[0]
    qtbot.mouseClick(panel.list.viewport(), LEFT, pos=middle(panel, 2, 200))
    assert edited.chosen.layer is None
    assert not panel.opacity.isEnabled()


@pytest.mark.parametrize("way", ["key", "double-click", "menu"])
def test_a_name_is_typed_in_its_row(qtbot, panel, edited, way):
    if way == "key":
        qtbot.keyClick(panel.list, Qt.Key.Key_F2)
    elif way == "menu":
        panel.rename()
    else:
        qtbot.mouseDClick(panel.list.viewport(), LEFT, pos=middle(panel, 0, 200))
    field = panel.list.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "stripes")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: edited.state.layers[1].name == "stripes")
    assert edited.undo_text == "Rename layer"
    edited.undo()
    assert names(panel)[0] == "upper"


def test_no_layer_is_without_a_name(qtbot, panel, edited):
    panel.rename()
    field = panel.list.findChild(QLineEdit)
    field.clear()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.list.item(0).text() == "upper")
    assert names(panel)[0] == edited.state.layers[1].name == "upper"


@pytest.mark.parametrize(("row", "y", "order"), [
    (0, 3 * HEIGHT, ["lower", "upper", "Photo"]),  # beyond the photo: the lowest
    (1, 2, ["lower", "upper", "Photo"]),
    (0, 2, ["upper", "lower", "Photo"]),
])  # fmt: skip
def test_a_row_is_dragged_to_another_place(panel, edited, row, y, order):
    panel.list.setCurrentRow(row)
    data, move = QMimeData(), Qt.DropAction.MoveAction
    panel.list.dropEvent(QDropEvent(QPointF(100, y), move, data, LEFT, NO_KEYS))
    assert names(panel) == order
    assert [layer.name for layer in reversed(edited.state.layers)] == order[:-1]


def test_a_dragged_opacity_is_one_undo_and_another_drag_another(qtbot, panel, edited):
    for gesture in ((0.8, 0.6), (0.5, 0.3)):
        panel.opacity.gestureStarted.emit()
        for value in gesture:
            panel.opacity.setValue(value)
    assert edited.state.layers[1].opacity == 0.3
    assert panel.list.item(0).data(DETAIL) == "30 %"
    edited.undo()
    assert edited.state.layers[1].opacity == panel.opacity.value() == 0.6
    edited.undo()
    assert edited.state.layers[1].opacity == 1


def test_a_double_click_on_the_picture_wishes_for_the_mask(qtbot, panel, edited):
    with qtbot.waitSignal(panel.wished) as wished:
        qtbot.mouseDClick(panel.list.viewport(), LEFT, pos=middle(panel, 0, LayerDelegate.PICTURE_AT + 10))
    assert wished.args == ["layer-mask"]
    edited.chosen.choose(edited.state.layers[1].id, masked=True)
    assert [panel.list.item(row).data(MASKED) for row in range(2)] == [True, False]


def test_it_tells_of_variants_and_of_what_changed_below(panel, edited, make_result):
    upper = edited.state.layers[1].id
    again = make_result(edited, (40, 40, 60, 60), (1, 2, 3))
    edited.apply(arrived(again, again=upper), "Run again")
    assert panel.list.item(0).data(DETAIL).endswith(" of 2 variants")
    edited.apply(act.show_layer(edited.state.layers[0].id, False), "Hide layer")
    assert "outdated" in panel.list.item(0).data(DETAIL)
    assert "Run Again" in panel.list.item(0).toolTip()
    assert "hidden" in panel.list.item(1).data(Qt.ItemDataRole.AccessibleTextRole)
    edited.apply(act.show_layer(upper, False), "Hide layer")
    assert "outdated" not in panel.list.item(0).data(DETAIL)  # put aside, as variants are that are kept
    assert "Run Again" not in panel.list.item(0).toolTip()


def test_another_layer_is_chosen_when_the_chosen_one_goes(panel, edited):
    edited.apply(act.delete_layer(edited.state.layers[1].id), "Delete layer")
    assert edited.chosen.layer.name == "lower"
    assert panel.list.item(panel.list.currentRow()).data(ID) == edited.chosen.layer.id
    edited.undo()
    assert edited.chosen.layer.name == "upper"  # it came back


def test_buttons_wish_for_actions(qtbot, panel):
    for name, button in panel.buttons.items():
        enabled = button.isEnabled()
        assert enabled == (name != "variant-next")
        if enabled:
            with qtbot.waitSignal(panel.wished) as wished:
                qtbot.mouseClick(button, LEFT)
            assert wished.args == [name]


# -- several at once


@pytest.fixture
def four(edited, make_result):
    """Two more layers, "third" and "fourth"."""
    for name, box in (("third", 70), ("fourth", 90)):
        edited.apply(arrived(make_result(edited, (box, box, 60, 60)), name=name), "Repaint")
    return edited


def chosen(document) -> tuple[str, list[str]]:
    return document.chosen.layer.name, [layer.name for layer in document.chosen.layers]


def selected(panel) -> set[str]:
    return {item.text() for item in panel.list.selectedItems()}


def test_ctrl_and_shift_choose_several_and_a_click_one(qtbot, four, panel):
    rows, ctrl, shift = (
        panel.list.viewport(),
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ShiftModifier,
    )
    told = [
        (2, ctrl, "upper", ["upper", "fourth"]),
        (3, shift, "lower", ["lower", "upper", "fourth"]),
        (2, ctrl, "lower", ["lower", "fourth"]),
        (2, ctrl, "upper", ["lower", "upper", "fourth"]),
        (1, NO_KEYS, "third", ["third"]),
        (1, ctrl, "third", ["third"]),  # one is always chosen
        (3, shift, "lower", ["lower", "upper", "third"]),
        (4, shift, "lower", ["lower", "upper", "third"]),  # the photo is never among them
        (0, NO_KEYS, "fourth", ["fourth"]),
    ]
    for row, keys, first, all_ in told:
        qtbot.mouseClick(rows, LEFT, keys, middle(panel, row, 200))
        assert chosen(four) == (first, all_)
        assert selected(panel) == set(all_)
    qtbot.mouseClick(rows, LEFT, pos=middle(panel, 4, 200))
    assert four.chosen.layers == ()
    assert selected(panel) == {"Photo"}


def test_so_do_keys(qtbot, four, panel):
    shift = Qt.KeyboardModifier.ShiftModifier
    for key, keys, first, all_ in (
        (Qt.Key.Key_Down, NO_KEYS, "third", ["third"]),
        (Qt.Key.Key_Down, shift, "upper", ["upper", "third"]),
        (Qt.Key.Key_Down, shift, "lower", ["lower", "upper", "third"]),
        (Qt.Key.Key_Up, shift, "upper", ["upper", "third"]),
        (Qt.Key.Key_Up, NO_KEYS, "third", ["third"]),
    ):
        qtbot.keyClick(panel.list, key, keys)
        assert chosen(four) == (first, all_)
        assert selected(panel) == set(all_)


def test_opacity_and_place_of_several_are_one_undo(four, panel):
    lower, upper, third, fourth = (layer.id for layer in four.state.layers)
    four.chosen.choose(third, [lower])
    panel.opacity.gestureStarted.emit()
    for value in (0.7, 0.4):
        panel.opacity.setValue(value)
    assert [layer.opacity for layer in four.state.layers] == [0.4, 1, 0.4, 1]
    four.undo()
    assert [layer.opacity for layer in four.state.layers] == [1] * 4
    assert chosen(four) == ("third", ["lower", "third"])
    data, move = QMimeData(), Qt.DropAction.MoveAction
    panel.list.dropEvent(QDropEvent(QPointF(100, 2), move, data, LEFT, NO_KEYS))
    assert [layer.id for layer in four.state.layers] == [upper, fourth, lower, third]
    assert selected(panel) == {"lower", "third"}
    four.undo()
    assert [layer.id for layer in four.state.layers] == [lower, upper, third, fourth]


def test_what_one_layer_alone_can_is_off_for_several(four, panel):
    assert panel.buttons["layer-mask"].isEnabled()
    four.chosen.choose(four.state.layers[3].id, [four.state.layers[1].id])
    able = {name for name, button in panel.buttons.items() if button.isEnabled()}
    assert able == {"layer-merge", "layer-delete"}
    four.apply(act.show_layer(four.state.layers[1].id, False), "Hide layer")
    assert not panel.buttons["layer-merge"].isEnabled()  # what is hidden is no part of what is seen


def test_an_eye_stands_for_all_that_are_chosen_and_chooses_nothing(qtbot, four, panel):
    eye = LayerDelegate.PICTURE_AT - 18
    four.chosen.choose(four.state.layers[3].id, [four.state.layers[1].id])
    for shown in ([True, False, True, False], [True] * 4):
        qtbot.mouseClick(panel.list.viewport(), LEFT, pos=middle(panel, 2, eye))
        assert [layer.visible for layer in four.state.layers] == shown
        assert selected(panel) == {"upper", "fourth"}
    assert four.undo_text == "Show layers"
    qtbot.mouseClick(panel.list.viewport(), LEFT, pos=middle(panel, 3, eye))  # of another one: itself alone
    assert [layer.visible for layer in four.state.layers] == [False, True, True, True]
    assert chosen(four) == ("fourth", ["upper", "fourth"])
    assert panel.list.currentItem().text() == "fourth"
    qtbot.mouseDClick(panel.list.viewport(), LEFT, pos=middle(panel, 3, eye))
    assert four.state.layers[0].visible
