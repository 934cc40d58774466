"""A prompt longer than the model reads is told under the prompts, once typing pauses."""

from core.document.commands import update_draft
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle
from tests.editor.window.conftest import TIMEOUT


def test_a_long_prompt_is_told_and_forgotten_with_it(qtbot, loaded):
    warning = loaded.panels.prompts.read[1]
    assert not warning.isVisible()
    plain = {"prompt_style": PromptStyle.PLAIN}
    loaded.document.adjust(update_draft(query="abcdefghijklmnop", **plain))  # 14 letters are read
    qtbot.waitUntil(warning.isVisible, timeout=TIMEOUT)
    assert warning.text() == "16 tokens; this model reads only the first 14."
    assert not loaded.jobs.busy
    loaded.document.adjust(update_draft(query="a cat"))
    qtbot.waitUntil(lambda: not warning.isVisible(), timeout=TIMEOUT)


def test_what_stands_under_a_prompt_is_not_said_again_after_the_edit(loaded, idle):
    plain = {"prompt_style": PromptStyle.PLAIN}
    loaded.document.adjust(update_draft(query="abcdefghijklmnop", **plain))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    assert not [bar.text for bar in loaded.banner.bars if "tokens" in bar.text]


def test_words_that_a_small_world_never_heard_are_told(qtbot, opened):
    opened.document.adjust(update_draft(reference="a horse", query="a Submarine beside a blue-green house"))
    opened.models.choose("starter", "cpu")
    warning = opened.panels.prompts.read[1]
    qtbot.waitUntil(warning.isVisible, timeout=TIMEOUT)
    assert warning.text() == "This model doesn't know: submarine."
    opened.document.adjust(update_draft(query="a picture-book page with a striped zebra at night"))
    qtbot.waitUntil(lambda: not warning.isVisible(), timeout=TIMEOUT)


def test_an_instruction_s_own_words_are_not_told_while_it_is_typed(opened):
    told = []
    opened.tokens.read.connect(told.append)
    for typed, unknown in (
        ("Turn the", ("turn",)),
        ("Turn the horse into a dragon", ("turn", "into", "dragon")),
        ("a turn", ("turn",)),
    ):
        opened.document.adjust(update_draft(query=typed))
        counts = TokenCount(0, 9), TokenCount(2, 9, unknown), TokenCount(0, 9)
        opened.jobs.counted.emit(("", typed, ""), counts)
    assert [said[1] for said in told] == [
        "",
        "This model doesn't know: dragon.",
        "This model doesn't know: turn.",
    ]


def test_a_word_that_is_read_as_another_is_told(opened):
    told = []
    opened.tokens.read.connect(told.append)
    opened.document.adjust(update_draft(query="an apple"))
    count = TokenCount(2, 9, notes=("“apple” is read as “apples”.",))
    opened.jobs.counted.emit(("", "an apple", ""), (TokenCount(0, 9), count, TokenCount(0, 9)))
    assert told == [("", "“apple” is read as “apples”.", "")]


def test_a_new_model_counts_anew(qtbot, opened, tiny):
    opened.document.adjust(update_draft(avoid="abcdefghijklmnop", prompt_style=PromptStyle.PLAIN))
    assert not opened.panels.prompts.read[2].isVisible()  # nobody is there that could count
    opened.models.choose(str(tiny), "cpu")
    qtbot.waitUntil(opened.panels.prompts.read[2].isVisible, timeout=TIMEOUT)
    assert opened.panels.prompts.read[2].text().startswith("16 tokens")


def test_a_lora_in_the_prompt_is_no_text(qtbot, opened, tiny):
    opened.models.choose(str(tiny), "cpu")
    with qtbot.waitSignal(opened.jobs.counted, timeout=TIMEOUT) as counted:
        opened.document.adjust(update_draft(query="a <lora:abcdefghijklmnop:0.8>"))
    while "lora" not in opened.document.state.draft.query or counted.args[0][1] != "a":
        with qtbot.waitSignal(opened.jobs.counted, timeout=TIMEOUT) as counted:
            pass
    assert not opened.panels.prompts.read[1].isVisible()
