"""The prompt panel: fields, history, swap."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QApplication

from core.diffusion.weight import Guided
from core.document.commands import update_draft
from core.document.layer_commands import show_layer
from editor.panels.prompt import PromptPanel


@pytest.fixture
def panel(qtbot, document):
    panel = PromptPanel(document)
    qtbot.addWidget(panel)
    panel.resize(320, panel.sizeHint().height())
    panel.show()
    panel.activateWindow()
    return panel


def test_typing_sets_the_draft(qtbot, document, panel):
    panel.reference.setFocus()
    qtbot.keyClicks(panel.reference, "a horse")
    panel.query.setFocus()
    qtbot.keyClicks(panel.query, "a zebra")
    panel.avoid.setFocus()
    qtbot.keyClicks(panel.avoid, "people")
    draft = document.state.draft
    assert (draft.reference, draft.query, draft.avoid) == ("a horse", "a zebra", "people")


def test_enter_is_a_wish_and_no_line(qtbot, document, panel):
    panel.query.setFocus()
    qtbot.keyClicks(panel.query, "a zebra")
    with qtbot.waitSignal(panel.submitted):
        qtbot.keyClick(panel.query, Qt.Key.Key_Return)
    assert document.state.draft.query == "a zebra"


def test_tab_leads_on(qtbot, panel):
    panel.reference.setFocus()
    qtbot.waitUntil(panel.reference.hasFocus)
    panel.reference.setFocus()
    qtbot.keyClick(panel.reference, Qt.Key.Key_Tab)
    assert not panel.reference.hasFocus()
    assert panel.reference.toPlainText() == ""


def test_a_pasted_text_becomes_one_line(panel):
    data = QMimeData()
    data.setText("a zebra\n in  the\train\n")
    panel.query.insertFromMimeData(data)
    assert panel.query.toPlainText() == "a zebra in the rain"


def test_a_long_prompt_makes_the_field_grow_up_to_a_limit(panel):
    one = panel.query.height()
    panel.query.setPlainText("a zebra " * 12)
    several = panel.query.height()
    panel.query.setPlainText("a zebra " * 200)
    assert one < several <= panel.query.height() < 5 * one
    panel.query.setPlainText("")
    assert panel.query.height() == one


def test_swap_turns_the_edit_round(qtbot, document, panel):
    document.adjust(update_draft(reference="a horse", query="a zebra"))
    qtbot.mouseClick(panel.swap, Qt.MouseButton.LeftButton)
    assert (document.state.draft.reference, document.state.draft.query) == ("a zebra", "a horse")
    assert panel.reference.text() == "a zebra"
    assert panel.query.text() == "a horse"


def test_prompts_are_remembered_newest_first_and_once(qtbot, document, panel):
    panel.set_history(["a cat", "a zebra"])
    document.adjust(update_draft(reference="a horse", query="a zebra"))
    with qtbot.waitSignal(panel.historyChanged) as heard:
        panel.remember()
    assert heard.args == [["a zebra", "a horse", "a cat"]]
    assert panel.history() == heard.args[0]


def test_typing_finds_an_earlier_prompt_and_enter_takes_it(qtbot, document, panel):
    panel.set_history(["a red barn", "a zebra in the rain", "zebra crossing"])
    popup = panel.query._popup
    panel.query.setFocus()
    qtbot.keyClicks(panel.query, "ZEB")
    qtbot.waitUntil(popup.isVisible)
    assert popup.model().rowCount() == 2
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    sent = []
    panel.submitted.connect(lambda: sent.append(True))
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert panel.query.text() == "a zebra in the rain"
    assert document.state.draft.query == "a zebra in the rain"
    assert not sent


def test_enter_sends_what_was_typed_when_no_earlier_prompt_is_marked(qtbot, panel):
    panel.set_history(["a zebra in the rain"])
    panel.query.setFocus()
    qtbot.keyClicks(panel.query, "a zebra")
    qtbot.waitUntil(panel.query._popup.isVisible)
    with qtbot.waitSignal(panel.submitted):
        qtbot.keyClick(panel.query._popup, Qt.Key.Key_Return)
    assert panel.query.text() == "a zebra"
    assert not panel.query._popup.isVisible()


def test_down_opens_the_whole_history(qtbot, panel):
    panel.set_history(["a cat", "a zebra"])
    panel.avoid.setFocus()
    qtbot.keyClick(panel.avoid, Qt.Key.Key_Down)
    assert panel.avoid._popup.isVisible()
    assert panel.avoid._popup.model().rowCount() == 2


def test_keys_that_come_late_for_the_history_go_where_the_keyboard_is(qtbot, panel):
    panel.set_history(["a horse", "a zebra"])
    panel.activateWindow()
    panel.reference.setFocus()
    qtbot.keyClicks(panel.reference, "a h")
    popup = panel.reference._popup
    qtbot.waitUntil(popup.isVisible)
    popup.hide()
    panel.query.setFocus()
    qtbot.waitUntil(panel.query.hasFocus)
    before = panel.reference.text(), panel.query.text()
    qtbot.keyClicks(panel.reference, "!?")  # as from a server that hadn't heard yet that it is closed
    assert panel.reference.text() == before[0]
    assert panel.query.text() == f"{before[1]}!?"


def test_what_is_to_be_known_of_a_prompt_is_said_and_goes_and_nothing_moves(panel):
    places = {one: one.geometry() for one in (panel.reference, panel.query, panel.avoid)}
    height = panel.sizeHint().height()
    panel.show_understood(("", "Too long by 12 tokens.\nUnderstood: zebra ×1.1", ""))
    assert [line.isVisible() for line in panel.read] == [False, True, False]
    panel.apart.say("Read as: a horse → a zebra")
    assert panel.sizeHint().height() == height
    assert {one: one.geometry() for one in places} == places
    panel.show_understood(("", "", ""))
    assert not any(line.isVisible() for line in panel.read)


def test_what_is_not_known_is_read_whole_beside_the_way_back(panel):
    panel.apart.say("Read as: a red ball → a sunflower")
    panel.show_understood(("", "This model doesn't know: sunflower.", ""))
    QApplication.processEvents()
    assert panel.apart.button.isVisible()
    assert not panel.read[1].is_cut
    panel.show_understood(("", "", ""))
    QApplication.processEvents()
    assert panel.apart.words.isVisible()
    assert not panel.apart.words.is_cut


@pytest.fixture
def edited(document, make_result, ordered):
    """A horse has become a zebra."""
    document.adjust(update_draft(reference="a horse", query="a zebra"))
    result = make_result(document, (10, 10, 40, 40))
    result = replace(result, request=document.request())
    document.accept(ordered(document), result, "Repaint: a zebra")
    return document


def test_what_the_picture_shows_now_is_taken_over_and_undone(qtbot, edited, panel):
    assert panel.shown.isVisible()
    assert panel.shown.words.text() == "The picture shows a zebra now."
    qtbot.mouseClick(panel.shown.button, Qt.MouseButton.LeftButton)
    assert (panel.reference.text(), panel.query.text()) == ("a zebra", "")
    assert panel.query.hasFocus()
    assert not panel.shown.isVisible()
    edited.undo()
    assert (panel.reference.text(), panel.query.text()) == ("a horse", "a zebra")
    assert panel.shown.isVisible()


def test_it_is_said_while_it_is_true(edited, panel):
    layer = edited.state.layers[0].id
    edited.apply(show_layer(layer, visible=False), "Hide")
    assert not panel.shown.isVisible()
    edited.undo()
    assert panel.shown.isVisible()
    edited.adjust(update_draft(query="a cow"))
    assert not panel.shown.isVisible()
    edited.adjust(update_draft(query="a zebra"))
    assert panel.shown.isVisible()
    edited.undo()
    assert not panel.shown.isVisible()


def test_nothing_is_said_of_a_removal_or_where_nothing_was_said_to_be_there(
    document, panel, make_result, ordered
):
    plain, gone = {"query": "a zebra"}, {"reference": "a horse", "query": "", "remove": True}
    for words in (plain, gone):
        result = make_result(document, (10, 10, 40, 40))
        document.adjust(update_draft(**words))
        result = replace(result, request=document.request())
        document.accept(ordered(document), result, "Edit")
        assert not panel.shown.isVisible()


def test_another_hand_changes_the_fields(document, panel):
    document.adjust(update_draft(query="a zebra", avoid="people"))
    assert panel.query.text() == "a zebra"
    assert panel.avoid.text() == "people"


def test_words_that_are_taken_away_come_back_by_the_field_s_own_undo(qtbot, document, panel):
    field = panel.query
    field.setFocus()
    qtbot.keyClicks(field, "a zebra with very many words " * 4)
    typed, tall = field.text(), field.height()
    document.adjust(update_draft(query=""))
    assert field.text() == ""
    assert field.height() < tall
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (field.text(), document.state.draft.query.strip()) == (typed, typed)


def test_a_model_that_avoids_nothing_says_so_in_the_field(document, panel):
    document.model.meet(Guided.EMBEDDED)
    assert not panel.avoid.isEnabled()
    assert panel.avoid.placeholderText() == "This model avoids nothing"
    document.model.meet(Guided.PROMPTS)
    assert panel.avoid.isEnabled()
    assert panel.avoid.placeholderText().startswith("e.g. a frame")
