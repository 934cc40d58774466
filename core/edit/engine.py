"""The engine: one request in, one result out. Owns the loaded model and the caches, knows no window."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from core.diffusion.weight import Guided
from core.edit.cache import Cache
from core.edit.evaluations import Evaluations
from core.edit.job import Job, Partial
from core.edit.method import Method
from core.edit.pointed import Pointed, Taken
from core.edit.progress import Cancel, OnProgress
from core.edit.removing import not_found
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, HeatMap, ModelInfo
from core.edit.searching import search
from core.edit.segmenting import Segmenting
from core.edit.sight import Sight
from core.edit.surroundings import sentences, threads
from core.edit.watch import Watch
from core.edit.words.reading import other_embeddings, read_together, reading_of, skip_of, style_of
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle
from core.errors import InputError
from core.models.adapters.parameterisation import AS_FILED, Parameterisation
from core.models.backbone import Backbone
from core.models.card import card_of
from core.models.catalog import folder_of
from core.models.identity import Identity, identity_of
from core.models.load import load
from core.models.lora.fuse import Loras
from core.models.lora.named import with_named_loras
from core.models.memory.device import available
from core.photo import area as areas
from core.photo import pyramid, region
from core.photo.fill import removal
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo, digest
from core.photo.rect import Rect, Size

OTHERS = "The recipe was made with other weights of its model: this picture differs from that one."


class Engine:
    """Runs one job at a time, on the thread that calls it. What it computed it keeps by content."""

    def __init__(self) -> None:
        self._model: Backbone | None = None
        self._loaded: tuple[object, ...] | None = None  # model, device, and what its card said
        self._told = AS_FILED  # with what it was loaded beside
        self._vae = ""  # that the loaded model works by
        self._loras: Loras | None = None  # of the loaded model, once an edit has asked for one
        self._cache = Cache()
        self._identity: Identity | None = None  # of the weights asked for last
        self._manner: tuple[object, ...] = ()  # how the model computed what is cached
        self._segmenting = Segmenting()

    def devices(self) -> tuple[str, ...]:
        """The devices of this machine, best first."""
        return available()

    def load(self, model: str, device: str = "auto", told: Parameterisation = AS_FILED) -> ModelInfo:
        """Load a model, unless it is loaded already. A CoreError when it can't; the earlier one stays.

        told: before what the model's card and its files say.
        """
        wanted = (model, device, card_of(folder_of(model)).of_network)
        if (
            self._model is None
            or self._loaded != wanted
            or told not in (self._told, self._model.parameterisation)
        ):
            self._segmenting.rest()
            with sentences(f"There is not enough memory to load {model}."):
                self._model = self._exchanged(model, device, told)
            self._loaded, self._told, self._vae, self._loras = wanted, told, "", None
            self._cache.clear()
            gc.collect()  # a model knows itself by its ladders, so only this frees the earlier one
        m = self._model
        return ModelInfo(
            name=m.name,
            folder=m.folder,
            pixels=m.pixels,
            device=str(m.device),
            precision=m.precision,
            knows=m.knows,
            prompt_style=m.prompt_style,
            weighs=m.weighs,
            guided=m.guided,
            notices=m.notices,
            lacks=m.lacks,
        )

    def _exchanged(self, model: str, device: str, told: Parameterisation) -> Backbone:
        """A new model, loaded after the earlier one has left the device: seldom do both fit."""
        before = self._model
        if before is None:
            return load(model, device, told)
        before.offload()
        try:
            return load(model, device, told)
        except BaseException:
            before.restore()
            raise

    def find(
        self,
        request: EditRequest,
        photo: Photo | np.ndarray,
        on_progress: OnProgress | None = None,
        cancel: Cancel | None = None,
    ) -> FindResult:
        """Find the region: the heat map of reference against query. photo: or uint8 (H, W, 3) in sRGB.

        Raises Cancelled, or a CoreError.
        """
        request, photo = with_named_loras(request), Photo.of(photo)
        with sentences(loras=request.loras), threads(request.threads), torch.inference_mode():
            job = self._begin(
                request,
                photo,
                lambda _: Evaluations(request.finding(len(self.windows(request, photo.size)))),
                on_progress,
                cancel,
                _searched(request, photo),
            )
            job, heat = self._search(job, photo)
        watch = job.watch
        return FindResult(job.request, heat, watch.evaluations, watch.seconds, job.working, job.device)

    def run(
        self,
        request: EditRequest,
        photo: Photo | np.ndarray,
        mask: BoxedMask | np.ndarray | None = None,
        on_progress: OnProgress | None = None,
        cancel: Cancel | None = None,
    ) -> EditResult:
        """The whole edit. photo: or uint8 (H, W, 3) in sRGB; mask: unfeathered, in its box or whole, uint8
        (H, W), or None to find it.

        A method that doesn't mask ignores the mask. Raises Cancelled (with what decoding had reached), or a
        CoreError; InputError for an empty mask.
        """
        photo, request = Photo.of(photo), with_named_loras(request)
        if not request.method.masked:
            mask, named = _everywhere(photo.size), request.with_(mask=None)
        elif mask is None:
            named = request.with_(mask=None)
        else:
            mask = BoxedMask.of(mask)
            named = request.with_(mask=digest(mask.whole()))
            mask = mask.trimmed()
        with sentences(loras=request.loras), threads(request.threads), torch.inference_mode():
            heat = None
            if mask is None:
                place = looked = _searched(named, photo)
            else:
                _check_mask(mask, photo)
                mask = _reaching(named, photo, mask)
                place = looked = self._place(named, mask)

            def expected(guided: Guided) -> Evaluations:
                return named.cost(guided, len(self.windows(named, photo.size)))

            job = self._begin(named, photo, expected, on_progress, cancel, looked)
            if mask is None:
                job, heat = self._search(job, photo)
                looked = heat.area
                mask = _reaching(named, photo, _cut(named, photo, heat))
                place = self._place(named, mask)
                job = job if place == looked else job.at(self._sight(photo, place))
            if place is not None:
                mask = areas.within(mask, place, named.feather)
            if named.remove:
                job = self._without(job, mask)
            return job.paste(job.decode(mask, heat, job.encode(mask)), complete=True)

    def draw(
        self,
        request: EditRequest,
        size: Size,
        on_progress: OnProgress | None = None,
        cancel: Cancel | None = None,
    ) -> EditResult:
        """A picture from the model alone: noise decoded all the way, without photo and mask.

        size: (width, height). The request's method and change don't matter. Raises Cancelled, or a CoreError.
        """
        request = with_named_loras(request)
        alone = request.with_(photo="", mask=None, method=Method.SDEDIT, change=1.0)
        blank = Photo(np.full((size[1], size[0], 3), 128, np.uint8))
        with sentences(loras=request.loras), threads(request.threads), torch.inference_mode():
            job = self._begin(alone, blank, alone.cost, on_progress, cancel)
            result = job.paste(job.decode(_everywhere(size), None, job.noise()), complete=True)
        return replace(result, request=result.request.with_(photo=""))

    def tokens(self, texts: Sequence[str], style: PromptStyle) -> tuple[TokenCount, ...]:
        """How the loaded model reads each text in this style; () when none is loaded."""
        if self._model is None:
            return ()
        reading = reading_of(self._model, style, texts)
        return tuple(self._model.tokens(text, reading) for text in texts)

    def windows(self, request: EditRequest, size: Size) -> tuple[Rect, ...]:
        """What of a photo of `size` (W, H) the loaded model may look into; () where it looks but once."""
        assert self._model is not None
        return pyramid.windows(size, self._model.pixels) if request.looks_again else ()

    def look(self, segmenter: str, device: str, photo: Photo) -> None:
        """Read a picture, so that what is pointed at on it can be taken: once, however much is asked.

        segmenter: the folder of a SAM 2.1. A CoreError when it can't be loaded or memory is short.
        """
        with sentences("There is not enough memory to select on this picture."):
            self._segmenting.look(segmenter, device, photo)

    def take(self, segmenter: str, device: str, digest: str, pointed: Pointed) -> Taken | None:
        """What is meant on a picture that was read, by its digest; None where it has to be read first."""
        with sentences("There is not enough memory to select on this picture."):
            return self._segmenting.take(segmenter, device, digest, pointed)

    def keep(self, partial: object) -> EditResult:
        """Turn what a stopped decoding had reached (`Cancelled.partial`) into a result."""
        assert isinstance(partial, Partial)
        with (
            sentences(loras=partial.job.request.loras),
            threads(partial.job.request.threads),
            torch.inference_mode(),
        ):
            return partial.job.paste(partial, complete=False)

    def limit_cache(self, limit: int) -> None:
        """Keep no more than so many bytes of what was computed, from now on."""
        self._cache.limit_to(limit)

    @property
    def cached(self) -> int:
        """Bytes of what is kept for the next edits, in the memory of the model's device, and of pictures that
        were read to select on, in main memory.
        """
        return self._cache.bytes + self._segmenting.bytes

    def _begin(
        self,
        request: EditRequest,
        photo: Photo,
        expected: Callable[[Guided], Evaluations],
        on_progress: OnProgress | None,
        cancel: Cancel | None,
        place: Rect | None = None,
    ) -> Job:
        """Load what the request names, and look at the photo as the model will.

        expected: what it will cost, by what guides the model.
        """
        self._load_for(request)
        self._segmenting.rest()
        model = self._model
        assert model is not None
        self._use_vae(model, request.vae)
        self._relax(model)
        self._fuse(model, request)
        find = replace(request.find, strength=request.find.strength or model.mask_strength)
        reading, embeddings = read_together(model, request)
        filled = request.with_(
            photo=photo.digest,
            kappa=request.kappa or model.kappa,
            find=find,
            threads=torch.get_num_threads(),
            model_digest=self._identified(request),
            prompt_style=style_of(model, request.prompt_style),
            embeddings=embeddings,
            prediction=model.parameterisation.prediction,
            zero_snr=model.parameterisation.zero_snr,
            clip_skip=skip_of(model, request.clip_skip),
        )
        said = (OTHERS,) if request.model_digest not in (None, filled.model_digest) else ()
        said = (*said, *other_embeddings(request.embeddings, filled))
        said += () if self._loras is None else self._loras.notices
        watch = Watch(model, expected(model.guided), on_progress, cancel or Cancel())
        watch.check()
        return Job(filled, self._sight(photo, place), model, self._cache, watch, reading, said)

    def _search(self, job: Job, photo: Photo) -> tuple[Job, HeatMap]:
        """The region, and the job on what of the photo it was found in."""
        assert self._model is not None
        windows = self.windows(job.request, photo.size)
        pixels = self._model.pixels
        return search(job, photo.size, windows, pixels, lambda place: job.at(self._sight(photo, place)))

    def _load_for(self, request: EditRequest) -> None:
        self.load(request.model, request.device, Parameterisation(request.prediction, request.zero_snr))

    def _identified(self, request: EditRequest) -> str | None:
        self._identity = identity_of(request, self._identity)
        return None if self._identity is None else self._identity.digest

    def _place(self, request: EditRequest, mask: BoxedMask) -> Rect | None:
        """The part of the photo that the model works on for this mask; None for all of it."""
        if request.area == "whole" or not request.method.masked:
            return None
        if isinstance(request.area, str):
            self._load_for(request)
            assert self._model is not None
            return areas.for_mask(mask, request.feather, self._model.pixels)
        areas.check_area(request.area, mask.size)
        if areas.within(mask, request.area, request.feather).is_empty:
            raise InputError("The mask lies outside the area.", "Move the area, or take the whole picture.")
        return request.area

    def _sight(self, photo: Photo, place: Rect | None) -> Sight:
        """The photo, or the part of it in `place`, at the loaded model's own size."""
        model = self._model
        assert model is not None
        size = photo.size if place is None else place[2:]
        view = replace(region.view(size, model.pixels, model.factor, model.patch), area=place)
        return Sight.of(photo, view, model, self._cache)

    def _without(self, job: Job, mask: BoxedMask) -> Job:
        """The same job on the picture as if nothing had stood in the mask."""
        assert self._model is not None
        return job.at(job.sight.without(mask, self._model, self._cache))

    def _use_vae(self, model: Backbone, vae: str) -> None:
        """Work by the VAE that is asked for. What was cached was encoded by the one before."""
        if vae != self._vae:
            model.use_vae(vae)
            self._vae = vae
            self._cache.clear()

    def _relax(self, model: Backbone) -> None:
        """Every job begins as on a model just loaded: what an earlier one did for want of memory is undone.

        What that one cached was computed in other ways (or partly so), and is not mixed with what comes.
        """
        if (*model.manner, torch.get_num_threads()) != self._manner:
            self._cache.clear()
            if self._loras is not None:
                self._loras.unfuse()  # fused in that way, too
        model.relax()
        self._manner = (*model.manner, torch.get_num_threads())

    def _fuse(self, model: Backbone, request: EditRequest) -> None:
        """Fuse the request's LoRAs, and no others. What was cached belongs to the weights as they were."""
        if self._loras is None:
            if not request.loras:
                return
            self._loras = Loras(model.modules)
        before = self._loras.fused
        try:
            self._loras.fuse(tuple((lora.file, lora.weight) for lora in request.loras))
        finally:
            if self._loras.fused != before:
                self._cache.clear()


