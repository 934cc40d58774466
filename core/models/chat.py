"""Prompts read by a language model, as what a user says to it: through its chat template."""

from collections.abc import Callable
from typing import Any

import torch

from core.causes import reading
from core.edit.token_count import TokenCount
from core.edit.weighted import understood
from core.errors import InputError
from core.models.backbone import Reading
from core.models.part import DAMAGED, Part, Tensors

Asks = Callable[[Part, Callable[[Any], Tensors]], Tensors]


class ChatPrompts:
    """One language model with its tokenizer.

    length   tokens that it reads, those of the template among them
    layers   whose hidden states are the text, side by side; 0 is the embedding, −1 what the model ends with
    thinks   the template leaves the answer to begin with thoughts, if the model has any
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
        thinks: bool,
        padded: bool = False,
    ) -> None:
        self._encoder, self._tokenizer, self._ask = encoder, tokenizer, ask
        self._length, self._layers, self._thinks, self._padded = length, layers, thinks, padded
        self._around = self._in_template("")
        if len(self._in_template("a horse")) == len(self._around):
            raise InputError("The tokenizer of this model reads no words.", DAMAGED)

    def count(self, prompt: str, reading: Reading) -> TokenCount:
        """Tokens of a prompt's words, and how many of them there is room for beside the template's."""
        around = len(self._around)
        return TokenCount(len(self._in_template(_words(prompt, reading))) - around, self._length - around)

    def read(self, prompt: str, reading: Reading) -> torch.Tensor:
        """(1, L, D): what the layers say to it. It knows no weights, and reads the words alone."""
        ids = self._in_template(_words(prompt, reading))[: self._length]
        own = len(ids)
        if self._padded:
            ids = ids + [self._tokenizer.pad_token_id or 0] * (self._length - own)
        words = int(self._encoder.module.config.vocab_size)
        if not 0 <= min(ids) <= max(ids) < words:
            raise InputError(
                f"The tokenizer doesn't fit the text encoder, which knows {words:,} tokens.", DAMAGED
            )

        def call(encoder: Any) -> Tensors:
            there = torch.tensor([ids], device=encoder.device)
            mask = (torch.arange(len(ids), device=encoder.device) < own)[None].long()
            out = encoder(input_ids=there, attention_mask=mask, output_hidden_states=True, use_cache=False)
            return (torch.cat([out.hidden_states[layer] for layer in self._layers], dim=-1),)

        return self._ask(self._encoder, call)[0]

    def _in_template(self, words: str) -> list[int]:
        with reading("Its tokenizer", DAMAGED):
            said = [{"role": "user", "content": words}]
            text = self._tokenizer.apply_chat_template(
                said, tokenize=False, add_generation_prompt=True, enable_thinking=self._thinks
            )
            return list(self._tokenizer(text)["input_ids"])


def _words(prompt: str, reading: Reading) -> str:
    return understood(prompt).words if reading.weighted else prompt
