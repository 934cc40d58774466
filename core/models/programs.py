"""Where other programs keep their models, and this program what it fetched. No torch.

By their own sources: ComfyUI, Automatic1111, Forge, Fooocus, SwarmUI, InvokeAI, StabilityMatrix, and Krita's
server.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import cast

import platformdirs

from core.errors import InputError
from core.models.files.documents import read_yaml
from core.models.hub.repository import SAFE, SINGLE, models_home
from core.text import expanded

PROGRAMS = (
    "ComfyUI",
    "ComfyUI_windows_portable/ComfyUI",
    "stable-diffusion-webui",
    "stable-diffusion-webui-forge",
    "Fooocus",
    "SwarmUI",
    "StabilityMatrix",
    "StabilityMatrix/Data",
    "invokeai",
)
KRITA = "krita/ai_diffusion/server/ComfyUI"  # below the user's data
VARIABLES = ("COMFYUI_PATH", "COMFYUI_HOME", "SD_WEBUI_PATH", "INVOKEAI_ROOT")  # roots that somebody has set
# Their folders by what lies in them; "Models" are SwarmUI's and StabilityMatrix's, InvokeAI mixes all kinds.
MODELS = (
    "models/checkpoints",
    "models/Stable-diffusion",
    "Models/Stable-Diffusion",
    "Models/StableDiffusion",
)
NETWORKS = ("models/diffusion_models", "models/unet", "Models/DiffusionModels", "Models/diffusion_models")
LORAS = ("models/loras", "models/Lora", "Models/Lora", "Models/LyCORIS")
VAES = ("models/vae", "models/VAE", "Models/VAE", "models/Stable-diffusion")
ENCODERS = (
    "models/text_encoders",
    "models/clip",
    "models/text_encoder",
    "Models/clip",
    "Models/text_encoders",
    "Models/TextEncoders",
)
EMBEDDINGS = ("models/embeddings", "embeddings")
log = logging.getLogger(__name__)
EXTRA = "extra_model_paths.yaml"  # ComfyUI's own list of further folders


def roots() -> tuple[Path, ...]:
    """The programs' folders that there are: this one's, named by the environment, in the usual places."""
    home = Path.home()
    rooms = (
        home,
        home / "Documents",
        home / "AI",
        home / "ai",
        home / "Applications",
        Path("C:/"),
        Path("/opt"),
    )
    named = [expanded(os.environ[name]) for name in VARIABLES if os.environ.get(name)]
    usual = [room / program for room in rooms for program in PROGRAMS]
    usual.append(Path(platformdirs.user_data_dir(roaming=True)) / KRITA)
    return tuple(root for root in dict.fromkeys([models_home().parent, *named, *usual]) if _is_dir(root))


def model_files() -> tuple[Path, ...]:
    """Checkpoints of these programs, pickles too: the listing says why those can't be used."""
    networks = (_files(NETWORKS, kind, SINGLE) for kind in ("diffusion_models", "unet"))
    every = (*_files(MODELS, "checkpoints", (SAFE, ".ckpt")), *chain.from_iterable(networks))
    return tuple(dict.fromkeys(every))


def vae_files() -> tuple[Path, ...]:
    """Files that may be VAEs; InvokeAI keeps all kinds in one folder."""
    return tuple(dict.fromkeys((*_files(VAES, "vae", (SAFE,)), *_invoke())))


def encoder_files() -> tuple[Path, ...]:
    """Files that may be text encoders, those in full before GGUF files."""
    named = (_files(ENCODERS, kind, SINGLE) for kind in ("text_encoders", "clip"))
    every = dict.fromkeys((*chain.from_iterable(named), *_invoke()))
    return tuple(sorted(every, key=lambda file: file.suffix.lower() != SAFE))


def _invoke() -> Iterator[Path]:
    for root in roots():
        if (root / "invokeai.yaml").is_file():
            yield from _within(root / "models", (SAFE,))


def lora_files() -> tuple[Path, ...]:
    """LoRA files of these programs."""
    return _files(LORAS, "loras", (SAFE,))


def embedding_files() -> tuple[Path, ...]:
    """Textual inversions of these programs, pickles too."""
    return _files(EMBEDDINGS, "embeddings", (".safetensors", ".pt", ".bin"))


def _files(rooms: tuple[str, ...], kind: str, endings: tuple[str, ...]) -> tuple[Path, ...]:
    found: list[Path] = []
    for root in roots():
        folders = [*(root / room for room in rooms), *_extra(root / EXTRA, kind)]
        for folder in folders:
            if _is_dir(folder):
                found += _within(folder, endings)
    return tuple(dict.fromkeys(found))


def _within(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files of these endings below a folder; none when it can't be looked into."""
    try:
        return sorted(file for file in folder.rglob("*") if file.suffix.lower() in endings)
    except OSError as error:
        log.warning("%s is left out: %s", folder, error)
        return []


def _is_dir(path: Path) -> bool:
    """Whether there is such a folder; no for one inside what can't be looked into."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib's raises PermissionError


def _extra(path: Path, kind: str) -> Iterator[Path]:
    """The folders of one kind that ComfyUI's list adds; a list that can't be read adds none."""
    if not path.exists():
        return
    try:
        sections = read_yaml(path)
    except InputError as error:
        log.warning("%s", error)
        return
    if not isinstance(sections, dict):
        return
    for section in cast("dict[object, object]", sections).values():
        if not isinstance(section, Mapping):
            continue
        named = cast("Mapping[object, object]", section)
        base, lines = named.get("base_path", "."), named.get(kind)
        if isinstance(base, str) and isinstance(lines, str):  # of anything else no folder is meant
            yield from (path.parent / expanded(base) / expanded(line) for line in _lines(lines))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
