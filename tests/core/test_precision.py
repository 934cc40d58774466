"""Number formats: which device gets which, what happens when one overflows, what reaches a device."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.diffusion.solver import Solver
from core.diffusion.target import Target
from core.diffusion.weight import Rescale
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.request import Blend, EditRequest
from core.errors import CoreError
from core.models.adapters.part import Part
from core.models.adapters.sdxl import StableDiffusionXL
from core.models.adapters.stable_diffusion import StableDiffusion
from core.models.load import load
from core.models.memory.device import CELL, Placement, place
from tests.core.reached import ATTENTION_ON_CPU, Reached, without_kernel
from tests.core.tiny import (
    tiny_chroma,
    tiny_flux,
    tiny_klein,
    tiny_qwen_image,
    tiny_sd3,
    tiny_sdxl,
    tiny_stable_diffusion,
    tiny_t5,
    tiny_z_image,
)

HALF = Placement(torch.device("cpu"), torch.float16, torch.float16, batch=1)
MIXED = Placement(torch.device("cpu"), torch.float16, torch.float32, batch=2)  # as on MPS


@pytest.mark.parametrize("bfloat", [True, False])
def test_the_policy_of_each_device(monkeypatch, bfloat):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bfloat)
    card = SimpleNamespace(total_memory=8 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _device: card)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert (place("cuda").network, place("cuda").vae) == (torch.float16, torch.float16)
    assert place("cuda", wide=True).network == (torch.bfloat16 if bfloat else torch.float16)
    for wide in (True, False):
        assert (place("mps", wide=wide).network, place("mps").vae) == (torch.float16, torch.float32)
        assert (place("cpu", wide=wide).network, place("cpu").vae) == (torch.float32, torch.float32)
    assert [place(name).memory for name in ("cuda", "mps", "cpu")] == [card.total_memory, None, None]


@pytest.mark.parametrize(
    ("gigabytes", "weights", "side", "samples"),
    [
        (80, 7e9, 128, 16),  # all levels of an encoding
        (24, 7e9, 128, 8),
        (12, 7e9, 128, 2),
        (8, 2.1e9, 64, 8),
        (4, 7e9, 128, 2),  # weights that don't fit: they take turns
        (80, 7e9, 16, 16),
    ],
)
def test_how_many_samples_a_call_takes_follows_from_the_card_and_the_model(gigabytes, weights, side, samples):
    card = Placement(torch.device("cpu"), torch.float16, torch.float16, 2, memory=gigabytes * 2**30)
    assert card.at_once(int(weights), side**2) == samples
    assert replace(card, memory=None).at_once(int(weights), side**2) == 2


def test_a_model_counts_its_own_weights(tiny):
    parts = load(str(tiny), "cpu").parts
    modules = parts.unet, parts.vae, parts.text_encoder
    weights = sum(weight.nbytes for module in modules for weight in module.parameters())
    cells = parts.unet.config.sample_size**2 * CELL
    for room, batch in ((3 * cells, 2), (8 * cells, 8)):
        card = Placement(torch.device("cpu"), torch.float32, torch.float32, 1, memory=weights + room)
        assert StableDiffusion(tiny, "tiny", parts, card).batch == batch


def test_an_overflowing_network_goes_to_float32_and_says_so(tiny):
    parts = load(str(tiny), "cpu").parts
    parts.unet.conv_out.weight.data *= 2e5  # its outputs pass float16's 65504
    x, exact = torch.ones(1, 4, 16, 16), load(str(tiny), "cpu")
    exact.parts.unet.conv_out.weight.data *= 2e5
    model = StableDiffusion(tiny, "tiny", parts, HALF)
    assert model.precision == "float16"
    level, text = model.schedule.at(500), model.text("a")
    eps = model.predict(x, level, text).eps
    expected = exact.predict(x, level, exact.text("a")).eps
    assert expected.abs().max() > 65504
    assert (eps - expected).norm() < 0.02 * expected.norm()
    assert model.precision == "float32"
    assert model.notices == (
        "The U-Net overflowed in half precision, so it runs in single precision (float32).",
    )


def test_an_overflowing_vae_alone_goes_to_float32_and_the_result_says_so(tiny, picture, monkeypatch):
    monkeypatch.setattr("core.models.load.place", lambda device, wide=False: HALF)
    engine = Engine()
    engine.load(str(tiny), "cpu")
    engine._model.parts.vae.decoder.conv_in.weight.data *= 1e4
    engine._model.parts.vae.decoder.conv_in.bias.data += 6e4
    request = EditRequest(photo="", query="a zebra", model=str(tiny), device="cpu", steps=2)
    result = engine.run(request, picture, np.full(picture.shape[:2], 255, np.uint8))
    assert any(notice.startswith("The VAE overflowed") for notice in result.notices)
    assert engine._model.precision == "float16"


def test_half_a_network_beside_a_whole_vae_draws_the_same_picture(tiny, picture, monkeypatch):
    """Every stage hands its latents from one format to the other and back."""
    request = EditRequest(
        photo="",
        query="a zebra",
        reference="a horse",
        model=str(tiny),
        device="cpu",
        steps=4,
        find=MaskRequest(draws=2, threshold=0.3),
    )
    exact = Engine().run(request, picture)
    monkeypatch.setattr("core.models.load.place", lambda device, wide=False: MIXED)
    engine = Engine()
    result = engine.run(request, picture)
    parts = engine._model.parts
    assert (parts.unet.dtype, parts.vae.dtype) == (torch.float16, torch.float32)
    assert not result.notices
    assert (exact.on(picture) != picture).any()
    assert np.abs(result.heat.values - exact.heat.values).max() < 0.1  # random weights: what little differs
    off = np.abs(result.on(picture).astype(int) - exact.on(picture))
    assert off.mean() < 2  # of 255; random weights enlarge


def test_what_a_model_wants_in_float32_stays_there_in_float16():
    """T5's second feed-forward layer: in half precision its sums overflow, which T5 itself hides."""
    encoder = tiny_t5()
    part = Part("T5", encoder, torch.float16)
    layer = encoder.encoder.block[0].layer[-1].DenseReluDense
    assert (layer.wo.weight.dtype, layer.wi.weight.dtype) == (torch.float32, torch.float16)
    (answer,) = part.ask(lambda t5: (t5(torch.tensor([[1, 2, 3]])).last_hidden_state,))
    assert answer.shape[:2] == (1, 3)
    part.to_processor()
    part.narrow()
    assert layer.wo.weight.dtype == torch.float32
    in_bfloat = Part("T5", tiny_t5(), torch.bfloat16).module.encoder.block[0].layer[-1].DenseReluDense
    assert in_bfloat.wo.weight.dtype == torch.bfloat16


