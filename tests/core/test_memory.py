"""Out of memory: each measure, provoked by a module that runs out the first k times it is asked."""

import weakref
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from core.causes import is_out_of_memory
from core.diffusion.solver import Solver
from core.edit.cache import Cache
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.errors import DeviceError, InputError
from core.models.adapters.part import Part
from core.models.adapters.sd3 import StableDiffusion3
from core.models.adapters.stable_diffusion import StableDiffusion
from core.models.backbone import Text
from core.models.load import load
from core.models.memory.device import Placement
from core.models.memory.ladder import Ladder
from tests.core.tiny import tiny_sd3

CARD = torch.device("cpu", 0)  # stands for an accelerator: not the torch.device("cpu") that parts wait on
ON_CARD = Placement(CARD, torch.float32, torch.float32, batch=4)
FEWER, SLICES, OFFLOADED = "fewer samples", "in slices", "offloaded to the computer's main memory"
STREAMED, PROCESSOR = "layers go to the device in turn", "computed by the processor"


@pytest.fixture
def model(tiny: Path) -> StableDiffusion:
    found = load(str(tiny), "cpu")
    assert isinstance(found, StableDiffusion)
    return StableDiffusion(tiny, "tiny", found.parts, ON_CARD)


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
    [(1, 2, [FEWER]), (2, 1, [FEWER]), (3, 1, [FEWER, SLICES]), (5, 1, [FEWER, SLICES, OFFLOADED, STREAMED])],
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
    model.relax()
    assert {type(p).__name__ for p in model.parts.unet.attn_processors.values()} == kinds
    assert model.batch == 4


@pytest.fixture
def drawn(tiny, picture, monkeypatch):
    """Run one whole edit on the stand-in card with parts that run out so many times; a mask, or found."""
    monkeypatch.setattr("core.models.load.place", lambda device, wide=False: ON_CARD)
    request = EditRequest(
        photo="",
        query="a zebra",
        reference="a horse",
        model=str(tiny),
        device="cpu",
        steps=3,
        find=MaskRequest(snap=False, draws=4),
        solver=Solver.DPM,  # remembered noise passes rounding on: 2 levels in single pixels
    )

    def run(engine: Engine, part: str = "", times: int = 0):
        engine.load(request.model, request.device)
        hooked = None
        if part:
            hooked = fails(engine._model.parts.unet if part == "unet" else room_of(engine, part), times)
        result = engine.run(request, picture)
        if hooked is not None:
            assert len(hooked) > times
        return result

    return run


def room_of(engine: Engine, part: str) -> torch.nn.Module:
    """The VAE's encoder or decoder: the VAE itself is never called as a module."""
    return getattr(engine._model.parts.vae, part)


@pytest.mark.parametrize(
    ("part", "times", "said"),
    [
        ("unet", 1, [FEWER]),
        ("unet", 3, [FEWER, SLICES]),
        ("unet", 5, [FEWER, SLICES, OFFLOADED, STREAMED]),
        ("encoder", 1, [OFFLOADED]),
        ("encoder", 2, [OFFLOADED, PROCESSOR]),
        ("decoder", 1, [OFFLOADED]),
        ("decoder", 2, [OFFLOADED, PROCESSOR]),
    ],
)
def test_every_rung_of_either_part_draws_the_same_picture(drawn, picture, part, times, said):
    plain, engine = drawn(Engine()), Engine()
    result = drawn(engine, part, times)
    off = np.abs(result.on(picture).astype(int) - plain.on(picture))
    assert off.max() <= (0 if said == [OFFLOADED] else 1)
    assert off.mean() < 0.01
    assert np.abs(result.heat.values - plain.heat.values).max() <= 1e-4
    assert [
        word for word in (FEWER, SLICES, OFFLOADED, STREAMED, PROCESSOR) if word in str(result.notices)
    ] == said
    # The parts no longer run out: the next edit begins anew, and gives the bytes of an engine just made
    again = drawn(engine)
    assert again.notices == ()
    assert again.pixels.tobytes() == plain.pixels.tobytes()
    # and of what was cached only that is used which would come out the same: waiting changes no bit
    assert (again.evaluations == plain.evaluations) == (said != [OFFLOADED])


