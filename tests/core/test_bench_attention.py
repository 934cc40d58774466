"""What the bench reads off cross-attention, against the shares computed by hand."""

import torch
from diffusers.models.attention_processor import Attention
from torch import nn

from tests.bench.storybook.attention import POWER, changed, gate, recorded


class Words:
    """A tokenizer that knows a word by its length, between two marks."""

    def __call__(self, text: str) -> dict[str, list[int]]:
        return {"input_ids": [100, *map(len, text.split()), 101]}


class Network(nn.Module):
    """Asks its attention to the text as a U-Net's block does."""

    def __init__(self) -> None:
        super().__init__()
        self.attn2 = Attention(query_dim=4, cross_attention_dim=3, heads=2, dim_head=2)

    @property
    def attn_processors(self):
        return {"attn2.processor": self.attn2.processor}

    def set_attn_processor(self, processors):
        self.attn2.set_processor(processors["attn2.processor"])


def test_the_shares_are_the_softmax_of_the_scores_and_what_is_drawn_stays():
    torch.manual_seed(0)
    network, places, told = Network(), torch.randn(2, 9, 4), torch.randn(2, 5, 3)
    attn = network.attn2
    with torch.inference_mode():
        before = attn(places, encoder_hidden_states=told)
        with recorded(network) as attention:
            during = attn(places, encoder_hidden_states=told)
        after = attn(places, encoder_hidden_states=told)
        query, key = (m.unflatten(-1, (2, 2)).transpose(1, 2) for m in (attn.to_q(places), attn.to_k(told)))
        expected = (query @ key.transpose(-1, -2) / 2**0.5).softmax(-1).mean(1)
    assert torch.equal(before, during)
    assert torch.equal(before, after)
    assert len(attention.shares) == 1
    assert torch.allclose(attention.shares[0], expected, atol=1e-6)


def test_the_changed_words_are_those_that_the_query_lacks():
    assert changed(Words(), "a horse at noon", "a zebraaa at noon") == [2]
    assert changed(Words(), "a horse", "a horse") == []


def test_the_gate_is_highest_where_the_changed_words_are_read():
    shares = torch.full((1, 16, 3), 0.1)
    shares[0, 5, 1] = 0.9
    found = gate([shares, torch.rand(1, 64, 3)], [1], (8, 8))
    assert found.max() == 1
    assert found[2:4, 2:4].min() > 0.8
    assert torch.allclose(found[6:, 6:], (shares[0, 0, 1] / _strongest(shares)) ** POWER)
    assert torch.equal(gate([shares], [], (8, 8)), torch.ones(8, 8))


def _strongest(shares: torch.Tensor) -> torch.Tensor:
    enlarged = nn.functional.interpolate(shares[0, :, 1].view(1, 1, 4, 4), size=(8, 8), mode="bilinear")
    return enlarged.quantile(0.99)
