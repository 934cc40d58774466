"""The table of actions, and everything that is made from it."""

from collections import Counter
from operator import attrgetter

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QPushButton, QToolButton, QWidget

from core.document import commands
from core.document.strokes import Mode
from core.edit.method import Method
from core.edit.result import HeatMap
from editor.actions import ENTRIES, plain
from editor.flows.help.controls import controls, reveal
from editor.flows.help.keys_dialog import KeysDialog
from editor.flows.help.palette import Palette
from editor.icons import icon
from editor.panels.prompt import PromptField
from tests.editor.conftest import settle, shot


def the_palette(window):
    return Palette(window.actions_, window.shortcuts, controls(window.docks.side), window)


ABLE = [entry for entry in ENTRIES if not entry.submenu]


def test_names_are_unique():
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)


def test_every_action_finds_what_it_calls(window):
    for entry in ABLE:
        assert callable(attrgetter(entry.slot)(window)), entry.id


def test_every_action_has_a_tip_with_its_key_and_stands_in_a_menu(window):
    in_menus = {
        action.objectName() for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()
    }
    for entry in ABLE:
        action = window.actions_[entry.id]
        assert entry.id in in_menus
        assert action.toolTip()
        assert all(key.toString() in action.toolTip() for key in action.shortcuts()[:1])


def test_every_icon_exists(qapp):
    for entry in ENTRIES:
        if entry.icon:
            assert not icon(entry.icon).isNull()


def test_buttons_are_written_as_the_menus(window):
    """Title case, as every command: a first letter that is small stands in the midst of others."""
    small = {"a", "an", "and", "as", "at", "by", "for", "in", "of", "on", "the", "to", "under", "with"}
    for button in window.findChildren(QPushButton):
        first, *others = button.text().replace("&", "").split() or [""]
        odd = [word for word in (first, *others) if word[:1].islower() and word not in small]
        assert not odd, button.text()
        assert not first[:1].islower(), button.text()


def test_mnemonics_of_the_menu_bar_differ(window):
    texts = [action.text() for action in window.menuBar().actions()]
    marks = [text[text.index("&") + 1].lower() for text in texts]
    assert len(set(marks)) == len(marks)


def test_a_letter_stands_for_one_entry_of_its_menu(window):
    for menu in window.menuBar().actions():
        letters = [QKeySequence.mnemonic(entry.text()).toString() for entry in menu.menu().actions()]
        shared = [letter for letter, times in Counter(filter(None, letters)).items() if times > 1]
        assert not shared, menu.text()


def test_every_control_of_the_window_has_a_tip_or_a_name(window):
    for button in window.findChildren(QToolButton):
        if button.isVisible() and not button.objectName().startswith("qt_"):
            assert button.toolTip(), button.text()


def test_tools_change_by_key(qtbot, opened):
    keys = {
        "brush": Qt.Key.Key_B,
        "eraser": Qt.Key.Key_E,
        "rectangle": Qt.Key.Key_R,
        "ellipse": Qt.Key.Key_J,
        "lasso": Qt.Key.Key_L,
        "wand": Qt.Key.Key_W,
        "area": Qt.Key.Key_C,
    }
    for name, key in {**keys, "pan": Qt.Key.Key_H}.items():
        qtbot.keyClick(opened.canvas, key)
        assert opened.canvas.tool == name
        assert opened.actions_[name].isChecked()


def test_brush_keys(qtbot, opened):
    size, hardness = opened.brush.size, opened.brush.hardness
    qtbot.keyClick(opened.canvas, Qt.Key.Key_BracketRight)
    assert opened.brush.size > size
    assert opened.options.diameter.value() == opened.brush.size
    qtbot.keyClick(opened.canvas, Qt.Key.Key_BraceLeft)
    assert opened.brush.hardness < hardness


def test_letters_typed_into_a_prompt_are_letters(qtbot, opened):
    field = opened.panels.prompts.query
    assert isinstance(field, PromptField)
    field.setFocus()
    qtbot.keyClicks(field, "behemoth [q]\\")
    assert opened.document.state.draft.query == "behemoth [q]\\"
    assert opened.canvas.tool == "pan"
    assert opened.tint.visible


