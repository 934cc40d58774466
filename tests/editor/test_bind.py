"""Binding: both ways, without echo."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
)

from core.diffusion.weight import Shape
from core.document.commands import set_heat, set_threshold, update_draft
from core.edit.method import Method
from core.edit.parameter import Slide
from editor.bind import bind
from editor.widgets.number import NumberSlider
from editor.widgets.seed import SeedField
from tests.editor.conftest import adjust_part


@pytest.fixture
def news(document):
    heard = []
    document.changed.connect(heard.append)
    return heard


def combo(*data):
    box = QComboBox()
    for entry in data:
        box.addItem(str(entry), entry)
    return box


def wide(widget):
    """Room for every value that a test sets."""
    widget.setRange(0, 1000)
    return widget


CASES = [
    ("steps", lambda: wide(QSpinBox()), 33),
    ("guidance.scale", lambda: wide(QDoubleSpinBox()), 3.5),
    ("method", lambda: combo(*Method), Method.SDEDIT),
    ("guidance.shape", lambda: combo(*Shape), Shape.COSINE),
    ("guidance.decay_to", lambda: combo(1, 0), 0),
    ("query", QLineEdit, "a zebra"),
    ("avoid", QPlainTextEdit, "people"),
    ("seed", SeedField, 2**62),
    ("change", lambda: NumberSlider("Change", Slide(1, 100, 1, 0, "%", 100), ""), 0.35),
]


def value_of(document, path):
    value = document.state.draft
    for name in path.split("."):
        value = getattr(value, name)
    return value


def put(widget, value):
    """What a user's hand does in the end."""
    match widget:
        case QComboBox():
            widget.setCurrentIndex(widget.findData(value))
        case QLineEdit():
            widget.setText(value)
        case QPlainTextEdit():
            widget.setPlainText(value)
        case _:
            widget.setValue(value)


@pytest.mark.parametrize(("path", "make", "value"), CASES, ids=[case[0] for case in CASES])
def test_the_widget_sets_the_draft(qtbot, document, news, path, make, value):
    widget = make()
    qtbot.addWidget(widget)
    bind(document, f"draft.{path}", widget)
    assert not news  # binding alone changes nothing
    put(widget, value)
    assert value_of(document, path) == value
    assert type(value_of(document, path)) is type(value)
    assert [change.source for change in news] == [widget]
    assert not document.can_undo


@pytest.mark.parametrize(("path", "make", "value"), CASES, ids=[case[0] for case in CASES])
def test_the_draft_sets_the_widget_which_does_not_answer(qtbot, document, news, path, make, value):
    widget, other = make(), make()
    qtbot.addWidget(widget)
    qtbot.addWidget(other)
    bind(document, f"draft.{path}", widget)
    bind(document, f"draft.{path}", other)
    put(other, value)
    assert len(news) == 1
    put(other, value)
    assert len(news) == 1
    put(widget, value)  # shown already: no change, no news
    assert len(news) == 1


def test_a_button_can_be_bound(qtbot, document):
    document.adjust(update_draft(seed=0))
    button = QCheckBox()
    qtbot.addWidget(button)
    bind(document, "draft.guidance.decay_to", button)  # 0 and 1 serve as off and on
    assert button.isChecked()
    adjust_part(document, "guidance", decay_to=0)
    assert not button.isChecked()


def test_a_label_can_not(qtbot, document):
    label = QLabel()
    qtbot.addWidget(label)
    with pytest.raises(TypeError, match="QLabel"):
        bind(document, "draft.steps", label)


@pytest.fixture
def threshold(qtbot, document, heat):
    document.apply(set_heat(heat), "Find")
    slider = NumberSlider("Threshold", Slide(0.01, 0.99, 0.01, 2), "")
    qtbot.addWidget(slider)
    slider.show()
    bind(document, "draft.find.threshold", slider, command=set_threshold, undo="Threshold")
    return slider


def test_one_drag_is_one_undo_entry(qtbot, document, threshold):
    before = document.state.mask.array().sum()
    for end in (0.7, 0.2):
        qtbot.mousePress(threshold.slider, Qt.MouseButton.LeftButton, pos=threshold.slider.rect().center())
        for share in (0.4, 0.5, end):
            threshold.slider.setValue(round(share * threshold.slider.maximum()))
        qtbot.mouseRelease(threshold.slider, Qt.MouseButton.LeftButton)
    low = document.state.draft.find.threshold
    assert low == pytest.approx(0.2, abs=0.01)
    assert document.state.mask.array().sum() > before
    document.undo()
    assert document.state.draft.find.threshold == pytest.approx(0.7, abs=0.01)
    assert threshold.value() == document.state.draft.find.threshold
    document.undo()
    assert document.state.mask.array().sum() == before
    assert threshold.value() == 0.4
    assert document.undo_text == "Find"


def test_a_value_that_is_there_already_is_no_act(document, threshold):
    threshold.valueChanged.emit(threshold.value())
    assert document.undo_text == "Find"


def test_a_binding_dies_with_its_widget(qtbot, document):
    widget = wide(QSpinBox())
    binding = bind(document, "draft.steps", widget)
    with qtbot.waitSignal(binding.destroyed):
        widget.deleteLater()
    with qtbot.captureExceptions() as raised:
        document.adjust(update_draft(steps=7))
    assert document.state.draft.steps == 7
    assert raised == []
