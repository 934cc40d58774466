"""Text encoders in GGUF files: llama.cpp's names of their weights, in transformers' words. No torch.

The names are those of gguf-py (constants.py, tensor_mapping.py). Neither T5's nor Qwen's weights are turned
or scaled when they are written, so that nothing but their names differs.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.models.files.gguf import gguf_header, is_gguf
from core.models.files.header import SafetensorsHeader, read_header

ARCHITECTURE = "general.architecture"  # in the metadata
SEES = ("qwen2vl", "qwen3vl")  # models that see pictures, whose eyes lie in a file apart
BLOCK = re.compile(r"^(enc\.)?blk\.(\d+)\.(\w+)\.(weight|bias)$")
T5 = {
    "attn_q": "layer.0.SelfAttention.q",
    "attn_k": "layer.0.SelfAttention.k",
    "attn_v": "layer.0.SelfAttention.v",
    "attn_o": "layer.0.SelfAttention.o",
    "attn_rel_b": "layer.0.SelfAttention.relative_attention_bias",
    "attn_norm": "layer.0.layer_norm",
    "ffn_gate": "layer.1.DenseReluDense.wi_0",
    "ffn_up": "layer.1.DenseReluDense.wi_1",
    "ffn_down": "layer.1.DenseReluDense.wo",
    "ffn_norm": "layer.1.layer_norm",
}
LANGUAGE_MODEL = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",  # Gemma's, by which it is told from Qwen
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OUTSIDE: Mapping[bool, Mapping[str, str]] = {  # blocks, by whether it is T5
    True: {"token_embd.weight": "shared.weight", "enc.output_norm.weight": "encoder.final_layer_norm.weight"},
    False: {"token_embd.weight": "embed_tokens.weight", "output_norm.weight": "norm.weight"},
}


def encoder_header(path: Path) -> SafetensorsHeader:
    """What a file holds that may be a text encoder, by transformers' names. InputError as for any header."""
    return named(gguf_header(path)) if is_gguf(path) else read_header(path)


def named(header: SafetensorsHeader) -> SafetensorsHeader:
    """A text encoder by transformers' names; what it has besides, a head above all, is left out."""
    t5 = bool(header.under("enc.blk."))
    names = {key: _name(key, t5=t5) for key in header.tensors}
    return replace(header, tensors={name: header.tensors[key] for key, name in names.items() if name})


def sees(header: SafetensorsHeader) -> bool:
    """Whether it says that it sees pictures too."""
    return header.metadata.get(ARCHITECTURE) in SEES


def _name(key: str, *, t5: bool) -> str:
    """ "" for what isn't needed."""
    within = BLOCK.match(key)
    if within is None:
        return OUTSIDE[t5].get(key, "")
    _, number, layer, kind = within.groups()
    name = (T5 if t5 else LANGUAGE_MODEL).get(layer)
    block = f"encoder.block.{number}" if t5 else f"layers.{number}"
    return f"{block}.{name}.{kind}" if name else ""
