"""Words: a CLIP tokenizer of Storybook's own and a small CLIP text encoder."""

import json
from collections.abc import Iterable

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

MAX_TOKENS = 32
START, END = "<|startoftext|>", "<|endoftext|>"


def train_tokenizer(sentences: Iterable[str], merges: int = 400) -> CLIPTokenizer:
    """Byte-pair merges learned on the captions, over the whole byte alphabet.

    Every byte is in the vocabulary, inside a word and at its end: an unknown letter would otherwise
    turn into end-of-text in the middle of a prompt.
    """
    plain = CLIPTokenizer().backend_tokenizer
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer, learner.pre_tokenizer = plain.normalizer, plain.pre_tokenizer
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, end_of_word_suffix="</w>", show_progress=False)
    learner.train_from_iterator(sentences, trainer)
    learned = [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += ["".join(pair) for pair in learned]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys([*tokens, START, END]))}
    return CLIPTokenizer(vocab=vocabulary, merges=learned, model_max_length=MAX_TOKENS)


def build(tokenizer: CLIPTokenizer, width: int, layers: int) -> CLIPTextModel:
    """A CLIP text encoder with random weights that fits the tokenizer."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=width * 3,
            projection_dim=width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            max_position_embeddings=MAX_TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def tokens(tokenizer: CLIPTokenizer, sentences: list[str]) -> Tensor:
    """Token numbers `(N, MAX_TOKENS)`, padded with end-of-text as StableDiffusionPipeline pads."""
    found = tokenizer(
        sentences, padding="max_length", max_length=MAX_TOKENS, truncation=True, return_tensors="pt"
    )
    ids: Tensor = found.input_ids
    return ids.to(torch.long)
