"""Model cards: what is known of a model beyond its files, measured by us or told by its user. No torch.

A card may lie beside a model's index, as the starter's does. What a user says of a model is kept in the
user's own data folder, for every model alike (docs/decisions/028), and comes before that.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from core.diffusion.solver import Solver
from core.edit.parameter import NONE
from core.edit.parameters import named
from core.edit.request import EditRequest
from core.edit.together import put
from core.edit.words.weighted import PromptStyle
from core.errors import InputError
from core.models.files.documents import damaged, read_json
from core.photo.files.atomic import explain_write, write_atomic

CARD = "palimpsest.json"  # optional, beside the index
MASK_STRENGTH = 0.5  # DiffEdit's own, for models that say nothing else
# What an edit begins with, where nothing is said.
STARTS = ("guidance", "decay", "steps", "solver", "change", "time-shift", "pseudo-guidance")


class ModelCard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a model; None, "" and {} where nothing is. All but `parts` and `knows` are an edit's.

    guidance, decay, steps, solver, change, time_shift, pseudo_guidance    what it usually draws with
    mask_strength  the share of the schedule at which its regions are found, in (0, 1]
    clip_skip      the layer of its text encoder that is read, 1 the last
    prediction, zero_snr    where its files don't say so (core.models.adapters.parameterisation)
    kappa          what the guidance weight is divided by for `plain` (core.diffusion.guidance)
    parts          part that its own file lacks → the file of this machine that holds it, by its user's choice
                   (core.models.files.checkpoint.choose_part)
    knows          a sentence when it knows a small world only
    """

    guidance: float | None = None
    decay: float | None = None
    steps: int | None = None
    solver: Solver | None = None
    change: float | None = None
    time_shift: float | None = None
    pseudo_guidance: bool | None = None
    mask_strength: float | None = None
    clip_skip: int | None = None
    prediction: Literal["epsilon", "v"] | None = None
    zero_snr: bool | None = None
    kappa: float | None = None
    parts: dict[str, str] = msgspec.field(default_factory=dict)
    knows: str = ""

    @property
    def prompt_style(self) -> PromptStyle:
        """How such a model's prompts are written: with weights, but for a small world, which knows words."""
        return PromptStyle.PLAIN if self.knows else PromptStyle.WEIGHTED

    @property
    def of_network(self) -> "ModelCard":
        """What of it decides how the model is loaded."""
        return msgspec.structs.replace(self, **dict.fromkeys(name.replace("-", "_") for name in STARTS))

    @property
    def starts(self) -> dict[str, object]:
        """What an edit begins with, by the fields of a request."""
        return {field: value for field, value in _by_field(self).items() if _name(field) in STARTS}

    @property
    def elsewhere(self) -> "ModelCard":
        """What of it holds on other machines too."""
        return msgspec.structs.replace(self, parts={})

    def here(self, before: "ModelCard") -> "ModelCard":
        """In the place of what was said before, whose files stay."""
        return msgspec.structs.replace(self, parts=before.parts)

    def over(self, other: "ModelCard") -> "ModelCard":
        """This one where it says something, the other one where it doesn't."""
        return msgspec.structs.replace(other, **{name: getattr(self, name) for name in told_by(self)})


NAMES = tuple(name for name in ModelCard.__struct_fields__ if name not in ("parts", "knows"))


def told_by(card: ModelCard) -> tuple[str, ...]:
    """The names of what a card says something of."""
    return tuple(name for name in card.__struct_fields__ if getattr(card, name) not in (None, "", {}))


def card_of(place: Path) -> ModelCard:
    """All that is known of the model in a folder or file; what can't be read is as if it weren't there."""
    known = ModelCard()
    for path in (place / CARD, told_place(place)):
        try:
            known = read_card(path).over(known)
        except InputError:
            continue
    return known


def card_problems(place: Path) -> tuple[str, ...]:
    """A sentence for each of its cards that can't be read."""
    said: list[str] = []
    for path in (place / CARD, told_place(place)):
        try:
            read_card(path)
        except InputError as error:
            said.append(f"{error.message} The model is used without it.")
    return tuple(said)


def read_card(path: Path) -> ModelCard:
    """A card from a file; an empty one where there is none. InputError for one that can't be read."""
    try:
        if not path.is_file():
            return ModelCard()
        return checked(msgspec.convert(read_json(path), ModelCard))
    except (msgspec.ValidationError, ValueError) as error:
        raise damaged(path, str(error)) from error
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror or error}.") from error


def checked(card: ModelCard) -> ModelCard:
    """The card. ValueError for a value that no request can have."""
    put(EditRequest(photo="", query=""), _by_field(card))
    return card


def told_card(place: Path) -> ModelCard:
    """What the user said of a model; an empty card for nothing, and for one that can't be read."""
    try:
        return read_card(told_place(place))
    except InputError:
        return ModelCard()


def tell(place: Path, card: ModelCard) -> None:
    """Remember what the user says of a model, in the place of what was said before; an empty card: nothing.

    ValueError for a value out of range; CoreError when the disk refuses.
    """
    path = told_place(place)
    if card == ModelCard():
        path.unlink(missing_ok=True)
        return
    write_card(path, checked(card))


def import_card(path: Path) -> ModelCard:
    """A card that somebody wrote out. InputError where there is none, or one that says nothing known."""
    if not path.is_file():
        raise InputError(f"There is no card {path}.", "Name a file that “models card --export” wrote.")
    card = read_card(path).elsewhere
    if card == ModelCard():
        raise InputError(f"{path.name} says nothing of a model.", 'A card is JSON, such as {"steps": 8}.')
    return card


def with_said(card: ModelCard, said: Iterable[str]) -> ModelCard:
    """The card with what is written as steps=8; none takes it back. InputError for what can't be said."""
    for text in said:
        name, equals, value = text.partition("=")
        row, key = named(name), name.replace("-", "_")
        if not equals or row is None or key not in NAMES:
            names = ", ".join(known.replace("_", "-") for known in NAMES)
            raise InputError(f"“{text}” says nothing of a model.", f"Write NAME=VALUE; names are {names}.")
        read = None if value.lower() == NONE else row.read(value)
        try:
            card = checked(msgspec.structs.replace(card, **{key: read}))
        except ValueError as error:
            raise InputError(f"{text} can't be: {error}.") from error
    return card


def write_card(path: Path, card: ModelCard) -> None:
    """A card as a file, as it lies beside a model. CoreError when it can't be written."""
    data = msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_write(error, path) from error
    write_atomic(path, lambda file: file.write(data))


def told_place(place: Path) -> Path:
    """Where it is kept what a user says of the model in a folder or file."""
    name = hashlib.sha256(str(place.absolute()).encode(errors="surrogatepass")).hexdigest()[:32]
    return platformdirs.user_data_path("palimpsest") / "cards" / f"{name}.json"


def _by_field(card: ModelCard) -> dict[str, object]:
    """What a card says, by the fields of a request."""
    rows = ((named(name.replace("_", "-")), name) for name in told_by(card))
    return {row.field: getattr(card, name) for row, name in rows if row is not None}


def _name(field: str) -> str:
    row = named(field)
    assert row is not None
    return row.name
