"""What a list or a table says while it is empty."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView


def say(view: QAbstractItemView, text: str) -> None:
    """Write `text` in the middle of a view, from its paintEvent."""
    painter = QPainter(view.viewport())
    painter.setPen(view.palette().color(QPalette.ColorRole.PlaceholderText))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(view.viewport().rect().adjusted(8, 8, -8, -8), flags, text)
