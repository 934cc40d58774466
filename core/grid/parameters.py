"""The axes of a grid: a parameter of the table (`core.edit.parameters`) and the values that it takes."""

import csv
from dataclasses import dataclass

from core.edit.parameter import Parameter
from core.edit.parameters import by_name, named
from core.edit.request import EditRequest
from core.edit.together import check_apart, put
from core.errors import InputError

FIXED = (
    "photo",
    "mask",
    "version",
    "blend",
    "loras",
    "windows",
    "threads",
    "model_digest",
    "embeddings",
)  # or cells can't be compared


@dataclass(frozen=True)
class Axis:
    """One parameter and the values that it takes.

    row     of the table;  name: as it was asked for
    labels  the values as they were written;  values  the same, read
    """

    row: Parameter
    name: str
    labels: tuple[str, ...]
    values: tuple[object, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def field(self) -> str:
        """The parameter's dotted place in a request."""
        return self.row.field

    def put(self, request: EditRequest, i: int) -> EditRequest:
        """The request with the i-th value. InputError when it is out of range or doesn't fit the rest."""
        try:
            return put(request, {self.field: self.values[i]})
        except ValueError as error:
            raise InputError(f"{self.name}={self.labels[i]} can't be: {error}.") from error


def axis(text: str) -> Axis:
    """Read NAME=VALUE,VALUE,…; a value that holds a comma stands in double quotes, an empty one is "".

    InputError for an unknown name, a value of the wrong kind, no value, or one that comes twice.
    """
    name, equals, rest = (piece.strip() for piece in text.partition("="))
    if not equals:
        raise InputError(f"“{text}” is no axis of a grid.", "Write NAME=VALUE,VALUE, as guidance=3,5,7.5.")
    row = named(name)
    if row is None:
        why = "is the same for a whole grid" if name in FIXED else "is no parameter of an edit"
        raise InputError(f"“{name}” {why}.", f"A grid can vary: {', '.join(names())}.")
    labels = tuple(label.strip() for label in next(csv.reader([rest], skipinitialspace=True), ()))
    if not rest:
        raise InputError(f"“{name}” has no values.", f"Write them with commas between: {name}=VALUE,VALUE.")
    values = tuple(row.read(label) for label in labels)
    for i, value in enumerate(values):
        if value in values[:i]:
            raise InputError(f"{name}={labels[i]} comes twice.", "Leave one of them out.")
    return Axis(row, name, labels, values)


def check_axes(x: Axis, y: Axis | None) -> None:
    """InputError when one axis would undo what the other sets."""
    if y is None:
        return
    if x.row == y.row:
        raise InputError(f"Both axes vary {x.name}.", "Give each its own parameter.")
    check_apart(x.row, y.row)


def names() -> list[str]:
    """Every parameter by its short name, in the order of the table."""
    return list(by_name())