def test_sdxl_s_vae_keeps_to_its_configuration(tmp_path):
    parts = load(str(tiny_sdxl(tmp_path / "xl")), "cpu").parts
    assert parts.vae.config.force_upcast
    model = StableDiffusionXL(tmp_path, "xl", parts, HALF)
    assert (model.parts.vae.dtype, model.parts.unet.dtype) == (torch.float32, torch.float16)
    parts.vae.register_to_config(force_upcast=False)
    assert StableDiffusionXL(tmp_path, "xl", parts, HALF).parts.vae.dtype == torch.float16


def test_what_float32_can_t_hold_is_an_error():
    part = Part("The U-Net", torch.nn.Linear(1, 1), torch.float16)
    with pytest.raises(CoreError, match="The U-Net answered with numbers that are not finite"):
        part.ask(lambda _: (torch.tensor([float("nan")]),))


def test_a_part_s_format_is_its_weights_after_every_change():
    part = Part("The VAE", torch.nn.Linear(1, 1), torch.float16)

    def formats() -> tuple[torch.dtype, torch.dtype]:
        return part.dtype, part.module.weight.dtype

    assert formats() == (torch.float16, torch.float16)
    part.to_processor()
    assert formats() == (torch.float32, torch.float32)
    part.narrow()
    assert formats() == (torch.float16, torch.float16)
    answers = iter([float("inf"), 1.0])
    part.ask(lambda _: (torch.tensor([next(answers)]),))
    assert part.widened
    assert formats() == (torch.float32, torch.float32)


