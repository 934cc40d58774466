"""What is said about the prompts before anything runs: instructions, strange words, none at all."""

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from core.document.commands import update_draft
from core.edit.token_count import TokenCount
from editor.banner import Kind
from tests.editor.window.conftest import TIMEOUT

TELL = "turn the horse into a zebra"


@pytest.fixture
def prompts(opened):
    opened.activateWindow()
    opened.panels.prompts.query.setFocus()
    return opened.panels.prompts


def both(window):
    draft = window.document.request()
    return draft.reference, draft.query


def test_an_instruction_is_taken_apart_when_the_field_is_left(qtbot, opened, prompts):
    qtbot.keyClicks(prompts.query, TELL)
    assert both(opened) == ("", TELL)  # not under the user's hands
    qtbot.keyClick(prompts.query, Qt.Key.Key_Tab)
    assert both(opened) == ("a horse", "a zebra")
    assert prompts.apart.isVisible()
    assert prompts.apart.words.text() == "Read as: a horse → a zebra"


def test_pasted_it_is_taken_apart_at_once_in_either_field(opened, prompts):
    data = QMimeData()
    data.setText("a horse ->\na zebra\n")
    QGuiApplication.clipboard().setMimeData(data)
    prompts.reference.paste()
    QGuiApplication.clipboard().clear()
    assert both(opened) == ("a horse", "a zebra")


def test_the_button_brings_it_back_and_then_it_is_meant(qtbot, opened, prompts):
    opened.document.adjust(update_draft(reference="a brown horse"))
    qtbot.keyClicks(prompts.query, TELL)
    qtbot.keyClick(prompts.query, Qt.Key.Key_Tab)
    qtbot.mouseClick(prompts.apart.back, Qt.MouseButton.LeftButton)
    assert both(opened) == ("a brown horse", TELL)
    assert not prompts.apart.isVisible()
    prompts.query.setFocus()
    qtbot.keyClick(prompts.query, Qt.Key.Key_Tab)
    assert both(opened) == ("a brown horse", TELL)


def test_undo_in_the_field_brings_it_back_too(qtbot, opened, prompts):
    qtbot.keyClicks(prompts.query, TELL)
    qtbot.keyClick(prompts.query, Qt.Key.Key_Tab)
    prompts.query.setFocus()
    qtbot.keyClick(prompts.query, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert both(opened)[1] == TELL
    assert not prompts.apart.isVisible()


def test_what_is_only_pointed_at_keeps_what_is_there(qtbot, opened, prompts):
    opened.document.adjust(update_draft(reference="a brown horse"))
    qtbot.keyClicks(prompts.query, "make it a zebra")
    qtbot.keyClick(prompts.query, Qt.Key.Key_Tab)
    assert both(opened) == ("a brown horse", "a zebra")


def test_repaint_by_its_shortcut_takes_apart_first(ask, loaded, idle):
    ask(loaded, TELL)
    assert loaded.jobs.busy
    idle(loaded)
    (edit,) = loaded.document.state.layers
    assert (edit.variant.request.reference, edit.variant.request.query) == ("a horse", "a zebra")


def test_an_empty_query_is_said_at_repaint_before_it_is_pressed(qtbot, opened, prompts):
    warning = opened.panels.run.warning
    assert warning.isVisible()
    assert warning.text() == "It is not said yet what it should be."
    qtbot.keyClicks(prompts.query, "a")
    assert not warning.isVisible()


@pytest.fixture
def small(monkeypatch, loaded):
    """A model that says of itself that it knows a small world only."""
    monkeypatch.setattr(loaded.tokens, "knows", "a small world")
    monkeypatch.setattr(loaded.jobs, "count", lambda *_: None)  # told by the test, in its own time

    def tell(*unknown):
        asked = loaded.tokens._prompts()
        loaded.jobs.counted.emit(asked, (TokenCount(1, 9), TokenCount(2, 9, unknown), TokenCount(0, 9)))

    return tell


def questions(window):
    return [bar for bar in window.banner.bars if bar.kind is Kind.QUESTION]


def press(bar, label):
    next(button for button in bar.findChildren(QPushButton) if button.text() == label).click()


@pytest.mark.parametrize("counted_before", [True, False])
@pytest.mark.parametrize(("query", "word"), [("a unicorn", "unicorn"), ("斑马", "斑马")])
def test_words_that_are_all_unknown_ask_first(loaded, small, idle, query, word, counted_before):
    loaded.document.adjust(update_draft(query=query))
    if counted_before:
        small(word)
        assert loaded.panels.prompts.read[1].text() == f"This model doesn't know: {word}."
        assert loaded.panels.run.warning.isHidden()  # said once
    loaded.actions_["repaint"].trigger()
    if not counted_before:
        assert not loaded.jobs.busy  # typed and sent off: it waits for what the model says
        small(word)
    assert not loaded.jobs.busy
    (bar,) = questions(loaded)
    assert bar.text == f"The model knows no word of what it should be: {word}."
    press(bar, "Repaint Anyway")
    assert loaded.jobs.busy
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    loaded.actions_["repaint"].trigger()
    assert loaded.jobs.busy  # it was answered for these words
    idle(loaded)


def test_one_word_that_is_known_is_enough_to_go_on(loaded, small, idle):
    loaded.document.adjust(update_draft(query="a horse with wings"))
    small("wings")
    assert loaded.panels.prompts.read[1].text() == "This model doesn't know: wings."
    loaded.actions_["repaint"].trigger()
    assert loaded.jobs.busy
    idle(loaded)


def test_the_starter_knows_no_unicorn(qtbot, opened):
    """Pressed while the model is still loading."""
    with qtbot.waitSignal(opened.files.opened, timeout=TIMEOUT):
        opened.files.open_sample()
    opened.document.adjust(update_draft(query="a unicorn", reference="a horse"))
    opened.models.choose("starter", "cpu")
    opened.runs.asks.repaint()
    qtbot.waitUntil(lambda: bool(questions(opened)), timeout=TIMEOUT)
    assert questions(opened)[0].text == "The model knows no word of what it should be: unicorn."
    assert not opened.jobs.busy
    assert opened.panels.prompts.read[1].isVisible()
