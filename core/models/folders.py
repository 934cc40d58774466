"""Where ComfyUI and Automatic1111 keep their models. No torch."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import yaml

PROGRAMS = ("ComfyUI", "stable-diffusion-webui", "stable-diffusion-webui-forge")
VARIABLES = ("COMFYUI_PATH", "COMFYUI_HOME", "SD_WEBUI_PATH")  # their roots, where somebody has set them
MODELS = ("models/checkpoints", "models/Stable-diffusion")
LORAS = ("models/loras", "models/Lora")
EXTRA = "extra_model_paths.yaml"  # ComfyUI's own list of further folders


def roots() -> tuple[Path, ...]:
    """The programs' folders that there are: named by the environment, or in the usual places."""
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
    named = [Path(os.environ[name]).expanduser() for name in VARIABLES if os.environ.get(name)]
    usual = [room / program for room in rooms for program in PROGRAMS]
    return tuple(root for root in dict.fromkeys([*named, *usual]) if root.is_dir())


def model_files() -> tuple[Path, ...]:
    """Checkpoints of these programs, pickles too: the listing says why those can't be used."""
    return _files(MODELS, "checkpoints", (".safetensors", ".ckpt"))


def lora_files() -> tuple[Path, ...]:
    """LoRA files of these programs."""
    return _files(LORAS, "loras", (".safetensors",))


def _files(rooms: tuple[str, ...], kind: str, endings: tuple[str, ...]) -> tuple[Path, ...]:
    found: list[Path] = []
    for root in roots():
        folders = [*(root / room for room in rooms), *_extra(root / EXTRA, kind)]
        for folder in folders:
            if folder.is_dir():
                found += sorted(file for file in folder.rglob("*") if file.suffix.lower() in endings)
    return tuple(dict.fromkeys(found))


def _extra(path: Path, kind: str) -> Iterator[Path]:
    """The folders of one kind that ComfyUI's list adds; a list that can't be read adds none."""
    try:
        sections = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError):
        return
    if not isinstance(sections, dict):
        return
    for section in cast("dict[str, object]", sections).values():
        if not isinstance(section, Mapping):
            continue
        named = cast("Mapping[str, object]", section)
        base = path.parent / Path(str(named.get("base_path", "."))).expanduser()
        for line in str(named.get(kind) or "").splitlines():
            if line.strip():
                yield base / Path(line.strip()).expanduser()
