# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What every family's adapter shares: the VAE, the number formats, the measures against full memory."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import torch

from core.causes import is_out_of_memory, reading
from core.diffusion.guidance import KAPPA_UNKNOWN
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction
from core.errors import InputError
from core.models.backbone import Known, Text
from core.models.card import read_card
from core.models.device import Placement
from core.models.memory import Ladder, Measure, release
from core.models.part import DAMAGED, Part, Tensors

CPU = torch.device("cpu")

SIDES = 4, 512  # of the latents that a network can have been trained on
MOST_TIMESTEPS = 10_000  # of a schedule; all models known have 1,000
MARKS = 2  # tokens before and after a text
MASK_STRENGTH = 0.5  # DiffEdit's own, for models that say nothing else


class Adapter(ABC):
    """A network, a VAE and text encoders on a device; families add texts and predictions.

    folder: where the model was read, name: what it is called; `core.models.backbone` tells of the rest.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        network: Part,
        vae: Part,
        encoders: Sequence[Part],
        placement: Placement,
    ) -> None:
        measured = read_card(folder)
        self.name, self.folder = name, str(folder)
        self.device, self.batch = placement.device, placement.batch
        self.channels = int(vae.module.config.latent_channels)
        self.factor = _factor(name, vae.module.config)
        self.pixels = _side(name, network.module.config.sample_size) * self.factor
        self.patch = 1
        self.kappa = measured.kappa or KAPPA_UNKNOWN
        self.mask_strength = measured.mask_strength or MASK_STRENGTH
        self.knows = measured.knows
        self._scaling, self._shift = _scale(name, vae.module.config)
        self.evaluations = 0
        self._network, self._vae, self._encoders = network, vae, tuple(encoders)
        self._full_batch = placement.batch
        self._taken: set[Measure] = set()
        self._ladder = Ladder((self._offload,), self.device)
        self._network_ladder = Ladder((self._halve, self._slice, self._offload), self.device)
        # Waiting changes no bit, the processor only rounds otherwise. No tiles: norms that see the colours of
        # one tile only draw another picture (docs/decisions/011).
        self._vae_ladder = Ladder((self._offload, self._to_processor), self.device)
        self._settle()
        self._lasting = set(self._taken)

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
        return (*widened, *(measure.sentence for measure in Measure if measure in self._taken))

    @property
    def manner(self) -> tuple[object, ...]:
        formats = tuple(str(part.dtype) for part in self._every)
        return (formats, self.batch, *(one for one in Measure if one in self._taken - {Measure.WAITING}))

    def relax(self) -> None:
        if self._taken == self._lasting:
            return
        self.batch = self._full_batch
        if Measure.SLICED in self._taken:
            self._network.module.set_attention_slice(None)
        self._vae.narrow()
        self._taken = set(self._lasting)
        self.enter()

    def leave(self) -> None:
        for part in self._every:
            part.to(CPU)
        release(self.device)

    @torch.inference_mode()
    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        def call(vae: Any) -> Tensors:
            image = pixels.to(vae.device, self._vae.dtype, memory_format=torch.channels_last)
            return (vae.encode(image).latent_dist.mode().to(self.device),)

        (latent,) = self._ask_vae(call)
        return (latent - self._shift) * self._scaling

    @torch.inference_mode()
    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        unscaled = latent / self._scaling + self._shift

        def call(vae: Any) -> Tensors:
            there = unscaled.to(vae.device, self._vae.dtype)
            return (vae.decode(there, return_dict=False)[0].to(self.device),)

        return self._ask_vae(call)[0]

    def known(self, _pixels: torch.Tensor, _mask: torch.Tensor, /) -> Known | None:
        """Nothing: an ordinary model sees only x and the text."""
        return None

    @torch.inference_mode()
    def predict(self, x: torch.Tensor, level: Level, text: Text, known: Known | None = None) -> Prediction:
        """As the protocol says; in as many calls as `batch` asks for, which may shrink on the way."""
        out: list[torch.Tensor] = []
        while (done := sum(map(len, out))) < len(x):

            def ask(done: int = done) -> torch.Tensor:
                some = slice(done, done + self.batch)
                return self._on_device(self._network, self._network_call(x[some], level, text[some], known))[
                    0
                ]

            out.append(self._network_ladder.climb(ask))
        self.evaluations += len(x)
        return self._predicted(x, level, torch.cat(out))

    @abstractmethod
    def _network_call(
        self, x: torch.Tensor, level: Level, text: Text, known: Known | None, /
    ) -> Callable[[Any], Tensors]:
        """How this family's network is asked."""

    @abstractmethod
    def _predicted(self, x: torch.Tensor, level: Level, out: torch.Tensor, /) -> Prediction:
        """What the network's output says."""

    @property
    def _every(self) -> tuple[Part, ...]:
        return (self._network, self._vae, *self._encoders)

    def _settle(self) -> None:
        # channels_last makes convolutions 2.5–4 times faster on CPUs and faster on tensor cores.
        for part in (self._network, self._vae):
            part.module.to(memory_format=torch.channels_last)
        self.enter()

    def enter(self) -> None:
        if Measure.WAITING in self._taken:
            return
        try:
            for part in self._every:
                part.to(self.device)
        except Exception as error:
            if not is_out_of_memory(error) or not self._offload():
                raise
            self.leave()  # not all at once, then: each when it is asked

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

    def _offload(self) -> bool:
        """From now on only the part that is asked lies on the device."""
        return self.device != CPU and self._take(Measure.WAITING)

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
        return self._ladder.climb(lambda: self._on_device(part, call))

    def _ask_vae(self, call: Callable[[Any], Tensors]) -> Tensors:
        return self._vae_ladder.climb(lambda: self._on_device(self._vae, call))

    def _on_device(self, part: Part, call: Callable[[Any], Tensors]) -> Tensors:
        if Measure.WAITING in self._taken:
            for other in self._every:
                if other is not part:
                    other.to(CPU)
            if part is not self._vae or Measure.PROCESSOR not in self._taken:
                part.to(self.device)
        return part.ask(call)


