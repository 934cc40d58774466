# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What every family's adapter shares: the VAE, the number formats, the measures against full memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from core.diffusion.guidance import KAPPA_UNKNOWN
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction
from core.errors import InputError
from core.models.backbone import Known, Text
from core.models.catalog import card
from core.models.device import Placement
from core.models.memory import Ladder, is_out_of_memory, release
from core.models.part import Part, Tensors

CPU = torch.device("cpu")


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
        measured = card(folder)
        self.name, self.folder = name, str(folder)
        self.device, self.batch = placement.device, placement.batch
        self.channels = int(vae.module.config.latent_channels)
        self.factor = 2 ** (len(vae.module.config.block_out_channels) - 1)
        self.pixels = int(network.module.config.sample_size) * self.factor
        self.patch = 1
        self.kappa = float(str(measured.get("kappa", KAPPA_UNKNOWN)))
        self.knows = str(measured.get("knows", ""))
        self.evaluations = 0
        self._network, self._vae, self._encoders = network, vae, tuple(encoders)
        self._full_batch, self._sliced, self._offloaded = placement.batch, False, False
        costly = (self._slice, self._offload)
        self._ladder = Ladder(costly, self.device)
        self._batched = Ladder((self._halve, *costly), self.device)
        self._settle()

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
        memory = "Memory was short, so"
        measures = {
            f"{memory} fewer samples went through the network at once.": self.batch < self._full_batch,
            f"{memory} attention was computed in slices and the VAE worked in tiles.": self._sliced,
            f"{memory} what was not in use waited in the computer's main memory.": self._offloaded,
        }
        return (*widened, *(sentence for sentence, taken in measures.items() if taken))

    @torch.inference_mode()
    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        def call(vae: Any) -> Tensors:
            image = pixels.to(self.device, vae.dtype, memory_format=torch.channels_last)
            return (vae.encode(image).latent_dist.mode(),)

        (latent,) = self._ask(self._vae, call)
        config = self._vae.module.config
        return (latent - _shift(config)) * config.scaling_factor

    @torch.inference_mode()
    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        config = self._vae.module.config
        unscaled = latent / config.scaling_factor + _shift(config)

        def call(vae: Any) -> Tensors:
            return (vae.decode(unscaled.to(self.device, vae.dtype), return_dict=False)[0],)

        return self._ask(self._vae, call)[0]

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

            out.append(self._batched.climb(ask))
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
        try:
            for part in self._every:
                part.to(self.device)
        except RuntimeError as error:
            if not is_out_of_memory(error) or not self._offload():
                raise
            for part in self._every:  # not all at once, then: each when it is asked
                part.to(CPU)
            release(self.device)

    def _halve(self) -> bool:
        if self.batch == 1:
            return False
        self.batch //= 2
        return True

    def _slice(self) -> bool:
        """Attention head by head where the network can; a VAE that sees a quarter of a picture at once."""
        if self._sliced:
            return False
        self._sliced = True
        network, vae = self._network.module, self._vae.module
        if hasattr(network, "set_attention_slice"):
            network.set_attention_slice("max")
        vae.enable_tiling()
        vae.tile_sample_min_size = self.pixels // 2
        vae.tile_latent_min_size = vae.tile_sample_min_size // self.factor
        return True

    def _offload(self) -> bool:
        """From now on only the part that is asked lies on the device."""
        if self._offloaded or self.device == CPU:
            return False
        self._offloaded = True
        return True

    def _ask(self, part: Part, call: Callable[[Any], Tensors]) -> Tensors:
        return self._ladder.climb(lambda: self._on_device(part, call))

    def _on_device(self, part: Part, call: Callable[[Any], Tensors]) -> Tensors:
        if self._offloaded:
            for other in self._every:
                if other is not part:
                    other.to(CPU)
            part.to(self.device)
        return part.ask(call)


def token_ids(tokenizer: Any, prompt: str, length: int) -> torch.Tensor:
    """(1, length): the prompt cut or padded, as the tokenizer does it."""
    padded = tokenizer(prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt")
    return padded["input_ids"]


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


def _shift(config: Any) -> float:
    return config.shift_factor or 0.0
