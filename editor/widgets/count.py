"""How many: a small whole number behind a multiplication sign."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox

SIGN = "× "
PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class CountField(QSpinBox):
    """Typed, or stepped by ↑ ↓ and the wheel over it while it has the focus.

    A click selects the number: it is so short that it is typed anew, and beside a digit that is there, most
    others would make it too large and be refused.
    """

    def __init__(self, name: str, tip: str, most: int) -> None:
        super().__init__()
        self.setRange(1, most)
        self.setPrefix(SIGN)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(f"{SIGN}{most}") + 20)
        self.setToolTip(tip)
        self.setAccessibleName(name)
        self.setAccessibleDescription(tip)
        self.lineEdit().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in PRESSES:
            assert isinstance(event, QMouseEvent)
            if event.button() is Qt.MouseButton.LeftButton:
                self.selectAll()
                return True
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
