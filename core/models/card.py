"""Model cards: what was measured of a model, beside it. No torch."""

from pathlib import Path
from typing import Annotated

import msgspec

from core.edit.weighted import PromptStyle
from core.models.documents import damaged, read_json

CARD = "palimpsest.json"  # optional, beside the index


class ModelCard(msgspec.Struct, frozen=True):
    """What this program measured of a model: its card, `palimpsest.json` beside its index.

    kappa          what the guidance weight is divided by for `plain` (core.diffusion.guidance)
    mask_strength  the share of the schedule at which its regions are found, in (0, 1]
    knows          a sentence when it knows a small world only, else ""
    """

    kappa: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None
    mask_strength: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    knows: str = ""

    @property
    def prompt_style(self) -> PromptStyle:
        """How such a model's prompts are written: with weights, but for a small world, which knows words."""
        return PromptStyle.PLAIN if self.knows else PromptStyle.WEIGHTED


def read_card(folder: Path) -> ModelCard:
    """A model's card; an empty one where it has none. InputError for one that can't be read."""
    path = folder / CARD
    if not path.is_file():
        return ModelCard()
    try:
        return msgspec.convert(read_json(path), ModelCard)
    except msgspec.ValidationError as error:
        raise damaged(path, str(error)) from error
