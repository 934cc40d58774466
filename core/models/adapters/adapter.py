"""What every family's adapter shares: the VAE, the number formats, the measures against full memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast

import torch

from core.causes import is_out_of_memory
from core.diffusion.guidance import KAPPA_UNKNOWN
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction
from core.diffusion.weight import Guided
from core.errors import InputError
from core.models.adapters.latents import LatentSpace, Scaled
from core.models.adapters.parameterisation import AS_FILED, Parameterisation
from core.models.adapters.part import DAMAGED, Part, Tensors
from core.models.backbone import Asked, InpaintConditioning, Text
from core.models.card import MASK_STRENGTH, card_of, card_problems
from core.models.memory.device import Placement
from core.models.memory.ladder import Ladder, Measure, release
from core.models.memory.machine import lies_whole
from core.models.vae.load import open_vae

CPU = torch.device("cpu")

SIDES = 4, 512  # of the latents that a network can have been trained on
MOST_TIMESTEPS = 10_000  # of a schedule; all models known have 1,000


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What every model is made of; each family adds its network and what else reads its texts.

    scheduler  the configuration of its scheduler
    notices    sentences the user should see: what of its files is left out, or taken from elsewhere
    lacks      as of its `ModelInfo`
    """

    vae: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: Mapping[str, object]
    notices: tuple[str, ...] = ()
    lacks: str = ""

    @property
    def modules(self) -> dict[str, torch.nn.Module]:
        """Its networks, by the names of their folders."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: part for name, part in every.items() if isinstance(part, torch.nn.Module)}


class Adapter(ABC):
    """A network, a VAE and text encoders on a device; families add texts and predictions.

    folder: where the model was read, name: what it is called, card: what is known of it;
    `core.models.backbone` tells of the rest.
    """

    PIXELS: ClassVar[int | None] = None  # where no configuration tells the pictures that it was trained on
    parameterisation: Parameterisation
    clip_skip: int | None
    weighs: bool = True

    def __init__(
        self,
        folder: Path,
        name: str,
        parts: Parts,
        network: Part,
        vae: Part,
        encoders: Sequence[Part],
        placement: Placement,
    ) -> None:
        self.card, self._said = card_of(folder), (*parts.notices, *card_problems(folder))
        self.name, self.folder, self.lacks = name, str(folder), parts.lacks
        self.modules: Mapping[str, torch.nn.Module] = parts.modules
        self.device = placement.device
        self.space = self._space(name, vae.module)
        self.channels, self.factor = self.space.channels, self.space.factor
        self.pixels = self.PIXELS or _side(name, network.module.config.sample_size) * self.factor
        self.patch = 1
        self.kappa = self.card.kappa or KAPPA_UNKNOWN
        self.mask_strength = self.card.mask_strength or MASK_STRENGTH
        self.knows, self.prompt_style = self.card.knows, self.card.prompt_style
        self.parameterisation, self.clip_skip = AS_FILED, None
        self.guided = Guided.PROMPTS
        self.evaluations = 0
        self._network, self._vae, self._encoders = network, vae, tuple(encoders)
        self._own_vae, self._vae_format = vae, placement.vae
        weights = sum(part.bytes for part in self._every)
        self._full_batch = self.batch = placement.at_once(weights, (self.pixels // self.factor) ** 2)
        self._taken: set[Measure] = set()
        self._streamed: set[Part] = set()
        self._network_ladder = Ladder(
            (self._halve, self._slice, self._offload_idle, partial(self._stream, network)), self.device
        )
        # Offloading changes no bit, the processor only rounds otherwise. No tiles: norms that see the colours
        # of one tile only draw another picture (docs/decisions/011).
        self._vae_ladder = Ladder((self._offload_idle, self._to_processor), self.device)
        self._settle(placement.memory)
        self._lasting, self._lasting_streams = set(self._taken), set(self._streamed)

    def _space(self, name: str, vae: Any) -> LatentSpace:
        """What the VAE's latents are to the network. InputError for what can't be right."""
        return Scaled.of(name, vae)

    @property
    def precision(self) -> str:
        return str(self._network.dtype).removeprefix("torch.")

    @property
    def notices(self) -> tuple[str, ...]:
        widened = (
            f"{part.name} overflowed in half precision, so it runs in single precision (float32)."
            for part in self._every
            if part.widened
        )
        measures = (measure.sentence for measure in Measure if measure in self._taken)
        return (*self._said, *widened, *measures)

    @property
    def manner(self) -> tuple[object, ...]:
        formats = tuple(str(part.dtype) for part in self._every)
        rounding = self._taken - {Measure.OFFLOADED, Measure.STREAMED}
        return (formats, self.batch, *(one for one in Measure if one in rounding))

    def use_vae(self, vae: str) -> None:
        part = self._own_vae
        if vae and not isinstance(self.space, Scaled):
            raise InputError(f"{self.name} draws by its own VAE alone.", "Take the model's own VAE.")
        if vae:
            found = open_vae(vae, part.module, self._vae_format)
            found.to(memory_format=torch.channels_last)
            part = Part("The VAE", found, found.dtype)
        self._vae.to(CPU)
        self._vae = part
        if Measure.PROCESSOR in self._taken:
            part.to_processor()
        self.restore()

    def relax(self) -> None:
        if self._taken == self._lasting:
            return
        self.batch = self._full_batch
        if Measure.SLICED in self._taken:
            self._network.module.set_attention_slice(None)
        self._vae.narrow()
        for part in self._streamed - self._lasting_streams:
            part.gather()
        self._streamed = set(self._lasting_streams)
        self._taken = set(self._lasting)
        self.restore()

    def offload(self) -> None:
        for part in self._every:
            part.to(CPU)
        release(self.device)

    @torch.inference_mode()
    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        def call(vae: Any) -> Tensors:
            image = pixels.to(vae.device, self._vae.dtype, memory_format=torch.channels_last)
            image = image.unsqueeze(2) if self.space.frames else image
            return (vae.encode(image).latent_dist.mode().to(self.device),)

        (latent,) = self._ask_vae(call)
        return self.space.inward(latent)

    @torch.inference_mode()
    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        unscaled = self.space.outward(latent)

        def call(vae: Any) -> Tensors:
            there = unscaled.to(vae.device, self._vae.dtype)
            picture = vae.decode(there, return_dict=False)[0].to(self.device)
            return (picture[:, :, 0] if self.space.frames else picture,)

        return self._ask_vae(call)[0]

    def inpaint_conditioning(
        self, _pixels: torch.Tensor, _mask: torch.Tensor, /
    ) -> InpaintConditioning | None:
        """Nothing: an ordinary model sees only x and the text."""
        return None

    @torch.inference_mode()
    def predict(
        self,
        x: torch.Tensor,
        level: Level | Sequence[Level],
        text: Text,
        inpainting: InpaintConditioning | None = None,
        scale: float = 1.0,
    ) -> Prediction:
        """As the protocol says; in as many calls as `batch` asks for, which may shrink on the way."""
        levels = [level] * len(x) if isinstance(level, Level) else level
        out: list[torch.Tensor] = []
        while (done := sum(map(len, out))) < len(x):

            def ask(done: int = done) -> torch.Tensor:
                some = slice(done, done + self.batch)
                call = self._network_call(Asked(x[some], levels[some], text[some], inpainting, scale))
                return self._on_device(self._network, call)[0]

            out.append(self._network_ladder.climb(ask))
        self.evaluations += len(x)
        if isinstance(level, Level):
            return self._predicted(x, level, torch.cat(out))
        samples = zip(x.split(1), levels, torch.cat(out).split(1), strict=True)
        each = [self._predicted(*sample) for sample in samples]
        return Prediction(torch.cat([one.eps for one in each]), torch.cat([one.x0 for one in each]))

    @abstractmethod
    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:
        """How this family's network is asked, each sample at its level."""

    @abstractmethod
    def _predicted(self, x: torch.Tensor, level: Level, out: torch.Tensor, /) -> Prediction:
        """What the network's output says, all of it at one level."""

    @property
    def _every(self) -> tuple[Part, ...]:
        return (self._network, self._vae, *self._encoders)

    def _settle(self, memory: int | None) -> None:
        # channels_last makes convolutions 2.5–4 times faster on CPUs and faster on tensor cores. For weights
        # of four sides and of five, as a VAE of films has them, torch knows no one such order.
        self._network.module.to(memory_format=torch.channels_last)
        if not self.space.frames:
            self._vae.module.to(memory_format=torch.channels_last)
        for part in (self._network, *self._encoders):
            if memory is not None and not lies_whole(part.bytes, memory):
                self._offload_idle()
                self._stream(part)
        self.restore()

    def restore(self) -> None:
        if Measure.OFFLOADED in self._taken:
            return
        try:
            for part in self._every:
                part.to(self.device)
        except Exception as error:
            if not is_out_of_memory(error) or not self._offload_idle():
                raise
            self.offload()  # not all at once, then: each when it is asked

    def _halve(self) -> bool:
        if self.batch == 1:
            return False
        self.batch //= 2
        self._taken.add(Measure.FEWER)
        return True

    def _slice(self) -> bool:
        """Attention head by head, where the network can."""
        if not hasattr(self._network.module, "set_attention_slice"):
            return False
        return self._take(Measure.SLICED, lambda: self._network.module.set_attention_slice("max"))

    def _offload_idle(self) -> bool:
        """From now on only the part that is asked lies on the device."""
        return self.device != CPU and self._take(Measure.OFFLOADED)

    def _stream(self, part: Part) -> bool:
        """From now on a part's layers lie on the device in turn."""
        if self.device == CPU or part in self._streamed:
            return False
        self._streamed.add(part)
        self._taken.add(Measure.STREAMED)
        part.stream(self.device)
        return True

    def _to_processor(self) -> bool:
        return self.device != CPU and self._take(Measure.PROCESSOR, self._vae.to_processor)

    def _take(self, measure: Measure, do: Callable[[], object] | None = None) -> bool:
        """Take a measure that can be taken once; False when it was."""
        if measure in self._taken:
            return False
        self._taken.add(measure)
        if do is not None:
            do()
        return True

    def _ask(self, part: Part, call: Callable[[Any], Tensors]) -> Tensors:
        """What a text encoder says."""
        ladder = Ladder((self._offload_idle, partial(self._stream, part)), self.device)
        return ladder.climb(lambda: self._on_device(part, call))

    def _ask_vae(self, call: Callable[[Any], Tensors]) -> Tensors:
        return self._vae_ladder.climb(lambda: self._on_device(self._vae, call))

    def _on_device(self, part: Part, call: Callable[[Any], Tensors]) -> Tensors:
        if Measure.OFFLOADED in self._taken:
            for other in self._every:
                if other is not part:
                    other.to(CPU)
            if part is not self._vae or Measure.PROCESSOR not in self._taken:
                part.to(self.device)
        return part.ask(call)


def check_width(name: str, reads: int, writes: int, what: str = "texts") -> None:
    """InputError when the network and the text encoders don't belong together."""
    if reads != writes:
        raise InputError(
            f"In {name} the network reads {what} of width {reads}, but the encoders write {writes}."
        )


def check_channels(name: str, reads: int, writes: int) -> None:
    """InputError when the transformer and the VAE don't belong together."""
    if reads != writes:
        raise InputError(f"In {name} the transformer takes {reads} channels, but the VAE makes {writes}.")


def _side(name: str, told: object) -> int:
    """The side of the latents that a network was trained on; of two different ones the longer."""
    sides = cast("list[object]", told) if isinstance(told, list | tuple) else [told]
    whole = [side for side in sides if isinstance(side, int) and SIDES[0] <= side <= SIDES[1]]
    if not whole or len(whole) < len(sides):
        raise InputError(f"{name} draws pictures of the size {told}, which can't be right.", DAMAGED)
    return max(whole)
