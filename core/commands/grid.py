"""palimpsest grid: two parameters of an edit varied over a labelled sheet."""

import argparse
import re
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.calm import uncollected
from core.commands.console import (
    INTERRUPTED,
    SOME_FAILED,
    begins_with,
    check_inputs,
    check_mask,
    check_outputs,
    feathered,
    given_mask,
    instructed,
    open_given,
    tell,
    tell_out_of_place,
    without,
    write_report,
)
from core.commands.options import add_files, add_mask, add_parameters, add_prompts, add_recipe, request_of
from core.commands.progress_bar import PIECES, ProgressBar, time_left
from core.diffusion.weight import Guided
from core.errors import CoreError, InputError
from core.grid.parameters import axis
from core.grid.plan import Plan
from core.models.adapters.parameterisation import Parameterisation
from core.photo.photo import Photo

if TYPE_CHECKING:
    from core.edit.engine import Engine
    from core.edit.result import ModelInfo
    from core.grid.run import Cell, Grid, GridStep
    from core.grid.sheet import Sheet

NAME = 200  # bytes of a cell's values in its file name, which may have 255
SMALLEST, LARGEST = 64, 2048  # pixels of a cell in the sheet


def add(grid: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_prompts(grid)
    add_files(grid, output="SHEET", output_help="sheet to write; a JSON of all cells goes beside it")
    add = grid.add_argument
    add("--x", required=True, metavar="NAME=V,V,…", help="what varies along a row, as guidance=3,5,7.5,15")
    add("--y", metavar="NAME=V,V,…", help="what varies down a column, as rescale=off,prediction,both")
    add("--cells", type=Path, metavar="FOLDER", help="write every cell's picture into this folder too")
    add("--size", type=int, default=320, metavar="PX", help="longest side of a cell in the sheet")
    add_mask(grid, "use this mask in every cell")
    add_parameters(grid)
    add_recipe(grid)
    grid.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    plan = _plan(given)
    photo = open_given(given.photo)
    plan = replace(plan, base=feathered(plan.base, given, photo))
    mask = given_mask(given, photo)
    _make_folder(given.cells)
    tell(begins_with(plan.base))
    tell_out_of_place(plan.base, [given.photo])
    with uncollected():
        from core.edit.engine import Engine
    from core.grid.run import Grid

    engine = Engine()
    info = _loaded(engine, plan)
    given.told = () if info is None else info.notices
    tell(given.told)
    grid = Grid(plan, photo, mask, Guided.PROMPTS if info is None else info.guided)
    return _draw(given, photo, plan, grid, engine)


def _plan(given: argparse.Namespace) -> Plan:
    """What can be known to be wrong is said before anything is opened."""
    from core.photo.files.export import export_format

    plan = Plan(
        instructed(request_of(given), given), axis(given.x), None if given.y is None else axis(given.y)
    )
    if not SMALLEST <= given.size <= LARGEST:
        raise InputError(f"A cell's size must be in {SMALLEST}…{LARGEST} pixels, not {given.size}.")
    if given.cells is not None and given.cells.exists() and not given.cells.is_dir():
        raise InputError(f"{given.cells} is a file.", "Name a folder for the cells.")
    check_mask(given, [plan.request(*cell) for cell in plan.order()])
    if given.mask is not None:
        plan.check_painted()
    given.report = given.report or given.output.with_suffix(".json")
    check_inputs(given, [given.output, given.report])
    check_outputs(given.photo, [given.output, given.report], [])
    export_format(given.output)
    return plan


def _make_folder(cells: Path | None) -> None:
    """Before the first evaluation: where no cell can be written, none is drawn."""
    from core.photo.files.atomic import check_writable, explain_write

    if cells is not None:
        try:
            cells.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain_write(error, cells) from error
        check_writable(cells / "cell.png")


def _loaded(engine: "Engine", plan: Plan) -> "ModelInfo | None":
    """The model that the grid begins with: its cost is told by what guides it. None where an axis chooses it.

    One that can't be opened says so in each of its cells.
    """
    first = plan.request(*plan.order()[0])
    if first.model == plan.base.model:
        with suppress(CoreError):
            told = Parameterisation(first.prediction, first.zero_snr)
            return engine.load(first.model, first.device, told)
    return None


def _draw(given: argparse.Namespace, photo: Photo, plan: Plan, grid: "Grid", engine: "Engine") -> int:
    """Cell by cell; the exit code. Stopped, or with a full disk, what is finished is written first."""
    from core.grid.sheet import Sheet

    sheet = Sheet(plan, photo.size, given.size, photo.space)
    done: list[Cell] = []
    cells = plan.columns * plan.rows
    try:
        with ProgressBar("cell", cells, PIECES) as bar:

            def show(step: "GridStep") -> None:
                bar.show(step.done, step.progress.stage.value, time_left(step.seconds_left))

            for cell in grid.cells(engine, show):
                done.append(cell)
                sheet.put(cell)
                _write_cell(given, plan, cell, photo)
    except (KeyboardInterrupt, CoreError) as stop:
        if not done:
            raise
        _write(given, plan, sheet, done)
        _say(f"Stopped; {len(done)} of {cells} cells are in {given.output}.")
        if isinstance(stop, CoreError):
            raise
        return INTERRUPTED
    _write(given, plan, sheet, done)
    failed = [cell for cell in done if cell.error is not None]
    for cell in failed:
        _say(f"{_where(plan, cell)}: {cell.error}")
    return SOME_FAILED if failed else 0


def _write(given: argparse.Namespace, plan: Plan, sheet: "Sheet", done: "list[Cell]") -> None:
    from core.grid.report import grid_report, notices
    from core.photo.files.export import export_photo

    tell(without(given.told, notices(done)))
    write_report(given, lambda: grid_report(plan, done))
    pixels = np.asarray(sheet.image)
    export_photo(given.output, pixels, Photo(pixels))
    given.written.append(given.output)


def _write_cell(given: argparse.Namespace, plan: Plan, cell: "Cell", photo: Photo) -> None:
    """Beside the others as soon as it is finished: what is done stays."""
    from core.photo.files.export import export_photo

    if given.cells is None or cell.pixels is None:
        return
    path = given.cells / _name(plan, cell)
    export_photo(path, cell.pixels, photo, recipe=cell.request.to_json().decode())
    given.written.append(path)


def _name(plan: Plan, cell: "Cell") -> str:
    """A file name that sorts by place and tells the values, as far as a file system's bytes reach."""
    name = re.sub(r"[^\w.,=-]+", "-", _where(plan, cell)).encode()[:NAME].decode(errors="ignore")
    return f"{cell.row + 1:02}-{cell.column + 1:02} {name}.png"


def _where(plan: Plan, cell: "Cell") -> str:
    values = [f"{plan.x.name}={plan.x.labels[cell.column]}"]
    if plan.y is not None:
        values.append(f"{plan.y.name}={plan.y.labels[cell.row]}")
    return ",".join(values)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
