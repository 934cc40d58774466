"""A model's name and a device → a Backbone."""

from core.models.backbone import Backbone
from core.models.catalog import check, describe, folder_of
from core.models.device import place
from core.models.stable_diffusion import open_folder


def load(model: str, device: str) -> Backbone:
    """Open a model: "starter" or a diffusers folder; device "auto", "cpu", "cuda" or "mps".

    InputError when the folder or the device can't be used, before any weight is read where that can be seen.
    """
    placement = place(device)
    folder = folder_of(model)
    check(folder)
    return open_folder(folder, describe(model).name, placement)
