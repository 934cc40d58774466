# pyright: reportUnknownMemberType=false
"""CLIP's tokenizer, made from the merges that ship: the vocabulary is a function of them."""

import gzip
from typing import Any

from transformers.models.clip.tokenization_clip import CLIPTokenizer

from resources import models_folder

MERGES = 49152 - 256 - 2  # of the lines in the file those that CLIP was trained with


def clip_tokenizer(pad_token: str, length: int = 77) -> Any:
    """The tokenizer of OpenAI's and OpenCLIP's text encoders, which differ in what they pad with.

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


def _letters() -> list[str]:
    """The 256 bytes as signs: the printable ones first, as they are, the others moved behind Latin-1."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = 256 - len(printable)
    return [chr(code) for code in (*printable, *range(0x100, 0x100 + others))]
