"""Which VAEs on this machine fit a model, told by headers and names only. No torch."""

from pathlib import Path

from core.errors import InputError
from core.models.files.header import read_header
from core.models.hub.repository import rooms
from core.models.programs import vae_files
from core.models.recognise.file import recognise_file
from core.models.recognise.kinds import ModelKind, Recognised
from core.models.show import show
from core.models.vae.files import OTHER, vae_header, vae_place

LATENTS = {
    "Z-Image": "FLUX.1",
    "FLUX.1 dev": "FLUX.1",
    "FLUX.1 schnell": "FLUX.1",
    "Chroma": "FLUX.1",
}  # families with the VAE of another


def vaes_for(model: str, home: Path | None = None) -> tuple[Path, ...]:
    """Files of the model's family, fetched ones first, then other programs'; none where no family is known.

    home: where models go, None for the program's own place. VAEs of several families have the same layers:
    one whose name tells a family is of that alone.
    """
    families = show(model).told.families
    fetched = (file for room in rooms(home) for file in sorted(room.glob("*/*.safetensors")))
    every = dict.fromkeys((*fetched, *vae_files()))
    return tuple(file for file in every if _is_for(file, families))


def check_vae(vae: str, model: str) -> None:
    """InputError for what holds no VAE, or one of latents that the model doesn't draw in, by its header."""
    place = vae_place(vae)
    if place.is_dir():
        return  # its settings are read when it is loaded
    vae_header(read_header(place))
    told, whole = recognise_file(place), show(model).told
    if told.families and whole.families and not _share(told.families, whole.families):
        why = f"{place.name} is of {told.family}, but the model is of {whole.family}: their latents differ."
        raise InputError(why, OTHER)


def _is_for(file: Path, families: tuple[str, ...]) -> bool:
    try:
        told = recognise_file(file)
    except InputError:
        return False
    return told.kind is ModelKind.VAE and not told.why and _share(_own(told), families)


def _own(told: Recognised) -> tuple[str, ...]:
    return (told.variant,) if told.variant in told.families else told.families


def _share(of_vae: tuple[str, ...], of_model: tuple[str, ...]) -> bool:
    """A model's family may say more: "pruned SDXL", "SD 1.x inpainting"; some draw in another's latents."""
    drawn = [LATENTS.get(name, name) for name in of_model]
    return any(family in name for family in of_vae for name in drawn)
