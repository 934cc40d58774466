"""Light and dark."""

import pytest
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from editor.icons import icon
from editor.settings import Theme
from editor.theme import Themer, palette

Role = QPalette.ColorRole
READ = [
    (Role.WindowText, Role.Window, 7.0),
    (Role.Text, Role.Base, 7.0),
    (Role.ButtonText, Role.Button, 7.0),
    (Role.HighlightedText, Role.Highlight, 4.5),
    (Role.PlaceholderText, Role.Base, 4.5),
    (Role.PlaceholderText, Role.Window, 4.5),
    (Role.ToolTipText, Role.ToolTipBase, 7.0),
]


def luminance(color: QColor) -> float:
    def linear(c):
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize(("ink", "ground", "least"), READ)
def test_text_can_be_read(dark, ink, ground, least):
    """WCAG 2's contrast ratio."""
    colors = palette(dark)
    lights = sorted(luminance(colors.color(role)) for role in (ink, ground))
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= least


@pytest.mark.parametrize("dark", [True, False])
def test_greys_have_no_tint(dark):
    colors = palette(dark)
    for role in (Role.Window, Role.Base, Role.Button):
        assert colors.color(role).hslSaturation() == 0


@pytest.fixture
def themer(_theme_is_put_back):
    return Themer(Theme.LIGHT)


def test_choosing_repaints_the_application(qtbot, themer):
    assert QApplication.palette().color(Role.Window).lightness() > 128
    with qtbot.waitSignal(themer.changed) as changed:
        themer.choose(Theme.DARK)
    assert changed.args == [True]
    assert QApplication.palette().color(Role.Window).lightness() < 128
    assert (
        QToolTip.palette().color(Role.Base).lightness()
        < 128
        < QToolTip.palette().color(Role.Text).lightness()
    )


@pytest.mark.parametrize("dark", [True, False])
def test_icons_can_be_read_in_every_state(qapp, dark):
    """Under the pointer the ground stays that of the window; only what is on or selected is on the accent."""
    before, colors = QApplication.palette(), palette(dark)
    qapp.setPalette(colors)
    try:
        drawn = icon("bookmarks")
    finally:
        qapp.setPalette(before)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected):
        for state in (QIcon.State.Off, QIcon.State.On):
            accent = state is QIcon.State.On or mode is QIcon.Mode.Selected
            ink = colors.color(Role.HighlightedText if accent else Role.WindowText)
            image = drawn.pixmap(20, mode, state).toImage()
            inked = max(
                (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())),
                key=QColor.alpha,
            )
            assert inked.name() == ink.name(), (mode, state)
