"""A single safetensors file in the original layout: whether it is whole, by its header only. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.causes import reading
from core.errors import InputError
from core.models.checkpoint_config import Config, part_configs
from core.models.header import AGAIN, SafetensorsHeader, read_header
from core.models.layouts import LAYOUTS, NETWORK, SD1_FILE, SD2_FILE, SD3_FILE, VAE, CheckpointLayout
from core.models.recognise.file import recognise_header
from core.models.recognise.kinds import Recognised
from core.models.refusal import WHOLE, refusal

T5_TOKENIZER = "tokenizer_3"  # folder beside an SD3 file that holds T5


@dataclass(frozen=True)
class Checkpoint:
    """A file that can be opened. `config`: part → its configuration, with the widths of this file.

    prediction  "epsilon" or "v_prediction" where header, neighbour or name tell, else ""
    called      which model of which family it is, in words
    t5          this file's T5 encoder is used, with the tokenizer folder beside it
    """

    header: SafetensorsHeader
    layout: CheckpointLayout
    config: Mapping[str, Config]
    prediction: str
    called: str
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
    told = recognise_header(header)
    header = _renamed(header)
    layout = _layout(header, told)
    t5 = _has_t5(header, layout)
    config = part_configs(header, layout, t5=t5)
    return Checkpoint(header, layout, config, _prediction(layout, told), told.title, t5)


def _renamed(header: SafetensorsHeader) -> SafetensorsHeader:
    """Merges of SD 1 from before transformers' CLIP had a shell: with the names that it has had since."""
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


def _layout(header: SafetensorsHeader, told: Recognised) -> CheckpointLayout:
    name = header.path.name
    refused = refusal(told, name)
    if refused is not None:
        raise refused
    sd3 = bool(header.under(f"{NETWORK}joint_blocks.0."))
    fitting = [layout for layout in LAYOUTS if (layout is SD3_FILE) == sd3]
    for layout in fitting:
        found = [part for part in layout.encoders if layout.token_embedding(part) in header.tensors]
        missing = [part for part in ("text_encoder", "text_encoder_2") if part in layout.encoders]
        missing = [part for part in missing if part not in found]
        if found and missing:
            raise _lacks(name, missing)
        if found:
            return layout
    raise _lacks(name, ["text_encoder"])


def _lacks(name: str, parts: list[str]) -> InputError:
    words = {"text_encoder": "the text encoder", "text_encoder_2": "the second text encoder"}
    return InputError(f"{name} lacks {' and '.join(words[part] for part in parts)}.", WHOLE)


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
