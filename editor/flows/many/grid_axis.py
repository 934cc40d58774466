"""One axis of a grid: the parameter that varies, and its values, with an example of each."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from core.edit.parameters import by_name
from core.edit.request import EditRequest
from core.grid.parameters import Axis, axis, names
from editor.panels.controls import said

EMPTY = '""'  # how an empty value is written, as of a VAE that is the model's own


class GridAxis(QWidget):
    """name: of the axis for a screen reader; request: whose own value is offered where there is no example;
    first: the parameter at the beginning; nothing: what to call no parameter, "" when there has to be one."""

    changed = Signal()

    def __init__(self, name: str, tip: str, request: EditRequest, first: str, nothing: str = "") -> None:
        super().__init__()
        self._request = request
        self.name = QComboBox()
        if nothing:
            self.name.addItem(nothing, "")
        for parameter in names():
            label = said(by_name()[parameter].label)
            alike = label.lower() == parameter.replace("-", " ")
            self.name.addItem(label if alike else f"{label} ({parameter})", parameter)
            tip_at = Qt.ItemDataRole.ToolTipRole
            self.name.setItemData(self.name.count() - 1, said(by_name()[parameter].tip), tip_at)
        self.name.setCurrentIndex(self.name.findData(first))
        self.name.setAccessibleName(name)
        self.name.setToolTip(tip)
        self.name.setMinimumWidth(160)
        self.values = QLineEdit(self.example())
        self.values.setAccessibleName(self.tr("{axis}: values").format(axis=name))
        self.values.setToolTip(
            self.tr('Values with commas between; one that holds a comma stands in "double quotes"')
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.name)
        row.addWidget(self.values, 1)
        self.name.currentIndexChanged.connect(self._suggest)
        self.values.textChanged.connect(self.changed)

    @property
    def parameter(self) -> str:
        """Its short name, "" for none."""
        return str(self.name.currentData())

    def axis(self) -> Axis | None:
        """The axis as it is set, None for none. InputError for values that can't be read."""
        return axis(f"{self.parameter}={self.values.text()}") if self.parameter else None

    def typed(self) -> tuple[str, str]:
        """The parameter and its values as they stand, to `recall` when the dialog opens again."""
        return self.parameter, self.values.text()

    def recall(self, typed: tuple[str, str]) -> None:
        parameter, values = typed
        self.name.setCurrentIndex(self.name.findData(parameter))
        self.values.setText(values)

    def example(self) -> str:
        """Values to begin with: all that there are of a few, typical ones, or the one that is set now."""
        parameter = self.parameter
        if not parameter:
            return ""
        row = by_name()[parameter]
        return row.examples or ", ".join(row.values) or str(row.of(self._request)) or EMPTY

    def _suggest(self) -> None:
        self.values.setEnabled(bool(self.parameter))
        if self.values.text() == self.example():
            self.changed.emit()
        self.values.setText(self.example())
