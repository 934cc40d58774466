"""What a grid did, as JSON: every cell's request and cost, and their sum."""

from collections.abc import Sequence

import core
from core.edit.evaluations import Evaluations
from core.grid.parameters import Axis
from core.grid.plan import Plan
from core.grid.run import Cell
from core.text import to_json


def grid_report(plan: Plan, cells: Sequence[Cell]) -> bytes:
    """Readable JSON, UTF-8. A cell's request can be fed back: `palimpsest edit --recipe` reads it."""
    fields: dict[str, object] = {
        "palimpsest": core.__version__,
        "x": _axis(plan.x),
        "y": None if plan.y is None else _axis(plan.y),
        "evaluations": sum((cell.evaluations for cell in cells), Evaluations()).as_dict(),
        "seconds": round(sum(sum(cell.seconds.values()) for cell in cells), 4),
        "notices": notices(cells),
        "failed": sum(cell.error is not None for cell in cells),
        "cells": [_cell(plan, cell) for cell in sorted(cells, key=lambda cell: (cell.row, cell.column))],
    }
    return to_json(fields, readable=True)


def notices(cells: Sequence[Cell]) -> list[str]:
    """What was noticed in any cell, each sentence once."""
    return list(dict.fromkeys(said for cell in cells for said in cell.notices))


def _axis(axis: Axis) -> dict[str, object]:
    return {"parameter": axis.name, "field": axis.field, "values": axis.values}


def _cell(plan: Plan, cell: Cell) -> dict[str, object]:
    return {
        "row": cell.row,
        "column": cell.column,
        "x": plan.x.values[cell.column],
        "y": None if plan.y is None else plan.y.values[cell.row],
        "request": cell.request,
        "evaluations": cell.evaluations.as_dict(),
        "seconds": {stage: round(seconds, 4) for stage, seconds in cell.seconds.items()},
        "error": None if cell.error is None else str(cell.error),
    }
