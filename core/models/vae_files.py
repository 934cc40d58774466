"""Where the VAE lies that a request names, and what it is read from. No torch."""

from collections.abc import Iterator
from pathlib import Path

from core.errors import InputError
from core.models.diffusers_folder import stored
from core.models.documents import read_json
from core.models.repository import home_of, is_hub_name
from core.text import expanded

CONFIG = "config.json"
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
