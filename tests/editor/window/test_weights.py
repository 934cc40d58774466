"""Prompts with weights in the window: Ctrl+Up and Ctrl+Down, and the line that says how they are read."""

import pytest
from PySide6.QtCore import Qt
from safetensors.torch import save_file
from torch import zeros

from core.document.commands import update_draft
from core.edit.words.weighted import PromptStyle
from tests.editor.window.conftest import TIMEOUT

UP, DOWN, CTRL = Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def query(qtbot, loaded):
    """The field of what it should be, with the focus, its text marked."""
    loaded.activateWindow()
    field = loaded.panels.prompts.query
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    return field


def line(window):
    return window.panels.prompts.read[1]


def test_the_keys_weigh_the_word_under_the_cursor_and_undo_takes_it_back(qtbot, loaded, query):
    query.insertPlainText("🦓 a zebra")
    qtbot.keyClick(query, UP, CTRL)
    assert query.text() == loaded.document.state.draft.query == "🦓 a (zebra:1.1)"
    qtbot.keyClick(query, UP, CTRL)
    assert query.text() == "🦓 a (zebra:1.2)"
    for _ in range(3):
        qtbot.keyClick(query, DOWN, CTRL)
    assert query.text() == "🦓 a (zebra:0.9)"
    assert not query._popup.isVisible()
    qtbot.keyClick(query, UP, CTRL)
    assert query.text() == "🦓 a zebra"
    query.undo()
    assert query.text() == loaded.document.state.draft.query == "🦓 a (zebra:0.9)"


def test_the_keys_weigh_what_is_marked(qtbot, query):
    qtbot.keyClicks(query, "a big zebra")
    query.selectAll()
    qtbot.keyClick(query, UP, CTRL)
    qtbot.keyClick(query, UP, CTRL)
    assert query.text() == "(a big zebra:1.2)"
    assert query.textCursor().selectedText() == "a big zebra"


def test_a_line_says_how_a_prompt_is_understood(qtbot, loaded, query, tmp_path, monkeypatch):
    monkeypatch.setenv("COMFYUI_PATH", str(tmp_path))
    folder = tmp_path / "models" / "embeddings"
    folder.mkdir(parents=True)
    save_file({"emb_params": zeros(2, 24)}, folder / "mystyle.safetensors")
    qtbot.keyClicks(query, "a (zebra:1.3), [grass] BREAK mystyle [a|b]")
    said = (
        "Understood: zebra ×1.3 · grass ×0.91 · a|b ×0.91 · 2 chunks, 17 tokens · embeddings: mystyle\n"
        "“[a|b]” is read as words here."
    )
    qtbot.waitUntil(lambda: line(loaded).text() == said, timeout=TIMEOUT)
    assert line(loaded).isVisible()
    query.selectAll()
    qtbot.keyClicks(query, "a zebra")
    qtbot.waitUntil(line(loaded).isHidden, timeout=TIMEOUT)


def test_read_plainly_no_text_changes_and_nothing_is_said(qtbot, loaded, query):
    qtbot.keyClicks(query, "a (zebra:1.3)")
    qtbot.waitUntil(line(loaded).isVisible, timeout=TIMEOUT)
    loaded.document.adjust(update_draft(prompt_style=PromptStyle.PLAIN))
    qtbot.waitUntil(line(loaded).isHidden, timeout=TIMEOUT)
    assert not loaded.actions_["more-weight"].isEnabled()
    qtbot.keyClick(query, UP, CTRL)
    qtbot.keyClick(query, DOWN, CTRL)
    assert query.text() == "a (zebra:1.3)"
    loaded.document.adjust(update_draft(prompt_style=PromptStyle.AUTO))
    assert loaded.actions_["more-weight"].isEnabled()


def test_without_a_model_that_weighs_the_keys_are_off(opened):
    assert not opened.actions_["less-weight"].isEnabled()


def test_a_model_that_goes_by_no_weights_is_said_to_read_the_words_alone(qtbot, loaded, query, monkeypatch):
    monkeypatch.setattr("core.models.adapters.adapter.Adapter.weighs", False)  # as those of language models
    draft = loaded.document.state.draft
    with qtbot.waitSignal(loaded.jobs.modelReady, timeout=TIMEOUT):
        loaded.models.choose(draft.model, draft.device)
    assert not loaded.actions_["more-weight"].isEnabled()
    qtbot.keyClicks(query, "a (zebra:1.3)")
    said = "This model reads the words without their weights."
    qtbot.waitUntil(lambda: line(loaded).text() == said, timeout=TIMEOUT)
    loaded.document.adjust(update_draft(prompt_style=PromptStyle.PLAIN))
    qtbot.waitUntil(line(loaded).isHidden, timeout=TIMEOUT)


def test_the_control_sets_the_style(loaded):
    choice = loaded.panels.advanced.controls["prompt-style"]
    choice.setCurrentIndex(choice.findText("As plain words"))
    assert loaded.document.state.draft.prompt_style is PromptStyle.PLAIN
