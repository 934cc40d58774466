"""CLIP: its tokenizer, made from the merges that ship, and how its encoders are asked."""

import gzip
from collections.abc import Callable
from typing import Any

import torch
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from core.causes import reading
from core.errors import InputError
from core.models.adapters.part import DAMAGED, Tensors
from resources import models_folder

MERGES = 49152 - 256 - 2  # of the lines in the file those that CLIP was trained with
MARKS = 2  # tokens before and after a text


def clip_tokenizer(pad_token: str, length: int = 77) -> Any:
    """The tokenizer of OpenAI's and OpenCLIP's text encoders, which differ in what they pad with.

    The vocabulary is a function of the merges.

    pad_token "<|endoftext|>" (OpenAI) or "!" (OpenCLIP pads with zeros, and token 0 is "!").
    """
    with gzip.open(models_folder() / "bpe_simple_vocab_16e6.txt.gz", "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")[1 : 1 + MERGES]
    merges = [(first, second) for first, second in (line.split() for line in lines)]
    letters = _letters()
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *map("".join, merges)]
    vocabulary = {token: i for i, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}
    maker: Any = CLIPTokenizer  # typed for the path of a file only
    return maker(vocab=vocabulary, merges=merges, pad_token=pad_token, model_max_length=length)


def text_length(name: str, *pairs: tuple[Any, Any]) -> int:
    """How many tokens all of the CLIP encoders read; pairs: (tokenizer, encoder).

    A tokenizer may name fewer than its encoder has places for; many real ones name none at all.
    """
    length = int(min(min(words.model_max_length, of.config.max_position_embeddings) for words, of in pairs))
    if length <= MARKS:
        raise InputError(f"{name} reads {length} tokens, too few for a word.", DAMAGED)
    return length


def token_ids(tokenizer: Any, prompt: str, length: int, encoder: Any) -> torch.Tensor:
    """(1, length): the prompt cut or padded, as the tokenizer does it. InputError for tokens without meaning.

    A card that is asked for the meaning of a token that there isn't can't be used again.
    """
    with reading("Its tokenizer", DAMAGED):
        padded = tokenizer(
            prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        )
        ids: torch.Tensor = padded["input_ids"]
    return check_ids(ids, length, encoder)


def check_ids(ids: torch.Tensor, length: int, encoder: Any) -> torch.Tensor:
    """The tokens, (1, length). InputError for those without meaning."""
    words = int(encoder.config.vocab_size)
    if ids.shape != (1, length) or not 0 <= int(ids.min()) <= int(ids.max()) < words:
        raise InputError(
            f"The tokenizer doesn't fit the text encoder, which knows {words:,} tokens.", DAMAGED
        )
    return ids


def clip_text(ids: torch.Tensor) -> Callable[[Any], Tensors]:
    """Ask a CLIP encoder with projection: its last layer but one (1, L, D), and the pooled text (1, P)."""

    def call(encoder: Any) -> Tensors:
        out = encoder(ids.to(encoder.device), output_hidden_states=True)
        return out.hidden_states[-2], out[0]

    return call


def _letters() -> list[str]:
    """The 256 bytes as signs: the printable ones first, as they are, the others moved behind Latin-1."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = 256 - len(printable)
    return [chr(code) for code in (*printable, *range(0x100, 0x100 + others))]
