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

    colors = QApplication.palette()
    return qtawesome.icon(
        f"ph.{name}",
        color=color or colors.color(QPalette.ColorRole.WindowText),
        color_on=colors.color(QPalette.ColorRole.HighlightedText),
        color_disabled=colors.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText),
    )
