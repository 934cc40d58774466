"""Qwen3 as a text encoder, of files in its own layout, and its tokenizer beside them."""

from typing import Any

from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer
from transformers.models.qwen3.configuration_qwen3 import Qwen3Config
from transformers.models.qwen3.modeling_qwen3 import Qwen3Model

from core.models.files.checkpoint import Checkpoint
from core.models.files.diffusers_modules import tokenizer
from core.models.files.renamed import Recipe
from core.models.files.weights import Weights


def qwen3_recipe(prefix: str, config: dict[str, Any]) -> Recipe:
    """How it is made of a file, its weights' names beginning with `prefix`."""

    def bare(weights: Weights, _: Any) -> Weights:
        return {key.removeprefix(prefix): weight for key, weight in weights.items()}

    return Recipe(lambda: Qwen3Model(Qwen3Config(**config)), prefix, bare)


def beside(checkpoint: Checkpoint) -> dict[str, Any]:
    """What a model's parts hold beside its networks: tokenizer, schedule, notices."""
    folder = checkpoint.tokenizer
    assert folder is not None
    return {
        "tokenizer": tokenizer(Qwen2Tokenizer, folder.parent, folder.name),
        "scheduler": checkpoint.config["scheduler"],
        "notices": checkpoint.notices,
    }
