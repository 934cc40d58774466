"""A quiet line: how an instruction was read, and the way back."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from editor.widgets.icons import small
from editor.widgets.one_line import OneLine

HEIGHT = 18  # logical pixels: no line is higher for it


class ApartLine(QWidget):
    """Hidden until it has something to say. `undone`: the prompts are wanted back as they were."""

    undone = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = OneLine()
        small(self.words)
        self.back = QPushButton(self.tr("Undo"))
        self.back.setFlat(True)
        self.back.setFixedHeight(HEIGHT)
        self.back.setToolTip(self.tr("Put the prompts back as they were typed, and take them at their word."))
        self.back.setAccessibleName(self.tr("Undo: prompts as typed"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.back)
        self.back.clicked.connect(self.undone)
        self.hide()

    def say(self, there: str, wanted: str) -> None:
        """The instruction was taken apart into these two."""
        parts = f"{there} → {wanted}".strip()
        self.words.setText(self.tr("Read as: {parts}").format(parts=parts))
        self.show()
