"""What a list or a table says while it is empty."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QListWidget


class SayingList(QListWidget):
    """A list that says something while it is empty."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            say(self, self._text)


def say(view: QAbstractItemView, *texts: str, below: int = 0) -> None:
    """Write the first of `texts` that has room, or else the last, from a view's paintEvent.

    In the middle of what lies below so many pixels; nothing where not even a line has room.
    """
    painter = QPainter(view.viewport())
    painter.setPen(view.palette().color(QPalette.ColorRole.PlaceholderText))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    room = view.viewport().rect().adjusted(8, below + 4, -8, -4)
    if room.height() < painter.fontMetrics().height():
        return
    fitting = (text for text in texts if room.contains(painter.boundingRect(room, flags, text)))
    painter.drawText(room, flags, next(fitting, texts[-1]))
