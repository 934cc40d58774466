"""What a batch did, as JSON and as a table."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import core
from core.batch.outcome import Outcome
from core.batch.pictures import REPORTS, Item
from core.edit.request import EditRequest
from core.photo.files.atomic import write_atomic
from core.text import to_json

STAGES = ("load", "open", "finding", "encoding", "decoding", "pasting", "write")
TOLD = ("picture", "output", "state", "reason", "worker")
COUNTS = ("mask", "encode", "decode", "total")


def write_reports(
    folder: Path, request: EditRequest, items: Sequence[Item], outcomes: Mapping[str, Outcome]
) -> None:
    """batch.json and batch.csv in the output folder. CoreError when they can't be written."""
    data, table = as_json(request, items, outcomes), as_csv(items, outcomes)
    write_atomic(folder / REPORTS[0], lambda file: file.write(data))
    write_atomic(folder / REPORTS[1], lambda file: file.write(table))


def as_json(request: EditRequest, items: Sequence[Item], outcomes: Mapping[str, Outcome]) -> bytes:
    """The recipe, sums over all pictures, and every picture's outcome; readable, UTF-8."""
    known = [outcomes[item.name] for item in items if item.name in outcomes]
    fields: dict[str, object] = {
        "palimpsest": core.__version__,
        "request": request,
        "pictures": len(items),
        "done": sum(not outcome.error for outcome in known),
        "failed": sum(bool(outcome.error) for outcome in known),
        "evaluations": {name: sum(one.evaluations.get(name, 0) for one in known) for name in COUNTS},
        "seconds": {name: round(sum(one.seconds.get(name, 0.0) for one in known), 4) for name in STAGES},
        "outcomes": [_row(item, outcomes.get(item.name)) for item in items],
    }
    return to_json(fields, readable=True)


def as_csv(items: Sequence[Item], outcomes: Mapping[str, Outcome]) -> bytes:
    """One line a picture; UTF-8 with a mark, which spreadsheets want."""
    text = io.StringIO()
    head = (*TOLD, "notices", *COUNTS, *(f"{s} s" for s in STAGES))
    table = csv.writer(text)
    table.writerow(head)
    for item in items:
        outcome = outcomes.get(item.name)
        row = _row(item, outcome)
        done = outcome or Outcome(item.name)
        table.writerow(
            [row[name] for name in TOLD]
            + [" ".join(done.notices)]
            + [done.evaluations.get(name, "") for name in COUNTS]
            + [done.seconds.get(name, "") for name in STAGES]
        )
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def _row(item: Item, outcome: Outcome | None) -> dict[str, object]:
    state = "due" if outcome is None else "failed" if outcome.error else "done"
    done = outcome or Outcome(item.name)
    return {
        "picture": str(item.source),
        "output": str(item.output),
        "state": state,
        "reason": done.error,
        "worker": done.worker,
        "notices": done.notices,
        "threads": done.threads,
        "evaluations": done.evaluations,
        "seconds": done.seconds,
    }
