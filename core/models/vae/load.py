"""VAEs in files and folders of their own: Stable Diffusion XL's half-precision one above all."""

import math
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import single_file_utils as original
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from core.causes import reading
from core.errors import InputError
from core.models.files.diffusers_modules import CONFIG, module
from core.models.files.documents import read_json
from core.models.files.header import AGAIN, SafetensorsHeader, read_header
from core.models.files.layouts import VAE
from core.models.files.renamed import Recipe, renamed_module
from core.models.files.weights import Weights
from core.models.vae.config import fit_vae, in_diffusers_layout
from core.models.vae.files import OTHER, vae_header, vae_place


def open_vae(vae: str, own: Any, dtype: torch.dtype) -> Any:
    """The VAE that a request names, on the CPU, in the place of a model's `own`, whose latents it must read.

    In float16 one whose configuration warns of it is float32; a single file can't tell, and is tried.
    InputError when it isn't there or is none, or for latents of other channels, sizes or scale.
    """
    place = vae_place(vae)
    with reading(place.name, AGAIN):
        found = _of_folder(place, dtype) if place.is_dir() else _of_file(place, own, dtype)
        _check(place.name, found.config, own.config)
        return found


def vae_recipe(header: SafetensorsHeader, config: dict[str, Any]) -> Recipe:
    """How a VAE is made of a single file, in either layout. header: its names begin with `layouts.VAE`."""

    def rename(weights: Weights, empty: Any) -> Weights:
        if not in_diffusers_layout(header):
            return original.convert_ldm_vae_checkpoint(weights, config)
        names = {key.removeprefix(VAE): weight for key, weight in weights.items()}
        empty._fix_state_dict_keys_on_load(names)  # the attention of 2022's VAEs
        return names

    return Recipe(lambda: AutoencoderKL.from_config(config), VAE, rename, packs=False)


def _of_folder(folder: Path, dtype: torch.dtype) -> Any:
    config = read_json(folder / CONFIG)
    if (kind := str(config.get("_class_name", ""))) != AutoencoderKL.__name__:
        raise InputError(f"{folder.name} is a {kind or 'folder without a VAE'}, not a VAE.", OTHER)
    wide = dtype == torch.float16 and config.get("force_upcast", False)
    return module(AutoencoderKL, folder.parent, folder.name, torch.float32 if wide else dtype)


def _of_file(file: Path, own: Any, dtype: torch.dtype) -> Any:
    header = vae_header(read_header(file))
    config = {**own.config, "force_upcast": False}
    fit_vae(header, config)
    return renamed_module(header, "VAE", vae_recipe(header, config), dtype)


def _check(name: str, config: Any, own: Any) -> None:
    if config.latent_channels != own.latent_channels:
        made, read = config.latent_channels, own.latent_channels
        raise InputError(f"{name} makes latents of {made} channels, but the model draws in {read}.", OTHER)
    if len(config.block_out_channels) != len(own.block_out_channels):
        raise InputError(f"{name} makes latents of another size than the model draws in.", OTHER)
    scales = [(it.scaling_factor, it.shift_factor or 0.0) for it in (config, own)]
    if not all(math.isclose(*pair, rel_tol=1e-3) for pair in zip(*scales, strict=True)):
        made, read = (scaling for scaling, _ in scales)
        raise InputError(f"{name} scales its latents by {made:g}, but the model draws in {read:g}.", OTHER)