def test_undo_takes_back_what_the_hand_has_begun_and_nothing_before_it(qtbot, opened):
    opened.actions_["whole"].trigger()
    opened.actions_["transform"].trigger()
    qtbot.keyClick(opened.canvas, Qt.Key.Key_Right)
    assert opened.canvas._tool.pending
    opened.actions_["undo"].trigger()
    assert not opened.canvas._tool.pending
    assert not opened.document.state.mask.is_empty
    opened.actions_["undo"].trigger()
    assert opened.document.state.mask.is_empty


def test_the_original_shows_while_backslash_is_held(qtbot, opened):
    qtbot.keyPress(opened.canvas, Qt.Key.Key_Backslash)
    assert opened.canvas.scene.original
    qtbot.keyRelease(opened.canvas, Qt.Key.Key_Backslash)
    assert not opened.canvas.scene.original


def test_overlay_by_key_menu_and_bar_is_one_thing(qtbot, opened):
    qtbot.keyClick(opened.canvas, Qt.Key.Key_Q)
    assert not opened.tint.visible
    eye = opened.options.findChild(QToolButton, "overlay")
    assert not eye.isChecked()
    qtbot.mouseClick(eye, Qt.MouseButton.LeftButton)
    assert opened.tint.visible
    assert opened.actions_["overlay"].isChecked()


def test_where_the_model_is_unsure_is_shown_by_key_and_menu(qtbot, opened):
    values, unsure = np.full((16, 24), 0.4, np.float32), np.full((16, 24), 0.1, np.float32)
    values[0, 0] = 1
    opened.document.apply(commands.set_heat(HeatMap(values, unsure=unsure)), "Find mask")
    settle(qtbot, opened.canvas)
    action, before = opened.actions_["unsure"], shot(opened.canvas)
    assert not action.isChecked()
    qtbot.keyClick(opened.canvas, Qt.Key.Key_Q, Qt.KeyboardModifier.ShiftModifier)
    assert action.isChecked()
    assert (shot(opened.canvas) != before).any()
    action.trigger()
    assert not action.isChecked()
    assert (shot(opened.canvas) == before).all()
    opened.actions_["overlay"].trigger()
    action.trigger()
    assert opened.tint.visible  # it lies over the mask


def test_nothing_that_needs_a_picture_is_offered_without_one(qtbot, window):
    for name in ("repaint", "find", "export", "invert", "fit", "undo", "redo", "stop", "layer-delete"):
        assert not window.actions_[name].isEnabled(), name
    assert window.actions_["open"].isEnabled()
    palette = the_palette(window)
    qtbot.addWidget(palette)
    palette.search.setText("close")
    rows = palette.table.rows
    assert [rows.index(0, column).data() for column in (0, 1)] == ["File: Close", "no picture is open"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.isVisible()
    palette.search.setText("file:")
    assert not palette.table.currentIndex().isValid() or palette.table.currentIndex().row() == 0
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.table.currentIndex().data() != "File: Save Project"


def test_the_palette_finds_and_runs(qtbot, opened):
    palette = the_palette(opened)
    qtbot.addWidget(palette)
    qtbot.keyClicks(palette.search, "invert")
    assert palette.table.rows.rowCount() == 1
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert opened.document.state.mask.inverted
    assert palette.result() == QDialog.DialogCode.Accepted


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("deselect", "Mask: Clear"),
        ("before", "View: Compare with a Divider"),
        ("png", "File: Export"),
        ("flatten", "File: Export"),
        ("inpaint", "Layer: Repaint"),
        ("generate", "Layer: Repaint"),
        ("erase", "Tools: Eraser Tool"),
        ("content aware", "Layer: Remove What Is There"),
        ("settings", "Edit: Preferences"),
        ("hotkeys", "Help: Keyboard Shortcuts"),
        ("crop", "Tools: Area Tool"),
        ("marquee", "Tools: Rectangle Tool"),
        ("checkpoint", "Model: Get a Model"),
        ("video", "Tools: Movie"),
        ("cfg", "Set: Guidance: Scale"),
        ("denoise", "Set: Advanced: Change"),
        ("sampler", "Set: Advanced: Solver"),
        ("Divider compare", "View: Compare with a Divider"),
    ],
)
def test_the_palette_knows_what_others_call_it(qtbot, opened, typed, command):
    palette = the_palette(opened)
    qtbot.addWidget(palette)
    qtbot.keyClicks(palette.search, typed)
    rows = palette.table.rows
    assert command in [rows.index(i, 0).data() for i in range(rows.rowCount())]


