"""What is said about the prompts before anything runs: instructions, strange words, none at all."""

import re

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from core.document.commands import update_draft
from core.edit.words.token_count import TokenCount
from core.edit.words.vocabulary import says_nothing, words
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
    qtbot.mouseClick(prompts.apart.button, Qt.MouseButton.LeftButton)
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


def test_a_sentence_that_instructs_says_what_it_should_be_in_either_field(qtbot, opened, prompts):
    warning = opened.panels.run.warning
    prompts.reference.setFocus()
    qtbot.keyClicks(prompts.reference, "turn the horse into")
    assert warning.isVisible()
    qtbot.keyClicks(prompts.reference, " a zebra")
    assert not warning.isVisible()


@pytest.fixture
def small(monkeypatch, loaded):
    """small(known): a model of a small world says which words of the prompts it knows."""
    monkeypatch.setattr(loaded.tokens, "knows", "a small world")
    asked = []
    monkeypatch.setattr(loaded.jobs, "count", lambda texts, _: asked.append(texts))  # told later

    def tell(*known):
        prompts = asked[-1] if asked else loaded.tokens._prompts()
        strange = [tuple(word for word in words(text) if word not in (*known, "a")) for text in prompts]
        said = zip(prompts, strange, strict=True)
        counts = (TokenCount(1, 9, unknown, says_nothing(text, unknown)) for text, unknown in said)
        loaded.jobs.counted.emit(prompts, tuple(counts))

    return tell


def questions(window):
    return [bar for bar in window.banner.bars if bar.kind is Kind.QUESTION]


def press(bar, label):
    next(button for button in bar.findChildren(QPushButton) if button.text() == label).click()


@pytest.mark.parametrize("counted_before", [True, False])
@pytest.mark.parametrize(("query", "word"), [("a unicorn", "unicorn"), ("斑马", "斑马"), ("%%%", "%%%")])
def test_words_that_are_all_unknown_ask_first(loaded, small, idle, query, word, counted_before):
    loaded.document.adjust(update_draft(query=query))
    if counted_before:
        small("square")
        assert loaded.panels.prompts.read[1].text() == f"This model doesn't know: {word}."
        assert loaded.panels.run.warning.isHidden()  # said once
    loaded.actions_["repaint"].trigger()
    if not counted_before:
        assert not loaded.jobs.busy  # typed and sent off: it waits for what the model says
        small("square")
    assert not loaded.jobs.busy
    (bar,) = questions(loaded)
    assert bar.text == f"“What it should be” has no word that this model knows: {word}."
    press(bar, "Repaint Anyway")
    assert loaded.jobs.busy
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    loaded.actions_["repaint"].trigger()
    assert loaded.jobs.busy  # it was answered for these words
    idle(loaded)


@pytest.mark.parametrize(
    ("command", "reference", "query", "anyway", "asked"),
    [
        ("find", "a square", "a unicorn", "Find Anyway", ["What it should be"]),
        ("find", "a dragon", "a circle", "Find Anyway", ["What is there"]),
        ("find", "a dragon", "", "Find Anyway", ["What is there"]),
        ("find", "a dragon", "a unicorn", "Find Anyway", ["What it should be", "What is there"]),
        ("repaint", "a dragon", "a circle", "Repaint Anyway", ["What is there"]),
        ("remove", "a dragon", "a circle", "Remove Anyway", ["What is there"]),
    ],
)
def test_whatever_reads_a_prompt_asks_about_it(loaded, small, idle, command, reference, query, anyway, asked):
    loaded.document.adjust(update_draft(reference=reference, query=query))
    loaded.actions_[command].trigger()
    small("square", "circle")
    assert not loaded.jobs.busy
    (bar,) = questions(loaded)
    assert re.findall("“([^”]*)” has no word", bar.text) == asked
    press(bar, anyway)
    small("square", "circle")
    assert loaded.jobs.busy
    assert not questions(loaded)
    idle(loaded)


@pytest.mark.parametrize("command", ["repaint", "remove"])
def test_what_is_there_is_not_asked_about_where_a_mask_says_the_place(loaded, small, idle, command):
    loaded.actions_["whole"].trigger()
    loaded.document.adjust(update_draft(reference="a dragon"))
    loaded.actions_[command].trigger()
    small("circle")
    assert loaded.jobs.busy
    idle(loaded)


def test_other_words_are_typed_over_the_unknown_ones(qtbot, loaded, small, prompts):
    loaded.document.adjust(update_draft(query="🐎 a Purple unicorn"))
    loaded.actions_["repaint"].trigger()
    small("square")
    loaded.panels.run.button.setFocus()
    press(questions(loaded)[0], "Other Words")
    assert prompts.query.hasFocus()
    qtbot.keyClicks(prompts.query, "a circle")
    assert both(loaded) == ("a square", "🐎 a circle")
    assert not questions(loaded)


def test_other_words_for_what_is_there(qtbot, loaded, small, prompts):
    loaded.document.adjust(update_draft(reference="%%%"))
    loaded.actions_["find"].trigger()
    small("circle")
    press(questions(loaded)[0], "Other Words")
    qtbot.keyClicks(prompts.reference, "a square")
    assert both(loaded) == ("a square", "a circle")


def test_one_word_that_is_known_is_enough_to_go_on(loaded, small, idle):
    loaded.document.adjust(update_draft(query="a horse with wings"))
    small("square", "horse", "with")
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
    (bar,) = questions(opened)
    assert bar.text == "“What it should be” has no word that this model knows: unicorn."
    assert not opened.jobs.busy
    assert opened.panels.prompts.read[1].isVisible()
