"""Where a layer of a LoRA file lies in a model, by the names that trainers give it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from core.models.files.flux_layout import GUIDE_LAYERS, ROOMS
from core.models.files.flux_layout import OUTER as FLUX_ROOMS
from core.models.files.packed import PackedLayer, is_weight

Modules = Mapping[
    str, torch.nn.Module
]  # "unet" or "transformer", "text_encoder", "text_encoder_2" … → module
Names = Mapping[str, Mapping[str, str]]  # part → name with underscores → the layer's own name

NETWORK = ("unet", "transformer")
PREFIXES = {  # how a file calls a part → candidates among the model's own
    "lora_unet_": NETWORK,
    "lora_transformer_": NETWORK,
    "lycoris_unet_": NETWORK,
    "lycoris_": NETWORK,
    "model.diffusion_model.": NETWORK,
    "diffusion_model.": NETWORK,
    "unet.": ("unet",),
    "unet_": ("unet",),
    "transformer.": ("transformer",),
    "transformer_": ("transformer",),
    **{
        prefix: (part,)
        for part, n, clip in (
            ("text_encoder", "1", "clip_l"),
            ("text_encoder_2", "2", "clip_g"),
            ("text_encoder_3", "3", "t5xxl"),
        )
        for prefix in (
            *(f"lora_te{n}_", f"lycoris_te{n}_", f"te{n}.", f"{part}.", f"{part}_"),
            *(f"text_encoders.{clip}.transformer.", f"{clip}.transformer.", f"{clip}."),
        )
    },
    "lora_te_": ("text_encoder",),
    "lycoris_te_": ("text_encoder",),
    "": NETWORK,
}
OUTER = "base_model.model."  # before everything in files of PEFT's own
SGM_LAYERS = {  # the original layout's names of a U-Net's layers → diffusers'
    "in_layers_0": "norm1",
    "in_layers_2": "conv1",
    "out_layers_0": "norm2",
    "out_layers_3": "conv2",
    "emb_layers_1": "time_emb_proj",
    "skip_connection": "conv_shortcut",
}
SGM_ROOMS = {
    "input_blocks_0_0": "conv_in",
    "out_0": "conv_norm_out",
    "out_2": "conv_out",
    "time_embed_0": "time_embedding_linear_1",
    "time_embed_2": "time_embedding_linear_2",
    "label_emb_0_0": "add_embedding_linear_1",
    "label_emb_0_2": "add_embedding_linear_2",
}
SGM_MIDDLE = ("resnets_0", "attentions_0", "resnets_1")
MMDIT_ROOMS = {  # the same of SD3's transformer
    "x_embedder_proj": "pos_embed_proj",
    "t_embedder_mlp_0": "time_text_embed_timestep_embedder_linear_1",
    "t_embedder_mlp_2": "time_text_embed_timestep_embedder_linear_2",
    "y_embedder_mlp_0": "time_text_embed_text_embedder_linear_1",
    "y_embedder_mlp_2": "time_text_embed_text_embedder_linear_2",
    "final_layer_linear": "proj_out",
}
MMDIT_LAYERS = {
    "x_block_attn_proj": "attn_to_out_0",
    "x_block_attn2_proj": "attn2_to_out_0",
    "x_block_mlp_fc1": "ff_net_0_proj",
    "x_block_mlp_fc2": "ff_net_2",
    "x_block_adaLN_modulation_1": "norm1_linear",
    "context_block_attn_proj": "attn_to_add_out",
    "context_block_mlp_fc1": "ff_context_net_0_proj",
    "context_block_mlp_fc2": "ff_context_net_2",
    "context_block_adaLN_modulation_1": "norm1_context_linear",
}
MMDIT_FUSED = {  # one layer there, three in diffusers
    "x_block_attn_qkv": ("attn_to_q", "attn_to_k", "attn_to_v"),
    "x_block_attn2_qkv": ("attn2_to_q", "attn2_to_k", "attn2_to_v"),
    "context_block_attn_qkv": ("attn_add_q_proj", "attn_add_k_proj", "attn_add_v_proj"),
}

FLUX_QKV = {  # one layer at FLUX.1's makers, three in diffusers
    "img_attn_qkv": ("attn_to_q", "attn_to_k", "attn_to_v"),
    "txt_attn_qkv": ("attn_add_q_proj", "attn_add_k_proj", "attn_add_v_proj"),
}
Z_IMAGE_ROOMS = {  # Z-Image's ends, whose size of patches diffusers' names tell
    "x_embedder": "all_x_embedder_2-1",
    "final_layer_linear": "all_final_layer_2-1_linear",
    "final_layer_adaLN_modulation_1": "all_final_layer_2-1_adaLN_modulation_1",
}
Z_IMAGE_QKV = ("to_q", "to_k", "to_v")
KLEIN_LAYERS = {  # what FLUX.2 has otherwise
    "img_mlp_0": "ff_linear_in",
    "img_mlp_2": "ff_linear_out",
    "txt_mlp_0": "ff_context_linear_in",
    "txt_mlp_2": "ff_context_linear_out",
    "linear1": "attn_to_qkv_mlp_proj",
    "linear2": "attn_to_out",
}


@dataclass(frozen=True)
class RowPieces:
    """Which rows of a file's layer are a model's: cut into `of` equal pieces, these, in this order."""

    pieces: tuple[int, ...] = (0,)
    of: int = 1

    def cut(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.of == 1:
            return tensor
        pieces = tensor.chunk(self.of)
        return torch.cat([pieces[n] for n in self.pieces])


WHOLE, SWAPPED = RowPieces(), RowPieces((1, 0), 2)


@dataclass(frozen=True)
class Place:
    """One parameter of a model, and the rows of a file's layer that it takes."""

    part: str
    parameter: str
    rows: RowPieces = WHOLE

    def whole(self, sides: Sequence[int]) -> tuple[int, ...]:
        """The sides of the file's layer, by those of the parameter."""
        return sides[0] * self.rows.of // len(self.rows.pieces), *sides[1:]


