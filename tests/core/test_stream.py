"""A network's layers on the device in turn: few at once, each when it computes, the same predictions."""

import pytest
import torch

from core.models.backbone import Text
from core.models.catalog import describe
from core.models.load import load
from core.models.memory import stream
from core.models.memory.machine import Machine, Memory, fits
from core.models.memory.stream import Stream
from tests.core.small_card import CARD, size
from tests.core.tiny import (
    tiny_chroma,
    tiny_flux,
    tiny_klein,
    tiny_qwen_image,
    tiny_sd3,
    tiny_sdxl,
    tiny_z_image,
)

FAMILIES = (tiny_sdxl, tiny_sd3, tiny_flux, tiny_klein, tiny_z_image, tiny_chroma, tiny_qwen_image)


class Lane:
    """Stands for a stream of CUDA: numbers what it copies, and tells what was waited for."""

    def __init__(self) -> None:
        self.begun, self.waited = 0, []

    def fetch(self, tensors):
        self.begun += 1
        return [stream.on_device(tensor, CARD) for tensor in tensors], self.begun

    def wait(self, event):
        self.waited.append(event)


def answers(model):
    """A prediction and the texts it was asked with."""
    texts = [model.text(prompt) for prompt in ("a", "b c")]
    x = torch.randn(2, model.channels, 16, 16, generator=torch.Generator().manual_seed(0))
    level = model.schedule_at(16, 16).levels(4)[2]
    return [model.predict(x, level, Text.stack(texts)).eps, *(text.tokens for text in texts)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__.removeprefix("tiny_"))
@pytest.mark.usefixtures("small_pictures")
def test_a_model_larger_than_its_card_draws_the_same_layer_by_layer(tmp_path, family, counted, small_card):
    folder = str(family(tmp_path / "model"))
    whole = answers(load(folder, "cpu"))
    small_card()
    model = load(folder, "cpu")
    assert "layers go to the device in turn" in str(model.notices)
    blocks = [block for part in model._streamed for block in part._stream._blocks]
    sizes = [size(block.module) for block in blocks]
    assert all(map(torch.equal, answers(model), whole))
    assert counted.all >= sum(sizes)  # none of them computes where it waits
    assert (counted.most, counted.now) == (max(sizes), 0)
    model.relax()  # it was so from the start, and stays so
    for part in model._streamed:
        part._stream._lane = Lane()  # as on CUDA: from now on the next layer comes while one computes
    assert all(map(torch.equal, answers(model), whole))
    *_, small, large = sorted(sizes)
    assert large < counted.most <= large + small
    assert counted.now == 0


@pytest.mark.parametrize("share", [0.8, 0.89, 0.91, 2])  # of the card, that the network's weights take
def test_what_is_told_before_is_what_is_done(tiny, small_card, share):
    parts = describe(str(tiny)).parts
    total = round(parts["unet"].bytes(2) / share)
    verdict = fits(parts, Machine("cuda", "Card", Memory(total, total), Memory(10**12, 10**12)))
    small_card(2 * total)  # where numbers are twice as wide
    model = load(str(tiny), "cpu")
    assert ("its layers go there in turn" in verdict.sentence) == (model._network in model._streamed)
    assert ("take turns there" in verdict.sentence) == (share < 0.9)


def layers(count=4):
    """A network of equal layers, and one before them that belongs to no list."""
    return torch.nn.Sequential(torch.nn.Linear(8, 8), Stack(count)).requires_grad_(False)


class Stack(torch.nn.Module):
    def __init__(self, count):
        super().__init__()
        self.blocks = torch.nn.ModuleList(torch.nn.Linear(8, 8) for _ in range(count))
        self.fails = False

    def forward(self, x):
        for number, block in enumerate(self.blocks):
            if self.fails and number == 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            x = block(x)
        return x


def test_the_next_layer_is_fetched_while_one_computes_and_never_a_third(counted):
    module, x = layers(), torch.ones(1, 8)
    expected, one = module(x), size(module[1].blocks[0])
    streaming = Stream(module, CARD)
    lane = streaming._lane = Lane()
    assert torch.equal(module(x), expected)
    assert (lane.waited, counted.most) == ([1, 2, 3, 4], one)  # in what order they come isn't known yet
    assert torch.equal(module(x), expected)
    assert (lane.waited[4:], counted.most, counted.now) == ([5, 6, 7, 8], 2 * one, 0)


def test_what_a_failed_pass_left_there_goes_and_an_end_leaves_an_ordinary_network(counted):
    module, x = layers(), torch.ones(1, 8)
    expected = module(x)
    streaming = Stream(module, CARD)
    streaming._lane = Lane()
    module(x)
    module[1].fails = True
    with pytest.raises(torch.OutOfMemoryError):
        module(x)
    assert counted.now > 0
    module[1].fails = False
    assert torch.equal(module(x), expected)
    assert counted.now == 0
    module.double()  # its numbers are made wider meanwhile
    assert torch.allclose(module(x.double()).float(), expected)
    streaming.end()
    counted.most = 0
    assert torch.allclose(module(x.double()).float(), expected)
    assert counted.most == 0
