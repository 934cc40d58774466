"""The families in their published sizes: networks on the meta device, from the configurations that ship."""

import json

import torch

from resources import models_folder

NETWORKS = {
    "sd1": ("unet", "UNet2DConditionModel"),
    "sd2": ("unet", "UNet2DConditionModel"),
    "sdxl": ("unet", "UNet2DConditionModel"),
    "sd3": ("transformer", "SD3Transformer2DModel"),
}


def full_sized(family: str, part: str = "network", device: str = "meta") -> torch.nn.Module:
    """The network or the VAE of "sd1", "sd2", "sdxl" or "sd3", full-sized; with random weights off meta."""
    import diffusers

    name, kind = NETWORKS[family] if part == "network" else ("vae", "AutoencoderKL")
    config = json.loads((models_folder() / f"{family}.json").read_bytes())[name]
    with torch.device(device):
        return getattr(diffusers, kind)(**config)