@pytest.mark.parametrize("part", ["unet", "encoder", "decoder"])
def test_what_fits_nowhere_is_a_sentence_and_the_next_edit_begins_anew(drawn, part):
    plain, engine = drawn(Engine()), Engine()
    with pytest.raises(DeviceError, match="not enough memory"):
        drawn(engine, part, {"unet": 6}.get(part, 3))
    again = drawn(engine)
    assert again.notices == ()
    assert again.pixels.tobytes() == plain.pixels.tobytes()


def test_a_vae_that_was_computed_by_the_processor_is_narrow_again_to_the_bit(tiny):
    half = Placement(CARD, torch.float16, torch.float16, batch=1)
    model = StableDiffusion(tiny, "tiny", load(str(tiny), "cpu").parts, half)
    before = {name: weight.clone() for name, weight in model.parts.vae.state_dict().items()}
    model._offload_idle()
    model._to_processor()
    assert (model.parts.vae.dtype, model.parts.vae.device) == (torch.float32, torch.device("cpu"))
    assert torch.isfinite(model.decode(torch.zeros(1, 4, 16, 16))).all()
    assert model.parts.vae.device == torch.device("cpu")
    model.relax()
    after = model.parts.vae.state_dict()
    assert all(after[name].dtype == torch.float16 for name in before)
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


def test_a_transformer_that_knows_no_slices_waits_at_once(tmp_path):
    folder = tiny_sd3(tmp_path / "sd3")
    model = StableDiffusion3(folder, "sd3", load(str(folder), "cpu").parts, ON_CARD)
    x, text = torch.zeros(1, 16, 16, 16), model.text("a")
    level = model.schedule.levels(4)[2]
    model.batch = model._full_batch = 1
    expected = model.predict(x, level, text).eps
    calls = fails(model.parts.transformer, 1)
    assert torch.equal(model.predict(x, level, text).eps, expected)
    assert len(calls) == 2
    assert [OFFLOADED in sentence for sentence in model.notices] == [True]


def test_a_widened_network_starts_a_cache_of_its_own(tiny, picture, drawn, monkeypatch):
    half = Placement(torch.device("cpu"), torch.float16, torch.float32, batch=4)
    monkeypatch.setattr("core.models.load.place", lambda device, wide=False: half)
    engine = Engine()
    first = drawn(engine)
    assert drawn(engine).evaluations.mask == 0  # all of it is cached
    engine._model._network._widen()
    again = drawn(engine)
    assert again.evaluations == first.evaluations
    assert drawn(engine).evaluations.mask == 0
    assert "single precision" in str(again.notices)


def test_a_value_larger_than_the_cache_is_not_kept_and_drives_nothing_out():
    cache = Cache(limit=100)
    small, large = (torch.zeros(10),), (torch.zeros(20), torch.zeros(6))
    cache.put("small", small)
    assert cache.get("large", lambda: large) is large
    assert cache.peek("large") is None
    assert cache.peek("small") is small
    cache.put("other", (torch.zeros(16),))
    assert cache.peek("small") is None
    assert cache.bytes == 64


def test_a_smaller_limit_holds_at_once():
    cache = Cache(limit=100)
    for name in "abc":
        cache.put(name, (torch.zeros(8),))
    cache.limit_to(70)
    assert (cache.bytes, cache.peek("a")) == (64, None)
    cache.put("d", (torch.zeros(8),))
    assert cache.bytes == 64


def test_what_was_used_longest_ago_leaves_the_cache_first():
    cache = Cache(limit=100)
    for name in "abc":
        cache.put(name, (torch.zeros(8),))
    assert cache.get("a", lambda: pytest.fail("made again")) is cache.peek("a")
    cache.put("d", (torch.zeros(8),))
    assert [name for name in "abcd" if name in cache._kept] == ["a", "c", "d"]
    cache.put("c", (torch.zeros(8),))  # written anew, it is the newest
    cache.put("e", (torch.zeros(8),))
    cache.put("f", (torch.zeros(8),))
    assert [name for name in "acdef" if name in cache._kept] == ["c", "e", "f"]


