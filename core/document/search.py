"""What a region was looked for with: a found mask belongs to these, and to no other words."""

from dataclasses import dataclass, replace

from core.diffusion.clamp import Clamp
from core.edit.request import EditRequest, Lora


@dataclass(frozen=True)
class Search:
    """All of a request that decides the heat map, but the noise and the device: another draw finds the same.

    prompts   both, in any order: where two predictions differ doesn't depend on which is taken from which
    strength  of the noise; None is the model's own, whatever that was
    """

    prompts: frozenset[str]
    model: str
    loras: tuple[Lora, ...]
    draws: int
    settle: float
    clamp: Clamp
    windows: tuple[float, ...]
    strength: float | None

    @staticmethod
    def of(request: EditRequest) -> "Search":
        find = request.find
        prompts = frozenset(" ".join(text.split()) for text in (request.reference, request.query))
        return Search(
            prompts,
            request.model,
            request.loras,
            find.draws,
            find.settle,
            find.clamp,
            find.windows,
            find.strength,
        )

    def finds_what(self, request: EditRequest) -> bool:
        """A search for `request` would find what this one found."""
        other = Search.of(request)
        own = None in (self.strength, other.strength)
        return self == (replace(other, strength=self.strength) if own else other)
