"""A model's own ways: what an edit with it begins with, and who says so. Headers and cards only, no torch.

Of distilled models (Turbo, Lightning, Hyper, LCM, DMD2 …) and LoRAs of these kinds it is known that they take
few steps and little guidance: more of either burns their pictures. Some families have usual numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from core.edit.parameter import Parameter
from core.edit.parameters import named
from core.edit.request import EditRequest, Lora
from core.edit.together import put
from core.errors import InputError
from core.models.card import CARD, NAMES, ModelCard, read_card, told_card
from core.models.card import told_by as fields_of
from core.models.catalog import folder_of, name_of
from core.models.families import FAMILIES
from core.models.offered import Known
from core.models.recognise.file import recognise_file
from core.models.recognise.folder import recognise_folder
from core.models.recognise.kinds import ModelKind, Recognised
from core.models.recognise.names import named_steps, told_by
from resources import starter_folder

# Guidance and steps that their makers' pages name; a guidance of 1 is the prompt alone.
DISTILLED = {
    "Z-Image-Turbo": (1.0, 8),
    "FLUX.2 klein": (1.0, 4),
    "FLUX.1 schnell": (1.0, 4),
    "Turbo": (2.0, 8),
    "DMD2": (1.0, 4),
    "Flash": (1.0, 4),
}
# The same of families, at all steps: of models with the scale for an input, and of bases.
# Z-Image's is counted as everybody counts (docs/decisions/073).
EMBEDDED = {"FLUX.1 Krea": (4.5, 28), "FLUX.1 dev": (3.5, 28)}
BASES = {"Z-Image": (5.0, 50), "FLUX.2 klein": (4.0, 50), "Chroma": (3.0, 40), "Qwen-Image": (4.0, 50)}
OTHERS = (1.5, 8)  # Lightning, Hyper, LCM and the like
TIME_SHIFT = 0.2  # TurboEdit's 200 of 1000 steps
UNETS = ("SD 1", "SD 2", "SDXL", "pruned SD")  # families that it was shown on, or one like them
SKIPS = ("SD 1", "SD 2", "pruned SD")  # families that can read another layer of their text encoder
FEWEST = 4  # steps: of an edit that keeps a form, some are left out


class SaidBy(StrEnum):
    """Who says it, the last of them first."""

    FAMILY = "family"  # recognised: the model, as its makers use it
    DISTILLED = "distilled"  # recognised: the model
    LORA = "lora"  # recognised: a LoRA that it wears
    CARD = "card"  # beside the model
    TOLD = "told"  # by its user


@dataclass(frozen=True)
class Whence:
    """name: of the model, family or LoRA that it is said of; by_name: recognised by its name alone."""

    source: SaidBy
    name: str
    by_name: bool = False


@dataclass(frozen=True)
class Ways:
    """All that is said of a model: as a card, and for each name on it who says so."""

    card: ModelCard
    whence: Mapping[str, Whence]

    @property
    def starts(self) -> dict[str, object]:
        """What an edit begins with, by the fields of a request."""
        return self.card.starts

    def of(self, field: str) -> Whence:
        """Who says what stands in a field of `starts`."""
        return self.whence[row_of(field).name.replace("-", "_")]


def ways_of(model: str, loras: Iterable[Lora] = ()) -> Ways:
    """The ways of a model with these LoRAs on. What isn't there or can't be read says nothing."""
    return _merged(_layers(folder_of(model), loras))


def usual_of(known: Known) -> ModelCard:
    """The ways of a model of the list that ships, as it will be recognised once it is here."""
    draws = next((family.draws for family in FAMILIES.values() if family.name == known.family), ())
    if known.kind != "model" or not draws:
        return ModelCard()
    family = next((name for name in draws if name in known.name), draws[0])
    said = told_by(known.repo, ModelKind.FOLDER, (family,))
    told = Recognised(ModelKind.FOLDER, (family,), said.variant, distilled=said.distilled)
    return _merged(_recognised_ways(told, known.repo)).card


def ways_without(place: Path) -> Ways:
    """What is known of the model in a folder or file without what its user says."""
    return _merged((card, by) for card, by in _layers(place, ()) if by.source is not SaidBy.TOLD)


def sayable(place: Path) -> tuple[str, ...]:
    """What a user may say of a model on its card: of a flow no prediction, of few families a clip skip."""
    told = _recognised(place, name_of(place))
    out = {"kappa"}  # a number to be measured, not chosen
    if told is not None and told.prediction == "flow":
        out |= {"prediction", "zero_snr"}
    if told is not None and told.families and not any(name.startswith(SKIPS) for name in told.families):
        out.add("clip_skip")
    return tuple(name for name in NAMES if name not in out)


def begun(request: EditRequest, given: Mapping[str, object]) -> EditRequest:
    """The request with its model's own ways wherever its user has given nothing; given: by field."""
    return put(request, {**ways_of(request.model, request.loras).starts, **given})


