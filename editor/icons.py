"""Phosphor icons in the palette's own colours."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

SIZE = 20


def icon(name: str, color: str = "") -> "QIcon":
    """The Phosphor icon `name` ("hand"), readable on window and accent, or in a colour of its own."""
    import qtawesome  # a third of a second: not before the first paint

    palette = QApplication.palette()
    plain = color or palette.color(QPalette.ColorRole.WindowText)
    marked = palette.color(QPalette.ColorRole.HighlightedText)
    return qtawesome.icon(
        f"ph.{name}",
        color=plain,
        color_active=plain,  # under the pointer the ground stays as it is
        color_on=marked,
        color_on_active=marked,
        color_selected=marked,
        color_disabled=palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText),
    )
