"""A single safetensors file in the original layout: its family by keys and shapes, header only. No torch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from core.causes import reading
from core.errors import InputError
from core.models.documents import read_yaml
from core.models.families import SD, SD3, SDXL, Family, refiner
from core.models.header import AGAIN, SafetensorsHeader, read_header
from resources import models_folder

NETWORK = "model.diffusion_model."
VAE = "first_stage_model."
T5_TOKENIZER = "tokenizer_3"  # folder beside an SD3 file that holds T5
Config = dict[str, Any]


@dataclass(frozen=True)
class CheckpointLayout:
    """One way in which a family is written into a single file.

    config    the file in resources/models
    encoders  text encoder → the prefix of its weights
    open_clip names of encoders in OpenCLIP's own layout (fused attention), the others being in Hugging Face's
    """

    family: Family
    config: str
    encoders: Mapping[str, str]
    open_clip: tuple[str, ...] = ()

    def token_embedding(self, encoder: str) -> str:
        """The key of an encoder's word vectors."""
        within = "" if encoder in self.open_clip else "text_model.embeddings."
        weight = "shared.weight" if encoder == "text_encoder_3" else f"{within}token_embedding.weight"
        return self.encoders[encoder] + weight


SD1_FILE = CheckpointLayout(SD, "sd1", {"text_encoder": "cond_stage_model.transformer."})
SD2_FILE = CheckpointLayout(
    SD, "sd2", {"text_encoder": "cond_stage_model.model."}, open_clip=("text_encoder",)
)
SDXL_FILE = CheckpointLayout(
    SDXL,
    "sdxl",
    {
        "text_encoder": "conditioner.embedders.0.transformer.",
        "text_encoder_2": "conditioner.embedders.1.model.",
    },
    open_clip=("text_encoder_2",),
)
SD3_FILE = CheckpointLayout(
    SD3,
    "sd3",
    {
        "text_encoder": "text_encoders.clip_l.transformer.",
        "text_encoder_2": "text_encoders.clip_g.transformer.",
        "text_encoder_3": "text_encoders.t5xxl.transformer.",
    },
)
LAYOUTS = (SD1_FILE, SD2_FILE, SDXL_FILE, SD3_FILE)


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
    config = dict[str, Config](msgspec.json.decode((models_folder() / f"{layout.config}.json").read_bytes()))
    _fit_network(header, config)
    _fit_vae(header, config["vae"])
    for encoder in layout.encoders:
        if encoder != "text_encoder_3":
            _fit_clip(header, layout, encoder, config[encoder])
        elif t5:
            _fit_t5(header, layout, config[encoder])
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


def _fit_network(header: SafetensorsHeader, config: dict[str, Config]) -> None:
    if "transformer" in config:
        _fit_transformer(header, config["transformer"])
        return
    unet = config["unet"]
    width, channels, *_ = header.shape(f"{NETWORK}input_blocks.0.0.weight", 4)
    if channels not in (4, 9):
        raise InputError(
            f"{header.path.name} takes {channels} channels: it sees another picture beside the noisy one.",
            "InstructPix2Pix, depth models and upscalers can't be used here: choose the base model.",
        )
    _scale(unet, width)
    unet["in_channels"] = channels
    reads = next((key for key in header.under(NETWORK) if key.endswith("attn2.to_k.weight")), None)
    if reads is None:
        raise InputError(f"{header.path.name} reads no text: it has no attention to it.", AGAIN)
    unet["cross_attention_dim"] = header.shape(reads, 2)[1]
    if "projection_class_embeddings_input_dim" in unet:
        unet["projection_class_embeddings_input_dim"] = header.shape(f"{NETWORK}label_emb.0.0.weight", 2)[1]


def _fit_transformer(header: SafetensorsHeader, config: Config) -> None:
    def shape(key: str, sides: int = 2) -> tuple[int, ...]:
        return header.shape(NETWORK + key, sides)

    joint = header.under(f"{NETWORK}joint_blocks.")
    blocks = {key.split(".")[3] for key in joint}
    dual = {int(key.split(".")[3]) for key in joint if ".attn2." in key}
    width, channels, patch, _ = shape("x_embedder.proj.weight", 4)
    config |= {
        "num_layers": len(blocks),
        "num_attention_heads": max(1, width // config["attention_head_dim"]),
        "in_channels": channels,
        "out_channels": shape("final_layer.linear.weight")[0] // patch**2,
        "patch_size": patch,
        "caption_projection_dim": shape("context_embedder.weight")[0],
        "joint_attention_dim": shape("context_embedder.weight")[1],
        "pooled_projection_dim": shape("y_embedder.mlp.0.weight")[1],
        "pos_embed_max_size": round(shape("pos_embed", 3)[1] ** 0.5),
        "dual_attention_layers": sorted(dual),
        "qk_norm": "rms_norm" if any("ln_q" in key for key in header.under(NETWORK)) else None,
    }


def _fit_vae(header: SafetensorsHeader, config: Config) -> None:
    _scale(config, header.shape(f"{VAE}encoder.conv_in.weight", 4)[0])


def _scale(config: Config, width: int) -> None:
    """Blocks as many times wider as their first one is; attention heads stay as wide as they were."""
    first = config["block_out_channels"][0]
    config["block_out_channels"] = [out * width // first for out in config["block_out_channels"]]
    heads = config.get("attention_head_dim")
    if isinstance(heads, list):
        counts = cast("list[int]", heads)
        config["attention_head_dim"] = [max(1, number * width // first) for number in counts]


def _fit_clip(header: SafetensorsHeader, layout: CheckpointLayout, encoder: str, config: Config) -> None:
    words, width = header.shape(layout.token_embedding(encoder), 2)
    prefix = layout.encoders[encoder]
    open_clip = encoder in layout.open_clip
    blocks = f"{prefix}transformer.resblocks." if open_clip else f"{prefix}text_model.encoder.layers."
    depth = len({key.removeprefix(blocks).split(".")[0] for key in header.under(blocks)})
    inner = f"{blocks}0.mlp.c_fc.weight" if open_clip else f"{blocks}0.mlp.fc1.weight"
    places = "positional_embedding" if open_clip else "text_model.embeddings.position_embedding.weight"
    projection = f"{prefix}text_projection" if open_clip else f"{prefix}text_projection.weight"
    config |= {
        "vocab_size": words,
        "hidden_size": width,
        # OpenCLIP's last layer is left out where the family reads the one before it
        "num_hidden_layers": min(depth, config["num_hidden_layers"]),
        "num_attention_heads": max(1, width // 64),
        "intermediate_size": header.shape(inner, 2)[0],
        "max_position_embeddings": header.shape(prefix + places, 2)[0],
        "projection_dim": header.shape(projection, 2)[-1 if open_clip else 0]
        if projection in header.tensors
        else width,
        "bos_token_id": words - 2,
        "eos_token_id": words - 1,
    }


def _fit_t5(header: SafetensorsHeader, layout: CheckpointLayout, config: Config) -> None:
    prefix = layout.encoders["text_encoder_3"]
    words, width = header.shape(f"{prefix}shared.weight", 2)
    blocks = f"{prefix}encoder.block."
    inner = header.shape(f"{blocks}0.layer.0.SelfAttention.q.weight", 2)[0]
    config |= {
        "vocab_size": words,
        "d_model": width,
        "num_heads": inner // config["d_kv"],
        "num_layers": len({key.removeprefix(blocks).split(".")[0] for key in header.under(blocks)}),
        "d_ff": header.shape(f"{blocks}0.layer.1.DenseReluDense.wi_0.weight", 2)[0],
    }
