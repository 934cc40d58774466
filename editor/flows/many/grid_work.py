"""What the worker's thread does for a grid: draw its sheet, write its files."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.diffusion.weight import Guided
from core.document.composite import Composite
from core.edit.progress import Cancel
from core.edit.protocol import SeriesEngine
from core.errors import InputError
from core.grid.plan import Plan
from core.grid.report import grid_report
from core.grid.run import Cell, Grid, GridStep
from core.grid.sheet import Sheet
from core.photo.files.atomic import write_atomic
from core.photo.masks.boxed import BoxedMask
from core.photo.rect import corners
from editor.mailbox import Mailbox
from editor.worker import Work


@dataclass(frozen=True, eq=False)
class DrawnCell:
    """A cell as the sheet shows it now, uint8 (h, w, 3); `cell`, without its pixels, once it is finished."""

    row: int
    column: int
    pixels: np.ndarray
    cell: Cell | None = None


def cuts(plan: Plan) -> bool:
    """Whether an axis varies what a given mask makes idle."""
    try:
        plan.check_painted()
    except InputError:
        return True
    return False


def drawing(
    plan: Plan,
    picture: Composite,
    mask: BoxedMask | None,
    guided: Guided,
    sheet: Sheet,
    news: Mailbox[object],
) -> Work:
    """Draw into the sheet in the worker's thread, where the picture is made whole too; what the window gets
    are cells of the sheet's size. guided: what guides the model.
    """

    def show(row: int, column: int, tell: Callable[[object], None], cell: Cell | None = None) -> None:
        pixels = np.asarray(sheet.image.crop(corners(sheet.layout.box(row, column))))
        news.put(DrawnCell(row, column, pixels, cell), tell, (row, column))

    def work(engine: SeriesEngine, tell: Callable[[object], None], cancel: Cancel) -> None:
        def follow(step: GridStep) -> None:
            if step.progress.preview is not None:
                sheet.preview(step.row, step.column, step.progress.preview)
                show(step.row, step.column, tell)
            news.put(step, tell, "step")

        grid = Grid(plan, picture.photo(), mask, guided)
        for cell in grid.cells(engine, follow, cancel):
            sheet.put(cell)
            show(cell.row, cell.column, tell, replace(cell, pixels=None))  # a grid of full sizes fills memory

    return work


def writing(path: Path, sheet: Sheet, plan: Plan, cells: list[Cell]) -> Work:
    """Write the sheet, and the JSON of its cells beside it, in the worker's thread."""

    def work(_engine: SeriesEngine, _tell: Callable[[object], None], _cancel: Cancel) -> None:
        data = grid_report(plan, cells)
        write_atomic(path, lambda file: sheet.image.save(file, "PNG"))
        write_atomic(path.with_suffix(".json"), lambda file: file.write(data))

    return work
