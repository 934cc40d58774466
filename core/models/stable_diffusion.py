# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Stable Diffusion 1.x and 2.x: a diffusers folder → Backbone. From diffusers' modules, not its pipelines."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from transformers.models.clip.modeling_clip import CLIPTextModel
from transformers.models.clip.tokenization_clip import CLIPTokenizer
from transformers.utils.logging import disable_progress_bar

from core.diffusion.guidance import KAPPA_UNKNOWN
from core.diffusion.schedule import Level, VariancePreserving
from core.diffusion.step import Prediction
from core.errors import CoreError, InputError
from core.models.backbone import TokenCount
from core.models.catalog import card, read_json
from core.models.device import Placement

PREDICTIONS = ("epsilon", "v_prediction")


@dataclass(frozen=True)
class Parts:
    """The modules of a Stable Diffusion model and the settings that decide how to use them."""

    unet: Any
    vae: Any
    text_encoder: Any
    tokenizer: Any
    schedule: VariancePreserving
    prediction: str


class StableDiffusion:
    """A Backbone (core.models.backbone) round one U-Net, VAE and CLIP text encoder."""

    def __init__(self, folder: Path, name: str, parts: Parts, placement: Placement) -> None:
        measured = card(folder)
        self.name, self.folder = name, str(folder)
        self.parts = parts
        self.device, self.batch = placement.device, placement.batch
        self.precision = str(placement.network).removeprefix("torch.")
        self.channels = int(parts.unet.config.in_channels)
        self.factor = 2 ** (len(parts.vae.config.block_out_channels) - 1)
        self.pixels = int(parts.unet.config.sample_size) * self.factor
        self.kappa = float(str(measured.get("kappa", KAPPA_UNKNOWN)))
        self.knows = str(measured.get("knows", ""))
        self.evaluations = 0
        self._to(placement)

    def _to(self, placement: Placement) -> None:
        # channels_last makes convolutions 2.5–4 times faster on CPUs and faster on tensor cores.
        unet, vae, text_encoder = self.parts.unet, self.parts.vae, self.parts.text_encoder
        unet.to(placement.device, memory_format=torch.channels_last)
        vae.to(placement.device, memory_format=torch.channels_last)
        text_encoder.to(placement.device)
        for module in (unet, vae, text_encoder):
            module.eval().requires_grad_(False)

    @property
    def schedule(self) -> VariancePreserving:
        return self.parts.schedule

    def tokens(self, text: str) -> TokenCount:
        ids = self.parts.tokenizer(text, add_special_tokens=False)["input_ids"]
        return TokenCount(used=len(ids), limit=int(self.parts.tokenizer.model_max_length) - 2)

    @torch.inference_mode()
    def text(self, prompt: str) -> torch.Tensor:
        tokenizer = self.parts.tokenizer
        batch = tokenizer(
            prompt,
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        return self.parts.text_encoder(batch["input_ids"].to(self.device))[0]

    @torch.inference_mode()
    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        vae = self.parts.vae
        image = pixels.to(vae.device, vae.dtype, memory_format=torch.channels_last)
        latent = vae.encode(image).latent_dist.mode().float()
        return _finite((latent - _shift(vae)) * vae.config.scaling_factor, "The VAE's encoder")

    @torch.inference_mode()
    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        vae = self.parts.vae
        unscaled = (latent / vae.config.scaling_factor + _shift(vae)).to(vae.device, vae.dtype)
        return _finite(vae.decode(unscaled, return_dict=False)[0].float(), "The VAE's decoder")

    @torch.inference_mode()
    def predict(self, x: torch.Tensor, level: Level, text: torch.Tensor) -> Prediction:
        unet = self.parts.unet
        self.evaluations += x.shape[0]
        sample = x.to(unet.dtype, memory_format=torch.channels_last)
        out = unet(sample, level.timestep, encoder_hidden_states=text, return_dict=False)[0].float()
        return self._prediction(x, level, _finite(out, "The U-Net"))

    def _prediction(self, x: torch.Tensor, level: Level, out: torch.Tensor) -> Prediction:
        """eps: ε̂ = out. v (Salimans & Ho, arXiv 2202.00512): ε̂ = a·v + s·x, x̂0 = a·x − s·v.

        At level 0 the network is asked at its smallest timestep: that level's own a and s turn v into ε̂,
        while x̂0 is x itself.
        """
        if self.parts.prediction == "epsilon":
            return Prediction(eps=out, x0=(x - level.s * out) / level.a)
        asked = self.schedule.at(level.timestep)
        return Prediction(eps=asked.a * out + asked.s * x, x0=level.a * x - level.s * out)


def open_folder(folder: Path, name: str, placement: Placement) -> StableDiffusion:
    """Load a checked diffusers folder (core.models.catalog.check): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    disable_progress_bar()
    schedule, prediction = _schedule(folder)
    parts = Parts(
        unet=_module(UNet2DConditionModel, folder, "unet", placement.network),
        vae=_module(AutoencoderKL, folder, "vae", placement.vae),
        text_encoder=_module(CLIPTextModel, folder, "text_encoder", placement.network),
        tokenizer=_tokenizer(folder),
        schedule=schedule,
        prediction=prediction,
    )
    _check_shapes(folder.name, parts)
    return StableDiffusion(folder, name, parts, placement)


def _module(kind: Any, folder: Path, part: str, dtype: torch.dtype) -> Any:
    options: dict[str, Any] = {"torch_dtype": dtype, "low_cpu_mem_usage": False}
    if part == "text_encoder":  # transformers has its own word for it
        options = {"dtype": dtype}
    try:
        module, info = kind.from_pretrained(
            folder / part, use_safetensors=True, local_files_only=True, output_loading_info=True, **options
        )
    except Exception as error:  # diffusers and transformers raise anything from KeyError to SafetensorError
        hint = "Copy or download the whole folder again."
        raise InputError(f"{folder.name}/{part} can't be loaded: {_first_line(error)}", hint) from error
    missing = sorted(info["missing_keys"])
    if missing:
        raise InputError(
            f"{folder.name}/{part} lacks {len(missing)} of its weights, the first being {missing[0]}.",
            "The file is of another model or was cut off: get it again.",
        )
    return module


def _tokenizer(folder: Path) -> Any:
    try:
        return CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    except Exception as error:  # as above
        hint = "Copy or download the whole folder again."
        raise InputError(f"{folder.name}/tokenizer can't be loaded: {_first_line(error)}", hint) from error


def _schedule(folder: Path) -> tuple[VariancePreserving, str]:
    """ᾱ, by diffusers' own reading of the scheduler's configuration, and what the network predicts."""
    config = read_json(folder / "scheduler" / "scheduler_config.json")
    prediction = str(config.get("prediction_type", "epsilon"))
    if prediction not in PREDICTIONS:
        raise InputError(
            f"{folder.name} predicts “{prediction}”, which this program can't use.",
            "It reads models that predict epsilon or v.",
        )
    scheduler: Any = DDIMScheduler.from_config(config)
    abar = tuple(float(value) for value in scheduler.alphas_cumprod)
    if prediction == "epsilon" and abar[-1] == 0:
        raise InputError(f"{folder.name} predicts noise at zero terminal SNR, which has no answer there.")
    return VariancePreserving(abar), prediction


def _check_shapes(name: str, parts: Parts) -> None:
    width, reads = parts.text_encoder.config.hidden_size, parts.unet.config.cross_attention_dim
    if width != reads:
        raise InputError(f"In {name} the U-Net reads texts of width {reads}, but the encoder writes {width}.")
    channels, latent = parts.unet.config.in_channels, parts.vae.config.latent_channels
    if channels == latent + 5 or channels == 2 * latent + 1:
        raise InputError(
            f"{name} is an inpainting model ({channels} input channels).", "Choose its base model."
        )
    if channels != latent:
        raise InputError(f"In {name} the U-Net takes {channels} channels, but the VAE makes {latent}.")


def _shift(vae: Any) -> float:
    return vae.config.shift_factor or 0.0


def _finite(values: torch.Tensor, who: str) -> torch.Tensor:
    if not torch.isfinite(values).all():
        raise CoreError(
            f"{who} answered with numbers that are not finite (NaN or infinite).",
            "Choose the CPU as device, or another model: this one overflows in half precision or is damaged.",
        )
    return values


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
