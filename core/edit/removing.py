"""An edit that takes something away: what is there is named or masked, and nothing is named in its place."""

from collections.abc import Collection, Mapping

from core.edit.method import Method
from core.edit.request import EditRequest
from core.edit.together import put
from core.errors import InputError

# Chosen among others on Storybook pages whose outcome is known (docs/decisions/062): the less is left of the
# surroundings that it begins from, the more a model that was taught what pictures show draws something there.
# A text to lead away from brought nothing at this ratio.
OWN: Mapping[str, object] = {
    "method": Method.MASKED_SDEDIT,
    "change": 0.15,
    "guidance.scale": 1.0,
    "guidance.decay": 0.0,
    "variation": 0.0,
    "area": "auto",
}


def removal(request: EditRequest, what: str, given: Collection[str] = ()) -> EditRequest:
    """`request` as one that removes `what`, "" where a mask says it; given: its fields that are meant so."""
    asked = put(request, {field: value for field, value in OWN.items() if field not in given})
    return asked.with_(reference=what.strip(), query="", avoid="", blend=None, remove=True)


def title(request: EditRequest) -> str:
    """What an edit is called in a word or few: what it draws, or “Remove the ball”."""
    return f"Remove {request.reference}".strip() if request.remove else request.query


def seeded_title(request: EditRequest) -> str:
    """What it is called beside others that differ from it by the seed alone: “a zebra, seed 3”."""
    return f"{title(request)}, seed {request.seed}"


def not_found(request: EditRequest) -> InputError:
    """Nothing in the picture is what a removal names."""
    return InputError(
        f"“{request.reference}” was not found in the picture.",
        "Name it otherwise, lower the threshold, or mark it with a mask.",
    )


def check_told(what: str, *, masked: bool) -> None:
    """InputError where neither words nor a mask say what shall go."""
    if not (masked or what.strip()):
        raise InputError("It is not said what to remove.", "Name what is there, or mark it with a mask.")
