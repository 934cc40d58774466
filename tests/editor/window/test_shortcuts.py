"""Which keys do what: the sets, the user's own, and that no key ever does two things."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from editor.actions import ENTRIES, plain
from editor.flows.help.keys_dialog import KeysDialog
from editor.settings import Keymap, Store
from editor.shortcuts import SETS, Shortcuts, shown, written
from tests.fresh import ROOT

BY_ID = {entry.id: entry for entry in ENTRIES}
BRUSH, FIND, ERASER = BY_ID["brush"], BY_ID["find"], BY_ID["eraser"]


def sequence(*texts):
    return tuple(QKeySequence(text) for text in texts)


def owners(shortcuts):
    """Every key with the entries that have it."""
    found = {}
    for entry in ENTRIES:
        for key in set(written(shortcuts.keys(entry))):
            found.setdefault(key, []).append(entry.id)
    return found


@pytest.fixture
def shortcuts(qapp, tmp_path):
    return Shortcuts(Store(tmp_path))


@pytest.mark.parametrize("keymap", Keymap)
def test_no_key_of_a_set_does_two_things(shortcuts, keymap):
    shortcuts.choose(keymap)
    assert {key: names for key, names in owners(shortcuts).items() if len(names) > 1} == {}


@pytest.mark.parametrize("keymap", Keymap)
def test_a_set_names_what_there_is_and_differs(shortcuts, keymap):
    assert set(SETS[keymap]) <= set(BY_ID)
    shortcuts.choose(keymap)
    assert shortcuts.keys(BY_ID["invert"])[-1] == QKeySequence("Ctrl+Shift+I")
    assert shortcuts.keys(BY_ID["swap"]) == sequence("X")


@pytest.mark.parametrize(("column", "keymap"), list(enumerate(Keymap, start=2)))
def test_the_page_of_the_window_names_the_keys_of_every_tool(shortcuts, column, keymap):
    shortcuts.choose(keymap)
    table = (ROOT / "docs" / "window.md").read_text("utf-8").partition("| Tool |")[2].partition("\n\n")[0]
    told: dict[str, str] = {}
    for row in table.splitlines()[2:]:
        cells = [cell.strip() for cell in row.split("|")]
        told |= dict(zip(cells[1].lower().split(", "), cells[column].split(", "), strict=True))
    tools = {plain(entry.text).lower(): entry for entry in ENTRIES if entry.group == "tool"}
    keys = {name: next(tools[text] for text in tools if text.startswith(name)) for name in told}
    assert told == {name: shown(shortcuts.keys(entry)[0]) for name, entry in keys.items()}
    assert {entry.id for entry in ENTRIES if entry.group == "tool"} - {e.id for e in keys.values()} == {"pan"}


def test_a_key_that_is_given_is_taken_from_who_had_it(shortcuts):
    shortcuts.give(BRUSH, sequence("Ctrl+F", "P"))
    assert shortcuts.keys(BRUSH) == sequence("Ctrl+F", "P")
    assert shortcuts.keys(FIND) == ()
    assert [entry.id for entry in shortcuts.owners(QKeySequence("Ctrl+F"))] == ["brush"]


def test_own_keys_are_remembered_and_only_they(shortcuts, tmp_path):
    shortcuts.give(BRUSH, sequence("E"))
    shortcuts.choose(Keymap.KRITA)
    again = Shortcuts(Store(tmp_path))
    assert again.keymap is Keymap.KRITA
    assert (again.keys(BRUSH), again.keys(ERASER)) == (sequence("E"), ())
    written_down = json.loads((tmp_path / "settings.json").read_text())["keys"]
    assert written_down == {"brush": ["E"], "eraser": []}


def test_reset_brings_back_the_set_s_keys_and_takes_them_from_others(shortcuts):
    shortcuts.give(BRUSH, sequence("E"))
    assert shortcuts.is_own(ERASER)
    shortcuts.reset(ERASER)
    assert (shortcuts.keys(ERASER), shortcuts.keys(BRUSH)) == (sequence("E"), ())
    shortcuts.reset_all()
    assert (shortcuts.keys(ERASER), shortcuts.keys(BRUSH)) == (sequence("E"), sequence("B"))
    assert not any(shortcuts.is_own(entry) for entry in ENTRIES)


@pytest.mark.parametrize("key", ["Space", "Tab", "Return"])
def test_keys_that_hold_move_and_confirm_are_nobody_s(shortcuts, key):
    with pytest.raises(ValueError, match="can't be the key"):
        shortcuts.give(BRUSH, sequence(key))
    assert shortcuts.keys(BRUSH) == sequence("B")


@pytest.mark.parametrize("bad", [[], "B", {"brush": 3}, {"brush": ["no key at all", "B"]}, {"x": ["B"]}])
def test_whatever_stands_in_the_settings_the_window_has_keys(qapp, tmp_path, bad):
    (tmp_path / "settings.json").write_text(json.dumps({"keys": bad, "quality": 50}))
    shortcuts = Shortcuts(Store(tmp_path))
    assert sequence("B")[0] in shortcuts.keys(BRUSH)
    assert Store(tmp_path).settings.quality == 50


@pytest.fixture
def dialog(qtbot, window):
    dialog = KeysDialog(window.shortcuts, window)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_key_is_changed_by_pressing_it(qtbot, opened, dialog):
    dialog.search.setText("Brush Tool")
    dialog.table.setCurrentIndex(dialog.table.rows.index(0, 0))
    qtbot.keyClick(dialog.key, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert "Find It" in dialog.warning.text()
    qtbot.mouseClick(dialog.change, Qt.MouseButton.LeftButton)
    assert dialog.table.rows.index(0, 2).data() == "Ctrl+F"
    assert opened.actions_["brush"].shortcuts() == list(sequence("Ctrl+F"))
    assert opened.actions_["find"].shortcuts() == []
    assert "(Ctrl+F)" in opened.actions_["brush"].toolTip()
    qtbot.mouseClick(dialog.back, Qt.MouseButton.LeftButton)
    assert opened.actions_["brush"].shortcuts() == list(sequence("B"))


def test_a_key_is_added_beside_and_all_are_removed(qtbot, window, dialog):
    dialog.choose(BRUSH)
    qtbot.keyClick(dialog.key, Qt.Key.Key_P)
    assert dialog.warning.text() == ""
    qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert window.shortcuts.keys(BRUSH) == sequence("B", "P")
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert window.shortcuts.keys(BRUSH) == ()
    assert not dialog.remove.isEnabled()
    qtbot.mouseClick(dialog.all_back, Qt.MouseButton.LeftButton)
    assert window.shortcuts.keys(BRUSH) == sequence("B")


def test_space_can_t_be_taken(qtbot, dialog):
    dialog.choose(BRUSH)
    dialog.key.setKeySequence(QKeySequence("Space"))
    assert not dialog.change.isEnabled()
    assert "Space" in dialog.warning.text()


def test_a_set_is_chosen_in_the_dialog(qtbot, window, dialog):
    dialog.keymap.setFocus()
    qtbot.keyClick(dialog.keymap, Qt.Key.Key_Down)
    assert window.shortcuts.keymap is Keymap.KRITA
    assert window.actions_["clear"].shortcuts() == list(sequence("Ctrl+Shift+A"))


def test_krita_s_keys_work_when_they_are_chosen(qtbot, opened):
    opened.shortcuts.choose(Keymap.KRITA)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(opened.canvas, Qt.Key.Key_I, both)
    assert opened.document.state.mask.inverted
    qtbot.keyClick(opened.canvas, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert opened.document.state.mask.inverted  # Krita's Ctrl+I is no inversion of the selection


def test_the_key_of_a_glance_follows(qtbot, opened):
    opened.shortcuts.give(BY_ID["original"], sequence("O"))
    qtbot.keyPress(opened.canvas, Qt.Key.Key_Backslash)
    assert not opened.canvas.scene.original
    qtbot.keyPress(opened.canvas, Qt.Key.Key_O)
    assert opened.canvas.scene.original
    qtbot.keyRelease(opened.canvas, Qt.Key.Key_O)
    assert not opened.canvas.scene.original
