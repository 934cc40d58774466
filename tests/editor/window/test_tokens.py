"""A prompt longer than the model reads is told under the prompts, once typing pauses."""

from core.document.commands import update_draft
from core.edit.weighted import PromptStyle
from tests.editor.window.conftest import TIMEOUT


def test_a_long_prompt_is_told_and_forgotten_with_it(qtbot, loaded):
    warning = loaded.panels.prompts.warning
    assert not warning.isVisible()
    plain = {"prompt_style": PromptStyle.PLAIN}
    loaded.document.adjust(update_draft(query="abcdefghijklmnop", **plain))  # 14 letters are read
    qtbot.waitUntil(warning.isVisible, timeout=TIMEOUT)
    assert warning.text() == "“What it should be” has 16 tokens; this model reads only the first 14."
    assert not loaded.jobs.busy
    loaded.document.adjust(update_draft(query="a cat"))
    qtbot.waitUntil(lambda: not warning.isVisible(), timeout=TIMEOUT)


def test_words_that_a_small_world_never_heard_are_told(qtbot, opened):
    opened.document.adjust(update_draft(reference="a horse", query="a Submarine beside a blue-green house"))
    opened.models.choose("starter", "cpu")
    warning = opened.panels.prompts.warning
    qtbot.waitUntil(warning.isVisible, timeout=TIMEOUT)
    assert warning.text() == "“What it should be” has words that this model doesn't know: submarine."
    opened.document.adjust(update_draft(query="a picture-book page with a striped zebra at night"))
    qtbot.waitUntil(lambda: not warning.isVisible(), timeout=TIMEOUT)


def test_a_new_model_counts_anew(qtbot, opened, tiny):
    opened.document.adjust(update_draft(avoid="abcdefghijklmnop", prompt_style=PromptStyle.PLAIN))
    assert not opened.panels.prompts.warning.isVisible()  # nobody is there that could count
    opened.models.choose(str(tiny), "cpu")
    qtbot.waitUntil(opened.panels.prompts.warning.isVisible, timeout=TIMEOUT)
    assert opened.panels.prompts.warning.text().startswith("“Avoid” has 16 tokens")


def test_a_lora_in_the_prompt_is_no_text(qtbot, opened, tiny):
    opened.models.choose(str(tiny), "cpu")
    with qtbot.waitSignal(opened.jobs.counted, timeout=TIMEOUT) as counted:
        opened.document.adjust(update_draft(query="a <lora:abcdefghijklmnop:0.8>"))
    while "lora" not in opened.document.state.draft.query or counted.args[0][1] != "a":
        with qtbot.waitSignal(opened.jobs.counted, timeout=TIMEOUT) as counted:
            pass
    assert not opened.panels.prompts.warning.isVisible()
