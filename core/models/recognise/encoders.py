"""Encoders of text and of pictures in files of their own, by their real names. A table: see networks.py."""

from core.models.recognise.kinds import ModelKind
from core.models.recognise.layers import Layers
from core.models.recognise.signature import Fact, Facts, Signature, SignatureTable

WORDS = (  # an encoder's word vectors: (words, width)
    "text_model.embeddings.token_embedding.weight",
    "embeddings.token_embedding.weight",
    "token_embedding.weight",
    "shared.weight",
    "model.embed_tokens.weight",
    "model.language_model.embed_tokens.weight",
    "language_model.model.embed_tokens.weight",
    "language_model.embed_tokens.weight",
    "model.language_model.model.embed_tokens.weight",
    "embed_tokens.weight",
    "token_embd.weight",
    "embedding.word_embeddings.weight",
    "embeddings.word_embeddings.weight",
)
CLIP = ("text_model.encoder.layers.", "encoder.layers.0.self_attn.", "transformer.resblocks.")
PICTURES = "embeddings.patch_embedding.weight"  # an encoder of pictures, built like CLIP's of texts
VISION = ("vision_model.", "visual.", "model.visual.", "vision_tower.", "model.vision_tower.")
LLM = (
    "model.layers.",
    "model.language_model.layers.",
    "language_model.model.layers.",
    "language_model.layers.",
    "layers.0.self_attn.q_proj.weight",
    "blk.",
)
SEES = (*VISION, "multi_modal_projector.", "mm.")
T5 = (
    "encoder.block.0.layer.0.SelfAttention.q.weight",
    "enc.blk.",
    "blocks.0.pos_embedding.embedding.weight",
)
BIASED = (  # of T5 with a bias of places in each layer, not in the first alone: UMT5
    "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight",
    "enc.blk.1.attn_rel_b.weight",
)
UMT5, MT5 = 256384, 250112  # words of theirs
NORMS = {  # of language models
    "q": (".self_attn.q_norm.weight", ".attn_q_norm.weight"),
    "after": (".post_feedforward_layernorm.weight", ".post_ffw_norm.weight"),
    "bias": (".self_attn.q_proj.bias", ".attn_q.bias"),
}


def encoder_facts(layers: Layers) -> Facts:
    """What encoders differ by.

    words, width  of its word vectors
    build         "clip", "t5", "mt5" (T5 of many languages, or built like that), "llm", "bert", "chatglm", or
                  "" for no encoder
    norms         of a language model: "q" of queries, "after" each layer; "bias" of queries
    sees          pictures too
    """

    def any_of(names: tuple[str, ...]) -> bool:
        return any(map(layers.has, names))

    words = next((layers.shapes[key] for key in WORDS if len(layers.shapes.get(key, ())) == 2), (None, None))
    builds = {
        "mt5": any_of(T5) and (words[0] in (UMT5, MT5) or any_of(BIASED)),
        "t5": any_of(T5),
        "bert": layers.has("encoder.layer.0.attention.self.query.weight"),
        "chatglm": layers.has("encoder.layers.0.self_attention.query_key_value.weight"),
        "llm": any_of(LLM),
        "clip": any_of(CLIP) and not layers.has(PICTURES),
    }
    norms = [name for name, marks in NORMS.items() if any_of(marks)]
    return {
        "words": words[0],
        "width": words[1],
        "build": next((build for build, there in builds.items() if there), ""),
        "norms": " ".join(norms),
        "sees": any_of(SEES),
    }


def _text(family: str, build: str, **facts: Fact | tuple[Fact, ...]) -> Signature:
    told = {"build": build, **facts}
    every = {name: value if isinstance(value, tuple) else (value,) for name, value in told.items()}
    return Signature(ModelKind.TEXT_ENCODER, family, facts=every)


