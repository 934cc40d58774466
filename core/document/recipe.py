"""A layer's recipe: in a few words, taken up as settings, drawn once more, and beside the settings of now."""

from dataclasses import dataclass, replace
from typing import cast

from core.document.commands import Command
from core.edit.carried.generation import Generation
from core.edit.parameter import SWITCH, Parameter
from core.edit.parameters import PARAMETERS
from core.edit.removing import title
from core.edit.request import EditRequest

SETTLED = (  # left to it, the engine writes down what it took
    "find.strength", "prompt_style", "area", "vae", "prediction", "zero_snr", "clip_skip",
)  # fmt: skip
UNSAID = "–"  # what is left to the model, or was not asked for


@dataclass(frozen=True)
class Line:
    """One parameter of a recipe. now: its value in other settings.

    differs  they say another one;  left: they say none, and the engine takes what it finds
    """

    parameter: Parameter
    value: str
    now: str
    differs: bool
    left: bool = False


def named(request: EditRequest) -> str:
    """An edit in a few words: “a horse → a zebra”, “Remove the ball”."""
    return title(request) if request.remove else f"{request.reference} → {request.query}".strip()


def lines(request: EditRequest, now: EditRequest) -> list[Line]:
    """All that decides a recipe's pixels and has an effect in it or in the settings of now."""
    found: list[Line] = []
    for row in PARAMETERS:
        if not (row.idle(request) and row.idle(now)):
            value, other = _written(row, request), _written(row, now)
            another = value != other
            left = another and row.field in SETTLED and row.of(now) in (None, "auto")
            found.append(Line(row, value, other, another and not left, left))
    return found


def reuse(request: EditRequest) -> Command:
    """The request's settings as the draft's. Model and device stay the window's, the cut stays the mask's."""

    def settings(now: EditRequest) -> EditRequest:
        strength = request.find.strength if request.model == now.model else None
        cut = {
            name: getattr(now.find, name)
            for name in ("clamp", "centre", "threshold", "grow", "snap", "windows", "clicks")
        }
        find = replace(request.find, strength=strength, **cut)
        area = request.area if isinstance(request.area, str) else "auto"  # placed anew, for the mask of now
        return unsigned(request).with_(
            embeddings=(),
            prediction=None,
            zero_snr=None,
            clip_skip=None,
            find=find,
            model=now.model,
            device=now.device,
            area=area,
            remove=False,  # that is asked for by a button of its own
        )

    return lambda state: state.with_(draft=settings(state.draft))


def taken(generation: Generation) -> Command:
    """Another program's prompt, as what is there, and its settings, in the draft."""
    return lambda state: state.with_(draft=generation.over(state.draft))


def unsigned(request: EditRequest) -> EditRequest:
    """Without what an engine wrote down of picture, mask, model and machine."""
    return request.with_(photo="", mask=None, kappa=None, threads=None, model_digest=None)


def _written(row: Parameter, request: EditRequest) -> str:
    """A value as people read it."""
    value = None if row.idle(request) else row.of(request)
    option = next((option.text for option in row.options if option.value == value), None)
    if option is not None:
        return option
    match value:
        case None | "" | ():
            return UNSAID
        case bool():
            return next(word for word, means in SWITCH.items() if means is value)
        case float():
            return f"{value:.4g}"
        case tuple():
            return " ".join(map(_part, cast("tuple[object, ...]", value)))
        case _:
            return str(value)


def _part(part: object) -> str:
    if isinstance(part, tuple):
        return ":".join(map(_part, cast("tuple[object, ...]", part)))  # a point of a curve
    return f"{part:.4g}" if isinstance(part, float) else str(getattr(part, "file", part))
