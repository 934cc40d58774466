"""Which LoRA files are fused for the next edits, each with its weight."""

from pathlib import Path

from PySide6.QtCore import QItemSelection, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.edit.request import Lora
from core.errors import CoreError
from editor.widgets import empty
from editor.widgets.button import button_box


class _LoraTable(QTableWidget):
    """Two columns that say `nothing` while they are empty."""

    selects = Signal(bool)  # a row is selected

    def __init__(self, nothing: str) -> None:
        super().__init__(0, 2)
        self._nothing = nothing

    def selectionChanged(self, now: QItemSelection, before: QItemSelection) -> None:
        super().selectionChanged(now, before)
        self.selects.emit(bool(self.selectedIndexes()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.rowCount():
            empty.say(self, self._nothing)


class LoraDialog(QDialog):
    """A table of files and weights. `loras` is what was chosen."""

    def __init__(self, loras: tuple[Lora, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._build()
        for lora in loras:
            self.add(lora)

    @property
    def loras(self) -> tuple[Lora, ...]:
        return tuple(
            Lora(self.table.model().index(row, 0).data(Qt.ItemDataRole.UserRole), self._weight(row).value())
            for row in range(self.table.rowCount())
        )

    def offer(self, *files: str) -> None:
        """One more row for each file that can be one and has none; what speaks against others is said."""
        from core.models.files.refusal import check_lora

        said: list[str] = []
        for file in files:
            try:
                check_lora(Path(file))
            except CoreError as error:
                said.append(str(error))
                continue
            if file in {lora.file for lora in self.loras}:
                said.append(self.tr("{name} is in the list.").format(name=Path(file).name))
            else:
                self.add(Lora(file))
        self.says.setText("\n".join(said))

    def add(self, lora: Lora) -> None:
        """One more row."""
        row = self.table.rowCount()
        self.table.insertRow(row)
        item = QTableWidgetItem(Path(lora.file).stem)
        item.setData(Qt.ItemDataRole.UserRole, lora.file)
        item.setToolTip(lora.file)
        item.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
        self.table.setItem(row, 0, item)
        weight = QDoubleSpinBox()
        weight.setCorrectionMode(QDoubleSpinBox.CorrectionMode.CorrectToNearestValue)
        weight.setRange(-4, 4)
        weight.setSingleStep(0.1)
        weight.setValue(lora.weight)
        weight.setAlignment(Qt.AlignmentFlag.AlignRight)
        weight.setToolTip(self.tr("LoRA weight: 1 as trained, 0 off, below 0 the opposite"))
        weight.setAccessibleName(self.tr("Weight of {name}").format(name=item.text()))
        self.table.setCellWidget(row, 1, weight)

    def _build(self) -> None:
        self.setWindowTitle(self.tr("LoRA Files"))
        self.resize(440, 280)
        self.table = _LoraTable(self.tr("No LoRA files: the model draws as it is."))
        self.table.setHorizontalHeaderLabels([self.tr("File"), self.tr("Weight")])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(
            0, self.table.horizontalHeader().ResizeMode.Stretch
        )
        self.table.setToolTip(self.tr("LoRA files that are fused into the model for the next edits"))
        self.table.setAccessibleName(self.tr("LoRA files"))
        self.says = QLabel(wordWrap=True)
        self.add_button = QPushButton(self.tr("Add…"))
        kinds = self.tr("Add a LoRA file (.safetensors: LoRA, LoCon, LoHa, LoKr, DoRA)")
        by_name = self.tr("In a prompt, <lora:name:0.8> calls one by its name")
        self.add_button.setToolTip(f"{kinds}\n{by_name}")
        self.remove_button = QPushButton(self.tr("Remove"))
        self.remove_button.setToolTip(self.tr("Take the selected file off the list"))
        self._arrange()
        self.add_button.clicked.connect(self._ask)
        self.remove_button.clicked.connect(lambda: self.table.removeRow(self.table.currentRow()))
        self.remove_button.setEnabled(False)
        self.table.selects.connect(self.remove_button.setEnabled)

    def _arrange(self) -> None:
        """What changes the list beside it, what ends the dialog below."""
        kinds = QDialogButtonBox.StandardButton
        buttons = button_box(kinds.Ok | kinds.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        beside = QVBoxLayout()
        beside.addWidget(self.add_button)
        beside.addWidget(self.remove_button)
        beside.addStretch(1)
        across = QHBoxLayout()
        across.setSpacing(8)
        across.addWidget(self.table, 1)
        across.addLayout(beside)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(across, 1)
        column.addWidget(self.says)
        column.addWidget(buttons)

    def _ask(self) -> None:
        from core.models.programs import lora_files

        known = next((str(file.parent) for file in lora_files()), "")
        names, _ = QFileDialog.getOpenFileNames(
            self, self.tr("LoRA files"), known, self.tr("LoRA files (*.safetensors)")
        )
        self.offer(*names)

    def _weight(self, row: int) -> QDoubleSpinBox:
        widget = self.table.cellWidget(row, 1)
        assert isinstance(widget, QDoubleSpinBox)
        return widget
