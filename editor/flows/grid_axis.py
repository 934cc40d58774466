"""One axis of a grid: the parameter that varies, and its values, with an example of each."""

from functools import reduce

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from core.edit.request import EditRequest
from core.grid.parameters import ALIASES, Axis, axis, choices, names

EXAMPLES = {
    "guidance": "3, 5, 7.5, 15", "rescale": "off, prediction, update, both", "change": "0.4, 0.6, 0.8, 1",
    "steps": "10, 20, 50", "iterations": "1, 2, 4", "seed": "0, 1, 2, 3", "variation": "0, 0.3, 0.6",
    "to": "a zebra, a cow", "from": "a horse, an animal", "avoid": "a frame, a shadow",
    "draws": "5, 10, 20", "strength": "0.3, 0.5, 0.7", "threshold": "0.3, 0.4, 0.5", "grow": "0, 4, 8",
    "settle": "0, 0.08, 0.16", "feather": "0, 4, 8",
    "decay": "0, 0.5, 1", "decay-to": "1, 0", "interval": "0:0.5, 0.2:0.8, none", "curve": "0:7.5 1:1, 0:3",
    "eta": "0, 0.5, 1", "radius": "0, 5, 10", "skip": "0.9, 0.99, 1", "kappa": "none, 0.05",
    "area": "whole, auto", "device": "auto, cpu",
    "colour-target": "none, #c83232, #3264c8", "brightness-target": "none, 0.3, 0.7",
    "target-strength": "0.25, 0.5, 1", "target-until": "0.2, 0.4, 0.8",
}  # fmt: skip


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
            if parameter != "clamp":  # no panel shows it: a cell that is taken would leave it behind
                self.name.addItem(parameter, parameter)
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
        return EXAMPLES.get(parameter) or ", ".join(choices(parameter)) or self._own(parameter)

    def _own(self, parameter: str) -> str:
        field = ALIASES.get(parameter, parameter.replace("-", "_"))
        return str(reduce(getattr, field.split("."), self._request))

    def _suggest(self) -> None:
        self.values.setEnabled(bool(self.parameter))
        if self.values.text() == self.example():
            self.changed.emit()
        self.values.setText(self.example())