ENCODERS = SignatureTable(
    (
        _text("CLIP-L", "clip", width=768, sees=False),
        _text("CLIP-G", "clip", width=1280, sees=False),
        _text("CLIP-H", "clip", width=1024, sees=False),
        _text("CLIP-L with its image encoder", "clip", width=768, sees=True),
        _text("CLIP-G with its image encoder", "clip", width=1280, sees=True),
        _text("CLIP-H with its image encoder", "clip", width=1024, sees=True),
        _text("CLIP-B with its image encoder", "clip", width=512, sees=True),
        _text("T5-XXL", "t5", width=4096, words=(32128, 32100)),
        _text("UMT5-XXL", "mt5", width=4096, words=UMT5),
        _text("T5-XL", "t5", width=2048, words=(32128, 32100)),
        _text("mT5-XXL", "mt5", width=4096, words=MT5),
        _text("mT5-XL", "mt5", width=2048, words=MT5),
        _text("Pile-T5-XL", "mt5", width=2048, words=32128),
        _text("T5-large", "t5", width=1024),
        _text("T5-base", "t5", width=768),
        _text("ByT5", "t5", width=1472),
        _text("BERT", "bert"),
        _text("ChatGLM3", "chatglm"),
        _text("Qwen3-0.6B", "llm", width=1024, norms="q"),
        _text("Qwen3-1.7B", "llm", width=2048, norms="q"),
        _text("Qwen3-4B", "llm", width=2560, norms="q", sees=False),
        _text("Qwen3-8B", "llm", width=4096, norms="q", sees=False),
        _text("Qwen3-VL-4B", "llm", width=2560, norms="q", sees=True),
        _text("Qwen3-VL-8B", "llm", width=4096, norms="q", sees=True),
        _text("Qwen2.5-VL-3B", "llm", width=2048, norms="bias"),
        _text("Qwen2.5-VL-7B", "llm", width=3584, norms="bias"),
        _text("Gemma-2-2B", "llm", width=2304, norms="after"),
        _text("Gemma-3-4B", "llm", width=2560, norms=("q after", "q after bias")),
        _text("Gemma-3-12B", "llm", width=3840, norms=("q after", "q after bias")),
        _text("Llama-3-8B", "llm", width=4096, norms="", words=(128256, 128320)),
        _text("Mistral-Small", "llm", width=5120, norms=""),
    ),
    encoder_facts,
)
READ: dict[str, Facts] = {  # what networks here read, of any size
    "T5": {"build": "t5"},
    "Qwen3": {"build": "llm", "norms": "q", "sees": False},
    "Qwen2.5-VL": {"build": "llm", "norms": "bias", "sees": True},
    "CLIP": {"build": "clip", "sees": False},
}
IMAGE_ENCODERS = SignatureTable(
    (
        Signature(
            ModelKind.IMAGE_ENCODER,
            "CLIP-H",
            ("vision_model.",),
            ("text_model.",),
            {"vision_model.post_layernorm.weight:0": (1280,)},
        ),
        Signature(
            ModelKind.IMAGE_ENCODER,
            "CLIP-G",
            ("vision_model.",),
            ("text_model.",),
            {"vision_model.post_layernorm.weight:0": (1664,)},
        ),
        Signature(
            ModelKind.IMAGE_ENCODER,
            "CLIP-L",
            ("vision_model.",),
            ("text_model.", "vision_model.head."),
            {"vision_model.post_layernorm.weight:0": (1024,)},
        ),
        Signature(ModelKind.IMAGE_ENCODER, "SigLIP", ("vision_model.head.",), ("text_model.",)),
        Signature(ModelKind.IMAGE_ENCODER, "SigLIP", (PICTURES, "head.attention.")),
        Signature(ModelKind.IMAGE_ENCODER, "CLIP", (PICTURES, "post_layernorm.weight"), ("head.",)),
        Signature(
            ModelKind.IMAGE_ENCODER,
            "DINOv2",
            ("embeddings.patch_embeddings.projection.weight", "encoder.layer."),
        ),
    )
)
