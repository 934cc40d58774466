"""Out of memory: each measure, provoked by a module that runs out the first k times it is asked."""

from dataclasses import fields
from pathlib import Path

import pytest
import torch

from core.models.backbone import Text
from core.models.device import Placement
from core.models.load import load
from core.models.memory import Ladder, is_out_of_memory
from core.models.stable_diffusion import StableDiffusion

CARD = torch.device("cpu", 0)  # stands for an accelerator: not the torch.device("cpu") that parts wait on
FEWER, SLICES, WAITED = "fewer samples", "in slices", "waited in the computer's main memory"


@pytest.fixture
def model(tiny: Path) -> StableDiffusion:
    found = load(str(tiny), "cpu")
    assert isinstance(found, StableDiffusion)
    return StableDiffusion(tiny, "tiny", found.parts, Placement(CARD, torch.float32, torch.float32, batch=4))


def fails(module: torch.nn.Module, times: int) -> list[int]:
    """Let a module run out of memory the first so many times; the list grows with every call."""
    calls: list[int] = []

    def hook(*_: object) -> None:
        calls.append(1)
        if len(calls) <= times:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    module.register_forward_pre_hook(hook)
    return calls


def asked(model: StableDiffusion) -> torch.Tensor:
    x = torch.randn(4, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    text = Text.stack([model.text(prompt) for prompt in ("a", "b", "c", "d")])
    return model.predict(x, model.schedule.at(500), text).eps


@pytest.mark.parametrize(
    ("times", "batch", "said"),
    [(1, 2, [FEWER]), (2, 1, [FEWER]), (3, 1, [FEWER, SLICES]), (4, 1, [FEWER, SLICES, WAITED])],
)
def test_each_rung_gives_the_same_answer_and_is_told(model, times, batch, said):
    expected = asked(model)
    assert not model.notices
    before = model.evaluations
    fails(model.parts.unet, times)
    assert torch.allclose(asked(model), expected, atol=1e-5)
    assert model.batch == batch
    assert model.evaluations - before == 4  # what failed gave no sample
    assert len(model.notices) == len(said)
    assert all(word in sentence for word, sentence in zip(said, model.notices, strict=True))


def test_slices_are_what_the_attention_then_computes(model):
    kinds = {type(processor).__name__ for processor in model.parts.unet.attn_processors.values()}
    fails(model.parts.unet, 3)
    asked(model)
    assert {type(p).__name__ for p in model.parts.unet.attn_processors.values()} == {"SlicedAttnProcessor"}
    assert kinds != {"SlicedAttnProcessor"}


def test_only_the_part_that_is_asked_lies_on_the_device(model):
    places: dict[str, str] = {}
    named = {"unet": model._network, "vae": model._vae, "text": model._encoders[0]}
    for name, part in named.items():
        part.to = lambda device, name=name: places.update({name: str(device)})
    model._offload()
    model.encode(torch.zeros(1, 3, 32, 32))
    assert places == {"unet": "cpu", "vae": "cpu:0", "text": "cpu"}
    model.text("a")
    assert places == {"unet": "cpu", "vae": "cpu", "text": "cpu:0"}


def test_what_does_not_fit_at_once_is_loaded_part_by_part(tiny, monkeypatch):
    parts = load(str(tiny), "cpu").parts
    move, failed = torch.nn.Module.to, []

    def to(module: torch.nn.Module, *args: object, **options: object) -> torch.nn.Module:
        if module is parts.vae and args == (CARD,) and not failed:
            failed.append(1)
            raise torch.OutOfMemoryError("CUDA out of memory")
        return move(module, *args, **options)

    monkeypatch.setattr(torch.nn.Module, "to", to)
    assert {field.name for field in fields(parts)} >= {"unet", "vae"}
    model = StableDiffusion(tiny, "tiny", parts, Placement(CARD, torch.float32, torch.float32, batch=1))
    assert failed
    assert [WAITED in sentence for sentence in model.notices] == [True]
    assert torch.isfinite(model.encode(torch.zeros(1, 3, 32, 32))).all()


def test_the_end_of_the_ladder_is_the_call_s_own_error(model):
    calls = fails(model.parts.unet, 100)
    with pytest.raises(torch.OutOfMemoryError):
        asked(model)
    assert len(calls) == 5  # as it was, 2, 1, slices, offloaded


def test_other_errors_climb_nothing():
    taken: list[int] = []

    def rung() -> bool:
        taken.append(1)
        return True

    def breaks() -> None:
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch"):
        Ladder([rung], torch.device("cpu")).climb(breaks)
    assert not taken
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."))
    assert is_out_of_memory(MemoryError())
