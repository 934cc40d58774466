"""EditRequest: everything that decides the pixels of an edit, and nothing else. No torch."""

from dataclasses import dataclass, field, replace
from typing import cast

import msgspec

from core.bounds import check_bounds, number
from core.diffusion.flow_settings import FlowSettings
from core.diffusion.solver import Solver
from core.diffusion.target import Target
from core.diffusion.weight import Guided, Projection, Rescale, Weight, evaluations
from core.edit.evaluations import Evaluations
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.versions import VERSION, upgraded
from core.edit.words.weighted import PromptStyle
from core.errors import InputError, require
from core.photo.rect import Rect
from core.text import from_json, is_text, shown, to_json
from resources import STARTER

AREAS = ("whole", "auto")
DEVICES = ("auto", "cpu", "cuda", "mps")
PLACING_DRAWS = 2  # of every window that is looked into for the place
PLACES = 4  # that are looked into closer then, the whole photo among them
ZOOMS = 2  # times that a closer look goes on in a frame round what it found
PREDICTIONS = ("epsilon", "v")
LARGEST_SEED = 2**63 - 1
DEFAULT_GUIDANCE = Weight(7.5, decay=1.0)  # strong while the form is laid down, the prompt alone at the end


@dataclass(frozen=True)
class Blend:
    """A picture in between: on the way from the request's query and seed to these.

    query      the prompt at the end of the way, `share` in [0, 1] how far its text embedding has got there
    spherical  each token's embedding turns instead of moving straight
    seed       the noise at the end of the way (None: one noise all along), `seed_share` how far it has turned
    chunks     in which every prompt is read at least, so that ways that meet agree where they do
    """

    query: str
    share: float
    spherical: bool = False
    seed: int | None = number(None, 0, LARGEST_SEED, called="the blend's seed")
    seed_share: float = number(0.0, 0, 1, called="the seed's share")
    chunks: int = number(1, 1, 1_000_000)

    def __post_init__(self) -> None:
        check_prompts(self.query)
        require(0 <= self.share <= 1, f"the blend's share must be in 0…1, not {self.share:g}")
        check_bounds(self)


@dataclass(frozen=True)
class Lora:
    """A LoRA file fused into the model, with a weight in −4…4 (1: as it was trained, 0: not at all)."""

    file: str
    weight: float = number(1.0, -4, 4, called="a LoRA's weight")

    def __post_init__(self) -> None:
        check_bounds(self)


@dataclass(frozen=True)
class Embedding:
    """A textual inversion that a prompt names, and the SHA-256 of its file."""

    name: str
    digest: str


