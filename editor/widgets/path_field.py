"""A line for a path, with a button that asks for it in the system's dialog."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.text import expanded


class PathField(QWidget):
    """asked: the button was pressed; whoever knows which dialog it takes sets the text."""

    changed = Signal()
    asked = Signal()

    def __init__(self, name: str, tip: str, empty: str = "") -> None:
        super().__init__()
        self.line = QLineEdit(placeholderText=empty)
        self.line.setAccessibleName(name)
        self.line.setToolTip(tip)
        self.browse = QPushButton(self.tr("Browse…"), autoDefault=False)
        self.browse.setAccessibleName(self.tr("Browse for {what}").format(what=name))
        self.browse.setToolTip(self.tr("Choose in the system's dialog"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.browse)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self.changed)
        self.browse.clicked.connect(self.asked)

    @property
    def text(self) -> str:
        return self.line.text().strip()

    @property
    def path(self) -> Path | None:
        """The path that is written there, None for nothing."""
        return expanded(self.text) if self.text else None

    def setText(self, text: str) -> None:
        self.line.setText(text)
