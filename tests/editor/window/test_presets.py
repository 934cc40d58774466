"""Own presets in the window: kept, taken, undone, looked after in the dialog."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QLineEdit

from core.diffusion.weight import Weight
from core.document import commands
from core.edit.saved_preset import GUIDANCE, SETTINGS, Presets, read_preset
from editor.flows.presets.presets_dialog import PresetsDialog


def lines(window):
    menu = window.actions_.submenus["presets"]
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions() if not action.isSeparator()}


@pytest.fixture
def kept(opened):
    """Two presets: all settings with 23 steps, and a guidance of 3."""
    opened.document.adjust(commands.update_draft(steps=23, guidance=Weight(3.0)))
    opened.presets.keep("many steps", SETTINGS)
    opened.presets.keep("gentle & steady", GUIDANCE)
    opened.document.adjust(commands.update_draft(steps=9, guidance=Weight(7.5)))
    return opened


@pytest.fixture
def dialog(qtbot, kept):
    dialog = PresetsDialog(Presets(), kept)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_menu_takes_them_and_undo_gives_the_settings_back(kept):
    lines(kept)["many steps"].trigger()
    assert kept.document.state.draft.steps == 23
    assert "many steps" in kept.actions_["undo"].text()
    kept.actions_["undo"].trigger()
    assert (kept.document.state.draft.steps, kept.document.state.draft.guidance) == (9, Weight(7.5))
    kept.actions_["redo"].trigger()
    assert kept.document.state.draft.steps == 23


def answer(monkeypatch, name, *, meant=True):
    """Answer the question for a name; what it says of its field, once it was asked."""
    said = []

    def exec_(dialog):
        said.append(dialog.labelText())
        dialog.setTextValue(name)
        return QInputDialog.DialogCode.Accepted if meant else QInputDialog.DialogCode.Rejected

    monkeypatch.setattr(QInputDialog, "exec", exec_)
    return said


def test_those_of_the_guidance_stand_in_its_own_button_too(kept, monkeypatch):
    menu = kept.panels.guidance.presets.menu()
    menu.aboutToShow.emit()
    there = {action.text(): action for action in menu.actions() if not action.isSeparator()}
    assert "many steps" not in there
    there["gentle && steady"].trigger()
    assert (kept.document.state.draft.steps, kept.document.state.draft.guidance) == (9, Weight(3.0))
    answer(monkeypatch, "mine")
    there["Save the &Guidance…"].trigger()
    menu.aboutToShow.emit()
    assert "mine" in [action.text() for action in menu.actions()]


def test_guidance_alone_leaves_the_steps(kept):
    lines(kept)["gentle && steady"].trigger()
    assert (kept.document.state.draft.steps, kept.document.state.draft.guidance) == (9, Weight(3.0))
    assert "gentle & steady" in kept.document.undo_text


def test_a_preset_recuts_the_mask_that_was_found(kept):
    threshold = kept.document.state.draft.find.threshold
    kept.document.adjust(commands.set_threshold(0.8))
    kept.presets.keep("strict", SETTINGS)
    kept.document.adjust(commands.set_threshold(threshold))
    lines(kept)["strict"].trigger()
    assert kept.document.state.draft.find.threshold == 0.8


def test_a_name_is_asked_for(kept, monkeypatch):
    said = answer(monkeypatch, " new  one ")
    lines(kept)["Save the &Guidance…"].trigger()
    assert "new one" in lines(kept)
    assert said == ["Name (a preset that has it already is replaced)"]
    answer(monkeypatch, "other", meant=False)
    lines(kept)["Save All &Settings…"].trigger()
    assert "other" not in lines(kept)


def test_they_are_renamed_in_place(qtbot, kept, dialog):
    dialog.choose("many steps")
    qtbot.mouseClick(dialog.rename, Qt.MouseButton.LeftButton)
    field = dialog.list.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "slow")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.chosen is not None and dialog.chosen.name == "slow")
    assert {"slow", "gentle && steady"} <= set(lines(kept))


def test_they_are_deleted_by_key(qtbot, kept, dialog):
    dialog.choose("many steps")
    dialog.delete.click()
    assert "many steps" not in lines(kept)
    dialog.delete.click()
    assert dialog.chosen is None
    assert not dialog.delete.isEnabled()


def test_they_are_handed_on_as_files_and_as_text(kept, dialog, tmp_path):
    dialog.choose("many steps")
    dialog.export_to(tmp_path / "x.json")
    dialog.copy.click()
    text = QGuiApplication.clipboard().text()
    dialog.delete.click()
    dialog.paste.click()
    assert "many steps" in lines(kept)
    assert read_preset(tmp_path / "x.json").to_json().decode() == text
    dialog.choose("many steps")
    dialog.delete.click()
    (tmp_path / "bad.json").write_text("{")
    dialog.take_files([tmp_path / "bad.json", tmp_path / "x.json"])
    assert "many steps" in lines(kept)
    assert "no preset" in dialog.says.text()


def test_text_that_is_no_preset_is_said_and_changes_nothing(kept, dialog):
    QGuiApplication.clipboard().setText("a zebra")
    before = set(lines(kept))
    dialog.paste.click()
    assert "no preset" in dialog.says.text()
    assert set(lines(kept)) == before