@dataclass(frozen=True)
class EditRequest:
    """One edit. Same request, same machine: same bytes. (The machine: docs/decisions/025.)

    photo      SHA-256 of the opened picture's pixels (`core.photo.photo.Photo.digest`)
    query      what it should be; `reference` what is there (may be empty); `avoid` what must not be drawn
    mask       SHA-256 of a painted full-size mask, or None: found by the model when the method masks
    change     DiffEdit's encoding ratio r (SDEdit's strength) in (0, 1]: how far back to noise. FlowEdit's
               n_max is that share of the steps
    solver     the walk to noise and back; without inversion edit-friendly walks as DPM, fixed-point as DDIM.
               FlowEdit has a step of its own
    iterations of the fixed-point solver at each step, in 1…10; the others don't read it
    variation  v in [0, 1]: how much of the noise found by inversion is replaced inside the mask; of
               FlowEdit's, how far what the query sees is turned to a noise of its own
    area       what the model works on at its own resolution: "whole", the whole photo; "auto", the mask's box
               with context; or (x, y, w, h) in photo pixels, in which the region is looked for too, unless
               `find.look_in` says otherwise. Methods without a mask see the whole photo
    feather    photo pixels over which the paste-back fades, ≥ 0
    kappa      the model's mean ‖t−u‖/‖u‖, written down by the engine; None takes the model's own
    model      "starter", a folder, a .safetensors file or a hub name; `device` "auto", "cpu", "cuda" or "mps"
    vae        the file or folder of the VAE that takes the place of the model's own; "" for none
    remove     what is masked shall go: the mask takes in its rim and shadow (`core.photo.fill.removal`), and
               decoding begins from the surroundings, continued inwards (`core.photo.fill.completion`)
    loras      LoRA files fused into the model for this edit, in order
    projection the numbers of projected guidance; the other ways of combining don't read them
    skip       decode by the prompt alone once cos(t, u) of x̂0 in the mask is above this; 1 never
    target     a colour or a brightness that the region is steered to in the first steps of decoding
    blend      another query and seed, and how far on the way to them this picture lies; None: not at all
    threads    of the processor, in 1…1024, by which sums are split and so rounded; written down by the
               engine. None takes this process's own; more than the machine has are as many as it has
    model_digest  SHA-256 of the model's, the VAE's and the LoRAs' files (`core.models.identity`), written
               down by the engine, which says so where a recipe's are others; None: not known
    prompt_style  with weights and in chunks, or as they stand; the model's own way is written down by the
               engine
    embeddings textual inversions that the prompts name, written down by the engine, which says so where a
               recipe's are others
    prediction what the model's network predicts, "epsilon" or "v"; zero_snr: its schedule ends in nothing but
               noise. Written down by the engine; None takes the model's own
    flow       the numbers that FlowEdit alone reads
    time_shift of edit-friendly inversion: by how much of the schedule less noise the picture is given than
               the network is told, in [0, 0.5]; about 0.2 suits models that are distilled for few steps
    pseudo_guidance  guidance leads away from the reference, where nothing is to be avoided, instead of from
               the empty text; a model that was taught to do without guidance then takes it
    clip_skip  which of the text encoder's layers is read, 1 the last, in 1…24; written down by the engine for
               models that can skip. None takes the model's own
    """

    photo: str
    query: str
    reference: str = ""
    avoid: str = ""
    mask: str | None = None
    method: Method = Method.DIFFEDIT
    steps: int = number(10, 1, 1000)
    change: float = number(0.8, 0, 1, above=True)
    solver: Solver = Solver.EDIT_FRIENDLY
    iterations: int = number(2, 1, 10)
    variation: float = number(0.0, 0, 1)
    seed: int = number(0, 0, LARGEST_SEED, called="the seed")
    find: MaskRequest = field(default_factory=MaskRequest)
    feather: float = number(0.0, 0, 1000, unit="px")
    guidance: Weight = DEFAULT_GUIDANCE
    rescale: Rescale = Rescale.OFF
    kappa: float | None = number(None, 0, 10, above=True, called="κ")
    model: str = STARTER
    device: str = "auto"
    version: int = VERSION
    blend: Blend | None = None
    loras: tuple[Lora, ...] = ()
    area: str | Rect = "whole"
    projection: Projection = field(default_factory=Projection)
    skip: float = number(1.0, 0, 1)
    target: Target = field(default_factory=Target)
    threads: int | None = number(None, 1, 1024)
    model_digest: str | None = None
    prompt_style: PromptStyle = PromptStyle.AUTO
    embeddings: tuple[Embedding, ...] = ()
    prediction: str | None = None
    zero_snr: bool | None = None
    clip_skip: int | None = number(None, 1, 24, called="clip skip")
    vae: str = ""
    flow: FlowSettings = field(default_factory=FlowSettings)
    remove: bool = False
    time_shift: float = number(0.0, 0, 0.5, called="the time shift")
    pseudo_guidance: bool = False

    def __post_init__(self) -> None:
        require(
            self.version == VERSION,
            f"this recipe has version {self.version}; this program reads 1 to {VERSION}",
        )
        check_prompts(self.query, self.reference, self.avoid)
        check_bounds(self)
        require(self.device in DEVICES, f"unknown device “{self.device}”")
        known = self.prediction is None or self.prediction in PREDICTIONS
        require(known, f"the prediction must be epsilon or v, not “{self.prediction}”")
        require(
            not (self.zero_snr and self.prediction == "epsilon"),
            "zero SNR goes with the prediction v, not epsilon",
        )
        require(not self.remove or self.method.masked, "what is removed needs a method with a mask")
        _check_area(self.area)

    @property
    def searched(self) -> Rect | None:
        """(x, y, w, h), the part of the photo that the region is looked for in; None for all of it."""
        return None if isinstance(self.area, str) or self.find.look_in is LookIn.WHOLE else self.area

    @property
    def zooms_in(self) -> bool:
        """What was found is looked at closer, where the photo is large enough for that."""
        return isinstance(self.area, str) and self.find.look_in is LookIn.ZOOM

    @property
    def seeks_place(self) -> bool:
        """The place is looked for before the region, where the photo is large enough to have several."""
        return isinstance(self.area, str) and self.find.look_in is LookIn.PLACE

    @property
    def looks_again(self) -> bool:
        """One look isn't all, where the photo is larger than the model's view."""
        return self.zooms_in or self.seeks_place

    @property
    def closer(self) -> "EditRequest | None":
        """The same, with the place looked for first; None where it is so already, where a box says the place,
        and where all of the photo is meant to be seen.
        """
        if self.find.look_in in (LookIn.WHOLE, LookIn.PLACE) or not isinstance(self.area, str):
            return None
        return self.with_(find=replace(self.find, look_in=LookIn.PLACE))

    @property
    def centres(self) -> bool:
        """The region is looked for by what is there alone, and its heat map is cut about its own middle.

        Not of what shall go: what a tight mask leaves of it costs more than what a wide one takes along.
        """
        return self.find.centre and not self.query.strip() and not self.remove

    @property
    def prompts(self) -> tuple[str, ...]:
        """All that the model reads for this edit, but for the empty text."""
        blend = () if self.blend is None else (self.blend.query,)
        return self.reference, self.query, self.avoid, *blend

    @property
    def decode_steps(self) -> int:
        """K: steps from the encoding ratio down to the picture, at least 1."""
        return max(1, round(self.steps * self.change))

    @property
    def weights(self) -> tuple[float, ...]:
        """The guidance weight of each decode step, noisiest first."""
        return self.guidance.over(self.decode_steps)

    @property
    def away_from(self) -> str:
        """The text that guidance leads away from, above a weight of 1; "" for the empty one."""
        return self.avoid or (self.reference if self.pseudo_guidance else "")

    def source_scale(self, guided: Guided) -> float:
        """FlowEdit's weight of what is there, by what guides the edit (`guided_by`).

        1 where two predictions would lead it away from itself, and where nothing guides.
        """
        weight = self.flow.source_guidance
        itself = guided is Guided.PROMPTS and weight > 1 and self.away_from == self.reference
        return 1.0 if itself or guided is Guided.NOTHING else weight

    def guided_by(self, guided: Guided) -> Guided:
        """What guides this edit on a model that is guided so: of pseudo-guidance no training is asked."""
        return Guided.PROMPTS if self.pseudo_guidance and guided is Guided.NOTHING else guided

    def cost(self, guided: Guided = Guided.PROMPTS, windows: int = 0) -> Evaluations:
        """Evaluations of the network for this edit with nothing cached.

        guided: what guides the model; windows: that it has of the photo, more than none where that is larger
        than its view.
        At most these, where a mask may settle or guidance may be skipped.
        """
        guided = self.guided_by(guided)
        mask = self.finding(windows) if self.method.masked and self.mask is None else 0
        if self.method.flows:
            draws = self.flow.draws(self.decode_steps)
            source = evaluations((self.source_scale(guided),) * draws, self.rescale, guided)
            return Evaluations(mask, source, self.flow.target(self.weights, self.rescale, guided))
        return Evaluations(
            mask=mask,
            encode=self.solver.encoding(self.decode_steps, self.iterations) if self.method.inverts else 0,
            decode=evaluations(self.weights, self.rescale, guided),
        )

    def finding(self, windows: int = 0) -> int:
        """Evaluations of a search, at most. windows: as of `cost`."""
        looks, texts = 1, 3 if self.reference else 2
        if windows and self.looks_again:
            looks = (min(PLACES, windows) if self.seeks_place else 1) * (1 + ZOOMS)
        return 2 * self.find.draws * looks + (texts * PLACING_DRAWS * windows if self.seeks_place else 0)

    def with_(self, **changes: object) -> "EditRequest":
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_json(self) -> bytes:
        """Canonical JSON, UTF-8."""
        return to_json(self)

    @staticmethod
    def from_json(data: bytes | str) -> "EditRequest":
        """Read what `to_json` wrote. Unknown fields and values out of range are refused (InputError)."""
        try:
            return request_from(from_json(data, object))
        except msgspec.DecodeError as error:
            raise InputError("This recipe is not valid JSON.", f"({error})") from error