def _everywhere(size: Size) -> BoxedMask:
    return BoxedMask.of(np.full((size[1], size[0]), 255, np.uint8))


def _searched(request: EditRequest, photo: Photo) -> Rect | None:
    """Where the region is looked for; None for the whole photo."""
    if request.searched is not None:
        areas.check_area(request.searched, photo.size)
    return request.searched


def _cut(request: EditRequest, photo: Photo, heat: HeatMap) -> BoxedMask:
    """What was found, of which there has to be something (InputError)."""
    mask = heat.mask(request.find, photo.size)
    if mask.is_empty:
        raise not_found(request) if request.remove else heat.nothing(request.find)
    return mask


def _reaching(request: EditRequest, photo: Photo, mask: BoxedMask) -> BoxedMask:
    """What is decoded: the mask, and of a thing that shall go what goes with it."""
    return removal.reach(photo, mask) if request.remove else mask


def _check_mask(mask: BoxedMask, photo: Photo) -> None:
    if mask.size != photo.size:
        w, h = mask.size
        message = f"The mask is {w} × {h} pixels, but the picture is {photo.width} × {photo.height}."
        raise InputError(message, "They must be of the same size.")
    if mask.is_empty:
        raise InputError("The mask is empty.", "Paint a region, find one, or choose a method without a mask.")
