"""The seed field: a whole number, a dice for another one, a lock that keeps it."""

import secrets

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from editor.widgets.icons import IconButton
from editor.widgets.number import LABEL_WIDTH

LARGEST = 2**63 - 1
ROLLED = 2**31  # what the dice throws below: short enough to read out


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
    """`rolled`: the dice was used. Locked, `fresh` leaves the seed alone."""

    valueChanged = Signal(object)  # Qt's int is 32 bits wide
    rolled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._value = 0
        tip = self.tr(
            "The number all random draws start from: the same seed and settings give the same picture."
        )
        self.entry = SeedEntry()
        self.entry.setText("0")
        self.dice = IconButton("dice-five", self.tr("Roll the seed"), self.tr("Another seed, at random."))
        self.lock = IconButton(
            "lock-open",
            self.tr("Lock the seed"),
            self.tr("Locked: every repaint uses this seed. Open: each repaint rolls a fresh one."),
            checked_icon="lock",
        )
        self.lock.setChecked(True)
        self._arrange(tip)
        self.entry.textEdited.connect(self._typed)
        self.entry.editingFinished.connect(self._show)
        self.entry.stepped.connect(lambda step: self.setValue(self._value + step))
        self.dice.clicked.connect(self.roll)

    @property
    def locked(self) -> bool:
        return self.lock.isChecked()

    def value(self) -> int:
        return self._value

    def setValue(self, value: int) -> None:
        """Take a seed, clamped to 0…2⁶³−1; emits when it differs."""
        value = min(LARGEST, max(0, value))
        changed, self._value = value != self._value, value
        self._show()
        if changed:
            self.valueChanged.emit(value)

    def roll(self) -> None:
        """Another seed."""
        self.setValue(secrets.randbelow(ROLLED))
        self.rolled.emit()

    def _arrange(self, tip: str) -> None:
        label = QLabel(self.tr("Seed"))
        label.setBuddy(self.entry)
        label.setMinimumWidth(LABEL_WIDTH)
        for widget in (label, self.entry):
            widget.setToolTip(tip)
        self.entry.setAccessibleName(self.tr("Seed"))
        self.entry.setAccessibleDescription(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.entry, 1)
        row.addWidget(self.dice)
        row.addWidget(self.lock)

    def _typed(self, text: str) -> None:
        value = min(LARGEST, int(text or 0))
        if value != self._value:
            self._value = value
            self.valueChanged.emit(value)

    def _show(self) -> None:
        text = str(self._value)
        if self.entry.text() != text:
            self.entry.setText(text)
