"""A single safetensors file in the original layout: whether it is whole, by its header only. No torch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from core.causes import reading
from core.errors import InputError
from core.models.card import tell, told_card
from core.models.files.checkpoint_config import Config, part_configs
from core.models.files.gguf import gguf_header, is_gguf
from core.models.files.header import AGAIN, SafetensorsHeader, read_header
from core.models.files.layouts import LAYOUTS, NETWORK, SD1_FILE, SD2_FILE, VAE, CheckpointLayout
from core.models.files.refusal import OPENS, refusal
from core.models.files.split import found_elsewhere, layout_of, part_of, with_prefix
from core.models.recognise.file import recognise_file, recognise_header
from core.models.recognise.formats import Packs, Weights, packs
from core.models.recognise.kinds import ModelKind, Recognised
from core.models.text.tokenizer_places import (
    KINDS,
    LEFT_OUT,
    T5,
    by_command,
    find_tokenizer,
    needed_tokenizer,
    tokenizer_files,
)


@dataclass(frozen=True)
class Checkpoint:
    """A file that can be opened.

    headers     part with weights that are used → the header they stand in, by the names of a whole file
    config      part → its configuration, with the widths of this file
    prediction  "epsilon" or "v_prediction" where header, neighbour or name tell, else ""
    called      which model of which family it is, in words
    tokenizer   the folder of T5's or of a language model's, where that is used
    notices     sentences the user should see
    lacks       the tokenizer that would let in what is left out (core.models.text.tokenizer_places), else ""
    """

    headers: Mapping[str, SafetensorsHeader]
    layout: CheckpointLayout
    config: Mapping[str, Config]
    prediction: str
    called: str
    tokenizer: Path | None = None
    notices: tuple[str, ...] = ()
    lacks: str = ""

    @property
    def header(self) -> SafetensorsHeader:
        """Of the file that holds the network."""
        return self.headers[self.layout.family.network]

    @property
    def files(self) -> dict[str, Path]:
        """All that it is read from, by names that are the same wherever it lies."""
        others = {part: it.path for part, it in self.headers.items() if it.path != self.header.path}
        if self.tokenizer is not None:
            part = self.layout.family.tokenizers[-1]
            others |= {f"{part}/{file.name}": file for file in tokenizer_files(self.tokenizer)}
        return {"model": self.header.path, **others}

    @property
    def weights(self) -> dict[str, Weights]:
        """Of its parts: a file may hold a running average of the network too."""
        return {part: self._weights(part, header) for part, header in self.headers.items()}

    def _weights(self, part: str, header: SafetensorsHeader) -> Weights:
        own = {key: header.tensors[key] for key in header.under(self.layout.room(part))}
        packed = (packs(key, tensor.dtype, tensor.shape) for key, tensor in own.items())
        return Weights(sum(tensor.size for tensor in own.values()), sum(packed, Packs()))


def read_checkpoint(path: Path) -> Checkpoint:
    """Look at a file without opening its weights.

    What it lacks is taken from the files that its user chose (`choose_part`), else from where it is found.
    InputError when it is a pickle, damaged, no model, of a kind that can't be used, or lacks a part.
    """
    header, told = _opened(path)
    with reading(path.name, AGAIN):
        return _read(header, told)


def choose_part(path: Path, file: Path) -> None:
    """Take a part that a model's file lacks from this one from now on, in the place of one chosen before.

    InputError when it holds none that fits, with what it is; CoreError when that can't be remembered.
    """
    header, _ = _opened(path)
    with reading(file.name, AGAIN):
        header, layout, held = _held(header)
        part = part_of(file, header, layout, _missing(layout, held))
    before = told_card(path)
    tell(path, msgspec.structs.replace(before, parts=before.parts | {part: str(file.absolute())}))


def _opened(path: Path) -> tuple[SafetensorsHeader, Recognised]:
    if path.is_file() and is_gguf(path):
        told = recognise_file(path)
        _check(told, path)
        header = gguf_header(path)
    else:
        header = read_header(path)
        told = recognise_header(header)
        _check(told, path)
    return header, told


def _check(told: Recognised, path: Path) -> None:
    refused = refusal(told, path.name)
    if refused is not None:
        raise refused


def _read(header: SafetensorsHeader, told: Recognised) -> Checkpoint:
    header, layout, held = _held(header)
    draws = {*layout.family.draws}
    if told.kind is ModelKind.GGUF and not draws & {*told.families}:  # its metadata calls it what it isn't
        raise InputError(f"{header.path.name} is a GGUF file of a network that isn't known here.", OPENS)
    tokenizer, notices, lacks = None, tuple[str, ...](), ""
    if "text_encoder_3" in held:
        tokenizer = find_tokenizer(T5, header.path.parent)
        if tokenizer is None:
            del held["text_encoder_3"]
            notices, lacks = (LEFT_OUT.format(name=header.path.name), by_command(T5)), T5.key
    chosen = told_card(header.path).parts
    others = found_elsewhere(header, layout, _missing(layout, held), chosen)
    if others:
        taken = ", ".join(dict.fromkeys(str(other.path) for other in others.values()))
        notices += (f"{header.path.name} holds a part of its model; the rest is taken from {taken}.",)
    if layout.tokenizer:
        tokenizer = needed_tokenizer(KINDS[layout.tokenizer], header.path)
    every = {**held, **others}
    headers = {part: every[part] for part in layout.family.weights if part in every}
    config = part_configs(headers, layout)
    config["scheduler"] |= layout.distilled if told.distilled else layout.variants.get(told.variant, {})
    predicts = _prediction(layout, told)
    return Checkpoint(headers, layout, config, predicts, told.title, tokenizer, notices, lacks)


def _held(
    header: SafetensorsHeader,
) -> tuple[SafetensorsHeader, CheckpointLayout, dict[str, SafetensorsHeader]]:
    """A header by the names of a whole file, its layout, and the parts with weights that are in it."""
    header = _renamed(with_prefix(header))
    layout = _layout(header)
    held = (part for part in layout.family.weights if _holds(header, layout, part))
    return header, layout, dict.fromkeys(held, header)


def _missing(layout: CheckpointLayout, held: Mapping[str, SafetensorsHeader]) -> tuple[str, ...]:
    needed = (part for part in layout.family.weights if part not in layout.family.optional)
    return tuple(part for part in needed if part not in held)


def _holds(header: SafetensorsHeader, layout: CheckpointLayout, part: str) -> bool:
    if part in layout.encoders:
        return layout.token_embedding(part) in header.tensors
    return bool(header.under(f"{VAE}decoder." if part == "vae" else NETWORK))


def _renamed(header: SafetensorsHeader) -> SafetensorsHeader:
    """By the names of whole files: a VAE under "vae.", merges of SD 1 from before CLIP's shell."""
    if header.under("vae.decoder."):
        tensors = {re.sub(r"^vae\.", VAE, key): tensor for key, tensor in header.tensors.items()}
        return replace(header, tensors=tensors)
    room = SD1_FILE.encoders["text_encoder"]
    if f"{room}embeddings.token_embedding.weight" not in header.tensors:
        return header

    def today(key: str) -> str:
        return f"{room}text_model.{key.removeprefix(room)}" if key.startswith(room) else key

    return replace(header, tensors={today(key): tensor for key, tensor in header.tensors.items()})


def _prediction(layout: CheckpointLayout, told: Recognised) -> str:
    """What the U-Net predicts. Of SD 2.x its weights tell more surely than its name, once it is opened."""
    if layout is SD2_FILE and "prediction" in told.by_name:
        return ""
    return {"v": "v_prediction", "epsilon": "epsilon"}.get(told.prediction or "", "")


def _layout(header: SafetensorsHeader) -> CheckpointLayout:
    """By the transformer; of a U-Net by the text encoders in the file, and without any by the U-Net."""
    network = layout_of(header)
    if network.mark:
        return network
    unets = (layout for layout in LAYOUTS if not layout.mark)
    held = (it for it in unets if any(_holds(header, it, part) for part in it.encoders))
    return next(held, network)
