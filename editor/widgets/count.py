"""How many: a small whole number behind a multiplication sign."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox

SIGN = "× "


class CountField(QSpinBox):
    """Typed, or stepped by ↑ ↓ and the wheel over it while it has the focus."""

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

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
