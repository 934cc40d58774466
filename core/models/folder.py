# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The modules of a diffusers folder: safetensors only, nothing fetched, every fault a sentence."""

from pathlib import Path
from typing import Any

import torch
from transformers.utils.logging import disable_progress_bar

from core.errors import InputError
from core.models.catalog import AGAIN, stored


def module(kind: Any, folder: Path, part: str, dtype: torch.dtype) -> Any:
    """One network of a checked folder (core.models.catalog.check), as `kind` reads it, on the CPU.

    InputError when it is damaged, or lacks weights.
    """
    disable_progress_bar()
    options: dict[str, Any] = {"torch_dtype": dtype, "low_cpu_mem_usage": False}
    if kind.__module__.startswith("transformers."):  # which has its own word for it
        options = {"dtype": dtype}
    try:
        found, info = kind.from_pretrained(
            folder / part,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            variant=stored(folder, part).variant,
            **options,
        )
    except Exception as error:  # diffusers and transformers raise anything from KeyError to SafetensorError
        raise InputError(f"{folder.name}/{part} can't be loaded: {_first_line(error)}", AGAIN) from error
    missing = sorted(info["missing_keys"])
    if missing:
        raise InputError(
            f"{folder.name}/{part} lacks {len(missing)} of its weights, the first being {missing[0]}.",
            "The file is of another model or was cut off: get it again.",
        )
    return found


def tokenizer(kind: Any, folder: Path, part: str) -> Any:
    """One tokenizer of a checked folder. InputError when it can't be read."""
    try:
        return kind.from_pretrained(folder / part, local_files_only=True)
    except Exception as error:  # as above
        raise InputError(f"{folder.name}/{part} can't be loaded: {_first_line(error)}", AGAIN) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
