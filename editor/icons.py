"""Phosphor icons in the palette's own colours."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon
    from qtawesome.iconic_font import IconicFont

SIZE = 20


def icon(name: str, color: str = "") -> "QIcon":
    """The Phosphor icon `name` ("hand"), readable on window and accent, or in a colour of its own."""
    palette = QApplication.palette()
    plain = color or palette.color(QPalette.ColorRole.WindowText)
    marked = palette.color(QPalette.ColorRole.HighlightedText)
    return _font().icon(
        f"ph.{name}",
        color=plain,
        color_active=plain,  # under the pointer the ground stays as it is
        color_on=marked,
        color_on_active=marked,
        color_selected=marked,
        color_disabled=palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText),
    )


def _font() -> "IconicFont":
    """Phosphor, loaded once for the application. (qtawesome.icon would load all twelve that it has.)"""
    from qtawesome import get_fonts_info  # not before the first paint
    from qtawesome.iconic_font import IconicFont

    app = QApplication.instance()
    assert app is not None
    font = app.findChild(IconicFont)
    if font is None:
        folder = Path(get_fonts_info()[0])
        drawn, named = next(folder.glob("phosphor-*.ttf")), next(folder.glob("phosphor-charmap-*.json"))
        font = IconicFont(("ph", drawn.name, named.name))
        font.setParent(app)
    return font
