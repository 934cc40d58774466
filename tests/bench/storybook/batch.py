"""Many judged edits at once, through the same functions of core.diffusion and core.photo that a job uses.

A batch of edits shares each call of the network; nothing else differs from `core.edit.job`. Rounding in a
batched convolution moves a finished picture by a level here and there; `bench_quality` measures by how much.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from PIL import Image

from core.diffusion import diffedit, edit_friendly, flow_edit
from core.diffusion.clamp import Clamp
from core.diffusion.contrast import Contrast
from core.diffusion.fixed_point import through
from core.diffusion.guidance import Combination, combine, cosine
from core.diffusion.rule import Rule
from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.diffusion.step import Prediction, noised, step
from core.diffusion.weight import Rescale, needs
from core.edit.inversion import Encoded, solve_of
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.models.adapters.stable_diffusion import StableDiffusion
from core.models.backbone import Backbone, Text
from core.photo import region
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.upsample import edges, snap
from core.photo.region import View
from core.photo.seam import mend
from tests.bench.storybook.attention import changed, gate, recorded
from tests.bench.storybook.cases import Case
from tests.bench.storybook.guidances import Combine, Here

Heats = list[np.ndarray]
BOX = Image.Resampling.BOX


@dataclass
class Batch:
    """Some cases before a model: latents, texts and trajectories are computed once.

    decoding: evaluations that the last `draw` spent on decoding, of all cases together.
    combining: how two predictions become one, in the place of the request's way.
    every: of how many levels the deterministic inversions ask the network at one; all others lie between.
    """

    model: Backbone
    cases: Sequence[Case]
    decoding: int = 0
    combining: Combine | None = None
    every: int = 1
    _texts: dict[str, Text] = field(default_factory=dict)
    _drawn: dict[tuple[int, float, str], Prediction] = field(default_factory=dict)
    _ways: dict[tuple[int, Solver, int], Encoded] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = self.cases[0].page.shape[0]
        self.view: View = region.view((size, size), self.model.pixels, self.model.factor)
        self._pages = [region.to_model(case.page, self.view) for case in self.cases]
        self.latents = self._encoded(self._pages)

    @torch.inference_mode()
    def heats(
        self,
        draws: Sequence[int],
        strength: float,
        *,
        reference: bool,
        clamp: Clamp = Clamp.RANGE,
        rule: Rule = Rule.EVIDENCE,
        attention: bool = False,
    ) -> list[Heats]:
        """Every case's heat maps after so many `draws`, along the page's edges, as the editor cuts them.

        attention: the maps go through the gate of what all draws' cross-attention reads the changed words by.
        """
        level, most = self.model.schedule.at_strength(strength), max(draws)
        found = partial(self._contrasts_of, draws=most, level=level, reference=reference, rule=rule)
        maps: list[Heats] = []
        for i, case in enumerate(self.cases):
            after = list(found(i))
            drawn = [after[n - 1].scaled(clamp).apart for n in draws]
            gate = self._attention(i, most, level) if attention else torch.ones_like(drawn[0])
            maps.append([self._along_edges((one * gate).numpy(), case.page, clamp) for one in drawn])
        return maps

    def _attention(self, i: int, draws: int, level: Level) -> torch.Tensor:
        one, x0, parts = self.cases[i], self.latents[i : i + 1], cast("StableDiffusion", self.model).parts
        x = torch.cat([noised(x0, noise, level) for noise in _noises(one.seed, x0, draws)])
        with recorded(parts.unet) as attention:
            self._guess(x, level, [one.edit.reference] * draws)
        words = changed(parts.tokenizer, one.edit.reference, one.edit.query)
        return gate(attention.shares, words, (x0.shape[-2], x0.shape[-1]))

    def _contrasts_of(
        self, i: int, draws: int, level: Level, *, reference: bool, rule: Rule
    ) -> Iterator[Contrast]:
        one, x0 = self.cases[i], self.latents[i : i + 1]
        noises = _noises(one.seed, x0, draws)
        said = self._of_draws(i, one.edit.reference if reference else "", noises, level)
        asked = self._of_draws(i, one.edit.query, noises, level)
        pairs = iter([(_row(said, n), _row(asked, n)) for n in range(draws)])
        return diffedit.contrasts(lambda _x, _level: next(pairs), x0, level, noises, rule)

    def _of_draws(self, i: int, text: str, noises: Sequence[torch.Tensor], level: Level) -> Prediction:
        """What the model says of a case under each noise: asked once, whatever is made of it."""
        asked = i, level.timestep, text
        if asked not in self._drawn or len(self._drawn[asked].eps) < len(noises):
            x = torch.cat([noised(self.latents[i : i + 1], noise, level) for noise in noises])
            self._drawn[asked] = self._guess(x, level, [text] * len(noises))
        return self._drawn[asked]

    def true_heats(self) -> Heats:
        """What the editor would make of a map that knew every cell's share of what must change."""
        cells = [
            np.array(Image.fromarray(case.region.astype(np.float32)).resize(self.view.latent, BOX))
            for case in self.cases
        ]
        pairs = zip(cells, self.cases, strict=True)
        return [self._along_edges(grid, case.page, Clamp.RANGE) for grid, case in pairs]

    def _along_edges(self, grid: np.ndarray, page: np.ndarray, clamp: Clamp) -> np.ndarray:
        values = region.unpad(grid, self.view)
        along = snap(values, edges(page)) if values.any() else None
        return HeatMap(values, along is None, along, clamp).on(snap=True)

    @torch.inference_mode()
    def draw(self, request: EditRequest, found: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Edit every case by the request's method, steps, ratio and guidance: what the model drew, uint8.

        found: a full-size mask for each case, not looked at by a method without one.
        """
        assert request.solver is not Solver.FIXED_POINT, "a batch iterates nothing"
        more = (request.variation, request.avoid, request.target.given)
        assert not any(more), "a batch draws plain edits"
        levels = self.model.schedule.levels(request.steps)[: request.decode_steps + 1]
        m = self._latent_masks(found) if request.method.masked else torch.ones_like(self.latents[:, :1])
        guided = self._guided(request, m)
        if request.method.flows:
            source = self._source(request, levels)
            self.decoding = 0
            y = flow_edit.edit(guided, source, m, request.weights, _ignore)
            return self.pictures(y, found if request.method.masked else None)
        if request.method.inverts:
            way = self._inverted(request.steps, request.solver)
        else:
            noise = torch.cat([_noises(case.seed, self.latents[:1], 1)[0] for case in self.cases])
            way = Encoded(diffedit.renoise(self.latents, levels, noise), solve_of(request.solver))
        trajectory = way.trajectory[: len(levels)]
        y = diffedit.decode(guided, trajectory, levels, m, request.weights, _ignore, solve=way.solve)
        return self.pictures(y, found if request.method.masked else None)

    def _encoded(self, pages: Sequence[np.ndarray]) -> torch.Tensor:
        images = torch.from_numpy(np.stack(pages)).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.inference_mode():
            return self.model.encode(images)

    def through_vae(self, pages: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Pages of the model's own size, encoded and decoded."""
        return self.pictures(self._encoded(pages))

    def pictures(self, latents: torch.Tensor, found: Sequence[np.ndarray] | None = None) -> list[np.ndarray]:
        """Latents through the VAE's decoder, at the page's size: uint8 (H, W, 3) each.

        found: the full-size masks that the latents were decoded under, for the seam.
        """
        images = ((self.model.decode(latents) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        drawn = [image.permute(1, 2, 0).contiguous().numpy() for image in images]
        if found is not None:
            boxed = map(BoxedMask.of, found)
            drawn = [mend(*one, self.view) for one in zip(drawn, self._pages, boxed, strict=True)]
        return [region.from_model(one, self.view) for one in drawn]

    def _latent_masks(self, found: Sequence[np.ndarray]) -> torch.Tensor:
        masks = [region.latent_mask(BoxedMask.of(mask), self.view) for mask in found]
        return torch.from_numpy(np.stack(masks))[:, None]

    def _inverted(self, steps: int, solver: Solver) -> Encoded:
        """The whole inversion to full noise: a ratio's trajectory is the beginning of it."""
        key = steps, solver, self.every
        if key not in self._ways:
            levels = self.model.schedule.levels(steps)
            self._ways[key] = (
                self._remembered(levels) if solver is Solver.EDIT_FRIENDLY else self._walked(levels, solver)
            )
        return self._ways[key]

    def _walked(self, levels: Sequence[Level], solver: Solver) -> Encoded:
        nothing, solve = [""] * len(self.cases), solve_of(solver)

        def predict(x: torch.Tensor, level: Level) -> Prediction:
            return self._guess(x, level, nothing)

        asked = [*range(0, len(levels) - 1, self.every), len(levels) - 1]
        found = diffedit.encode(predict, self.latents, [levels[i] for i in asked], _ignore, solve=solve)
        return Encoded(between(dict(zip(asked, found, strict=True)), levels), solve)

    def _remembered(self, levels: Sequence[Level]) -> Encoded:
        """Edit-friendly, by each case's reference and the same noises as a job's."""
        said, one = [case.edit.reference for case in self.cases], self.latents[:1]
        drawn = [_noises(case.seed, one, len(levels))[1:] for case in self.cases]
        noises = [torch.cat(of_level) for of_level in zip(*drawn, strict=True)]

        def predict(latents: Sequence[torch.Tensor], levels: Sequence[Level]) -> list[Prediction]:
            return [self._guess(x, level, said) for x, level in zip(latents, levels, strict=True)]

        found, corrections = edit_friendly.encode(predict, self.latents, levels, noises, _ignore)
        return Encoded(found, edit_friendly.solver(dict(zip(levels[1:], corrections, strict=True))))

    def _source(self, request: EditRequest, levels: Sequence[Level]) -> flow_edit.SourcePath:
        """FlowEdit's, by each case's reference and the same noises as a job's."""
        steps, flow, one = len(levels) - 1, request.flow, self.latents[:1]
        assert request.rescale is Rescale.OFF, "a batch's source is guided plainly"
        drawn = [_noises(case.seed, one, steps * flow.n_avg + 1)[1:] for case in self.cases]
        noises = [torch.cat(of_draw) for of_draw in zip(*drawn, strict=True)]
        draws: list[list[tuple[torch.Tensor, Prediction]]] = []
        for i in range(steps - flow.led(steps), steps):
            level, some = levels[i + 1], noises[i * flow.n_avg : (i + 1) * flow.n_avg]
            draws.append([(noise, self._told(noise, level, flow.source_guidance)) for noise in some])
        return flow_edit.SourcePath(self.latents, levels, draws, noises[max(0, steps - len(draws) - 1)])

    def _told(self, noise: torch.Tensor, level: Level, weight: float) -> Prediction:
        x, need = noised(self.latents, noise, level), needs(weight, Rescale.OFF)
        texts = [case.edit.reference for case in self.cases]
        u = self._guess(x, level, [""] * len(texts)) if need.unconditional else None
        t = self._guess(x, level, texts) if need.conditional else None
        return combine(u, t, weight, Combination(), level)[0]

    def _guided(
        self, request: EditRequest, mask: torch.Tensor
    ) -> Callable[[torch.Tensor, Level, float], Prediction]:
        """`core.edit.guide.Guide` for all cases at once: each is skipped by its own cosine."""
        queries = [case.edit.query for case in self.cases]
        combination = Combination(
            request.rescale,
            request.kappa or self.model.kappa,
            request.projection,
            predicts=self.model.prediction,
        )
        parallel = torch.zeros(len(queries), dtype=torch.bool)
        self.decoding = 0

        def predict(y: torch.Tensor, level: Level, weight: float) -> Prediction:
            first, need = self.decoding == 0, needs(weight, request.rescale)
            alone = parallel & need.conditional
            asked = (
                torch.nonzero(~alone).flatten() if need.unconditional else torch.empty(0, dtype=torch.long)
            )
            x, texts = y[asked], [""] * len(asked)
            if need.conditional:
                x, texts = torch.cat([x, y]), texts + queries
            self.decoding += len(texts)
            both = self._guess(x, level, texts)
            u, t = _part(both, slice(None, len(asked))), _part(both, slice(len(asked), None))
            if not need.conditional or not len(asked):
                return t if need.conditional else u
            told = Prediction(t.eps[asked], t.x0[asked])
            if self.combining is None:
                guided, _ = combine(u, told, weight, combination, level)
            else:
                here = Here(level, weight, first, mask[asked], self.model.prediction)
                guided = self.combining(u, told, here)
            parallel[asked] |= cosine(u, told, mask[asked]) > request.skip
            t.eps[asked], t.x0[asked] = guided.eps, guided.x0
            return t

        return predict

    def _guess(self, x: torch.Tensor, level: Level, texts: Sequence[str]) -> Prediction:
        for text in texts:
            if text not in self._texts:
                self._texts[text] = self.model.text(text)
        return self.model.predict(x, level, Text.stack([self._texts[text] for text in texts]))


def between(known: dict[int, torch.Tensor], levels: Sequence[Level]) -> list[torch.Tensor]:
    """A latent for every level from those of some, the first and the last among them.

    Between two it lies where the one (ε̂, x̂0) that leads through both puts it.
    """
    found: list[torch.Tensor] = []
    for low, high in pairwise(known):
        found.append(known[low])
        if high - low > 1:
            way = through(known[low], levels[low], known[high], levels[high])
            found += [step(way, levels[i]) for i in range(low + 1, high)]
    return [*found, known[len(levels) - 1]]


def find(heat: np.ndarray, threshold: float, grow: float = 0.0) -> np.ndarray:
    """A heat map cut into a full-size mask by the editor's own way, uint8 (H, W)."""
    size = heat.shape[1], heat.shape[0]
    return masks.enlarge(masks.cut(heat, size, threshold, grow), size)


def _ignore(*_: object) -> None:
    """No one watches."""


def _noises(seed: int, like: torch.Tensor, n: int) -> list[torch.Tensor]:
    """The same draws as a job's with this seed."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(like.shape, generator=generator) for _ in range(n)]


def _row(prediction: Prediction, n: int) -> Prediction:
    return _part(prediction, slice(n, n + 1))


def _part(prediction: Prediction, rows: slice) -> Prediction:
    return Prediction(prediction.eps[rows], prediction.x0[rows])
