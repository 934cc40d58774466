"""One request at work: DiffEdit's stages on one photo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from core.diffusion import diffedit
from core.diffusion.between import between
from core.diffusion.loss_guidance import steer
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, slerp
from core.diffusion.trace import StepTrace
from core.edit.cache import Cache
from core.edit.guide import Guide
from core.edit.inversion import Encoded, Inversion, Walk, noises_of, solve_of
from core.edit.mask_request import MaskRequest
from core.edit.placing import likely
from core.edit.progress import Stage
from core.edit.request import EditRequest
from core.edit.result import EditResult, HeatMap, Working
from core.edit.sight import Sight
from core.edit.sources import Led, Sources
from core.edit.watch import Watch
from core.edit.without_effect import without_effect
from core.edit.words.notices import named, prompt_notices, unweighed
from core.errors import Cancelled
from core.models.backbone import PLAIN, Backbone, InpaintConditioning, Reading, Text
from core.photo import rect as rects
from core.photo import region
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.locality import Reach, border, evenness
from core.photo.photo import digest
from core.photo.rect import Rect

DRAWN_AT_ONCE = 4  # of the mask's draws, at most: it mostly settles at the fourth, and what is over is wasted


@dataclass(frozen=True)
class Partial:
    """The end of a decoding, reached or interrupted: all that pasting needs."""

    job: "Job"
    mask: BoxedMask
    heat: HeatMap | None
    latent: torch.Tensor
    traces: tuple[StepTrace, ...]


class Job:
    """A request, and its stages over the photo as the model sees it. Runs in torch.inference_mode."""

    def __init__(
        self,
        request: EditRequest,
        sight: Sight,
        model: Backbone,
        cache: Cache,
        watch: Watch,
        reading: Reading = PLAIN,
        notices: tuple[str, ...] = (),
    ) -> None:
        self.request, self.watch = request, watch
        self._sight, self._model, self._cache = sight, model, cache
        self._reading, self._said = reading, notices
        self._schedule = model.schedule_at(*sight.latent.shape[-2:])
        self._levels = self._schedule.levels(request.steps)[: request.decode_steps + 1]

    def at(self, sight: Sight) -> "Job":
        """The same job on another part of the photo; its clock and its counters run on."""
        model, cache, watch = self._model, self._cache, self.watch
        return Job(self.request, sight, model, cache, watch, self._reading, self._said)

    @property
    def sight(self) -> Sight:
        return self._sight

    @property
    def working(self) -> Working:
        return Working(*self._sight.view.working)

    @property
    def device(self) -> str:
        return str(self._model.device)

    def find(self) -> HeatMap:
        """DiffEdit's first step. Prompts that read the same to the model need no evaluation."""
        request, find, latent = self.request, self.request.find, self._sight.latent
        prompts, batch = (request.reference, request.query), min(self._model.batch, DRAWN_AT_ONCE)
        firsts = iter(range(0, find.draws, batch))

        def both(x: torch.Tensor, level: Level) -> tuple[Prediction, Prediction]:
            first = next(firsts)
            reference, query = (self._drawn(x, level, prompt, first) for prompt in prompts)
            return reference, query

        with self.watch.stage(Stage.FINDING):
            seen = HeatMap(self._sight.heat(torch.zeros(latent.shape[-2:])), clamp=find.clamp)
            even, reach = 0.0, Reach(0.0, 0.0)
            if not self._text(request.reference).same(self._text(request.query)):
                noises = torch.cat(list(noises_of(request.seed, latent, find.draws)))
                assert find.strength is not None
                level = self._schedule.at_strength(find.strength)
                blocks = [noises[at : at + batch] for at in range(0, len(noises), batch)]
                drawn = diffedit.contrasts(both, latent, level, blocks, find.rule)
                settling = diffedit.settling(drawn, find.settle, find.clamp, find.rule)
                for n, contrast in enumerate(settling, start=1):
                    maps = contrast.apart, contrast.spread, contrast.difference
                    values, unsure, difference = map(self._sight.heat, maps)
                    seen, even = HeatMap(values, clamp=find.clamp, unsure=unsure), evenness(difference)
                    strength = (contrast.strongest or 0.0) / (request.kappa or self._model.kappa)
                    reach = Reach(border(difference), strength)
                    shown = self._as_cut(seen).on(snap=False)
                    self.watch.tell(Stage.FINDING, n, find.draws, heat=shown, closer=self._is_closer)
            same = not seen.values.any()
            snapped = None if same else self._sight.snapped(seen.values, find.windows, self._cache)
            found = self._as_cut(replace(seen, same=same, snapped=snapped, even=even, reach=reach))
            return replace(found, guide=self._sight.guide(self._cache))

    def _as_cut(self, heat: HeatMap) -> HeatMap:
        """A map of what is seen as one of the whole photo, centred where the request asks for that."""
        heat = heat.centred(MaskRequest.threshold) if self.request.centres else heat
        return heat.over(self._sight.view.area, self._sight.photo.size)

    def places(self, windows: Sequence[Rect]) -> tuple[Rect | None, ...]:
        """Which of the photo's windows to look for the region in; None is all of it."""
        request = self.request
        told, asked, untold = (self._text(one) for one in (request.reference, request.query, ""))
        if not windows or told.same(asked):
            return (None,)

        def before_each(window: int) -> None:
            self.watch.check()
            self.watch.tell(Stage.FINDING, window, len(windows))

        texts = told, asked, untold
        return likely(request, self._sight.photo, windows, self._model, texts, before_each)

    def tell(self, heat: HeatMap) -> None:
        """This is what was found."""
        find, draws = self.request.find, self.request.find.draws
        size = self._sight.photo.size
        heat.small(size, find.threshold, find.grow, find.snap, find.clicks)  # no window waits for the cut
        self.watch.tell(Stage.FINDING, draws, draws, found=heat, closer=self._is_closer)

    @property
    def _is_closer(self) -> bool:
        """What is seen is no more than a part that nobody asked for."""
        return self._sight.view.area not in (None, self.request.searched)

    def encode(self, mask: BoxedMask) -> Encoded | Led:
        """The latents to blend with, level by level: the picture's inversion, or the picture noised.

        Or what FlowEdit needs of it. mask: of which an inpainting model is told even here, as of the query's.
        """
        request, levels, latent = self.request, self._levels, self._sight.latent
        if request.method.flows:
            return self._lead(self._sight.mask(mask))
        if not request.method.inverts:
            return Encoded(diffedit.renoise(latent, levels, self._noise()), solve_of(request.solver))

        def untold(x: torch.Tensor, level: Level) -> Prediction:
            return self._predict(x, level, [self._text("")])[0]

        def told(latents: Sequence[torch.Tensor], levels: Sequence[Level]) -> list[Prediction]:
            texts = [self._text(request.reference)] * len(latents)
            return self._asked(torch.cat(list(latents)), levels, texts)

        def on_step(i: int, prediction: Prediction) -> None:
            self.watch.tell(
                Stage.ENCODING, i, request.decode_steps, preview=self._sight.preview(prediction.x0)
            )

        key = (*self._sight.key, self._reading)
        shift = request.time_shift
        seen = [levels[0], *(self._schedule.below(level, shift) for level in levels[1:])] if shift else levels
        inversion = Inversion(request, latent, levels, seen, untold, told, self._model.batch, key)
        with self.watch.stage(Stage.ENCODING):
            return inversion.encode(self._cache, on_step)

    def _lead(self, m: torch.Tensor) -> Led:
        """FlowEdit's source. m: the mask on the latent's grid."""
        request, model, inpainting = self.request, self._model, self._inpainting(m)
        draws = request.flow.draws(request.decode_steps)

        def told(
            latents: Sequence[torch.Tensor], levels: Sequence[Level], prompt: str, scale: float
        ) -> list[Prediction]:
            texts = [self._text(prompt)] * len(latents)
            return self._asked(torch.cat(list(latents)), levels, texts, inpainting, scale)

        def on_step(i: int, prediction: Prediction) -> None:
            self.watch.tell(Stage.ENCODING, i, draws, preview=self._sight.preview(prediction.x0))

        key = (*self._sight.key, self._reading, inpainting and digest(m.numpy(force=True)))
        about = model.batch, model.prediction, request.guided_by(model.guided)
        sources = Sources(request, self._sight.latent, self._levels, told, *about, key)
        with self.watch.stage(Stage.ENCODING):
            return sources.encode(self._cache, on_step)

    def noise(self) -> Encoded:
        """In the place of `encode`, for a picture from the model alone: only noise, nothing to hold."""
        return Encoded([self._noise()] * len(self._levels), solve_of(self.request.solver))

    def decode(self, mask: BoxedMask, heat: HeatMap | None, encoded: Encoded | Led) -> Partial:
        """Masked decoding with guidance, down to the picture. Stopped, it hands on its last x̂0."""
        request, photo, m = self.request, self._sight.latent, self._sight.mask(mask)
        reached: list[torch.Tensor] = []
        traces: list[StepTrace] = []
        inpainting = self._inpainting(m)

        def predict(y: torch.Tensor, level: Level, texts: list[Text], scale: float) -> list[Prediction]:
            return self._predict(y, level, texts, inpainting, scale)

        model = self._model
        by = request.guided_by(model.guided)
        guide = Guide(request, predict, self._text, self._query(), m, model.prediction, by)
        way = steer(request.target, request.decode_steps, self._sight.to_rgb, m)

        def on_step(i: int, prediction: Prediction) -> None:
            reached[:] = [m * prediction.x0 + (1 - m) * photo]
            traces.append(guide.traces[-1])  # of several draws at a step the last one speaks
            preview = self._sight.preview(prediction.x0)
            self.watch.tell(Stage.DECODING, i, request.decode_steps, preview=preview, trace=traces[-1])

        variation = 0.0 if request.method.draws_anew else request.variation
        walk = Walk(photo, guide, self._levels, m, request.weights, on_step, way, self._noise(), variation)
        try:
            with self.watch.stage(Stage.DECODING):
                y = encoded.decode(walk)
        except Cancelled as stop:
            if not reached:
                raise
            raise Cancelled(Partial(self, mask, heat, reached[0], tuple(traces))) from stop
        return Partial(self, mask, heat, y, tuple(traces))

    def paste(self, end: Partial, *, complete: bool) -> EditResult:
        """Decode the latent and paste it through the feathered mask, at the photo's own resolution."""
        with self.watch.stage(Stage.PASTING):
            self.watch.tell(Stage.PASTING, 0, 1)
            image = self._model.decode(end.latent)
            photo, place, masked = self._sight.photo, self._sight.view.area, self.request.method.masked
            mask = masks.feather(end.mask, self.request.feather) if masked else end.mask
            drawn = self._sight.drawn(image, mask, mends=masked)
            mask = mask.outside(place, photo.size)
            pixels = region.paste(photo.pixels[rects.slices(mask.box)], drawn, mask.values, photo.space)
        return EditResult(
            request=self.request,
            pixels=pixels,
            drawn=drawn,
            mask=mask,
            heat=end.heat,
            traces=end.traces,
            evaluations=self.watch.evaluations,
            seconds=self.watch.seconds,
            working=self.working,
            device=self.device,
            notices=self._notices(),
            complete=complete,
            area=place,
        )

    def _drawn(self, x: torch.Tensor, level: Level, prompt: str, first: int) -> Prediction:
        """A block of the mask's draws under one prompt, kept by content: another query finds the reference's.

        The blocks are those of the request, whatever is known of them already: a call of another size could
        round otherwise.
        """
        request = self.request
        drawn = request.seed, request.find.strength, first, len(x)

        def predict() -> tuple[torch.Tensor, torch.Tensor]:
            self.watch.check()
            found = self._model.predict(x, level, Text.stack([self._text(prompt)] * len(x)))
            return found.eps, found.x0

        key = ("draws", *self._sight.key, prompt, self._reading, *drawn)
        return Prediction(*self._cache.get(key, predict))

    def _predict(
        self,
        x: torch.Tensor,
        level: Level,
        texts: list[Text],
        inpainting: InpaintConditioning | None = None,
        scale: float = 1.0,
    ) -> list[Prediction]:
        """x (1, C, h, w) under each text."""
        found: list[Prediction] = []
        batch = self._model.batch  # it may shrink on the way, when memory runs short
        for start in range(0, len(texts), batch):
            some = texts[start : start + batch]
            found += self._asked(x.expand(len(some), -1, -1, -1), level, some, inpainting, scale)
        return found

    def _asked(
        self,
        x: torch.Tensor,
        level: Level | Sequence[Level],
        texts: Sequence[Text],
        inpainting: InpaintConditioning | None = None,
        scale: float = 1.0,
    ) -> list[Prediction]:
        """One call of the network, x (B, C, h, w) under B texts, taken apart; looks at Stop before it."""
        self.watch.check()
        found = self._model.predict(x, level, Text.stack(texts), inpainting, scale)
        return [Prediction(found.eps[i : i + 1], found.x0[i : i + 1]) for i in range(len(x))]

    def _inpainting(self, m: torch.Tensor) -> InpaintConditioning | None:
        """What an inpainting model is told of the picture round the mask, whatever the words and the seed."""

        def encoded() -> tuple[torch.Tensor, ...]:
            told = self._model.inpaint_conditioning(self._sight.image, m)
            return () if told is None else (told.mask, told.latent)

        known = self._cache.get(("inpainting", *self._sight.key, digest(m.numpy(force=True))), encoded)
        return InpaintConditioning(*known) if known else None

    def _text(self, prompt: str) -> Text:
        key = ("text", prompt, self._reading)
        return Text(*self._cache.get(key, lambda: self._model.text(prompt, self._reading).tensors))

    def _query(self) -> Text:
        """What it should be, or the text on the way from there to the blend's."""
        here, blend = self._text(self.request.query), self.request.blend
        if blend is None:
            return here
        ways = zip(here.tensors, self._text(blend.query).tensors, strict=True)
        return Text(*(between(a, b, blend.share, spherical=blend.spherical) for a, b in ways))

    def _noise(self) -> torch.Tensor:
        """The seed's fresh noise, or what it has turned to on the way to the blend's."""
        latent, blend = self._sight.latent, self.request.blend
        here = _noise(self.request.seed, latent)
        if blend is None or blend.seed is None:
            return here
        return slerp(here, _noise(blend.seed, latent), blend.seed_share)

    def _notices(self) -> tuple[str, ...]:
        """What the model had to do differently, and each prompt that it can't read whole."""
        prompts = named(self.request)
        counts = {name: self._model.tokens(text, self._reading) for name, text in prompts.items()}
        marked = self._reading.weighted and not self._model.weighs
        bare = unweighed(prompts) if marked else ()
        idle = without_effect(self.request, self._model.guided)
        return (
            *self._said,
            *self._model.notices,
            *idle,
            *prompt_notices(counts, self._model.knows, bare),
        )


def _noise(seed: int, like: torch.Tensor) -> torch.Tensor:
    return next(noises_of(seed, like, 1))