def flat(shape: Sequence[int]) -> tuple[int, int]:
    """RowPieces and columns of a weight seen as a matrix."""
    return shape[0], math.prod(shape[1:])


def layer_names(modules: Modules) -> Names:
    """The model's layers that have weights, by their names with underscores."""
    return {part: _layers(module) for part, module in modules.items()}


def places(layer: str, parameter: str, names: Names, modules: Modules) -> tuple[Place, ...]:
    """The parameters ("weight" or "bias") that a file's layer changes; () when the model has none such.

    layer: as the file calls it, prefix and all.
    """
    layer = layer.removeprefix(OUTER)
    for prefix, parts in PREFIXES.items():
        for part in parts:
            if not layer.startswith(prefix) or part not in names:
                continue
            rest = layer.removeprefix(prefix).replace(".processor.", ".").replace(".", "_")
            for spelling in _spellings(rest, names[part]):
                found = [
                    Place(part, f"{names[part][name]}.{parameter}", rows)
                    for name, rows in spelling
                    if name in names[part]
                ]
                if len(found) == len(spelling) and all(_has(modules[part], place) for place in found):
                    return tuple(found)
    return ()


def _has(module: torch.nn.Module, place: Place) -> bool:
    return is_weight(module, place.parameter)


def _layers(module: torch.nn.Module) -> dict[str, str]:
    """A layer's name with underscores (text encoders also by their outer name) → its own."""
    found: dict[str, str] = {}
    for name, layer in module.named_modules():
        named = {parameter for parameter, _ in layer.named_parameters(recurse=False)}
        has = "weight" in named or isinstance(layer, PackedLayer)
        if has and not isinstance(layer, torch.nn.Embedding):
            outer = name if name.startswith("text_model.") else f"text_model.{name}"
            for spelling in (name, outer):
                found[spelling.replace(".", "_")] = name
    return found


def _spellings(name: str, names: Mapping[str, str]) -> Iterator[list[tuple[str, RowPieces]]]:
    """What diffusers may call a layer of such a name: one layer, or those that it is one of."""
    yield [(name, WHOLE)]
    yield [(f"{name}_0", WHOLE)]  # to_out, which was one layer once
    if (other := _unet_name(name)) is not None:
        yield [(other, WHOLE)]
    yield from _transformer_names(name, names)


