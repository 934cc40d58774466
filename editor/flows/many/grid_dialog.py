"""The dialog of a grid: what varies, the sheet as it fills, and the cell to take."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from core.diffusion.weight import Guided
from core.document.composite import Composite
from core.edit.request import EditRequest
from core.errors import CoreError
from core.grid.plan import Plan
from core.grid.report import notices
from core.grid.run import Cell, GridStep
from core.grid.sheet import Sheet
from core.photo.masks.boxed import BoxedMask
from editor.flows.many.grid_axis import GridAxis
from editor.flows.many.grid_work import DrawnCell, cuts, drawing, writing
from editor.flows.many.many_dialog import SeriesDialog
from editor.jobs import Jobs
from editor.panels.controls import said
from editor.statusbar import clock
from editor.widgets.sheet import SheetView

CELL = 256


class GridDialog(SeriesDialog):
    """picture: what cells are edits of.

    taken    the plan and the cell whose settings the editor shall have; the sheet stays, to take another
    wanted   the picture of the cell that was taken last shall be drawn into the document
    """

    taken = Signal(Plan, Cell)
    wanted = Signal()

    def __init__(
        self,
        request: EditRequest,
        picture: Composite,
        mask: BoxedMask | None,
        jobs: Jobs,
        parent: QWidget | None = None,
        *,
        guided: Guided = Guided.PROMPTS,
        folder: Callable[[], Path] = Path.home,
    ) -> None:
        """guided: what guides the model;  folder: where the sheet is proposed to be saved."""
        super().__init__(self.tr("Grid"), QSize(880, 720), jobs, parent)
        self._folder = folder
        self._request, self._picture, self._mask, self._guided = request, picture, mask, guided
        self.photo = picture.original  # what the sheet that is shown was drawn of
        self._plan: Plan | None = None  # as it is set now
        self._drawn: Plan | None = None
        self._sheet: Sheet | None = None
        self._done: dict[tuple[int, int], Cell] = {}
        self._saving: Path | None = None
        self._anew = False  # as the user has it, while no axis needs it
        self._build()
        self._build_buttons()
        self._arrange()
        self._bind()
        self._judge()

    def _build(self) -> None:
        self.columns = GridAxis(
            self.tr("Columns"), self.tr("The parameter that varies along a row"), self._request, "guidance"
        )
        self.rows = GridAxis(
            self.tr("Rows"),
            self.tr("The parameter that varies down a column"),
            self._request,
            "rescale",
            self.tr("nothing"),
        )
        self.anew = QCheckBox(self.tr("Find the mask anew in every cell"))
        self.anew.setToolTip(
            self.tr(
                "The mask of the window is left aside, and each cell's own is cut from the heat map."
                " Cells that differ in nothing the search reads share one search."
            )
        )
        self.cost = QLabel(wordWrap=True)
        self.view = SheetView()
        self._chosen = False  # a cell of the sheet that is shown was taken
        self.says.setText(self.tr("Draw the grid, then click a cell to take its settings."))

    def _build_buttons(self) -> None:
        self._name_buttons(
            (self.tr("Draw"), self.tr("Make every edit of the grid; what cells share is computed once")),
            self.tr("Stop after this evaluation of the model; finished cells stay"),
            self.tr("Stop what runs, then close; settings that were taken stay (Esc)"),
        )
        self.repaint_ = QPushButton(self.tr("Repaint It"))
        self.repaint_.setToolTip(
            self.tr("Close, and draw the cell that was taken as a layer: the same picture, at full size")
        )
        self.save = QPushButton(self.tr("Save Sheet…"))
        self.save.setToolTip(
            self.tr("Write the sheet as a picture, and beside it a JSON of every cell's request")
        )

    def _arrange(self) -> None:
        self._form = form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("Columns"), self.columns)
        form.addRow(self.tr("Rows"), self.rows)
        form.addRow(self.tr("Mask"), self.anew)
        left = QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (self.save, self.repaint_):
            row.addWidget(button)
        self._lay_out((form, 0), (self.cost, 0), (self.view, 1), left=left)

    def _bind(self) -> None:
        for axis in (self.columns, self.rows):
            axis.changed.connect(self._judge)
        self.anew.clicked.connect(self._choose_anew)
        self.save.clicked.connect(self._save)
        self.repaint_.clicked.connect(self._want)
        self.view.picked.connect(self._pick)

    def follow(
        self,
        request: EditRequest,
        picture: Composite,
        mask: BoxedMask | None,
        guided: Guided = Guided.PROMPTS,
    ) -> None:
        """What the next grid is drawn of; one that is under way has its own."""
        self._request, self._picture, self._mask, self._guided = request, picture, mask, guided
        self._judge()

    def _choose_anew(self, anew: bool) -> None:
        self._anew = anew
        self._judge()

    def _judge(self) -> None:
        """Say what the grid would cost, or why it can't be."""
        self._plan, needed = None, False
        self._form.setRowVisible(self.anew, self._mask is not None)
        try:
            x = self.columns.axis()
            assert x is not None
            plan = Plan(self._request, x, self.rows.axis())
            needed = self._mask is not None and cuts(plan)
        except CoreError as error:
            self.cost.setText(str(error))
        else:
            self._plan = plan
        self.anew.setChecked(needed or self._anew)
        self.anew.setEnabled(not needed)
        if self._plan is not None:
            self.cost.setText(self._foreseen(self._plan, needed))
        self._show_buttons()

    def _foreseen(self, plan: Plan, needed: bool) -> str:
        cells, evaluations = plan.columns * plan.rows, plan.cost(self._given is not None, self._guided).total
        text = self.tr("{cells} edits, {evaluations} evaluations of the model")
        text = text.format(cells=cells, evaluations=f"{evaluations:,}")
        if needed:
            text += self.tr(". The window's mask is left aside: it would make all of these cells the same.")
        return text

    @property
    def _given(self) -> BoxedMask | None:
        """The mask that all cells share, None when it is found."""
        return None if self.anew.isChecked() else self._mask

    def _show_buttons(self) -> None:
        drawing = self.running and self._saving is None
        self.start.setEnabled(self._plan is not None and not self.running)
        self.stop.setEnabled(drawing and not self._stopped)
        self.save.setEnabled(bool(self._done) and not self.running)
        self.repaint_.setEnabled(self._chosen and not self.running)
        for control in (self.columns, self.rows):
            control.setEnabled(not self.running)
        if self.running:
            self.anew.setEnabled(False)

    def begin(self) -> None:
        """Draw the grid as it is set."""
        plan = self._plan
        if plan is None:
            return
        self.photo = photo = self._picture.original
        self._drawn, self._sheet, self._done = plan, Sheet(plan, photo.size, CELL, photo.space), {}
        self._chosen = False
        self.view.show_sheet(self._sheet)
        self._begin(plan.columns * plan.rows)
        picture, mask, guided, sheet = self._picture, self._given, self._guided, self._sheet
        self._run(lambda news: drawing(plan, picture, mask, guided, sheet, news))

    def _take(self, news: object) -> None:
        if isinstance(news, GridStep):
            self._follow(news)
        elif isinstance(news, DrawnCell):
            self._show(news)

    def _show(self, drawn: DrawnCell) -> None:
        self.view.show_cell(drawn.row, drawn.column, drawn.pixels)
        if drawn.cell is not None:
            self._done[drawn.row, drawn.column] = drawn.cell
            self.bar.setValue(len(self._done))

    def _follow(self, step: GridStep) -> None:
        text = self.tr("cell {i} of {n}").format(i=step.done + 1, n=step.total)
        if step.seconds_left is not None:
            text += self.tr(" · {time} left").format(time=clock(step.seconds_left))
        self.says.setText(text)

    def _finish(self, error: CoreError | None) -> None:
        saved, self._saving = self._saving, None
        if error is not None:
            self.says.setText(str(error))
        elif saved is not None:
            self.says.setText(self.tr("Written: {name}").format(name=saved.name))
        else:
            self.says.setText("\n".join([self._outcome(), *notices(list(self._done.values()))]))
            if self._done:
                self.view.setFocus()  # arrow keys and Enter choose a cell; Draw would throw them all away
        self._judge()

    def _outcome(self) -> str:
        failed = sum(cell.error is not None for cell in self._done.values())
        if self._stopped:
            return self.tr("Stopped. Finished cells can be taken.")
        if failed:
            return self.tr("{n} cells failed; each says why.").format(n=failed)
        return self.tr("Click a cell to take its settings, or choose it by arrow keys and Enter.")

    def _pick(self, row: int, column: int) -> None:
        cell = self._done.get((row, column))
        if cell is None or self.running or self._drawn is None:
            return
        self.taken.emit(self._drawn, cell)
        self._chosen = True
        self.says.setText(self.tr("Taken: {settings}.").format(settings=self._settings(row, column)))
        self._show_buttons()

    def _settings(self, row: int, column: int) -> str:
        """What sets a cell apart: "Scale 5, Rescale off"."""
        assert self._drawn is not None
        x, y = self._drawn.x, self._drawn.y
        parts = [(x, column)] + ([] if y is None else [(y, row)])
        return ", ".join(f"{said(axis.row.label)} {axis.labels[at]}" for axis, at in parts)

    def _want(self) -> None:
        self.accept()
        self.wanted.emit()

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save Sheet"), str(self._folder() / "sheet.png"), "PNG (*.png)"
        )
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the sheet, and the JSON beside it, in the worker's thread."""
        assert self._sheet is not None
        assert self._drawn is not None
        self._saving, self.running = path if path.suffix else path.with_suffix(".png"), True
        self.says.setText(self.tr("Writing {name}…").format(name=self._saving.name))
        self._show_buttons()
        self._series = self._jobs.series(
            writing(self._saving, self._sheet, self._drawn, list(self._done.values())), self.windowTitle()
        )

    @property
    def goes_on(self) -> bool:
        return super().goes_on and self._saving is None

    def reject(self) -> None:
        if self._saving is None:
            super().reject()
        else:
            self.done(QDialog.DialogCode.Rejected)  # a file is written to its end, whoever watches
