"""A single safetensors file in the original layout: its family by keys and shapes, header only. No torch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from core.causes import reading
from core.errors import InputError
from core.models.checkpoint_config import Config, part_configs
from core.models.documents import read_yaml
from core.models.families import refiner
from core.models.header import AGAIN, SafetensorsHeader, read_header
from core.models.layouts import LAYOUTS, NETWORK, SD3_FILE, VAE, CheckpointLayout

T5_TOKENIZER = "tokenizer_3"  # folder beside an SD3 file that holds T5


@dataclass(frozen=True)
class Checkpoint:
    """A file that can be opened. `config`: part → its configuration, with the widths of this file.

    prediction  "epsilon" or "v_prediction" where the file or its neighbour says so, else ""
    t5          this file's T5 encoder is used, with the tokenizer folder beside it
    """

    header: SafetensorsHeader
    layout: CheckpointLayout
    config: Mapping[str, Config]
    prediction: str
    t5: bool

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts with weights that are used."""
        return tuple(part for part in self.layout.family.weights if part != "text_encoder_3" or self.t5)

    @property
    def numbers(self) -> int:
        """Parameters of these parts: a file may hold a running average of the network too."""
        rooms = {"unet": NETWORK, "transformer": NETWORK, "vae": VAE, **self.layout.encoders}
        keys = (key for part in self.parts for key in self.header.under(rooms[part]))
        return sum(self.header.tensors[key].size for key in keys)


def read_checkpoint(path: Path) -> Checkpoint:
    """Look at a file without opening its weights.

    InputError when it is a pickle, damaged, no model, of a kind that can't be used, or lacks a part.
    """
    header = read_header(path)
    with reading(path.name, AGAIN):
        return _read(header)


def _read(header: SafetensorsHeader) -> Checkpoint:
    layout = _layout(header)
    t5 = _has_t5(header, layout)
    config = part_configs(header, layout, t5=t5)
    return Checkpoint(header, layout, config, _prediction(header), t5)


def _layout(header: SafetensorsHeader) -> CheckpointLayout:
    name = header.path.name
    if header.under("edm_"):
        raise InputError(f"{name} is of EDM's kind (Playground 2.5, CosXL), which this program can't use.")
    if not header.under(NETWORK):
        raise _no_model(header)
    if header.under("conditioner.embedders.0.model."):
        raise refiner(name)
    sd3 = bool(header.under(f"{NETWORK}joint_blocks.0."))
    fitting = [layout for layout in LAYOUTS if (layout is SD3_FILE) == sd3]
    for layout in fitting:
        found = [part for part in layout.encoders if layout.token_embedding(part) in header.tensors]
        missing = [part for part in ("text_encoder", "text_encoder_2") if part in layout.encoders]
        missing = [part for part in missing if part not in found]
        if found and missing:
            raise _lacks(name, missing)
        if found:
            if not header.under(f"{VAE}decoder."):
                raise _lacks(name, ["vae"])
            return layout
    raise _lacks(name, ["text_encoder"])


def _no_model(header: SafetensorsHeader) -> InputError:
    name = header.path.name
    if any("lora" in key for key in header.tensors):
        return InputError(f"{name} is a LoRA, not a model.", "Open a model first, then add the LoRA to it.")
    if header.under("double_blocks.") or header.under(f"{NETWORK}double_blocks."):
        return InputError(f"{name} is a Flux model, which this program can't use.")
    if header.under("encoder.down") or header.under("decoder.up"):
        return _lacks(name, ["unet", "text_encoder"])
    hint = "It opens Stable Diffusion 1.x, 2.x, XL and 3 files in the original layout."
    return InputError(f"{name} is of no kind of model that this program knows.", hint)


def _lacks(name: str, parts: list[str]) -> InputError:
    words = {
        "vae": "the VAE",
        "unet": "the U-Net",
        "text_encoder": "the text encoder",
        "text_encoder_2": "the second text encoder",
    }
    missing = " and ".join(words[part] for part in parts)
    return InputError(
        f"{name} lacks {missing}.", "Get the full checkpoint, or a diffusers folder of this model."
    )


def _has_t5(header: SafetensorsHeader, layout: CheckpointLayout) -> bool:
    if "text_encoder_3" not in layout.encoders:
        return False
    if layout.token_embedding("text_encoder_3") not in header.tensors:
        return False
    folder = header.path.parent / T5_TOKENIZER
    if not folder.is_dir():
        raise InputError(
            f"{header.path.name} holds the text encoder T5, whose tokenizer does not come with the program.",
            f"Put the folder {T5_TOKENIZER} of a Stable Diffusion 3 model beside the file, "
            "or take a file without T5.",
        )
    return True


def _prediction(header: SafetensorsHeader) -> str:
    """What the neighbour file or the header says the network predicts: A1111's and ComfyUI's conventions."""
    beside = header.path.with_suffix(".yaml")
    if beside.is_file():
        said = dict(_leaves(read_yaml(beside)))
        told = said.get("parameterization")
        parameterization = told if isinstance(told, str) else ""
        scaled = any(
            "VScaling" in value for value in said.values() if isinstance(value, str)
        )  # SDXL's way to say v
        if parameterization or scaled:
            return "epsilon" if parameterization and parameterization != "v" else "v_prediction"
    if "v_pred" in header.tensors:
        return "v_prediction"
    said = header.metadata.get("modelspec.prediction_type", "")
    if said:
        return "v_prediction" if said.startswith("v") else "epsilon"
    return ""


def _leaves(root: object) -> Iterator[tuple[str, object]]:
    """Each value of a tree, with the key it stands under; a branch that stands in many places comes once."""
    waiting, seen = [root], set[int]()
    while waiting:
        tree = waiting.pop()
        if id(tree) in seen:
            continue
        seen.add(id(tree))
        branches: Iterable[tuple[object, object]] = ()
        if isinstance(tree, dict):
            branches = cast("dict[object, object]", tree).items()
        elif isinstance(tree, list):
            branches = enumerate(cast("list[object]", tree))
        for key, value in branches:
            yield str(key), value
            waiting.append(value)