def _unet_name(name: str) -> str | None:
    """diffusers' name of a U-Net's layer that is called as in the original layout; None for any other."""
    if name in SGM_ROOMS:
        return SGM_ROOMS[name]
    middle = re.fullmatch(r"middle_block_([012])_(.+)", name)
    if middle is not None:
        return f"mid_block_{SGM_MIDDLE[int(middle[1])]}_{SGM_LAYERS.get(middle[2], middle[2])}"
    match = re.fullmatch(r"(input|output)_blocks_(\d+)_(\d)_(.+)", name)
    if match is None:
        return None
    way, number, inner, rest = match.groups()
    block, layer = divmod(int(number) - (way == "input"), 3)
    side = "down" if way == "input" else "up"
    if rest in ("op", "conv"):
        return f"{side}_blocks_{block}_{side}samplers_0_conv"
    room = "resnets" if inner == "0" else "attentions"
    return f"{side}_blocks_{block}_{room}_{layer}_{SGM_LAYERS.get(rest, rest)}"


def _transformer_names(name: str, names: Mapping[str, str]) -> Iterator[list[tuple[str, RowPieces]]]:
    """The same for SD3's transformer; three layers for attention's fused one."""
    if name == "final_layer_adaLN_modulation_1":
        yield [("norm_out_linear", SWAPPED)]
    elif name in MMDIT_ROOMS:
        yield [(MMDIT_ROOMS[name], WHOLE)]
    yield from _flux_names(name)
    yield from _z_image_names(name)
    match = re.fullmatch(r"joint_blocks_(\d+)_(.+)", name)
    if match is None:
        return
    number, rest = int(match[1]), match[2]
    block = f"transformer_blocks_{number}"
    if rest in MMDIT_FUSED:
        three = MMDIT_FUSED[rest]
        yield [(f"{block}_{one}", RowPieces((n,), len(three))) for n, one in enumerate(three)]
    elif rest in MMDIT_LAYERS:
        last = f"transformer_blocks_{number + 1}_attn_to_q" not in names
        swapped = last and rest == "context_block_adaLN_modulation_1"
        yield [(f"{block}_{MMDIT_LAYERS[rest]}", SWAPPED if swapped else WHOLE)]


def _flux_names(name: str) -> Iterator[list[tuple[str, RowPieces]]]:
    """The same for FLUX.1, Chroma and FLUX.2 by their makers' names."""
    rooms = {key.replace(".", "_"): room.replace(".", "_") for key, room in FLUX_ROOMS.items()}
    if name in rooms:
        yield [(rooms[name], WHOLE)]
    for theirs, ours in GUIDE_LAYERS.items():
        if name.startswith("distilled_guidance_layer_") and name.endswith(f"_{theirs}"):
            yield [(name.removesuffix(theirs) + ours, WHOLE)]
    match = re.fullmatch(r"((?:double|single)_blocks)_(\d+)_(.+)", name)
    if match is None:
        return
    blocks, known = ROOMS[match[1]]
    block, layer = f"{blocks}_{match[2]}", match[3]
    layers = {key.replace(".", "_"): one.replace(".", "_") for key, one in known.items()}
    if layer in layers:
        yield [(f"{block}_{layers[layer]}", WHOLE)]
    if layer in FLUX_QKV:
        three = FLUX_QKV[layer]
        yield [(f"{block}_{one}", RowPieces((n,), len(three))) for n, one in enumerate(three)]
    if layer == "linear1":  # q, k, v and an MLP four times as wide
        within = [(f"attn_{one}", (n,)) for n, one in enumerate(("to_q", "to_k", "to_v"))]
        yield [
            (f"{block}_{one}", RowPieces(pieces, 7)) for one, pieces in (*within, ("proj_mlp", (3, 4, 5, 6)))
        ]
    if layer in KLEIN_LAYERS:
        yield [(f"{block}_{KLEIN_LAYERS[layer]}", WHOLE)]


def _z_image_names(name: str) -> Iterator[list[tuple[str, RowPieces]]]:
    """The same for Z-Image."""
    if name in Z_IMAGE_ROOMS:
        yield [(Z_IMAGE_ROOMS[name], WHOLE)]
    match = re.fullmatch(r"((?:layers|noise_refiner|context_refiner)_\d+_attention)_(qkv|out)", name)
    if match is None:
        return
    if match[2] == "out":
        yield [(f"{match[1]}_to_out_0", WHOLE)]
        return
    yield [(f"{match[1]}_{one}", RowPieces((n,), 3)) for n, one in enumerate(Z_IMAGE_QKV)]
