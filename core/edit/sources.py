"""What FlowEdit needs of a picture before it is told what to make of it: the source's predictions.

They don't wait for each other: the network is asked for a block of them at once, as in edit-friendly
inversion.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import torch

from core.diffusion import diffedit
from core.diffusion.flow_edit import SourcePath, edit, turned
from core.diffusion.guidance import combine
from core.diffusion.schedule import Level
from core.diffusion.step import Field, Prediction, noised
from core.diffusion.weight import Guided, needs
from core.edit.cache import Cache, Tensors
from core.edit.guide import combination_of
from core.edit.inversion import Walk, seed_turn, walk_noises
from core.edit.request import EditRequest

# latents at their levels, all of one prompt, at a scale where that is embedded
PredictEach = Callable[[Sequence[torch.Tensor], Sequence[Level], str, float], Sequence[Prediction]]
Sample = tuple[torch.Tensor, Level]


@dataclass(frozen=True)
class Led:
    """A picture ready to be led to another by FlowEdit."""

    source: SourcePath

    def decode(self, walk: Walk) -> torch.Tensor:
        """From prompt to prompt."""
        turn = turned(walk.fresh, walk.mask, walk.variation)
        return edit(walk.predict, self.source, walk.mask, walk.weights, walk.on_step, turn, walk.steer)


@dataclass(frozen=True)
class Sources:
    """A picture's latent x0 under a request. `key` names the photo and how the model sees it.

    predict: of the reference and the text to avoid, so many samples `at_once`; predicts: what the network
    predicts; guided: what guides it.
    """

    request: EditRequest
    x0: torch.Tensor
    levels: Sequence[Level]
    predict: PredictEach
    at_once: int
    predicts: Field
    guided: Guided
    key: Hashable

    def encode(self, cache: Cache, on_step: diffedit.OnStep) -> Led:
        """All that the query's steps are compared with, from the cache where it is known."""
        request, steps = self.request, len(self.levels) - 1
        n_avg, led = request.flow.n_avg, request.flow.led(steps)
        noises = list(walk_noises(request, self.x0, steps * n_avg))
        first, above = (steps - led) * n_avg, [level for level in self.levels[1:] for _ in range(n_avg)]
        samples = list(zip(noises, above, strict=True))[first:]
        told = self._told(samples, cache, on_step)
        drawn = [(noise, said) for (noise, _), said in zip(samples, told, strict=True)]
        draws = [drawn[at : at + n_avg] for at in range(0, len(drawn), n_avg)]
        return Led(SourcePath(self.x0, self.levels, draws, noises[max(0, first - n_avg)]))

    def _told(self, samples: Sequence[Sample], cache: Cache, on_step: diffedit.OnStep) -> list[Prediction]:
        """The guided prediction of every sample, combined as the query's is."""
        request, weight = self.request, self.request.source_scale(self.guided)
        if self.guided is not Guided.PROMPTS:
            return self._under(request.reference, weight, samples, cache, on_step)
        need, combination = needs(weight, request.rescale), combination_of(request, self.predicts)
        away_from = request.away_from if weight >= 1 else ""
        nothing: list[None] = [None] * len(samples)
        u = self._under(away_from, 1.0, samples, cache, _ignore) if need.unconditional else nothing
        t = self._under(request.reference, 1.0, samples, cache, on_step) if need.conditional else nothing
        each = zip(u, t, samples, strict=True)
        return [combine(one, other, weight, combination, level)[0] for one, other, (_, level) in each]

    def _under(
        self, prompt: str, scale: float, samples: Sequence[Sample], cache: Cache, on_step: diffedit.OnStep
    ) -> list[Prediction]:
        """Each sample's prediction under a prompt, kept by blocks: by their lengths too, as of draws."""
        request, found = self.request, list[Prediction]()
        drawn = request.steps, request.seed, seed_turn(request), request.flow.n_avg, request.flow.n_min
        key = ("source", self.key, *drawn, prompt, scale)
        for start in range(0, len(samples), self.at_once):
            block = samples[start : start + self.at_once]

            def asked(block: Sequence[Sample] = block) -> Tensors:
                latents = [noised(self.x0, noise, level) for noise, level in block]
                said = self.predict(latents, [level for _, level in block], prompt, scale)
                return tuple(field for one in said for field in (one.eps, one.x0))

            fields = iter(cache.get((*key, start, len(block)), asked))
            found += [Prediction(eps, x0) for eps, x0 in zip(fields, fields, strict=True)]
            on_step(len(found), found[-1])
        return found


def _ignore(*_: object) -> None:
    """Only what is told of the reference is shown."""
