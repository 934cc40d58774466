"""A labelled choice between a few named things, each with its own explanation."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from core.edit.parameter import Option
from editor.widgets.number import LABEL_WIDTH


class Choice(QComboBox):
    """A combo box whose entries explain themselves; the wheel changes it only while it has the focus.

    Its hint explains what is chosen, `whole` all there is to choose from.
    """

    def __init__(self, name: str, tip: str, options: tuple[Option, ...]) -> None:
        super().__init__()
        for i, option in enumerate(options):
            self.addItem(option.text, option.value)
            self.setItemData(i, option.tip, Qt.ItemDataRole.ToolTipRole)
        self._tip = tip
        self.whole = "\n".join([tip, *(f"{option.text}: {option.tip}" for option in options)])
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self._explain)
        self._explain()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _explain(self) -> None:
        now = self.currentData(Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(f"{self._tip}\n{self.currentText()}: {now}")
        self.setAccessibleDescription(str(now))


def row(name: str, widget: QWidget) -> QWidget:
    """A control with its name at the left, in line with the sliders."""
    label = QLabel(name)
    label.setBuddy(widget)
    label.setMinimumWidth(LABEL_WIDTH)
    label.setToolTip(widget.whole if isinstance(widget, Choice) else widget.toolTip())
    holder = QWidget()
    box = QHBoxLayout(holder)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(8)
    box.addWidget(label)
    box.addWidget(widget, 1)
    return holder
