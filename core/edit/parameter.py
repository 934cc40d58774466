"""What one parameter of an edit is: its name, its words, its field in EditRequest, its values as text."""

from bisect import bisect_left
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache, cached_property, reduce
from typing import Any, get_args, get_type_hints

import msgspec

from core.bounds import Bounds, bounds_of
from core.edit.request import AREAS, EditRequest
from core.errors import InputError
from core.photo.masks.click import DROPS

SWITCH = {"on": True, "off": False}
NONE = "none"  # of a parameter that may be left to the model, or be off


@dataclass(frozen=True)
class Option:
    """One value of a few: `text` for a newcomer, `tip` with the field's own term."""

    value: object
    text: str
    tip: str


@dataclass(frozen=True)
class Slide:
    """What a slider covers, all as shown: value · factor. Typing reaches all of the range.

    step    from each value to the next
    growth  a share of the value by which the next one is farther, once that is more than a step: so that the
            slider is fine where values are small
    """

    minimum: float
    maximum: float
    step: float = 1.0
    decimals: int = 0
    unit: str = ""
    factor: float = 1.0
    growth: float = 0.0

    @cached_property
    def stops(self) -> tuple[float, ...]:
        """The values that a handle stands at, from the least to the most."""
        last = round((self.maximum - self.minimum) / self.step)
        places, place = [0], 0
        while place < last:
            further = round(self.growth * (self.minimum / self.step + place))
            place = min(last, place + max(1, further))
            places.append(place)
        return tuple(self.minimum + place * self.step for place in places)

    def nearest(self, value: float) -> int:
        """Which of the stops is nearest to a value, from 0 on."""
        after = bisect_left(self.stops, value)
        around = range(max(0, after - 1), min(after + 1, len(self.stops)))
        return min(around, key=lambda stop: abs(self.stops[stop] - value))


@dataclass(frozen=True)
class Parameter:
    """One row of the table.

    field     its dotted place in a request: "guidance.scale"
    name      on the command line (behind two dashes) and as an axis of a grid
    label     in the window
    tip       in plain words, then in the field's own
    help      for the command line, without the default
    metavar   of its value there
    options   the values, where they are few and have names
    slide     of its slider, where it has one
    panel     the panel that has a control for it, "" for none
    examples  values for the axis of a grid; "" where the options or the present value do
    needs     {field: values}: it has an effect only where each of these fields has one of these values
    also      what else it is looked for by, as other programs call it: words that are never shown
    """

    field: str
    name: str
    label: str
    tip: str
    help: str
    metavar: str = ""
    options: tuple[Option, ...] = ()
    slide: Slide | None = None
    panel: str = ""
    examples: str = ""
    needs: tuple[tuple[str, tuple[object, ...]], ...] = ()
    also: str = ""

    @property
    def kind(self) -> Any:
        """Its type: str, int, float, bool, an enum, or a union or tuple of these."""
        return _types(self._owner)[self._leaf]

    @property
    def switch(self) -> bool:
        """It is on or off, or is left to the model."""
        return bool in (self.kind, *get_args(self.kind))

    @property
    def default(self) -> Any:
        return self.of(_plain())

    @property
    def bounds(self) -> Bounds | None:
        """Its range; None for what isn't a number."""
        return next(bounds_of(one) for one in fields(self._owner) if one.name == self._leaf)

    def of(self, request: EditRequest) -> Any:
        """Its value in a request."""
        return _of(request, self.field)

    def idle(self, request: EditRequest) -> bool:
        """It has no effect in this request, whatever its value."""
        return bool(self.unmet(request))

    def unmet(self, request: EditRequest) -> tuple[str, ...]:
        """The fields that keep it from having an effect in this request."""
        owners = ((field, values) for field, values in self.needs)
        return tuple(field for field, values in owners if _of(request, field) not in values)

    def read(self, text: str) -> Any:
        """Its value from what people write; InputError says how it is written.

        A:B is a pair, pairs between commas or blanks are a curve, X,Y,W,H a box, on and off a switch, none
        what may be left out.
        """
        kind, found = self.kind, self._taken_apart(text)
        if text.lower() == NONE and type(None) in get_args(kind):
            return None
        try:
            return msgspec.convert(found, kind, strict=False)
        except msgspec.ValidationError as error:
            raise InputError(f"{self.name}={text} can't be: {self.name} {self.expects}.") from error

    @property
    def expects(self) -> str:
        """How its values are written, to follow its name."""
        none = f", or {NONE}" if type(None) in get_args(self.kind) else ""
        return self._form() + none

    @property
    def values(self) -> tuple[str, ...]:
        """All of its values as they are written, where they are few and have names, else ()."""
        kind = self.kind
        if self.switch:
            return tuple(SWITCH)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return tuple(value.value for value in kind)
        return tuple(str(option.value) for option in self.options if self.field != "area")

    @property
    def _owner(self) -> Any:
        *path, _ = self.field.split(".")
        return type(reduce(getattr, path, _plain()))

    @property
    def _leaf(self) -> str:
        return self.field.rpartition(".")[2]

    def _taken_apart(self, text: str) -> Any:
        match self.field:
            case "guidance.interval":
                return text.split(":")
            case "guidance.curve":
                return [point.split(":") for point in text.replace(",", " ").split()]
            case "find.clicks":
                return [_click(place) for place in text.split()]
            case "area" if text not in AREAS:
                return [side.strip() for side in text.split(",")]
            case _:
                return SWITCH.get(text.lower(), text) if self.switch else text

    def _form(self) -> str:
        match self.field:
            case "guidance.interval":
                return "is written A:B, as 0.2:0.8"
            case "guidance.curve":
                return "is written as points P:W with blanks between, as “0:7.5 0.5:4 1:1”"
            case "find.clicks":
                return "is written as places X,Y with blanks between, not: before what isn't meant"
            case "area":
                return "is whole, auto, or a box in double quotes, as “10,20,300,200”: X, Y, width and height"
            case _ if self.switch:
                return "is on or off"
            case _ if self.values:
                return f"is one of {', '.join(self.values)}"
            case _:
                return "is a whole number" if int in (self.kind, *get_args(self.kind)) else "is a number"


def _of(request: EditRequest, field: str) -> Any:
    return reduce(getattr, field.split("."), request)


def _click(text: str) -> dict[str, object]:
    place = text.removeprefix(DROPS)
    x, _, y = place.partition(",")
    return {"x": x, "y": y, "keep": place == text}


@cache
def _plain() -> EditRequest:
    """A request of all defaults."""
    return EditRequest(photo="", query="")


@cache
def _types(owner: Any) -> dict[str, Any]:
    return get_type_hints(owner)
