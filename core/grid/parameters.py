"""The parameters of a request that can be varied, by name, and the values that people write for them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, TypeGuard, get_args, get_type_hints

import msgspec

from core.edit.request import AREAS, EditRequest
from core.errors import InputError

ALIASES = {  # short words, most of them the command line's own
    "from": "reference",
    "to": "query",
    "guidance": "guidance.scale",
    "decay": "guidance.decay",
    "decay-to": "guidance.decay_to",
    "shape": "guidance.shape",
    "interval": "guidance.interval",
    "curve": "guidance.curve",
    "clamp": "find.clamp",
    "threshold": "find.threshold",
    "grow": "find.grow",
    "snap": "find.snap",
    "settle": "find.settle",
    "draws": "find.draws",
    "strength": "find.strength",
    "eta": "projection.eta",
    "radius": "projection.radius",
    "colour-target": "target.colour",
    "brightness-target": "target.brightness",
    "target-strength": "target.strength",
    "target-until": "target.until",
}
FIXED = ("photo", "mask", "version", "blend", "loras", "find.windows")  # or cells can't be compared
FIND = "find."  # before what decides the found mask alone
CURVE, INTERVAL, SCALE = "guidance.curve", "guidance.interval", "guidance.scale"
AREA = "area"
COLOUR, BRIGHTNESS = "target.colour", "target.brightness"
SWITCH = {"on": True, "off": False}
DECAY = ("guidance.decay", "guidance.decay_to", "guidance.shape")
# What a parameter puts an end to in the request, as its option does on the command line.
ENDS: dict[str, dict[str, object]] = {
    "model": {"kappa": None},  # which is the model's own
    SCALE: {"curve": None},
    CURVE: {"interval": None, "decay": 0.0},
    INTERVAL: {"curve": None, "decay": 0.0},
    **{field: {"curve": None, "interval": None} for field in DECAY},
    COLOUR: {"brightness": None},
    BRIGHTNESS: {"colour": None},
}
APART = (
    *({CURVE, other} for other in (SCALE, INTERVAL, *DECAY)),
    *({INTERVAL, other} for other in DECAY),
    {COLOUR, BRIGHTNESS},
)


@dataclass(frozen=True)
class Axis:
    """One parameter and the values that it takes.

    name    as it was asked for;  field  its dotted place in a request
    labels  the values as they were written;  values  the same, read
    """

    name: str
    field: str
    labels: tuple[str, ...]
    values: tuple[object, ...]

    def __len__(self) -> int:
        return len(self.values)

    def put(self, request: EditRequest, i: int) -> EditRequest:
        """The request with the i-th value. InputError when it is out of range or doesn't fit the rest."""
        part, _, name = self.field.rpartition(".")
        try:
            changes = {**ENDS.get(self.field, {}), name: self.values[i]}
            if not part:
                return request.with_(**changes)
            return request.with_(**{part: replace(getattr(request, part), **changes)})
        except ValueError as error:
            raise InputError(f"{self.name}={self.labels[i]} can't be: {error}.") from error


def axis(text: str) -> Axis:
    """Read NAME=VALUE,VALUE,…; a value that holds a comma stands in double quotes.

    InputError for an unknown name, a value of the wrong kind, no value, or one that comes twice.
    """
    name, equals, rest = (piece.strip() for piece in text.partition("="))
    if not equals:
        raise InputError(f"“{text}” is no axis of a grid.", "Write NAME=VALUE,VALUE, as guidance=3,5,7.5.")
    field = ALIASES.get(name, name.replace("-", "_"))
    if field not in fields():
        why = "is the same for a whole grid" if field in FIXED else "is no parameter of an edit"
        raise InputError(f"“{name}” {why}.", f"A grid can vary: {', '.join(names())}.")
    labels = tuple(label.strip() for label in next(csv.reader([rest], skipinitialspace=True), ()))
    if not any(labels):
        raise InputError(f"“{name}” has no values.", f"Write them with commas between: {name}=VALUE,VALUE.")
    values = tuple(_read(name, label, fields()[field]) for label in labels)
    for i, value in enumerate(values):
        if value in values[:i]:
            raise InputError(f"{name}={labels[i]} comes twice.", "Leave one of them out.")
    return Axis(name, field, labels, values)


def check_apart(x: Axis, y: Axis | None) -> None:
    """InputError when one axis would undo what the other sets."""
    if y is None:
        return
    if x.field == y.field:
        raise InputError(f"Both axes vary {x.name}.", "Give each its own parameter.")
    if {x.field, y.field} in APART:
        raise InputError(
            f"{x.name} and {y.name} exclude each other.",
            "A guidance curve replaces scale, interval and decay; an interval a decay; a colour brightness.",
        )


def names() -> list[str]:
    """Every parameter, by its short name where it has one, in the order of the request."""
    short = {field: name for name, field in ALIASES.items()}
    return [short.get(field, field) for field in fields()]


def choices(name: str) -> tuple[str, ...]:
    """The values that a parameter can take when they are few and have names, else ()."""
    kind = fields().get(ALIASES.get(name, name))
    if kind is bool:
        return tuple(SWITCH)
    return tuple(value.value for value in kind) if _is_enum(kind) else ()


@cache
def fields() -> dict[str, Any]:
    """Dotted name → type of everything that can be varied."""
    return dict(_leaves(EditRequest, ""))


def _leaves(kind: type, before: str) -> Iterator[tuple[str, Any]]:
    for name, inner in get_type_hints(kind).items():
        field = f"{before}{name}"
        if field in FIXED:
            continue
        if is_dataclass(inner) and isinstance(inner, type):
            yield from _leaves(inner, f"{field}.")
        else:
            yield field, inner


def _read(name: str, label: str, kind: Any) -> object:
    """A value of `kind` from its text: A:B is a pair, pairs between blanks a curve, X,Y,W,H a box."""
    found: Any = label
    if label.lower() == "none" and type(None) in get_args(kind):
        return None
    if kind == fields()[INTERVAL]:
        found = label.split(":")
    elif kind == fields()[CURVE]:
        found = [point.split(":") for point in label.split()]
    elif kind is bool:
        found = SWITCH.get(label.lower(), label)
    elif kind == fields()[AREA] and label not in AREAS:
        found = [side.strip() for side in label.split(",")]
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        none = ", or none" if type(None) in get_args(kind) else ""
        raise InputError(f"{name}={label} can't be: {name} {_expects(kind)}{none}.") from error


def _expects(kind: Any) -> str:
    if _is_enum(kind):
        return f"is one of {', '.join(value.value for value in kind)}"
    if kind == fields()[INTERVAL]:
        return "is written A:B, as 0.2:0.8"
    if kind == fields()[CURVE]:
        return "is written as points P:W with blanks between, as “0:7.5 0.5:4 1:1”"
    if kind == fields()[AREA]:
        return "is whole, auto, or a box in double quotes, as “10,20,300,200”: X, Y, width and height"
    if kind is bool:
        return "is on or off"
    return "is a whole number" if kind is int else "is a number"


def _is_enum(kind: Any) -> TypeGuard[type[StrEnum]]:
    return isinstance(kind, type) and issubclass(kind, StrEnum)
