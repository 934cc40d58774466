"""A model's name and a device → a Backbone."""

from collections.abc import Callable
from pathlib import Path

from core.causes import reading
from core.models import sd3, sdxl, stable_diffusion
from core.models.backbone import Backbone
from core.models.catalog import describe, folder_of
from core.models.checkpoint import read_checkpoint
from core.models.device import Placement, place
from core.models.diffusers_folder import AGAIN, check_folder
from core.models.families import SD, SD3, SDXL
from core.models.single_file import open_file

OPENERS: dict[str, Callable[[Path, str, Placement], Backbone]] = {  # family (core.models.families) → adapter
    SD.name: stable_diffusion.open_folder,
    SDXL.name: sdxl.open_folder,
    SD3.name: sd3.open_folder,
}


def load(model: str, device: str) -> Backbone:
    """Open a model: "starter", a diffusers folder or a .safetensors file; device: see core.models.device.

    InputError when the model or the device can't be used, before any weight is read where that can be seen.
    """
    folder = folder_of(model)
    place(device)  # a device that isn't there is said first
    with reading(folder.name, AGAIN):
        return _opened(model, folder, device)


def _opened(model: str, folder: Path, device: str) -> Backbone:
    if folder.is_file():
        checkpoint = read_checkpoint(folder)
        placement = place(device, wide=checkpoint.layout.family.wide)
        return open_file(checkpoint, folder.stem, placement)
    family = check_folder(folder)
    return OPENERS[family.name](folder, describe(model).name, place(device, wide=family.wide))
