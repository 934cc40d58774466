"""The networks and tokenizers of a diffusers folder: safetensors only, every fault a sentence."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import torch

from core.causes import reading
from core.errors import InputError
from core.models.adapters.parameterisation import AS_FILED, Parameterisation
from core.models.files.diffusers_folder import AGAIN, stored
from core.models.files.documents import damaged, read_json
from core.models.files.header import SafetensorsHeader, read_header
from core.models.files.weights import check_fit, empty_like, fill, format_of, opened, without_weights
from core.models.memory.device import Placement

CONFIG = "config.json"
SHELLS = (
    "text_model.",  # what CLIP's weights were called by before transformers 5.6, with and without projection
    "model.language_model.",  # a language model's within one that sees pictures
    "model.",  # a language model's, when it was saved with its head
)
LAYERS = (  # in a configuration: how many there are, as a number, a list of numbers or one entry each
    "num_hidden_layers",
    "num_layers",
    "layers_per_block",
    "transformer_layers_per_block",
    "reverse_transformer_layers_per_block",
    "down_block_types",
    "up_block_types",
)


def module(kind: Any, folder: Path, part: str, dtype: torch.dtype) -> Any:
    """One network of a checked folder (core.models.files.diffusers_folder), as `kind` reads it, on the CPU.

    Built empty and compared with the headers of its files before a weight is read. InputError when it is
    damaged, or lacks weights.
    """
    what = f"{folder.name}/{part}"
    with reading(what, AGAIN):
        headers = [read_header(file) for file in stored(folder, part)]
        places = {key: header for header in headers for key in header.tensors}
        empty = _empty(kind, folder / part, len(places))
        names = _names(empty, places)
        shapes = {key: empty_like(places[name], (name,), dtype)[name] for key, name in names.items()}
        check_fit(what, empty, shapes)
        with ExitStack() as stack:
            sources = {header.path: stack.enter_context(opened(header)) for header in headers}
            read = {
                name: sources[places[name].path].tensor(name).to(format_of(empty, key, dtype))
                for key, name in names.items()
            }
        fill(what, empty, {key: read[name] for key, name in names.items()})
        return empty


def parts_of(
    folder: Path,
    placement: Placement,
    networks: Mapping[str, Any],
    words: Mapping[str, Callable[[Path, str], Any]],
    told: Parameterisation = AS_FILED,
) -> dict[str, Any]:
    """All that a checked folder holds, by its rooms; the scheduler's configuration with what is `told`.

    networks: room → the class of its network; words: room → what reads its tokenizer. InputError when a part
    is damaged, incomplete or of the wrong shape; nothing is fetched.
    """
    formats = {part: placement.vae if part == "vae" else placement.network for part in networks}
    found = {part: module(kind, folder, part, formats[part]) for part, kind in networks.items()}
    found |= {part: reads(folder, part) for part, reads in words.items()}
    return {**found, "scheduler": told.over(read_json(folder / "scheduler" / "scheduler_config.json"))}


def tokenizer(kind: Any, folder: Path, part: str) -> Any:
    """One tokenizer of a checked folder, tried on some texts. InputError when it can't be read."""
    what = f"{folder.name}/{part}"
    with reading(what, AGAIN):
        found = kind.from_pretrained(folder / part, local_files_only=True)
        texts = ("", "horse", "zebra")
        _, one, other = (found(text, add_special_tokens=False)["input_ids"] for text in texts)
    if one == other:  # transformers makes one that knows no word where the file with them is missing
        raise InputError(f"{what} lacks its tokenizer's words.", AGAIN)
    return found


def _empty(kind: Any, room: Path, tensors: int) -> Any:
    """The module that a configuration describes, without memory for its weights."""
    config = read_json(room / CONFIG)
    for key in LAYERS:  # each has a weight at least, so more of them than weights could never be filled
        if (asked := _most(config.get(key))) > tensors:
            raise damaged(room / CONFIG, f"{key} asks for {asked:,} layers, of {tensors} weights")
    with without_weights():
        if kind.__module__.startswith("diffusers."):
            return kind.from_config(config)
        return kind(kind.config_class.from_pretrained(room, local_files_only=True))


def _most(value: object) -> float:
    """How many layers a number, a list of numbers or one entry a layer asks for."""
    if isinstance(value, list):
        entries = cast("list[object]", value)
        return max((len(entries), *map(_most, entries)))
    return value if isinstance(value, (int, float)) else 0


def _names(module: Any, places: Mapping[str, SafetensorsHeader]) -> dict[str, str]:
    """The module's name of each of its weights → the file's, which may be an older one."""
    needed, names = module.state_dict().keys(), {key: key for key in places}
    if hasattr(module, "_fix_state_dict_keys_on_load"):  # diffusers: the attention of 2022's VAEs
        module._fix_state_dict_keys_on_load(names)
    else:  # transformers: shells that come and go, and weights that are written once for two places
        shelled = {shell + key: key for shell in SHELLS for key in places}
        bare = {key.removeprefix(shell): key for shell in SHELLS for key in places}
        names = shelled | bare | names
        for pair in (module._tied_weights_keys or {}).items():
            for one, other in (pair, pair[::-1]):
                if other in names:
                    names.setdefault(one, names[other])
    return {key: name for key, name in names.items() if key in needed}
