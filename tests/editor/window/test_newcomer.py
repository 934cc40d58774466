"""What a newcomer sees: twelve controls at most and Remove, and one click from the first picture."""

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QPlainTextEdit,
    QWidget,
)

from editor.widgets.filled import FilledButton
from editor.widgets.number import NumberSlider
from editor.widgets.section import SectionHeader
from editor.widgets.seed import SeedField
from tests.editor.window.conftest import TIMEOUT

CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox, QPlainTextEdit, NumberSlider)


@pytest.fixture
def sample(qtbot, window):
    """The first sample, and all the room there could be."""
    window.resize(1600, 1400)
    window.panels.guidance.build_plot()
    with qtbot.waitSignal(window.files.opened, timeout=TIMEOUT):
        window.files.open_sample()
    return window


def controls(panels):
    """What can be set or pressed; a slider with its entry is one, and so is a section's title none."""
    found = [one for one in panels.findChildren(QWidget) if isinstance(one, CONTROLS) and one.isVisible()]
    found += [panels.run.seed.entry, panels.guidance.curve]
    inner = [one for one in found if isinstance(one.parentWidget(), NumberSlider)]
    return [one for one in found if one not in inner and not isinstance(one, SectionHeader | SeedField)]


def test_at_most_twelve_controls_and_the_button_that_removes(sample):
    seen = controls(sample.panels)
    seen.remove(sample.panels.prompts.remove)
    assert 8 <= len(seen) <= 12, [one.accessibleName() or type(one).__name__ for one in seen]


def test_the_sample_brings_its_words_unless_some_are_there(qtbot, sample, picture):
    draft = sample.document.request()
    assert (draft.reference, draft.query) == ("a horse", "a zebra")
    assert sample.panels.run.warning.isHidden()
    sample.panels.prompts.query.replace("a cow")
    with qtbot.waitSignal(sample.files.opened, timeout=TIMEOUT):
        sample.files.open_sample()
    assert sample.document.request().query == "a cow"


def test_no_other_picture_brings_words(opened):
    assert opened.document.request().query == ""


def test_repaint_is_the_only_filled_button(sample):
    filled = [one for one in sample.findChildren(FilledButton) if one.isVisible() and one.stands_out]
    assert filled == [sample.panels.run.button]


def test_it_gives_way_to_the_button_of_a_window_in_front(qtbot, sample):
    sample.activateWindow()
    sample.actions_["get-model"].trigger()
    chooser = sample.models.chooser
    chooser.activateWindow()
    qtbot.waitUntil(lambda: not sample.panels.run.button.stands_out)
    assert all(one.stands_out for one in chooser.findChildren(FilledButton) if one.isVisible())
    sample.activateWindow()
    qtbot.waitUntil(lambda: sample.panels.run.button.stands_out)
    assert not any(one.stands_out for one in chooser.findChildren(FilledButton) if one.isVisible())
    chooser.close()
