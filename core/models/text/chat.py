"""Prompts read by a language model, as what a user says to it: through its chat template."""

from collections.abc import Callable
from typing import Any

import torch

from core.causes import reading as reading_of
from core.edit.words.token_count import TokenCount
from core.errors import InputError
from core.models.adapters.part import DAMAGED, Part, Tensors
from core.models.backbone import Reading

Asks = Callable[[Part, Callable[[Any], Tensors]], Tensors]


class ChatPrompts:
    """One language model with its tokenizer.

    length   tokens that it reads, those of the template among them
    layers   whose hidden states are the text, side by side; 0 is the embedding, −1 what the model ends with
    thinks   the template leaves the answer to begin with thoughts, if the model has any
    template how a prompt is said where not by the tokenizer's own template, {} for it
    dropped  tokens at the beginning that are no part of the text
    padded   all texts have `length` tokens, and the padding says something too
    ask      of the adapter, which does it without overfilling memory
    """

    def __init__(
        self,
        encoder: Part,
        tokenizer: Any,
        ask: Asks,
        *,
        length: int,
        layers: tuple[int, ...],
        thinks: bool = True,
        template: str = "",
        dropped: int = 0,
        padded: bool = False,
    ) -> None:
        self._encoder, self._tokenizer, self._ask = encoder, tokenizer, ask
        self._length, self._layers, self._thinks, self._padded = length, layers, thinks, padded
        self._template, self._dropped = template, dropped
        deep = int(encoder.module.config.num_hidden_layers)
        if not all(-deep <= layer <= deep for layer in layers):
            raise InputError(f"The text encoder has {deep} layers, too few for this model.", DAMAGED)
        self._around = self._in_template("")
        if len(self._in_template("a horse")) == len(self._around):
            raise InputError("The tokenizer of this model reads no words.", DAMAGED)

    def count(self, prompt: str, reading: Reading) -> TokenCount:
        """Tokens of a prompt's words, and how many of them there is room for beside the template's."""
        around = len(self._around)
        return TokenCount(len(self._in_template(reading.words(prompt))) - around, self._length - around)

    def read(self, prompt: str, reading: Reading) -> torch.Tensor:
        """(1, L, D): what the layers say to it. It knows no weights, and reads the words alone."""
        text = self._told(reading.words(prompt))
        with reading_of("Its tokenizer", DAMAGED):
            padding = "max_length" if self._padded else False
            told = self._tokenizer(text, truncation=True, max_length=self._length, padding=padding)
            ids, own = list(told["input_ids"]), list(told["attention_mask"])
        words = int(self._encoder.module.config.vocab_size)
        if not 0 <= min(ids) <= max(ids) < words:
            raise InputError(
                f"The tokenizer doesn't fit the text encoder, which knows {words:,} tokens.", DAMAGED
            )

        def call(encoder: Any) -> Tensors:
            there = torch.tensor([ids], device=encoder.device)
            mask = torch.tensor([own], device=encoder.device)
            out = encoder(input_ids=there, attention_mask=mask, output_hidden_states=True, use_cache=False)
            said = torch.cat([out.hidden_states[layer] for layer in self._layers], dim=-1)
            return (said[:, self._dropped :],)

        return self._ask(self._encoder, call)[0]

    def _in_template(self, words: str) -> list[int]:
        with reading_of("Its tokenizer", DAMAGED):
            return list(self._tokenizer(self._told(words))["input_ids"])

    def _told(self, words: str) -> str:
        """As a user says it."""
        if self._template:
            return self._template.format(words)
        with reading_of("Its tokenizer", DAMAGED):
            return self._tokenizer.apply_chat_template(
                [{"role": "user", "content": words}],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=self._thinks,
            )