def text_length(name: str, *pairs: tuple[Any, Any]) -> int:
    """How many tokens all of the CLIP encoders read; pairs: (tokenizer, encoder).

    A tokenizer may name fewer than its encoder has places for; many real ones name none at all.
    """
    length = int(min(min(words.model_max_length, of.config.max_position_embeddings) for words, of in pairs))
    if length <= MARKS:
        raise InputError(f"{name} reads {length} tokens, too few for a word.", DAMAGED)
    return length


def token_ids(tokenizer: Any, prompt: str, length: int, encoder: Any) -> torch.Tensor:
    """(1, length): the prompt cut or padded, as the tokenizer does it. InputError for tokens without meaning.

    A card that is asked for the meaning of a token that there isn't can't be used again.
    """
    with reading("Its tokenizer", DAMAGED):
        padded = tokenizer(
            prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        )
        ids: torch.Tensor = padded["input_ids"]
    words = int(encoder.config.vocab_size)
    if ids.shape != (1, length) or not 0 <= int(ids.min()) <= int(ids.max()) < words:
        raise InputError(
            f"The tokenizer doesn't fit the text encoder, which knows {words:,} tokens.", DAMAGED
        )
    return ids


def clip_text(ids: torch.Tensor) -> Callable[[Any], Tensors]:
    """Ask a CLIP encoder with projection: its last layer but one (1, L, D), and the pooled text (1, P)."""

    def call(encoder: Any) -> Tensors:
        out = encoder(ids.to(encoder.device), output_hidden_states=True)
        return out.hidden_states[-2], out[0]

    return call


def check_width(name: str, reads: int, writes: int, what: str = "texts") -> None:
    """InputError when the network and the text encoders don't belong together."""
    if reads != writes:
        raise InputError(
            f"In {name} the network reads {what} of width {reads}, but the encoders write {writes}."
        )


def _side(name: str, told: object) -> int:
    """The side of the latents that a network was trained on; of two different ones the longer."""
    sides = cast("list[object]", told) if isinstance(told, list | tuple) else [told]
    whole = [side for side in sides if isinstance(side, int) and SIDES[0] <= side <= SIDES[1]]
    if not whole or len(whole) < len(sides):
        raise InputError(f"{name} draws pictures of the size {told}, which can't be right.", DAMAGED)
    return max(whole)


def _factor(name: str, config: Any) -> int:
    """Pixels to a latent cell. InputError for a VAE that doesn't draw as many as it reads."""
    steps = len(config.block_out_channels)
    if not len(config.down_block_types) == len(config.up_block_types) == steps:
        raise InputError(f"{name} is damaged: its VAE draws pictures of another size than it reads.", DAMAGED)
    return 2 ** (steps - 1)


def _scale(name: str, config: Any) -> tuple[float, float]:
    """What the VAE's latents are multiplied by, after the second number was taken off."""
    scaling, shift = float(config.scaling_factor), float(config.shift_factor or 0.0)
    if not (math.isfinite(scaling) and math.isfinite(shift) and scaling):
        raise InputError(
            f"{name} scales its latents by {scaling} and {shift}, which can't be right.", DAMAGED
        )
    return scaling, shift
