"""The dialog of a grid: what varies, the sheet as it fills, and the cell to take."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.edit.progress import Cancel
from core.edit.request import EditRequest
from core.errors import CoreError
from core.grid.parameters import ALIASES, axis, choices, names
from core.grid.plan import Plan
from core.grid.run import Cell, Grid, Step
from core.grid.sheet import Sheet
from editor.jobs import Jobs, Works
from editor.statusbar import clock
from editor.widgets.sheet import SheetView

if TYPE_CHECKING:
    from collections.abc import Callable

CELL = 256
FIRST = {"guidance": "3, 5, 7.5, 15", "rescale": "off, prediction, update, both"}
EXAMPLES = {
    **FIRST, "change": "0.4, 0.6, 0.8, 1", "steps": "10, 20, 50", "seed": "0, 1, 2, 3", "decay": "0, 0.5, 1",
    "threshold": "0.3, 0.5, 0.7", "variation": "0, 0.3, 0.6", "to": "a zebra, a cow",
    "from": "a horse, an animal", "interval": "0:0.5, 0.2:0.8, none", "curve": "0:7.5 1:1, 0:3",
    "grow": "0, 4, 8", "feather": "0, 4, 8",
}  # fmt: skip


class GridDialog(QDialog):
    """taken: the plan and the cell whose settings the editor shall have."""

    taken = Signal(Plan, Cell)

    def __init__(
        self,
        request: EditRequest,
        picture: np.ndarray,
        mask: np.ndarray | None,
        jobs: Jobs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Grid"))
        self.resize(880, 720)
        self._request, self._picture, self._mask, self._jobs = request, picture, mask, jobs
        self._plan: Plan | None = None  # as it is set now
        self._drawn: Plan | None = None
        self._sheet: Sheet | None = None
        self._done: dict[tuple[int, int], Cell] = {}
        self._running = self._stopped = False
        self._build()
        self._arrange()
        self._bind()
        self._judge()

    def _build(self) -> None:
        across, down = self.tr("Columns"), self.tr("Rows")
        self.x_name = self._names(across, self.tr("The parameter that varies along a row"), "guidance")
        self.y_name = self._names(down, self.tr("The parameter that varies down a column"), "rescale")
        self.y_name.insertItem(0, self.tr("nothing"), "")
        self.x_values = self._values(self.tr("Values of the columns"), FIRST["guidance"])
        self.y_values = self._values(self.tr("Values of the rows"), FIRST["rescale"])
        self.cost = QLabel()
        self.cost.setWordWrap(True)
        self.view = SheetView()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.state = QLabel(self.tr("Draw the grid, then click a cell to take its settings."))
        self.draw = QPushButton(self.tr("Draw"))
        self.draw.setToolTip(self.tr("Make every edit of the grid; mask and inversion are computed once"))
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setToolTip(self.tr("Stop after this evaluation of the model; finished cells stay"))
        self.save = QPushButton(self.tr("Save Sheet…"))
        self.save.setToolTip(
            self.tr("Write the sheet as a picture, and beside it a JSON of every cell's request")
        )
        self.closing = QPushButton(self.tr("Close"))
        self.closing.setToolTip(self.tr("Close without taking anything (Esc)"))
        self.draw.setDefault(True)

    def _names(self, name: str, tip: str, first: str) -> QComboBox:
        box = QComboBox()
        for parameter in names():
            box.addItem(parameter, parameter)
        box.setCurrentIndex(box.findData(first))
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setMinimumWidth(160)
        return box

    def _values(self, name: str, text: str) -> QLineEdit:
        line = QLineEdit(text)
        line.setAccessibleName(name)
        line.setToolTip(
            self.tr('Values with commas between; one that holds a comma stands in "double quotes"')
        )
        return line

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for label, name, values in (
            (self.tr("Columns"), self.x_name, self.x_values),
            (self.tr("Rows"), self.y_name, self.y_values),
        ):
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(name)
            line.addWidget(values, 1)
            form.addRow(label, line)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        for button in (self.closing, self.stop, self.draw):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.cost)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)
        column.addWidget(self.state)
        column.addLayout(buttons)

    def _bind(self) -> None:
        for name, values in ((self.x_name, self.x_values), (self.y_name, self.y_values)):
            name.currentIndexChanged.connect(lambda _, n=name, v=values: self._suggest(n, v))
            name.currentIndexChanged.connect(self._judge)
            values.textChanged.connect(self._judge)
        self.draw.clicked.connect(self._draw)
        self.stop.clicked.connect(self._stop)
        self.save.clicked.connect(self._save)
        self.closing.clicked.connect(self.reject)
        self.view.picked.connect(self._pick)
        self._jobs.told.connect(self._told)
        self._jobs.ended.connect(self._ended)

    def _suggest(self, name: QComboBox, values: QLineEdit) -> None:
        parameter = str(name.currentData())
        own = getattr(self._request, ALIASES.get(parameter, parameter), "")
        values.setText(EXAMPLES.get(parameter) or ", ".join(choices(parameter)) or str(own or ""))
        values.setEnabled(bool(parameter))

    def _judge(self) -> None:
        """Say what the grid would cost, or why it can't be."""
        try:
            y = self.y_name.currentData()
            self._plan = Plan(
                self._request,
                axis(f"{self.x_name.currentData()}={self.x_values.text()}"),
                axis(f"{y}={self.y_values.text()}") if y else None,
            )
        except CoreError as error:
            self._plan = None
            self.cost.setText(str(error))
        else:
            cells = self._plan.columns * self._plan.rows
            evaluations = self._plan.cost(painted=self._mask is not None).total
            text = self.tr("{cells} edits, {evaluations} evaluations of the model")
            self.cost.setText(text.format(cells=cells, evaluations=f"{evaluations:,}"))
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.draw.setEnabled(self._plan is not None and not self._running)
        self.stop.setEnabled(self._running and not self._stopped)
        self.save.setEnabled(bool(self._done) and not self._running)
        for control in (self.x_name, self.x_values, self.y_name, self.y_values):
            control.setEnabled(not self._running)
        if not self.y_name.currentData():
            self.y_values.setEnabled(False)

    def _draw(self) -> None:
        plan = self._plan
        if plan is None:
            return
        size = (self._picture.shape[1], self._picture.shape[0])
        self._drawn, self._sheet, self._done = plan, Sheet(plan, size, CELL), {}
        self.view.show_sheet(self._sheet)
        self.bar.setRange(0, plan.columns * plan.rows)
        self.bar.setValue(0)
        self._running, self._stopped = True, False
        grid = Grid(plan, self._picture, self._mask)

        def work(engine: Works, tell: "Callable[[object], None]", cancel: Cancel) -> None:
            for cell in grid.cells(engine, tell, cancel):
                tell(cell)

        self.state.setText(self.tr("starting…"))
        self._show_buttons()
        self._jobs.series(work)

    def _told(self, news: object) -> None:
        if self._sheet is None:
            return
        if isinstance(news, Step):
            self._follow(news)
        elif isinstance(news, Cell):
            self._done[news.row, news.column] = news
            self._sheet.put(news)
            self.bar.setValue(len(self._done))
        self.view.show_sheet(self._sheet)

    def _follow(self, step: Step) -> None:
        assert self._sheet is not None
        if step.progress.preview is not None:
            self._sheet.preview(step.row, step.column, step.progress.preview)
        text = self.tr("cell {i} of {n}").format(i=step.done + 1, n=step.total)
        if step.seconds_left is not None:
            text += self.tr(" · {time} left").format(time=clock(step.seconds_left))
        self.state.setText(text)

    def _ended(self, error: CoreError | None) -> None:
        if not self._running:
            return
        self._running = False
        failed = sum(cell.error is not None for cell in self._done.values())
        if error is not None:
            self.state.setText(str(error))
        elif self._stopped:
            self.state.setText(self.tr("Stopped. Finished cells can be taken."))
        elif failed:
            self.state.setText(self.tr("{n} cells failed; each says why.").format(n=failed))
        else:
            self.state.setText(
                self.tr("Click a cell to take its settings, or choose it by arrow keys and Enter.")
            )
        self._show_buttons()

    def _stop(self) -> None:
        self._stopped = True
        self._jobs.stop()
        self._show_buttons()

    def _pick(self, row: int, column: int) -> None:
        cell = self._done.get((row, column))
        if cell is None or self._running or self._drawn is None:
            return
        self.taken.emit(self._drawn, cell)
        self.accept()

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save Sheet"), "sheet.png", "PNG (*.png)")
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the sheet, and the JSON beside it."""
        from core.grid.report import grid_report
        from core.photo.atomic import write_atomic

        assert self._sheet is not None
        assert self._drawn is not None
        image, data = self._sheet.image, grid_report(self._drawn, list(self._done.values()))
        path = path if path.suffix else path.with_suffix(".png")
        try:
            write_atomic(path, lambda file: image.save(file, "PNG"))
            write_atomic(path.with_suffix(".json"), lambda file: file.write(data))
        except CoreError as error:
            self.state.setText(str(error))
        else:
            self.state.setText(self.tr("Written: {name}").format(name=path.name))

    def reject(self) -> None:
        if self._running:
            self._stop()
        super().reject()

    def done(self, result: int) -> None:
        """However it ends: nothing the worker still says belongs to it."""
        self._jobs.told.disconnect(self._told)
        self._jobs.ended.disconnect(self._ended)
        super().done(result)
        self.deleteLater()
