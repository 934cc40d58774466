"""What parameters of an edit do to each other: which can't be set together, and what one puts an end to."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.edit.parameter import Parameter
from core.edit.request import EditRequest
from core.edit.words.weighted import PromptStyle
from core.errors import InputError

DECAY = ("guidance.decay", "guidance.decay_to", "guidance.shape")
# What a parameter puts an end to, where it is set by itself.
ENDS: dict[str, dict[str, object]] = {
    "guidance.scale": {"guidance.curve": None},
    "guidance.curve": {"guidance.interval": None, "guidance.decay": 0.0},
    "guidance.interval": {"guidance.curve": None, "guidance.decay": 0.0},
    **{field: {"guidance.curve": None, "guidance.interval": None} for field in DECAY},
    "target.colour": {"target.brightness": None},
    "target.brightness": {"target.colour": None},
}
# What another model, another VAE, or other LoRAs put an end to: what the engine wrote down of those before.
OWN: dict[str, dict[str, object]] = {
    "model": {
        "kappa": None,
        "find.strength": None,
        "model_digest": None,
        "prompt_style": PromptStyle.AUTO,
        "embeddings": (),
        "prediction": None,
        "zero_snr": None,
        "clip_skip": None,
        "vae": "",
    },
    "vae": {"model_digest": None},
    "loras": {"model_digest": None},
}
APART = (
    *({"guidance.curve", other} for other in ("guidance.scale", "guidance.interval", *DECAY)),
    *({"guidance.interval", other} for other in DECAY),
    {"target.colour", "target.brightness"},
)
WHY_APART = "A guidance curve replaces scale, interval and decay; an interval a decay; a colour brightness."


def check_apart(*rows: Parameter) -> None:
    """InputError when two of these can't be set together: one would undo the other."""
    for pair in APART:
        both = [row.name for row in rows if row.field in pair]
        if len(both) > 1:
            raise InputError(f"{both[0]} and {both[1]} exclude each other.", WHY_APART)


def put(request: EditRequest, values: Mapping[str, object]) -> EditRequest:
    """The request with values by field ("guidance.scale"), and without what these put an end to.

    ValueError when a value is out of range or doesn't fit the rest.
    """
    changes: dict[str, object] = {}
    for field, value in values.items():
        changes |= ENDS.get(field, {})
        if value != getattr(request, field, value):
            changes |= OWN.get(field, {})
    changes |= values
    parts: dict[str, dict[str, Any]] = {}
    for field, value in changes.items():
        part, _, leaf = field.rpartition(".")
        parts.setdefault(part, {})[leaf] = value
    whole = parts.pop("", {})
    inner = {part: replace(getattr(request, part), **leaves) for part, leaves in parts.items()}
    return request.with_(**whole, **inner)
