"""A quiet line under the prompts with one way on: how an instruction was read, what the picture shows now."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from editor.widgets.icons import small
from editor.widgets.one_line import OneLine

HEIGHT = 18  # logical pixels: no line is higher for it


class WayOn(QWidget):
    """Hidden until it has something to say. `pressed`: its button, which does what `does` tells."""

    pressed = Signal()

    def __init__(self, label: str, does: str, named: str) -> None:
        super().__init__()
        self.words = OneLine()
        small(self.words)
        self.button = QPushButton(label)
        self.button.setFlat(True)
        font = self.button.font()
        font.setUnderline(True)  # flat, it would read as more of the sentence
        self.button.setFont(font)
        self.button.setFixedHeight(HEIGHT)
        self.button.setToolTip(does)
        self.button.setAccessibleName(named)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.button.clicked.connect(self.pressed)
        self.hide()

    def say(self, text: str) -> None:
        self.words.setText(text)
        self.show()

    def set_brief(self, brief: bool) -> None:
        """The button alone, no wider than it is: its tip says enough, and something else has to be read."""
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Maximum if brief else policy.Preferred, policy.Preferred)
        self.words.setVisible(not brief)
