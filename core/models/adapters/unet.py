"""What the U-Net families share: the schedule, what is predicted on it, inpainting's extra channels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from core.causes import reading
from core.diffusion.schedule import Flow, Level, VariancePreserving
from core.diffusion.step import Field, Prediction
from core.errors import InputError
from core.models.adapters.adapter import MOST_TIMESTEPS, Adapter, Parts
from core.models.adapters.flow import flow_prediction, read_flow
from core.models.adapters.parameterisation import AS_FILED, SAID, Parameterisation, flows
from core.models.adapters.part import DAMAGED, Part, Tensors
from core.models.backbone import Asked, InpaintConditioning, Text
from core.models.memory.device import Placement

PREDICTIONS = (Field.EPSILON, Field.V)


@dataclass(frozen=True, kw_only=True)
class UNetParts(Parts):
    """The parts of a model whose network is a U-Net."""

    unet: Any


class UNetAdapter(Adapter):
    """A U-Net that predicts ε or v on a variance preserving schedule, or the velocity of a flow.

    Inpainting checkpoints see 1 + C more channels: the mask of what to draw, and the encoded picture with
    that region blanked. While a region is searched and a picture inverted nothing is known yet: the mask is
    then all ones over a blank picture, as in a quarter of such a model's training, which makes it an ordinary
    text-to-image model. Were the mask empty instead, the answer would stand in its input and the prompts
    would change nothing. Only decoding tells it the picture round the mask.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        parts: UNetParts,
        vae: Part,
        encoders: Sequence[Part],
        placement: Placement,
    ) -> None:
        self.schedule, self.prediction = read_schedule(name, parts.scheduler)
        self.inpaints = _check_channels(name, parts.unet, vae.module)
        network = Part("The U-Net", parts.unet, placement.network)
        super().__init__(folder, name, parts, network, vae, encoders, placement)
        self.parameterisation = _parameterisation(self.schedule, self.prediction)
        self._blank: InpaintConditioning | None = None

    def schedule_at(self, _height: int, _width: int, /) -> VariancePreserving | Flow:
        return self.schedule

    def use_vae(self, vae: str) -> None:
        super().use_vae(vae)
        self._blank = None  # which the one before encoded

    @torch.inference_mode()
    def inpaint_conditioning(self, pixels: torch.Tensor, mask: torch.Tensor, /) -> InpaintConditioning | None:
        if not self.inpaints:
            return None
        covered = torch.nn.functional.interpolate(mask.to(pixels.device), size=pixels.shape[-2:])
        return InpaintConditioning(mask.to(self.device), self.encode(pixels * (1 - covered)))

    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:
        x, text = asked.x, asked.text
        seen = torch.cat([x, *self._extra(x, asked.inpainting)], dim=1) if self.inpaints else x

        def call(unet: Any) -> Tensors:
            dtype = self._network.dtype
            sample = seen.to(dtype, memory_format=torch.channels_last)
            timestep = torch.tensor([level.timestep for level in asked.levels], device=x.device)
            more = self._added_conditioning(x, text)
            tokens = text.tokens.to(dtype)
            return unet(sample, timestep, encoder_hidden_states=tokens, return_dict=False, **more)

        return call

    def _added_conditioning(self, _x: torch.Tensor, _text: Text, /) -> dict[str, Any]:
        """What else the U-Net is given."""
        return {}

    def _extra(
        self, x: torch.Tensor, inpainting: InpaintConditioning | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if inpainting is None:
            inpainting = self._blank
            if inpainting is None or inpainting.latent.shape[-2:] != x.shape[-2:]:
                h, w = x.shape[-2:]
                grey = torch.zeros(1, 3, h * self.factor, w * self.factor)
                inpainting = self._blank = self.inpaint_conditioning(grey, torch.ones(1, 1, h, w))
                assert inpainting is not None
        mask, latent = inpainting.mask, inpainting.latent
        return mask.expand(len(x), -1, -1, -1), latent.expand(len(x), -1, -1, -1)

    def _predicted(self, x: torch.Tensor, level: Level, out: torch.Tensor, /) -> Prediction:
        """eps: ε̂ = out. v (Salimans & Ho, arXiv 2202.00512): ε̂ = a·v + s·x, x̂0 = a·x − s·v.

        At level 0 the network is asked at its smallest timestep: that level's own a and s turn v into ε̂,
        while x̂0 is x itself.
        """
        if isinstance(self.schedule, Flow):
            return flow_prediction(x, level, out, self.schedule.times)
        if self.prediction is Field.EPSILON:
            return Prediction(eps=out, x0=(x - level.s * out) / level.a)
        asked = self.schedule.at(int(level.timestep))
        return Prediction(eps=asked.a * out + asked.s * x, x0=level.a * x - level.s * out)


def read_schedule(name: str, config: Mapping[str, object]) -> tuple[VariancePreserving | Flow, Field]:
    """ᾱ by diffusers' own reading of a scheduler's configuration, and what the network predicts; or a flow.

    InputError for what is no ε or v prediction on a variance preserving schedule, and for a flow that moves
    with the picture's size: what a patch of a U-Net is nobody says.
    """
    if flows(config):
        flow = read_flow(name, config)
        if not isinstance(flow, Flow):
            raise InputError(
                f"{name} shifts its schedule by a number of patches, which a U-Net doesn't have."
            )
        return flow, Field.FLOW
    kind, prediction = str(config.get("_class_name", "")), str(config.get("prediction_type", "epsilon"))
    if prediction not in PREDICTIONS or "EDM" in kind:
        what = f"“{prediction}”" if prediction not in PREDICTIONS else f"for a {kind}"
        raise InputError(
            f"{name} predicts {what}, which this program can't use.",
            "It reads U-Nets that predict epsilon, v, or a flow on a FlowMatchEulerDiscreteScheduler.",
        )
    steps = config.get("num_train_timesteps", 1)
    if not isinstance(steps, int) or not 1 <= steps <= MOST_TIMESTEPS:
        raise InputError(f"{name} has a schedule of {steps} steps, which can't be right.", DAMAGED)
    with reading(f"The schedule of {name}", DAMAGED):
        scheduler: Any = DDIMScheduler.from_config(dict(config))
        abar = tuple(float(value) for value in scheduler.alphas_cumprod)
    if not all(0 <= after < before <= 1 for before, after in pairwise((1.0, *abar))):
        raise InputError(f"The schedule of {name} doesn't go from the picture to noise.", DAMAGED)
    if prediction == Field.EPSILON and abar[-1] == 0:
        raise InputError(
            f"{name} predicts noise at zero terminal SNR, which has no answer there.",
            "If you or its card told so, tell it to predict v, or leave zero SNR off.",
        )
    return VariancePreserving(abar), Field(prediction)


def _parameterisation(schedule: VariancePreserving | Flow, prediction: Field) -> Parameterisation:
    """As recipes tell it; of a flow there is nothing to tell."""
    if isinstance(schedule, Flow):
        return AS_FILED
    said = next(said for said, theirs in SAID.items() if theirs == prediction)
    return Parameterisation(said, zero_snr=schedule.abar[-1] == 0)


def _check_channels(name: str, unet: Any, vae: Any) -> bool:
    """Whether this is an inpainting model. InputError when U-Net and VAE don't belong together."""
    channels, latent = int(unet.config.in_channels), int(vae.config.latent_channels)
    if channels not in (latent, 2 * latent + 1):
        raise InputError(
            f"In {name} the U-Net takes {channels} channels, but the VAE makes {latent}.",
            "Models that take another picture beside the noisy one (InstructPix2Pix, depth, upscalers) "
            "can't be used here: choose the base model.",
        )
    return channels != latent
