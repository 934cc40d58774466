"""FLUX.1's transformer, and Chroma's, in the makers' layout: the weights by diffusers' names.

diffusers' own conversion knows one width only.
"""

from typing import Any

import torch

from core.models.files.renamed import Recipe
from core.models.files.weights import Weights

OUTER = {
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear",
}
DOUBLE = {  # within a block of two streams
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
}
SINGLE = {  # within a block of one stream
    "modulation.lin": "norm.linear",
    "norm.query_norm": "attn.norm_q",
    "norm.key_norm": "attn.norm_k",
    "linear2": "proj_out",
}
FUSED = {  # one after the other in one weight, each as wide as the network but for what is over
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
}
GUIDE = "distilled_guidance_layer"  # Chroma's, in the place of what tells the blocks the time
GUIDE_LAYERS = {"in_layer": "linear_1", "out_layer": "linear_2"}
ROOMS = {
    "double_blocks": ("transformer_blocks", DOUBLE),
    "single_blocks": ("single_transformer_blocks", SINGLE),
}


def network_recipe(network: Any, prefix: str, config: dict[str, Any]) -> Recipe:
    """How a transformer of this class (diffusers' FLUX.1 or Chroma) is made of such a file."""
    width = config["attention_head_dim"] * config["num_attention_heads"]

    def named(weights: Weights, _: Any) -> Weights:
        return diffusers_names({key.removeprefix(prefix): weight for key, weight in weights.items()}, width)

    return Recipe(lambda: network.from_config(config), prefix, named)


def diffusers_names(weights: Weights, width: int) -> Weights:
    """width: of the network. What has no name there is left out."""
    found: Weights = {}
    for key, weight in weights.items():
        name, _, kind = key.rpartition(".")
        kind = "weight" if kind == "scale" else kind
        room, _, rest = name.partition(".")
        if room not in ROOMS:
            if room == GUIDE:
                outer, _, last = name.rpartition(".")
                found[f"{outer}.{GUIDE_LAYERS.get(last, last)}.{kind}"] = weight
            elif name in OUTER:
                found[f"{OUTER[name]}.{kind}"] = _scale_first(weight) if "adaLN" in name else weight
            continue
        block, _, layer = rest.partition(".")
        blocks, names = ROOMS[room]
        if layer in FUSED:
            sides = [width] * 3 + [weight.shape[0] - 3 * width] * (len(FUSED[layer]) - 3)
            parts = zip(FUSED[layer], weight.split(sides), strict=True)
            found |= {f"{blocks}.{block}.{part}.{kind}": piece for part, piece in parts}
        elif layer in names:
            found[f"{blocks}.{block}.{names[layer]}.{kind}"] = weight
    return found


def _scale_first(weight: torch.Tensor) -> torch.Tensor:
    """The makers have the shift first."""
    return torch.cat(weight.chunk(2)[::-1])
