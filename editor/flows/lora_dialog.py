"""Which LoRA files the next edits wear, each with its weight."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.edit.request import Lora


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
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels([self.tr("File"), self.tr("Weight")])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(
            0, self.table.horizontalHeader().ResizeMode.Stretch
        )
        self.table.setToolTip(self.tr("LoRA files that are merged into the model for the next edits"))
        self.table.setAccessibleName(self.tr("LoRA files"))
        box = QDialogButtonBox
        buttons = box(box.StandardButton.Ok | box.StandardButton.Cancel)
        add = buttons.addButton(self.tr("Add…"), box.ButtonRole.ActionRole)
        add.setToolTip(self.tr("Add a LoRA file (.safetensors, Kohya or diffusers layout)"))
        remove = buttons.addButton(self.tr("Remove"), box.ButtonRole.ActionRole)
        remove.setToolTip(self.tr("Take the selected file off the list"))
        add.clicked.connect(self._ask)
        remove.clicked.connect(lambda: self.table.removeRow(self.table.currentRow()))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.table)
        column.addWidget(buttons)

    def _ask(self) -> None:
        from core.models.folders import lora_files

        known = next((str(file.parent) for file in lora_files()), "")
        names, _ = QFileDialog.getOpenFileNames(
            self, self.tr("LoRA files"), known, self.tr("LoRA files (*.safetensors)")
        )
        for name in names:
            self.add(Lora(name))

    def _weight(self, row: int) -> QDoubleSpinBox:
        widget = self.table.cellWidget(row, 1)
        assert isinstance(widget, QDoubleSpinBox)
        return widget
