"""Light and dark."""

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

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
def themer(qapp):
    before, sheet = QApplication.palette(), qapp.styleSheet()
    yield Themer(Theme.LIGHT)
    qapp.setStyleSheet(sheet)
    qapp.setPalette(before)


def test_choosing_repaints_the_application(qtbot, themer):
    assert QApplication.palette().color(Role.Window).lightness() > 128
    with qtbot.waitSignal(themer.changed) as changed:
        themer.choose(Theme.DARK)
    assert changed.args == [True]
    assert QApplication.palette().color(Role.Window).lightness() < 128
