"""The seed field: a whole number, and a dice for another one."""

import secrets

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from core.edit.request import LARGEST_SEED
from editor.widgets.icons import IconButton

ROLLED = 2**31  # what the dice throws below: short enough to read out
ENTRY_WIDTH = 92  # ten digits, where there is room for them
LEAST = 56


def roll() -> int:
    """Another seed, at random."""
    return secrets.randbelow(ROLLED)


class SeedEntry(QLineEdit):
    """Digits only; ↑ ↓ step by one. QSpinBox stops at 2³¹−1, a seed doesn't."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{1,19}"), self))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class SeedField(QWidget):
    """`rollRequested`: another seed is wanted; who hears it sets one. `gestureStarted`: an entry ended."""

    valueChanged = Signal(object)  # Qt's int is 32 bits wide
    gestureStarted = Signal()
    rollRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._value = 0
        tip = self.tr(
            "The seed, which all random draws start from: the same seed and settings give the same picture."
        )
        self.entry = SeedEntry()
        self.entry.setText("0")
        self.entry.setMinimumWidth(LEAST)
        self.entry.setMaximumWidth(ENTRY_WIDTH)
        self.entry.setToolTip(tip)
        self.entry.setAccessibleName(self.tr("Seed"))
        self.entry.setAccessibleDescription(tip)
        self.dice = IconButton("dice-five", self.tr("Roll the seed"), self.tr("Another seed, at random."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.dice)
        row.addWidget(self.entry)
        self.entry.textEdited.connect(self._typed)
        self.entry.editingFinished.connect(self._show)
        self.entry.editingFinished.connect(self.gestureStarted)
        self.entry.stepped.connect(lambda step: self.setValue(self._value + step))
        self.dice.clicked.connect(self.rollRequested)

    def value(self) -> int:
        return self._value

    def setValue(self, value: int) -> None:
        """Take a seed, clamped to 0…2⁶³−1; emits when it differs."""
        value = min(LARGEST_SEED, max(0, value))
        changed, self._value = value != self._value, value
        self._show()
        if changed:
            self.valueChanged.emit(value)

    def _typed(self, text: str) -> None:
        value = min(LARGEST_SEED, int(text or 0))
        if value != self._value:
            self._value = value
            self.valueChanged.emit(value)

    def _show(self) -> None:
        text = str(self._value)
        if self.entry.text() != text:
            self.entry.setText(text)
