"""The Layer menu on a real engine: again in its place, its own mask, its recipe, its order."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from core.document import commands
from core.document import layer_commands as act
from core.edit.request import EditRequest
from editor.flows.layers.recipe_dialog import RecipeDialog

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def drawn(loaded, idle):
    """The window with one layer, drawn through a painted mask."""
    loaded.document.apply(commands.paint((30, 16, 40, 32), np.full((32, 40), 255, np.uint8)), "Brush")
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    return loaded


@pytest.fixture
def over(drawn, idle):
    """And another layer over that, of other words."""
    drawn.document.adjust(commands.update_draft(query="a disc"))
    trigger(drawn, "repaint", idle)
    return drawn


def trigger(window, name, idle):
    assert window.actions_[name].isEnabled()
    window.actions_[name].trigger()
    idle(window)


def test_run_again_stays_in_its_place_and_keeps_what_was_there(over, idle):
    document, drawn = over.document, over
    lower, upper = document.state.layers
    document.chosen.choose(lower.id)
    document.adjust(commands.update_draft(query="a dog"))  # it is the layer's own recipe that counts
    trigger(drawn, "run-again", idle)
    now, over = document.state.layers
    first, again = lower.variant, now.variant
    assert (now.id, now.name, now.others) == (lower.id, lower.name, (first,))
    assert over is upper
    assert again.request.seed != first.request.seed
    assert again.request.with_(seed=first.request.seed, kappa=first.request.kappa) == first.request
    assert again.box == first.box
    assert np.array_equal(again.mask, first.mask)
    assert (again.drawn != first.drawn).any()
    assert document.undo_text == "Run again: a circle"
    trigger(drawn, "variant-next", idle)
    assert document.state.layers[0].variant is first
    trigger(drawn, "variant-keep", idle)
    kept, apart, _ = document.state.layers
    assert (kept.variant, kept.others, apart.variant, apart.visible) == (first, (), again, False)
    for _ in range(3):
        document.undo()
    assert document.state.layers == (lower, upper)


def test_what_lies_above_says_that_it_was_drawn_over_something_else(over, idle):
    drawn = over
    drawn.document.chosen.choose(drawn.document.state.layers[0].id)
    assert "drawn over" not in drawn.panels.layers.list.item(0).toolTip()
    trigger(drawn, "run-again", idle)
    assert "What lies below has changed" in drawn.panels.layers.list.item(0).toolTip()
    drawn.document.chosen.choose(drawn.document.state.layers[1].id)
    trigger(drawn, "run-again", idle)
    assert "What lies below has changed" not in drawn.panels.layers.list.item(0).toolTip()


def test_run_again_with_the_present_settings_takes_prompt_and_mask_of_now(drawn, idle):
    document = drawn.document
    (before,) = document.state.layers
    document.adjust(commands.update_draft(query="a dog", seed=5))
    mask = np.zeros((64, 96), np.uint8)
    mask[30:50, 50:70] = 255
    document.apply(commands.import_mask(mask), "Mask")
    trigger(drawn, "run-again-now", idle)
    (now,) = document.state.layers
    assert (now.id, now.name, now.others) == (before.id, "a dog", (before.variant,))
    assert (now.variant.request.query, now.variant.request.seed) == ("a dog", 5)
    assert now.variant.region.box == (50, 30, 20, 20)
    assert not document.lacks.mask  # an edit was made with it


def test_what_was_drawn_for_a_layer_that_went_is_a_layer_of_its_own(drawn, idle):
    document = drawn.document
    (before,) = document.state.layers
    drawn.actions_["run-again"].trigger()
    drawn.actions_["layer-delete"].trigger()
    idle(drawn)
    (kept,) = document.state.layers
    assert kept.id != before.id
    assert kept.variant.drawn.shape == before.variant.drawn.shape


def test_brush_and_eraser_work_on_the_layers_own_mask(qtbot, drawn):
    document, canvas = drawn.document, drawn.canvas
    mask, (before,) = document.state.mask, document.state.layers
    drawn.actions_["layer-mask"].trigger()
    assert drawn.actions_["layer-mask"].isChecked()
    assert document.chosen.masked is before
    drawn.brush.size, drawn.brush.hardness = 12, 1.0
    drawn.actions_["eraser"].trigger()
    place = canvas.viewport.to_widget(type(canvas.viewport.centre)(50, 32)).toPoint()
    qtbot.mouseClick(canvas, LEFT, pos=place)
    (erased,) = document.state.layers
    assert document.undo_text == "Eraser stroke"
    assert document.state.mask is mask
    assert erased.variant.soft((48, 30, 4, 4)).max() == 0
    assert np.array_equal(document.composite.whole()[30:34, 48:52], document.state.photo.pixels[30:34, 48:52])
    assert canvas.scene.overlay._mask.crop((48, 30, 4, 4)).max() == 0
    drawn.actions_["brush"].trigger()
    qtbot.mouseClick(canvas, LEFT, pos=place)
    assert document.state.layers[0].variant.soft((48, 30, 4, 4)).min() == 255
    document.undo()
    document.undo()
    assert document.state.layers == (before,)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert document.chosen.masked is None
    assert not drawn.actions_["layer-mask"].isChecked()
    qtbot.mouseClick(canvas, LEFT, pos=QPoint(place.x(), place.y()))
    assert document.state.mask is not mask  # that of the next edit again


def test_a_mask_is_inverted_where_it_is_worked_on(drawn):
    drawn.actions_["layer-mask"].trigger()
    before = drawn.document.chosen.mask().array()
    drawn.actions_["invert"].trigger()
    assert drawn.document.chosen.masked is not None
    assert not drawn.document.state.mask.inverted
    # a layer has no more than what was drawn: its mask stays within that
    after = drawn.document.chosen.mask().array()
    assert not np.array_equal(after, before)


def test_the_menu_moves_duplicates_merges_and_deletes(drawn, idle):
    document = drawn.document
    trigger(drawn, "layer-duplicate", idle)
    assert [layer.name for layer in document.state.layers] == ["a circle", "a circle copy"]
    assert not drawn.actions_["layer-up"].isEnabled()
    trigger(drawn, "layer-down", idle)
    assert [layer.name for layer in document.state.layers] == ["a circle copy", "a circle"]
    trigger(drawn, "layer-up", idle)
    trigger(drawn, "layer-merge", idle)
    assert [layer.name for layer in document.state.layers] == ["a circle"]
    assert document.chosen.layer is document.state.layers[0]
    assert not drawn.actions_["layer-merge"].isEnabled()
    trigger(drawn, "layer-show", idle)
    assert document.composite.whole() is document.state.photo.pixels
    trigger(drawn, "layer-delete", idle)
    assert not document.state.layers
    for name in ("layer-show", "layer-delete", "run-again", "layer-mask", "layer-recipe", "variant-next"):
        assert not drawn.actions_[name].isEnabled()


def test_the_menu_hides_merges_and_deletes_several_at_once(drawn, idle):
    document = drawn.document
    for _ in range(3):
        trigger(drawn, "layer-duplicate", idle)
    one, two, three, four = (layer.id for layer in document.state.layers)
    document.chosen.choose(three, [two])
    off = (
        "layer-rename",
        "layer-duplicate",
        "layer-mask",
        "layer-recipe",
        "run-again",
    )
    assert not any(drawn.actions_[name].isEnabled() for name in off)
    document.apply(act.show_layer(two, False), "Hide layer")
    assert not drawn.actions_["layer-merge"].isEnabled()
    for visible in ([True, False, False, True], [True] * 4):
        trigger(drawn, "layer-show", idle)
        assert [layer.visible for layer in document.state.layers] == visible
    assert document.undo_text == "Show layers"
    trigger(drawn, "layer-merge", idle)
    assert [layer.id for layer in document.state.layers] == [one, two, four]
    assert [layer.id for layer in document.chosen.layers] == [two]
    document.undo()
    document.chosen.choose(one, [four])
    trigger(drawn, "layer-merge", idle)
    assert "lies between" in drawn.banner.bars[-1].text
    assert len(document.state.layers) == 4
    trigger(drawn, "layer-delete", idle)
    assert [layer.id for layer in document.state.layers] == [two, three]
    assert document.undo_text == "Delete layers"
    document.undo()
    assert [layer.id for layer in document.state.layers] == [one, two, three, four]


def test_the_menu_moves_several_together(drawn, idle):
    document = drawn.document
    for _ in range(3):
        trigger(drawn, "layer-duplicate", idle)
    one, two, three, four = (layer.id for layer in document.state.layers)
    document.chosen.choose(two, [three])
    for name, order in (
        ("layer-up", [one, four, two, three]),
        ("layer-down", [one, two, three, four]),
        ("layer-down", [two, three, one, four]),
    ):
        trigger(drawn, name, idle)
        assert [layer.id for layer in document.state.layers] == order
        assert [layer.id for layer in document.chosen.layers] == [two, three]
    assert document.undo_text == "Move layers"
    assert not drawn.actions_["layer-down"].isEnabled()
    document.chosen.choose(two, [one])  # what lies between them stays below
    trigger(drawn, "layer-up", idle)
    assert [layer.id for layer in document.state.layers] == [three, four, two, one]
    assert not drawn.actions_["layer-up"].isEnabled()


def test_the_recipe_is_listed_beside_the_settings_of_now_and_copied(qtbot, drawn, monkeypatch):
    document = drawn.document
    document.adjust(commands.update_draft(query="a dog", steps=9))
    seen = {}

    def look(dialog):
        rows = dialog.table.rows
        seen["summary"] = dialog.summary.text()
        for row in range(rows.rowCount()):
            name, *values = (rows.index(row, column).data() for column in range(3))
            font = rows.index(row, 0).data(Qt.ItemDataRole.FontRole)
            bold = font is not None and font.bold()
            seen[name] = (*values, bold)
        qtbot.mouseClick(dialog.copy_line, LEFT)
        seen["line"] = QGuiApplication.clipboard().text()
        qtbot.mouseClick(dialog.copy, LEFT)
        qtbot.mouseClick(dialog.use, LEFT)

    monkeypatch.setattr(RecipeDialog, "exec", look)
    drawn.actions_["layer-recipe"].trigger()
    assert seen["summary"].startswith(
        "2 settings of now differ, in bold. Left to the model now, in italics: "
    )
    assert seen["line"].startswith("a circle\n")
    assert "Steps: 4" in seen["line"]
    assert seen["What it should be"] == ("a circle", "a dog", True)
    assert seen["Steps"] == ("4", "9", True)
    assert seen["What is there"] == ("a square", "a square", False)
    copied = EditRequest.from_json(QGuiApplication.clipboard().text())
    assert copied == document.state.layers[0].variant.request
    assert document.state.draft.query == "a circle"
    document.undo()
    assert document.state.draft.query == "a dog"


def test_the_context_menu_has_what_the_layer_menu_has(drawn):
    drawn.panels.layers.list.menuWanted.emit(QPoint(0, 0))
    menu = QApplication.activePopupWidget()
    assert {"&Merge Down", "Wor&k on Its Mask", "R&ecipe…"} <= {one.text() for one in menu.actions()}
    menu.close()