@pytest.fixture
def moves(monkeypatch) -> list[str]:
    """Where every part goes, and when a model is loaded, in order."""
    found: list[str] = []
    move = Part.to
    monkeypatch.setattr(Part, "to", lambda part, device: found.append(str(device)) or move(part, device))
    monkeypatch.setattr("core.models.load.place", lambda device, wide=False: found.append("load") or ON_CARD)
    return found


def test_the_earlier_model_leaves_the_device_before_the_next_is_loaded_and_is_freed(tiny, tiny_v, moves):
    engine = Engine()
    engine.load(str(tiny), "cpu")
    earlier = weakref.ref(engine._model)
    moves.clear()
    engine.load(str(tiny_v), "cpu")
    assert moves == ["cpu"] * 3 + ["load"] * 2 + ["cpu:0"] * 3
    assert earlier() is None


def test_a_model_that_can_t_load_brings_the_earlier_one_back(tiny, tmp_path, moves, drawn, monkeypatch):
    engine = Engine()
    plain = drawn(engine)
    monkeypatch.setattr("core.models.load.place", lambda device, wide=False: moves.append("load") or ON_CARD)
    moves.clear()
    with pytest.raises(InputError):
        engine.load(str(tmp_path), "cpu")
    assert moves == ["cpu"] * 3 + ["load"] + ["cpu:0"] * 3
    assert drawn(engine).pixels.tobytes() == plain.pixels.tobytes()


def test_only_the_part_that_is_asked_lies_on_the_device(model):
    places: dict[str, str] = {}
    named = {"unet": model._network, "vae": model._vae, "text": model._encoders[0]}
    for name, part in named.items():
        part.to = lambda device, name=name: places.update({name: str(device)})
    model._offload_idle()
    model.encode(torch.zeros(1, 3, 32, 32))
    assert places == {"unet": "cpu", "vae": "cpu:0", "text": "cpu"}
    model.text("a")
    assert places == {"unet": "cpu", "vae": "cpu", "text": "cpu:0"}
    model._to_processor()
    model.encode(torch.zeros(1, 3, 32, 32))
    assert places == {"unet": "cpu", "vae": "cpu", "text": "cpu"}


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
    model = StableDiffusion(tiny, "tiny", parts, ON_CARD)
    assert failed
    assert [OFFLOADED in sentence for sentence in model.notices] == [True]
    assert torch.isfinite(model.encode(torch.zeros(1, 3, 32, 32))).all()


def test_the_end_of_the_ladder_is_the_call_s_own_error(model):
    calls = fails(model.parts.unet, 100)
    with pytest.raises(torch.OutOfMemoryError):
        asked(model)
    assert len(calls) == 6  # as it was, 2, 1, slices, offloaded, streamed


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


FULL = [
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB of which 1.1 GiB",
    "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call",
    "CUDA driver error: out of memory",
    "HIP out of memory. Tried to allocate 512.00 MiB",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "MPS backend out of memory (MPS allocated: 17.91 GB, other allocations: 174 MB, max allowed: 18.13 GB). "
    "Tried to allocate 256.00 MB on private pool. Use PYTORCH_MPS_HIGH_WATERMARK_RATIO=0.0 to disable",
    "Invalid buffer size: 58.07 GiB",
    "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
    "allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)",
    "[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: not enough memory: you tried to allocate",
]
OTHERS = [
    "The size of tensor a (4) must match the size of tensor b (8) at non-singleton dimension 1",
    "CUDA error: an illegal memory access was encountered",
    "CUDA error: device-side assert triggered",
    "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`",
    "cuDNN error: CUDNN_STATUS_NOT_SUPPORTED",
    "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
    "shape '[2, 8]' is invalid for input of size 8",
    "unsupported operation: some elements of the input tensor share a single memory location",
]


@pytest.mark.parametrize("said", FULL)
def test_what_every_device_says_of_full_memory_is_understood(said):
    assert is_out_of_memory(RuntimeError(said))
    assert is_out_of_memory(torch.AcceleratorError(said))
    assert not is_out_of_memory(ValueError(said))


@pytest.mark.parametrize("said", OTHERS)
def test_other_errors_are_not_taken_for_full_memory(said):
    assert not is_out_of_memory(RuntimeError(said))


def test_python_s_own_error_is_full_memory_too():
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("x"))
