"""A dialog's list of things that have names, each renamed in its place; buttons stand beside it."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from editor.widgets.button import button_box
from editor.widgets.empty import SayingList

THING = Qt.ItemDataRole.UserRole


class NamedList(SayingList):
    """renamed: a thing, and what was written in the place of its name, which may be nothing."""

    renamed = Signal(object, str)

    def __init__(self, label: str, tip: str, empty: str) -> None:
        """empty: what it says while there is nothing in it."""
        super().__init__(empty)
        self.setAccessibleName(label)
        self.setToolTip(tip)
        self.itemChanged.connect(self._tell)

    @property
    def things(self) -> list[Any]:
        return [self.item(row).data(THING) for row in range(self.count())]

    @property
    def chosen(self) -> Any:
        """The thing that is chosen, None for none."""
        item = self.currentItem()
        return None if item is None else item.data(THING)

    def fill(self, things: Sequence[Any], item: Callable[[Any], QListWidgetItem], row: int) -> None:
        """Show these, each by its item, and choose one; nobody is told."""
        self.blockSignals(True)
        self.clear()
        for thing in things:
            made = item(thing)
            made.setData(THING, thing)
            made.setFlags(made.flags() | Qt.ItemFlag.ItemIsEditable)
            self.addItem(made)
        self.setCurrentRow(row)
        self.blockSignals(False)

    def edit_name(self) -> None:
        """Let the name of the chosen one be written anew."""
        self.editItem(self.currentItem())

    def _tell(self, item: QListWidgetItem) -> None:
        self.renamed.emit(item.data(THING), " ".join(item.text().split()))


def arrange(dialog: QDialog, list_: NamedList, column: QBoxLayout, *below: QWidget) -> None:
    """The list with a column of buttons beside it, what stands below both, and Close."""
    across = QHBoxLayout()
    across.addWidget(list_, 1)
    across.addLayout(column)
    buttons = button_box(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    whole = QVBoxLayout(dialog)
    whole.addLayout(across)
    for widget in (*below, buttons):
        whole.addWidget(widget)