def test_what_is_called_that_stands_before_what_others_call_so(qtbot, opened):
    palette = the_palette(opened)
    qtbot.addWidget(palette)
    qtbot.keyClicks(palette.search, "delete")  # what others call Remove, which stands above it in the menu
    rows = palette.table.rows
    names = [rows.index(i, 0).data() for i in range(rows.rowCount())]
    assert names.index("Layer: Delete") < names.index("Layer: Remove What Is There")
    palette.search.clear()
    assert rows.index(0, 0).data() == "File: Open"  # in the menus' order again


def test_the_keys_are_found_by_what_others_call_a_command(qtbot, window):
    keys = KeysDialog(window.shortcuts, window)
    qtbot.addWidget(keys)
    keys.search.setText("deselect")
    assert [keys.table.rows.index(i, 0).data() for i in range(keys.table.rows.rowCount())] == ["Clear"]


def test_no_word_is_said_twice_of_a_command():
    for entry in ENTRIES:
        words = entry.also.split()
        assert len(set(words)) == len(words), entry.id


def test_the_palette_finds_what_selections_do_without_a_picture(qtbot, window):
    for mode in reversed(Mode):
        palette = the_palette(window)
        qtbot.addWidget(palette)
        palette.search.setText(f"mode: {mode}")
        assert palette.table.rows.rowCount() == 1
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
        assert window.selecting.mode is mode
        on = [name for name in Mode if window.actions_[f"mode-{name}"].isChecked()]
        assert on == [one for one, each in window.options.selects.modes.items() if each.isChecked()] == [mode]


def test_the_palette_says_so_when_nothing_is_called_that(qtbot, opened):
    palette = the_palette(opened)
    qtbot.addWidget(palette)
    palette.show()
    palette.search.setText("no such command")
    seen = palette.table.viewport().grab().toImage()
    middle = seen.height() // 2
    shades = {seen.pixel(x, y) for x in range(seen.width()) for y in range(middle - 8, middle + 8)}
    assert len(shades) > 1  # letters on the ground


def test_no_two_commands_of_the_palette_read_alike(qtbot, opened):
    palette = the_palette(opened)
    qtbot.addWidget(palette)
    rows = palette.table.rows
    names = [rows.index(i, 0).data() for i in range(rows.rowCount())]
    assert {"File: Export", "Mask: Export"} <= set(names)
    assert len(set(names)) == len(names)


def test_arrows_choose_in_the_palette(qtbot, opened):
    palette = the_palette(opened)
    qtbot.addWidget(palette)
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.table.currentIndex().row() == 1
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.table.currentIndex().row() == 0


def test_the_list_of_keys_holds_every_key(qtbot, window):
    keys = KeysDialog(window.shortcuts, window)
    qtbot.addWidget(keys)
    listed = {keys.table.rows.index(i, 0).data() for i in range(keys.table.rows.rowCount())}
    assert {plain(entry.text) for entry in ENTRIES if entry.keys} <= listed


def test_the_list_of_keys_leaves_out_those_that_some_keyboards_have_for_a_command(qtbot, window):
    keys = KeysDialog(window.shortcuts, window)
    qtbot.addWidget(keys)
    rows = keys.table.rows
    shown = {rows.index(i, 0).data(): rows.index(i, 2).data() for i in range(rows.rowCount())}
    assert shown["Copy Picture"].split(" · ")[0] == "Ctrl+C"
    every = " · ".join(shown.values()).split(" · ")
    assert not {"Copy", "Open", "Save", "Undo", "Shift+Save"} & set(every)


