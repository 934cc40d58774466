"""alpha where a file doesn't say it layer by layer: PEFT's settings, in the header or beside. No torch."""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.models.files.documents import read_json
from core.models.files.header import AGAIN, SafetensorsHeader

SETTINGS = "lora_adapter_metadata"  # in the header: what diffusers' trainers were told, as JSON
BESIDE = "adapter_config.json"  # the same for files of PEFT's own, whose layers are all below one name
BASE = "base_model"
# A pattern that repeats what repeats takes time that doubles with each letter of a layer's name.
GROUPS, REPEATS, MOST_REPEATS = re.compile(r"\)[*+?{]"), re.compile(r"[*+?{]"), 4

Settings = Mapping[str, Any]


def read_settings(header: SafetensorsHeader) -> Settings:
    """`unet.lora_alpha` and so on. InputError for what can't be understood."""
    beside = header.path.with_name(BESIDE)
    if SETTINGS not in header.metadata and beside.is_file() and header.under(f"{BASE}."):
        told = {f"{BASE}.{key}": value for key, value in read_json(beside).items()}
        return _checked(header.path, BESIDE, told)
    try:
        told = dict(json.loads(header.metadata.get(SETTINGS, "{}")))
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable(header.path, SETTINGS) from error
    return _checked(header.path, SETTINGS, told)


def told_alpha(layer: str, rank: int, settings: Settings) -> float:
    """Alpha by the settings of the layer's part; the rank where they say nothing.

    Rank-stabilised LoRAs (Kalajdzievski, arXiv 2312.03732) divide by √r, which is alpha·√r divided by r.
    """
    part, _, name = layer.partition(".")
    alpha = settings.get(f"{part}.lora_alpha", rank)
    ends = [name, *(name[at.end() :] for at in re.finditer(r"\.", name))]
    for pattern, other in settings.get(f"{part}.alpha_pattern", {}).items():
        if any(pattern.fullmatch(end) for end in ends):
            alpha = other
            break
    return float(alpha) * (math.sqrt(rank) if settings.get(f"{part}.use_rslora") else 1.0)


def _checked(path: Path, name: str, told: dict[str, Any]) -> Settings:
    """The settings, as far as they say something of alpha, with patterns made ready."""
    try:
        for key, value in told.items():
            if key.endswith(".lora_alpha"):
                _number(value)
            elif key.endswith(".alpha_pattern"):
                told[key] = {_pattern(name): _number(alpha) for name, alpha in (value or {}).items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, re.error) as error:
        raise _unreadable(path, name) from error
    return told


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no alpha")
    return number


def _pattern(name: str) -> re.Pattern[str]:
    """Which layers an alpha is for. ValueError for one that might be matched for hours."""
    if GROUPS.search(name) or len(REPEATS.findall(name)) > MOST_REPEATS:
        raise ValueError(f"{name} is no name of layers")
    return re.compile(name)


def _unreadable(path: Path, name: str) -> InputError:
    return InputError(f"{path.name} is damaged: its {name} is not readable.", AGAIN)
