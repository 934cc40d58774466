"""Where a U-Net's cross-attention reads the words that an edit changes, as a gate on its heat map.

Prompt-to-Prompt (Hertz et al., arXiv 2208.01626, §3) tells a word's place by it. Measured here beside the
editor's own rule; it needs the inside of a network that has such layers, the rule needs predictions alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import SequenceMatcher
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor2_0
from torch.nn import functional

POWER = 0.25  # of the share of the strongest attention
PEAK = 0.99  # the quantile that counts as the strongest


class _Recording(AttnProcessor2_0):
    """Goes on as before, and keeps how much of every place's attention each token has."""

    def __init__(self) -> None:
        super().__init__()
        self.shares: list[torch.Tensor] = []  # (B, places, tokens), the mean over heads

    def __call__(self, attn: Any, hidden_states: torch.Tensor, *args: Any, **named: Any) -> torch.Tensor:
        told: torch.Tensor = named.get("encoder_hidden_states", args[0] if args else None)
        query, key = attn.head_to_batch_dim(attn.to_q(hidden_states)), attn.head_to_batch_dim(attn.to_k(told))
        shares = attn.get_attention_scores(query, key)
        self.shares.append(shares.unflatten(0, (len(hidden_states), attn.heads)).mean(1).float())
        return super().__call__(attn, hidden_states, *args, **named)


@contextmanager
def recorded(unet: Any) -> Iterator[_Recording]:
    """Within it every cross-attention of the network is kept."""
    before, recording = unet.attn_processors, _Recording()
    unet.set_attn_processor({name: recording if "attn2" in name else kept for name, kept in before.items()})
    try:
        yield recording
    finally:
        unet.set_attn_processor(before)


def changed(tokenizer: Any, reference: str, query: str) -> list[int]:
    """Places of the reference's tokens, its mark at the beginning being 0, that the query doesn't have."""
    told, asked = tokenizer(reference)["input_ids"], tokenizer(query)["input_ids"]
    parts = SequenceMatcher(None, told, asked, autojunk=False).get_opcodes()
    return [place for tag, start, end, *_ in parts if tag != "equal" for place in range(start, end)]


def gate(shares: list[torch.Tensor], tokens: list[int], size: tuple[int, int]) -> torch.Tensor:
    """What a map of that size (h, w) is multiplied by, in [0, 1]; 1 everywhere where no token is changed.

    Of the layers at half the map's size, over all draws: finer ones say little of words.
    """
    height, width = (side // 2 for side in size)
    coarse = [one for one in shares if one.shape[1] == height * width]
    if not tokens or not coarse:
        return torch.ones(size)
    read = (
        torch.stack([one[:, :, tokens].sum(-1).mean(0) for one in coarse]).mean(0).view(1, 1, height, width)
    )
    whole = functional.interpolate(read, size=size, mode="bilinear")[0, 0]
    return (whole / whole.quantile(PEAK)).clamp(0, 1) ** POWER
