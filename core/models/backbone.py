"""What the engine needs of a model, whatever its family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Field, Prediction
from core.diffusion.weight import Guided
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle, understood
from core.models.adapters.parameterisation import Parameterisation
from core.models.text.embeddings import EmbeddingFile


@dataclass(frozen=True)
class Reading:
    """How prompts are read.

    weighted    with weights and in chunks (`words.weighted`), else as they stand and cut at the limit
    chunks      in which each is read at least: texts that are computed together are of one length
    embeddings  textual inversions that may stand in them
    skip        which layer of a text encoder is read, 1 the last (`Backbone.clip_skip`)
    """

    weighted: bool = False
    chunks: int = 1
    embeddings: tuple[EmbeddingFile, ...] = ()
    skip: int = 1

    def words(self, prompt: str) -> str:
        """A prompt for a text encoder that knows no weights: what it says, without their signs."""
        return understood(prompt).words if self.weighted else prompt


PLAIN = Reading()


@dataclass(frozen=True, eq=False)
class Text:
    """Prompts as a model reads them. Only its adapter looks inside.

    tokens   (B, L, D) float32: what attention reads, token by token
    pooled   (B, P) float32: the whole prompt in one vector; None in families that have none
    lengths  how many tokens of each are its own, where texts of unequal length stand together; None: all are
    """

    tokens: torch.Tensor
    pooled: torch.Tensor | None = None
    lengths: tuple[int, ...] | None = field(default=None, kw_only=True)

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        """What a cache keeps of one text: `Text(*tensors)` is the text again."""
        return (self.tokens,) if self.pooled is None else (self.tokens, self.pooled)

    @property
    def each(self) -> tuple[torch.Tensor, ...]:
        """The tokens of every text, (L', D), its own alone."""
        lengths = self.lengths or (self.tokens.shape[1],) * len(self.tokens)
        return tuple(tokens[:length] for tokens, length in zip(self.tokens, lengths, strict=True))

    @property
    def alike(self) -> tuple[tuple[slice, torch.Tensor], ...]:
        """Texts of one length that follow each other: which of all they are, and their tokens (B', L', D)."""
        if self.lengths is None:
            return ((slice(0, len(self.tokens)), self.tokens),)
        begins = [i for i, n in enumerate(self.lengths) if i == 0 or n != self.lengths[i - 1]]
        some = [slice(*ends) for ends in pairwise((*begins, len(self.lengths)))]
        return tuple((part, self.tokens[part, : self.lengths[part.start]]) for part in some)

    @property
    def mask(self) -> torch.Tensor | None:
        """(B, L), True at each text's own tokens; None where all are."""
        if self.lengths is None:
            return None
        places = torch.arange(self.tokens.shape[1], device=self.tokens.device)
        return places < torch.tensor(self.lengths, device=self.tokens.device)[:, None]

    def __getitem__(self, some: slice) -> "Text":
        lengths = None if self.lengths is None else self.lengths[some]
        pooled = None if self.pooled is None else self.pooled[some]
        return Text(self.tokens[some], pooled, lengths=lengths)

    def same(self, other: "Text") -> bool:
        """The model can't tell them apart."""
        return all(torch.equal(a, b) for a, b in zip(self.tensors, other.tensors, strict=True))

    @staticmethod
    def stack(texts: Sequence["Text"]) -> "Text":
        """Several texts as one batch, each of one; the shorter ones padded with zeros."""
        tokens, *pooled = zip(*(text.tensors for text in texts), strict=True)
        lengths = tuple(one.shape[1] for one in tokens)
        most = max(lengths)
        padded = [torch.nn.functional.pad(one, (0, 0, 0, most - one.shape[1])) for one in tokens]
        unequal = lengths if min(lengths) < most else None
        return Text(torch.cat(padded), *map(torch.cat, pooled), lengths=unequal)


@dataclass(frozen=True, eq=False)
class InpaintConditioning:
    """What an inpainting model is told about the picture: where it may draw, and what lies around.

    mask    (1, 1, h, w) on the latent grid, 1 where it draws
    latent  (1, C, h, w): the picture with that region blanked, encoded
    """

    mask: torch.Tensor
    latent: torch.Tensor


@dataclass(frozen=True, eq=False)
class Asked:
    """One call of a network.

    x           (B, C, h, w);  levels, text: of each sample
    inpainting  what an inpainting model is told, None where it is told nothing
    scale       of guidance, where that is embedded
    """

    x: torch.Tensor
    levels: Sequence[Level]
    text: Text
    inpainting: InpaintConditioning | None = None
    scale: float = 1.0


class Schedule(Protocol):
    """The walk between picture and noise; see core.diffusion.schedule."""

    def levels(self, steps: int) -> tuple[Level, ...]: ...
    def at_strength(self, strength: float) -> Level: ...
    def below(self, level: Level, share: float) -> Level: ...


class Backbone(Protocol):
    """A text-to-image latent diffusion model with its parameterisation taken off.

    prediction  the field that the network predicts, before `predict` makes ε̂ and x̂0 of it
    pixels    side of the square pictures it was trained on
    factor    pixels per latent along a side;  channels  of the latent
    patch     latents come in whole patches of this side (1: any size)
    kappa     mean ‖t−u‖/‖u‖ over the schedule, measured once for the model
    mask_strength  noise level, a share of the schedule, at which its heat maps tell a region best
    batch     samples that one call of the network takes of this model on this device, at least 1
    knows     a sentence when the model knows a small world only, else ""
    prompt_style  how its prompts are read where nobody says otherwise: PLAIN or WEIGHTED
    weighs    the weights of a prompt's words count, where prompts are read with them; else the words alone do
    parameterisation  what its network predicts and on which schedule, of U-Nets; nothing of flows
    guided     what guides it, and so what the weights of a decoding are to it
    clip_skip  the layer of its text encoder that is read where nobody says otherwise; None: always the same
    evaluations  samples sent through the network so far (a batch of k counts k)
    lacks     the tokenizer whose text encoder is left out for want of it, else ""
    modules   its networks by the names of their folders: "unet" or "transformer", "vae", "text_encoder", …
    """

    name: str
    folder: str
    prediction: Field
    pixels: int
    factor: int
    channels: int
    patch: int
    kappa: float
    mask_strength: float
    batch: int
    knows: str
    prompt_style: PromptStyle
    weighs: bool
    parameterisation: Parameterisation
    guided: Guided
    clip_skip: int | None
    lacks: str
    device: torch.device
    evaluations: int
    modules: Mapping[str, torch.nn.Module]

    @property
    def precision(self) -> str:
        """The network's number format: "float32", "float16" or "bfloat16"."""
        ...

    def schedule_at(self, height: int, width: int, /) -> Schedule:
        """The walk of a latent of these sides: of some families a larger picture takes more noise."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences about what had to be done differently on this machine: precision, memory."""
        ...

    @property
    def manner(self) -> tuple[object, ...]:
        """How values come out now, beside what is asked: number formats, measures that round otherwise."""
        ...

    def use_vae(self, vae: str) -> None:
        """From now on encode and decode by the VAE in a file or folder; "" takes the model's own again.

        InputError when it can't be used; the one before then stays.
        """
        ...

    def relax(self) -> None:
        """Take back what was done for want of memory since loading: what comes next may need less."""
        ...

    def offload(self) -> None:
        """Make room on the device for another model: weights into the computer's memory, until `restore`."""
        ...

    def restore(self) -> None:
        """Back to the device after `offload`, as far as there is room."""
        ...

    def tokens(self, text: str, reading: Reading = PLAIN) -> TokenCount:
        """Count a prompt's tokens."""
        ...

    def text(self, prompt: str, reading: Reading = PLAIN) -> Text:
        """A prompt read by the text encoders, a batch of 1; read plainly, not past the limit."""
        ...

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """(1, 3, H, W) in [−1, 1] → latent (1, C, H/f, W/f), scaled to unit spread: the posterior's mode."""
        ...

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Latent → (1, 3, H, W), about [−1, 1]."""
        ...

    def inpaint_conditioning(self, pixels: torch.Tensor, mask: torch.Tensor, /) -> InpaintConditioning | None:
        """What `predict` is to be told while drawing in a mask; None if the model doesn't ask.

        pixels: (1, 3, H, W) in [−1, 1]; mask: (1, 1, h, w) on the latent grid, 0 or 1.
        """
        ...

    def predict(
        self,
        x: torch.Tensor,
        level: Level | Sequence[Level],
        text: Text,
        inpainting: InpaintConditioning | None = None,
        scale: float = 1.0,
    ) -> Prediction:
        """x (B, C, h, w) under B texts, at one level or at B, one a sample → ε̂ and x̂0, float32.

        Counts B evaluations. scale: of guidance, where that is embedded.

        An inpainting model that is told nothing takes the whole picture for unknown, and so predicts as an
        ordinary model does: that is what finding a region and inverting a picture ask for.
        """
        ...
