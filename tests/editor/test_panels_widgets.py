"""The small controls: sliders with entries, the seed, folding sections."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from core.edit.parameter import Option, Slide
from core.edit.request import LARGEST_SEED
from editor.widgets.button import button_box
from editor.widgets.choice import Choice, row
from editor.widgets.icons import IconButton
from editor.widgets.number import NumberSlider
from editor.widgets.section import Section
from editor.widgets.seed import SeedField, roll


@pytest.fixture
def scale(qtbot):
    slider = NumberSlider("Scale", Slide(0, 20, 0.1, 1), "How strongly.", typed=(0, 100))
    qtbot.addWidget(slider)
    slider.resize(296, 26)
    slider.show()
    return slider


def type_into(qtbot, entry, text):
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, text)


def test_typing_reaches_beyond_the_slider(qtbot, scale):
    with qtbot.waitSignal(scale.valueChanged):
        type_into(qtbot, scale.entry, "42.5")
    assert scale.value() == 42.5
    assert scale.slider.value() == scale.slider.maximum()


def test_typing_never_reaches_beyond_what_is_allowed(qtbot, scale):
    type_into(qtbot, scale.entry, "1000")
    assert scale.value() <= 100
    scale.setValue(1e9)
    assert scale.value() == 100


@pytest.mark.parametrize(("typed", "taken"), [("1000", 100), ("-7", 0), ("100.5", 100)])
def test_what_is_out_of_range_becomes_the_nearest(qtbot, scale, typed, taken):
    scale.setValue(7)
    type_into(qtbot, scale.entry, typed)
    assert scale.entry.lineEdit().text() == typed  # nothing is refused under the hand
    qtbot.keyClick(scale.entry, Qt.Key.Key_Return)
    assert scale.value() == taken
    assert scale.slider.value() == round(10 * min(taken, 20))
    type_into(qtbot, scale.entry, "seven")
    qtbot.keyClick(scale.entry, Qt.Key.Key_Return)
    assert scale.value() == taken


def test_a_unit_stays_behind_what_was_out_of_range(qtbot):
    share = NumberSlider("Change", Slide(1, 100, 1, 0, "%", 100), "")
    qtbot.addWidget(share)
    share.show()
    type_into(qtbot, share.entry, "250")
    qtbot.keyClick(share.entry, Qt.Key.Key_Return)
    assert share.entry.lineEdit().text() == "100 %"
    assert share.value() == 1


def test_a_click_sets_the_slider_there(qtbot, scale):
    middle = QPoint(scale.slider.width() // 2, scale.slider.height() // 2)
    qtbot.mouseClick(scale.slider, Qt.MouseButton.LeftButton, pos=middle)
    assert scale.value() == pytest.approx(10, abs=0.3)
    assert scale.entry.value() == scale.value()


def test_a_drag_follows_the_mouse_and_stops_at_the_ends(qtbot, scale):
    slider = scale.slider
    began = []
    scale.gestureStarted.connect(lambda: began.append(True))
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    qtbot.mouseMove(slider, QPoint(slider.width() * 3, 10))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() * 3, 10))
    assert scale.value() == 20
    assert len(began) == 1
    assert not slider.isSliderDown()


def test_arrow_keys_step(qtbot, scale):
    scale.setValue(7.5)
    qtbot.keyClick(scale.slider, Qt.Key.Key_Right)
    assert scale.value() == pytest.approx(7.6)
    qtbot.keyClick(scale.entry, Qt.Key.Key_Up)
    assert scale.value() == pytest.approx(7.7)


def turn_wheel(widget):
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    widget.wheelEvent(event)
    return event.isAccepted()


def test_a_slider_is_fine_where_values_are_small(qtbot):
    span = Slide(1, 200, growth=0.05)
    assert span.stops[:30] == tuple(range(1, 31))
    assert span.stops[-1] == 200
    assert all(1 <= after - before <= 0.05 * before + 0.5 for before, after in pairwise(span.stops[29:-1]))
    assert [span.nearest(one) for one in span.stops] == list(range(len(span.stops)))
    assert [span.nearest(one) for one in (-5, 1.2, 199, 900)] == [
        0,
        0,
        len(span.stops) - 1,
        len(span.stops) - 1,
    ]
    pixels = NumberSlider("Radius", span, "", typed=(1, 1000))
    qtbot.addWidget(pixels)
    for value in range(2, 31):
        qtbot.keyClick(pixels.slider, Qt.Key.Key_Right)
        assert pixels.value() == value
    pixels.slider.setValue(pixels.slider.maximum())
    assert pixels.value() == 200
    assert Slide(0.98, 1, 0.0005, 4).stops == tuple(0.98 + n * 0.0005 for n in range(41))


def test_the_wheel_scrolls_the_panel_unless_the_control_has_the_focus(qtbot, scale):
    elsewhere = QLineEdit(scale)
    elsewhere.show()
    elsewhere.setFocus()
    assert not turn_wheel(scale.slider)
    assert not turn_wheel(scale.entry)
    assert scale.value() == 0
    scale.activateWindow()
    scale.entry.setFocus()
    qtbot.waitUntil(scale.entry.hasFocus)
    turn_wheel(scale.entry)
    assert scale.value() > 0


def test_a_share_is_shown_in_percent(qtbot):
    change = NumberSlider("Change", Slide(1, 100, 1, 0, "%", 100), "")
    qtbot.addWidget(change)
    change.setValue(0.29)
    assert change.entry.text() == "29 %"
    type_into(qtbot, change.entry, "57")
    assert change.value() == 0.57


def test_everything_has_a_name_and_a_tip(scale):
    assert scale.entry.accessibleName() == "Scale"
    assert scale.slider.accessibleName()
    assert scale.label.buddy() is scale.entry
    assert scale.slider.toolTip() == scale.entry.toolTip() == "How strongly."


@pytest.fixture
def seed(qtbot):
    field = SeedField()
    qtbot.addWidget(field)
    field.show()
    return field


def test_a_seed_may_be_larger_than_an_int(qtbot, seed):
    with qtbot.waitSignal(seed.valueChanged) as heard:
        seed.setValue(LARGEST_SEED)
    assert heard.args == [LARGEST_SEED]
    qtbot.keyClick(seed.entry, Qt.Key.Key_Up)
    assert seed.value() == LARGEST_SEED
    qtbot.keyClick(seed.entry, Qt.Key.Key_Down)
    assert seed.value() == LARGEST_SEED - 1


def test_a_typed_seed_is_digits_only_and_clamped(qtbot, seed):
    type_into(qtbot, seed.entry, "-12x3")
    assert seed.value() == 123
    type_into(qtbot, seed.entry, "9" * 19)
    assert seed.value() == LARGEST_SEED
    seed.entry.clear()
    seed.entry.textEdited.emit("")
    assert seed.value() == 0


def test_the_dice_is_a_wish_for_another_seed(qtbot, seed):
    with qtbot.waitSignal(seed.rollRequested):
        qtbot.mouseClick(seed.dice, Qt.MouseButton.LeftButton)
    assert seed.value() == 0
    assert len({roll() for _ in range(3)}) == 3


def test_a_section_folds_by_its_title_and_says_so(qtbot):
    section = Section("mask", "Mask")
    content = QLabel("inside")
    section.rows.addWidget(content)
    qtbot.addWidget(section)
    section.show()
    with qtbot.waitSignal(section.foldedChanged) as heard:
        qtbot.mouseClick(section.header, Qt.MouseButton.LeftButton)
    assert heard.args == [True]
    assert section.folded
    assert not content.isVisible()
    qtbot.keyClick(section.header, Qt.Key.Key_Space)
    assert content.isVisible()
    section.folded = True
    assert not content.isVisible()


def test_a_choice_explains_the_entry_that_is_chosen(qtbot):
    choice = Choice(
        "Shape", "How it runs.", (Option(1, "Linear", "Evenly."), Option(2, "Cosine", "Slow ends."))
    )
    holder = row("Shape", choice)
    qtbot.addWidget(holder)
    choice.setCurrentIndex(1)
    assert choice.toolTip() == "How it runs.\nCosine: Slow ends."
    assert choice.accessibleDescription() == "Slow ends."


def test_an_icon_comes_with_the_first_paint_and_follows_the_palette(qtbot, qapp):
    holder = QWidget()
    button = IconButton("eye-slash", "Show", "Show it.", checked_icon="eye")
    QVBoxLayout(holder).addWidget(button)
    qtbot.addWidget(holder)
    assert button.icon().isNull()
    holder.show()
    holder.grab()
    qtbot.waitUntil(lambda: not button.icon().isNull())
    hidden = button.icon().pixmap(20, 20).toImage()
    button.setChecked(True)
    assert button.icon().pixmap(20, 20).toImage() != hidden


def test_the_name_of_a_choice_explains_all_of_it_and_the_choice_what_is_chosen(qtbot):
    choice = Choice(
        "Solver", "How.", (Option(1, "Plain", "First order."), Option(2, "Fast", "Second order."))
    )
    holder = row("Solver", choice)
    qtbot.addWidget(holder)
    choice.setCurrentIndex(1)
    assert choice.toolTip() == "How.\nFast: Second order."
    label = holder.findChild(QLabel)
    assert label.toolTip() == "How.\nPlain: First order.\nFast: Second order."


@pytest.mark.parametrize("toggles", [True, False])
def test_an_icon_is_no_other_while_it_is_held_down(qtbot, toggles):
    """Held down the ground is as before: an icon in the accent's ink would vanish in it."""
    button = IconButton("eye", "Show", "Show it.", checked_icon="eye" if toggles else "")
    qtbot.addWidget(button)
    button.setChecked(toggles)
    button.show()
    qtbot.waitUntil(lambda: not button.icon().isNull())
    before = darkest(button)
    button.setDown(True)
    assert abs(darkest(button) - before) < 30
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    button.setDown(False)
    assert abs(darkest(button) - before) < 30


def darkest(widget):
    image = widget.grab().toImage()
    return min(
        image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height())
    )


def test_a_button_that_is_taken_down_hears_of_another_palette(qtbot):
    """Python may have let go of its own half by then."""
    button = IconButton("eye", "Show", "Show it.")
    qtbot.addWidget(button)
    button.__dict__.clear()
    QApplication.sendEvent(button, QEvent(QEvent.Type.PaletteChange))


def test_a_dialog_s_first_field_has_the_keyboard_before_its_buttons(qtbot):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    field, buttons = QLineEdit(), button_box(QDialogButtonBox.StandardButton.Cancel)
    column = QVBoxLayout(dialog)
    for widget in (field, buttons):
        column.addWidget(widget)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    assert field.hasFocus()