FAMILIES: dict[str, Callable[[Path], Path]] = {
    "sd": tiny_stable_diffusion,
    "sdxl": tiny_sdxl,
    "sd3": tiny_sd3,
    "z-image": tiny_z_image,
    "klein": tiny_klein,
    "flux": tiny_flux,
    "chroma": tiny_chroma,
    "qwen-image": tiny_qwen_image,
}
NARROW = ("z-image", "klein", "flux", "chroma", "qwen-image")  # looked at in the formats that MPS gets
TURNED = ("z-image", "qwen-image")  # whose places are turns by complex numbers


@dataclass(frozen=True)
class Subject:
    """A model in an engine, and the number formats in which it may compute."""

    engine: Engine
    folder: str
    formats: frozenset[torch.dtype]
    edits: Sequence[EditRequest]


@pytest.fixture(scope="module", params=FAMILIES)
def subject(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, small_pictures: None
) -> Subject:
    """A model is loaded before anything is counted, for that is the CPU's."""
    name, engine = request.param, Engine()
    folder = str(FAMILIES[name](tmp_path_factory.mktemp("reached") / "model"))
    formats = {torch.float32, torch.int64, torch.int32, torch.bool}
    with pytest.MonkeyPatch.context() as patch:
        if name in NARROW:
            patch.setattr("core.models.load.place", lambda device, wide=False: MIXED)
            formats |= {torch.float16}
        engine.load(folder, "cpu")
    if name in TURNED:
        formats |= {torch.complex64}
    return Subject(engine, folder, frozenset(formats), A_FEW if name in NARROW else EVERY)


def test_no_float64_and_no_strange_operation_reaches_the_device(subject, as_on_mps):
    model = subject.engine._model
    pixels = torch.zeros(1, 3, 32, 32)
    levels = model.schedule_at(16, 16).levels(4)
    with Reached() as reached, torch.inference_mode():
        text = model.text("a zebra")
        latent = model.encode(pixels)
        for level in levels:
            prediction = model.predict(latent, level, text)
        model.decode(prediction.x0)
    assert torch.float32 in reached.formats
    assert reached.formats <= subject.formats
    assert not without_kernel(reached.operations - {ATTENTION_ON_CPU})
    assert without_kernel({"linalg_eig"}) == {"linalg_eig"}  # the table does say no


FEW = EditRequest(
    photo="", query="a zebra", reference="a horse", device="cpu", steps=2, change=1.0, feather=2.0
).with_(find=MaskRequest(draws=2, threshold=0.3))
EVERY = (
    *(FEW.with_(solver=solver) for solver in Solver),
    *(FEW.with_(rescale=rescale) for rescale in Rescale if rescale is not FEW.rescale),
    *(FEW.with_(method=method) for method in Method),
    FEW.with_(target=Target(colour="#c03020", until=1.0)),
    FEW.with_(target=Target(brightness=0.8, until=1.0)),
    FEW.with_(variation=0.5, skip=0.1, avoid="a dog"),
    FEW.with_(blend=Blend("a cow", 0.5, spherical=True, seed=4, seed_share=0.5), variation=1.0),
)
A_FEW = (  # where a family has code of its own: what walks the levels is the same for all flows
    FEW.with_(target=Target(colour="#c03020", until=1.0), avoid="a dog"),
    FEW.with_(method=Method.MASKED_FLOWEDIT),
    FEW.with_(blend=Blend("a cow by the river", 0.5, spherical=True, seed=4, seed_share=0.5), variation=1.0),
)


def test_whatever_is_asked_of_an_edit_its_numbers_and_operations_are_every_device_s(
    subject, picture, as_on_mps
):
    """Whole edits, the search for the region included."""
    for request in subject.edits:
        with Reached() as reached:
            subject.engine.run(request.with_(model=subject.folder), picture)
        assert reached.formats <= subject.formats | {torch.uint8}, request
        assert not without_kernel(reached.operations - {ATTENTION_ON_CPU}), request
