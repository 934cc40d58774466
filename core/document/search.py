"""What a region was looked for with: a found mask belongs to these, and to no other words."""

from dataclasses import dataclass, replace

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.edit.request import EditRequest, Lora
from core.photo.rect import Rect


@dataclass(frozen=True)
class Search:
    """All of a request that decides the heat map, but the noise and the device: another draw finds the same.

    prompts   both, in any order: where two predictions differ doesn't depend on which is taken from which
    strength  of the noise; None is the model's own, whatever that was
    rule      what of the draws made it; as projects from before there was a choice have it
    reference which of the prompts, where the rule asks which of them is true of the picture, else ""
    searched  the part of the photo that it was looked for in; None for all of it, or for a place that is:
    placed    the program looked for the place itself
    zoomed    what was found was looked at closer
    """

    prompts: frozenset[str]
    model: str
    loras: tuple[Lora, ...]
    draws: int
    settle: float
    clamp: Clamp
    windows: tuple[float, ...]
    strength: float | None
    rule: Rule = Rule.DIFFERENCE
    reference: str = ""
    searched: Rect | None = None
    placed: bool = False
    zoomed: bool = False

    @staticmethod
    def of(request: EditRequest) -> "Search":
        find = request.find
        reference, query = (" ".join(text.split()) for text in (request.reference, request.query))
        return Search(
            frozenset((reference, query)),
            request.model,
            request.loras,
            find.draws,
            find.settle,
            find.clamp,
            find.windows,
            find.strength,
            find.rule,
            reference if find.rule is Rule.EVIDENCE else "",
            request.searched,
            request.seeks_place,
            request.zooms_in,
        )

    def finds_what(self, request: EditRequest) -> bool:
        """A search for `request` would find what this one found."""
        other = Search.of(request)
        own = None in (self.strength, other.strength)
        return self == (replace(other, strength=self.strength) if own else other)