def notes(request: EditRequest) -> list[str]:
    """A sentence for each source of what the request has of the model's own, and the program hasn't.

    None of the card that ships with the starter: every edit would tell what the documents say already.
    """
    ways = ways_of(request.model, request.loras)
    ships = folder_of(request.model) == starter_folder()
    found: dict[Whence, list[str]] = {}
    for field, value in ways.starts.items():
        row, by = row_of(field), ways.of(field)
        if ships and by.source is SaidBy.CARD:
            continue
        if row.of(request) == value != row.default:
            found.setdefault(by, []).append(f"--{row.name} {shown(value)}")
    return [f"{_because(by)}: {', '.join(said)}, where nothing else is given." for by, said in found.items()]


def shown(value: object) -> str:
    """A value as it is written on the command line."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def row_of(field: str) -> Parameter:
    """The parameter of a field that there is."""
    row = named(field)
    assert row is not None
    return row


def _merged(layers: Iterable[tuple[ModelCard, Whence]]) -> Ways:
    card, whence = ModelCard(), dict[str, Whence]()
    for said, by in layers:
        card = said.over(card)
        whence |= dict.fromkeys(fields_of(said), by)
    return Ways(card, whence)


def _because(by: Whence) -> str:
    match by.source:
        case SaidBy.DISTILLED | SaidBy.LORA:
            return f"{by.name} is distilled for few steps{' (by its name)' if by.by_name else ''}"
        case SaidBy.FAMILY:
            return f"Usual for {by.name}"
        case SaidBy.CARD:
            return f"The card of {by.name} says"
        case SaidBy.TOLD:
            return f"You said of {by.name}"


def _layers(place: Path, loras: Iterable[Lora]) -> Iterator[tuple[ModelCard, Whence]]:
    """What is said, the last word last."""
    name = name_of(place)
    told = _recognised(place, name)
    if told is not None:
        yield from _recognised_ways(told, name)
    for lora in loras:
        file = Path(lora.file)
        found = _recognised(file, file.stem) if lora.weight > 0 else None
        if found is not None and found.kind is ModelKind.LORA and found.distilled:
            yield _distilled(found, file.stem), Whence(SaidBy.LORA, file.stem, "distilled" in found.by_name)
    for read, by in ((lambda: read_card(place / CARD), SaidBy.CARD), (lambda: told_card(place), SaidBy.TOLD)):
        try:
            yield read(), Whence(by, name)
        except InputError:  # the edit says so (core.models.card)
            continue


def _recognised_ways(told: Recognised, name: str) -> Iterator[tuple[ModelCard, Whence]]:
    """What its family and its kind say of a model, if they say anything."""
    usual = EMBEDDED.get(called := told.variant or told.family)
    if usual is None and told.distilled:
        yield _distilled(told, name), Whence(SaidBy.DISTILLED, name, "distilled" in told.by_name)
    elif usual := usual or BASES.get(told.family):
        guidance, steps = usual
        yield ModelCard(guidance=guidance, decay=0.0, steps=steps), Whence(SaidBy.FAMILY, called)


def _distilled(told: Recognised, name: str) -> ModelCard:
    words = (numbers for word, numbers in DISTILLED.items() if word in (told.variant or told.family))
    guidance, steps = next(words, OTHERS)
    said = named_steps(name)
    card = ModelCard(guidance=guidance, steps=steps if said is None else max(FEWEST, said))
    if not told.families or not all(name.startswith(UNETS) for name in told.families):
        return card  # of flows nobody has shown that it helps
    return msgspec.structs.replace(card, time_shift=TIME_SHIFT, pseudo_guidance=True)


def _recognised(place: Path, name: str) -> Recognised | None:
    try:
        return recognise_folder(place, name) if place.is_dir() else recognise_file(place)
    except (InputError, OSError):
        return None
