"""Where the VAE lies that a request names, and what it is read from. No torch."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.errors import InputError
from core.models.files.diffusers_folder import stored
from core.models.files.documents import read_json
from core.models.files.header import SafetensorsHeader
from core.models.files.layouts import VAE
from core.models.files.refusal import refusal
from core.models.hub.repository import home_of, is_hub_name
from core.models.recognise.file import recognise_header
from core.models.recognise.kinds import ModelKind
from core.text import expanded

CONFIG = "config.json"
OTHER = "Choose a VAE of the model's own family."
HINT = "Choose a .safetensors file, or the folder of a VAE or of a whole model."


def vae_place(vae: str) -> Path:
    """A file, or a folder with a configuration and weights: itself, or its `vae`. InputError for none.

    vae: a file, a folder, or a name on the hub that was fetched.
    """
    path = expanded(vae)
    if not path.exists() and is_hub_name(vae):
        path = home_of(vae)
    if path.is_file():
        return path
    folders = [folder for folder in (path, path / "vae") if (folder / CONFIG).is_file()]
    files = sorted(path.glob("*.safetensors")) if path.is_dir() else []
    if folders:
        return folders[0]
    if len(files) == 1:
        return files[0]
    what = f"{path.name} holds no VAE" if path.is_dir() else f"There is no VAE {vae}"
    raise InputError(f"{what}.", HINT)


def vae_files(vae: str) -> Iterator[tuple[str, Path]]:
    """All that it is read from, by names that are the same wherever it lies. InputError as `vae_place`."""
    place = vae_place(vae)
    if place.is_file():
        yield "VAE", place
        return
    read_json(place / CONFIG)
    for file in (place / CONFIG, *stored(place.parent, place.name)):
        yield f"VAE/{file.name}", file


def vae_header(header: SafetensorsHeader) -> SafetensorsHeader:
    """The header of a VAE's file, or of a whole model's, with the names that a VAE has in a whole one.

    InputError for what holds no VAE.
    """
    if header.under(f"{VAE}decoder."):
        return header
    told = recognise_header(header)
    if told.kind is not ModelKind.VAE or not header.under("decoder."):
        refused = refusal(told, header.path.name)
        why = refused.message if refused and told.kind is not ModelKind.VAE else ""
        raise InputError(why or f"{header.path.name} holds no VAE that this program can use.", OTHER)
    return replace(header, tensors={VAE + _plain(key): tensor for key, tensor in header.tensors.items()})


def _plain(key: str) -> str:
    """FLUX.2's has its outermost layers within encoder and decoder; others' stand beside them."""
    return key.replace("encoder.quant_conv.", "quant_conv.").replace(
        "decoder.post_quant_conv.", "post_quant_conv."
    )