def unclicked(request: EditRequest) -> EditRequest:
    """The request without clicks: they mean places in one picture."""
    return request.with_(find=replace(request.find, clicks=())) if request.find.clicks else request


def check_prompts(*prompts: str) -> None:
    """ValueError for bytes that a shell handed over and that are no text: no tokenizer takes them."""
    for prompt in prompts:
        require(is_text(prompt), f"the prompt “{shown(prompt)}” is not text in UTF-8: type it anew")


def request_from(fields: object) -> EditRequest:
    """An EditRequest from decoded JSON, checked field by field (InputError)."""
    if isinstance(fields, dict):
        fields = cast("dict[str, object]", fields)
        known = set(EditRequest.__dataclass_fields__)
        for name in fields:
            if name not in known:
                raise InputError(
                    f"This recipe has an unknown field “{name}”.", "It may be of a newer version."
                )
    try:
        return msgspec.convert(upgraded(fields), EditRequest)
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise InputError(f"This recipe can't be used: {error}.") from error


def _check_area(area: str | Rect) -> None:
    if isinstance(area, str):
        require(area in AREAS, f"the area must be whole, auto or four numbers, not “{area}”")
    else:
        x, y, w, h = area
        require(min(x, y) >= 0 and min(w, h) > 0, f"the area {area} must lie in the picture")