def test_menus_made_at_run_time(window, picture):
    window.files.open_path(picture)
    for name, least in (("samples", 1), ("theme", 3), ("recent", 1)):
        menu = window.actions_.submenus[name]
        menu.aboutToShow.emit()
        assert len(menu.actions()) >= least


def test_choosing_a_theme_is_remembered(window, store):
    menu = window.actions_.submenus["theme"]
    menu.aboutToShow.emit()
    light = next(action for action in menu.actions() if action.text() == "Light")
    light.trigger()
    assert store.settings.theme == "light"
    assert QApplication.palette().window().color().lightness() > 128


def test_panels_and_filmstrip_can_be_hidden(window):
    docks = window.docks
    for name, widget in (("panels", docks.side), ("layers", docks.layers), ("filmstrip", docks.strip)):
        assert isinstance(widget, QWidget)
        window.actions_[name].trigger()
        assert not widget.isVisible()
        window.actions_[name].trigger()
        assert widget.isVisible()


def test_the_themes_are_listed_once_however_often_the_menu_opens(window):
    menu = QMenu()
    for _ in range(3):
        window.views.fill_themes(menu)
    assert [action.text() for action in menu.actions()] == ["System", "Dark", "Light"]
    assert [action.isChecked() for action in menu.actions()] == [False, True, False]


def test_a_hidden_mask_is_seen_while_a_number_of_it_is_turned(qtbot, opened):
    opened.actions_["whole"].trigger()
    opened.actions_["overlay"].trigger()
    assert not opened.tint.visible
    opened.actions_["shrink-by"].trigger()
    dialog = QApplication.activeModalWidget()
    qtbot.waitUntil(lambda: opened.tint.visible)
    dialog.reject()


def test_the_mask_is_shown_in_one_of_three_ways(window):
    ways = ("mask-tint", "ants", "mask-alone")

    def checked():
        return [name for name in ways if window.actions_[name].isChecked()]

    for name in (*ways, *reversed(ways)):
        window.actions_["overlay"].trigger()  # hidden: to choose a way is to see it
        window.actions_[name].trigger()
        assert checked() == [name]
        assert window.tint.visible
    window.actions_["ants"].trigger()
    for name in ("mask-alone", "ants"):
        window.actions_["mask-alone"].trigger()  # by its key, there and back
        assert checked() == [name]


def test_escape_closes_what_is_said_over_the_picture_wherever_the_keyboard_is(qtbot, opened):
    for text in ("One.", "Another."):
        opened.banner.notice(text)
    opened.activateWindow()
    for left in (1, 0):
        opened.panels.prompts.query.setFocus()
        qtbot.keyClick(opened.panels.prompts.query, Qt.Key.Key_Escape)
        assert len(opened.banner.bars) == left


def test_the_palette_finds_the_layer_s_opacity_and_each_setting_once(qtbot, opened):
    opened.docks.layers.hide()
    opened.actions_["palette"].trigger()
    palette = next(one for one in QApplication.topLevelWidgets() if isinstance(one, Palette))
    qtbot.addWidget(palette)
    palette.search.setText("opac")
    rows = palette.table.rows
    names = [rows.index(row, 0).data() for row in range(rows.rowCount())]
    assert "Set: Layer opacity" in names
    palette.search.setText("")
    names = [rows.index(row, 0).data() for row in range(rows.rowCount())]
    assert not [name for name in names if name.endswith("slider")]
    advanced = opened.panels.advanced
    assert advanced.folded
    palette.search.setText("region, flowedit")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert opened.document.request().method is Method.MASKED_FLOWEDIT
    method = advanced.controls["method"]
    qtbot.waitUntil(lambda: method.visibleRegion().boundingRect() == method.rect())
    assert opened.panels.focusWidget() is method
    opened.document.undo()
    assert opened.document.request().method is not Method.MASKED_FLOWEDIT
    reveal(opened.panels.layers.list)
    assert opened.docks.layers.isVisible()
