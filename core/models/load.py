"""A model's name and a device → a Backbone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from core.causes import reading
from core.errors import InputError
from core.models.adapters.parameterisation import AS_FILED, Parameterisation, flows
from core.models.backbone import Backbone
from core.models.card import card_of
from core.models.catalog import describe, folder_of
from core.models.families import CHROMA, FLUX, KLEIN, QWEN_IMAGE, SD, SD3, SDXL, Family
from core.models.files.checkpoint import read_checkpoint
from core.models.files.diffusers_folder import AGAIN, check_folder
from core.models.files.documents import read_json
from core.models.files.single_file import open_file
from core.models.memory.device import Placement, place

Opener = Callable[[Path, str, Placement, Parameterisation], Backbone]


def load(model: str, device: str, told: Parameterisation = AS_FILED) -> Backbone:
    """Open a model: "starter", a diffusers folder or a .safetensors file; device: see memory.device.

    told: before what the model's card says, which comes before what its files say. InputError when the model
    or the device can't be used, before any weight is read where that can be seen.
    """
    folder = folder_of(model)
    place(device)  # a device that isn't there is said first
    with reading(folder.name, AGAIN):
        return _opened(model, folder, device, told)


def _opened(model: str, folder: Path, device: str, told: Parameterisation) -> Backbone:
    if folder.is_file():
        checkpoint = read_checkpoint(folder)
        family = checkpoint.layout.family
        told = _told(folder, family, told)
        return open_file(checkpoint, folder.stem, _place(family, device), told)
    family = check_folder(folder)
    told = _told(folder, family, told)
    return _opener(family)(folder, describe(model).name, _place(family, device), told)


def _place(family: Family, device: str) -> Placement:
    placement = place(device, wide=family.wide)
    return replace(placement, vae=torch.float32) if family.single_vae else placement


def _opener(family: Family) -> Opener:
    """What loads a folder of this family; no other family's networks are imported for it."""
    if family is SD:
        from core.models.adapters.stable_diffusion import open_folder
    elif family is SDXL:
        from core.models.adapters.sdxl import open_folder
    elif family is SD3:
        from core.models.adapters.sd3 import open_folder
    elif family is FLUX:
        from core.models.adapters.flux import open_folder
    elif family is CHROMA:
        from core.models.adapters.chroma import open_folder
    elif family is QWEN_IMAGE:
        from core.models.adapters.qwen_image import open_folder
    elif family is KLEIN:
        from core.models.adapters.flux2 import open_folder
    else:
        from core.models.adapters.z_image import open_folder
    return open_folder


def _told(folder: Path, family: Family, told: Parameterisation) -> Parameterisation:
    """By the request, else by the card. InputError for a flow that is told to predict something else."""
    if not family.flows and not _is_flow(folder):
        card = card_of(folder)
        snr = card.zero_snr if told.zero_snr is None else told.zero_snr
        return Parameterisation(told.prediction or card.prediction, snr)
    if told == AS_FILED:
        return AS_FILED
    raise InputError(
        f"{family.name if family.flows else folder.name} predicts a flow: it has no other prediction, "
        "and no zero SNR.",
        "Leave both to the model.",
    )


def _is_flow(folder: Path) -> bool:
    """Whether a U-Net's folder has the schedule of a flow; files in the original layout say nothing of it."""
    return folder.is_dir() and flows(read_json(folder / "scheduler" / "scheduler_config.json"))
