"""LoRA files of the common layouts, fused by hand and by the program."""

import json
import weakref
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.errors import CoreError, InputError
from core.models.files.header import read_header
from core.models.load import load
from core.models.lora.file import read_lora
from core.models.lora.fuse import Loras
from core.models.lora.places import layer_names, places
from core.models.lora.update import Update
from tests.core.full_sizes import full_sized
from tests.core.original_layout import original_unet

LINEAR = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
CONV = "down_blocks.0.resnets.0.conv1"
TEXT = "encoder.layers.0.self_attn.q_proj"
RANK = 2


@pytest.fixture(scope="module")
def model(tiny):
    return load(str(tiny), "cpu")


def matrices(weight: torch.Tensor, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A (r, in[, 3, 3]) and B (out, r[, 1, 1]) for a weight."""
    dice = torch.Generator().manual_seed(seed)
    up = torch.randn(weight.shape[0], RANK, *(1 for _ in weight.shape[2:]), generator=dice)
    return torch.randn(RANK, *weight.shape[1:], generator=dice), up


def targets(model):
    """(part, weight, seed) of a linear layer, a convolution and a layer of the text encoder."""
    unet, encoder = model.parts.unet, model.parts.text_encoder
    text = next(name for name, _ in encoder.named_parameters() if name.endswith(f"{TEXT}.weight"))
    return {
        LINEAR: unet.get_parameter(f"{LINEAR}.weight"),
        CONV: unet.get_parameter(f"{CONV}.weight"),
        TEXT: encoder.get_parameter(text),
    }


def lora(path: Path, model, layout: str, alpha: float | None) -> Path:
    tensors: dict[str, torch.Tensor] = {}
    for seed, (name, weight) in enumerate(targets(model).items()):
        down, up = matrices(weight, seed)
        if layout == "kohya":
            whole = f"lora_te_text_model_{name}" if name == TEXT else f"lora_unet_{name}"
            layer, keys = whole.replace(".", "_"), ("lora_down.weight", "lora_up.weight")
        else:
            layer = f"text_encoder.text_model.{name}" if name == TEXT else f"unet.{name}"
            mark = "lora_linear_layer" if name == TEXT else "lora"  # as diffusers writes either
            keys = (
                ("lora_A.weight", "lora_B.weight")
                if layout == "peft"
                else (f"{mark}.down.weight", f"{mark}.up.weight")
            )
        tensors |= {f"{layer}.{keys[0]}": down, f"{layer}.{keys[1]}": up}
        if alpha is not None:
            tensors[f"{layer}.alpha"] = torch.tensor(alpha)
    save_file(tensors, path)
    return path


@pytest.mark.parametrize(
    ("layout", "alpha"), [("kohya", 1.0), ("kohya", None), ("peft", None), ("old", None)]
)
def test_fused_weights_are_the_hand_computed_ones_and_come_back_to_the_bit(model, tmp_path, layout, alpha):
    path = lora(tmp_path / "style.safetensors", model, layout, alpha)
    before = {name: weight.clone() for name, weight in targets(model).items()}
    loras = Loras(model.modules)
    assert loras.fuse(((str(path), 0.5),))
    for seed, (name, weight) in enumerate(targets(model).items()):
        down, up = matrices(weight, seed)
        matmul = "or,rihw->oihw" if weight.ndim == 4 else "or,ri->oi"
        product = torch.einsum(matmul, up.reshape(-1, RANK), down)
        expected = before[name] + 0.5 * (1.0 if alpha is None else alpha / RANK) * product
        assert torch.allclose(weight, expected, atol=1e-5), name
        assert not torch.equal(weight, before[name])
    assert not loras.fuse(((str(path), 0.5),))  # fused already
    assert loras.fuse(())
    for name, weight in targets(model).items():
        assert torch.equal(weight, before[name])


def test_names_of_the_oldest_files(model, tmp_path):
    """Attention processors had layers of their own: to_out_lora for what is to_out.0 now."""
    room = "down_blocks.1.attentions.0.transformer_blocks.0.attn1"
    for theirs, ours in (("to_q_lora", "to_q"), ("to_out_lora", "to_out.0")):
        weight = model.parts.unet.get_parameter(f"{room}.{ours}.weight")
        down, up = matrices(weight, 0)
        layer, path = f"unet.{room}.processor.{theirs}", tmp_path / "oldest.safetensors"
        save_file({f"{layer}.down.weight": down, f"{layer}.up.weight": up}, path)
        (update,) = read_lora(path, {"unet": model.parts.unet}).updates
        assert update.place.parameter == f"{room}.{ours}.weight"


@pytest.mark.parametrize(
    ("settings", "alpha"),
    [
        ({"unet.lora_alpha": 1}, 1.0),
        ({"unet.lora_alpha": 1, "unet.alpha_pattern": {"attn1.to_q": 3}}, 3.0),
        ({"unet.lora_alpha": 1, "unet.alpha_pattern": {"attn2.to_q": 3}}, 1.0),
        ({"unet.lora_alpha": 1, "unet.use_rslora": True}, 2**0.5),
        ({"text_encoder.lora_alpha": 1}, 2.0),  # of another part: alpha is the rank
    ],
)
def test_alpha_may_stand_in_the_header(model, tmp_path, settings, alpha):
    weight = model.parts.unet.get_parameter(f"{LINEAR}.weight")
    down, up = matrices(weight, 0)
    path = tmp_path / "told.safetensors"
    keys = {f"unet.{LINEAR}.lora_A.weight": down, f"unet.{LINEAR}.lora_B.weight": up}
    save_file(keys, path, {"lora_adapter_metadata": json.dumps(settings)})
    (update,) = read_lora(path, {"unet": model.parts.unet}).updates
    assert update.change.alpha == pytest.approx(alpha)
    assert torch.allclose(update.delta(weight), alpha / RANK * up @ down, atol=1e-5)


@pytest.mark.parametrize(
    "text", ["{", "[1]", "3", '{"unet.lora_alpha": "much"}', '{"unet.alpha_pattern": {"(": 1}}',
             '{"unet.alpha_pattern": [1]}', '{"unet.alpha_pattern": {"to_q": null}}']
)  # fmt: skip
def test_settings_that_can_t_be_read_are_no_settings_to_guess(model, tmp_path, text):
    path = tmp_path / "told.safetensors"
    save_file({f"unet.{LINEAR}.lora_A.weight": torch.zeros(2, 32)}, path, {"lora_adapter_metadata": text})
    with pytest.raises(InputError, match="lora_adapter_metadata is not readable"):
        read_lora(path, {"unet": model.parts.unet})


def test_every_layer_of_sdxl_is_found_by_the_original_layout_s_name():
    """Kohya's trainer names SDXL's layers so, convolutions included (conv_dim), and LyCORIS its norms."""
    unet = full_sized("sdxl")
    modules = {"unet": unet}
    layers = layer_names(modules)
    names = {key for key, weight in unet.state_dict().items() if key.endswith(".weight")}
    original = original_unet({name: name for name in names})
    assert len(original) == len(names) > 700
    for theirs, ours in original.items():
        layer = theirs.removeprefix("model.diffusion_model.").removesuffix(".weight").replace(".", "_")
        (place,) = places(f"lora_unet_{layer}", "weight", layers, modules)
        assert (place.part, place.parameter) == ("unet", ours), theirs


def test_a_file_that_was_replaced_is_read_anew(model, tmp_path):
    path = lora(tmp_path / "style.safetensors", model, "kohya", None)
    loras, weight = Loras(model.modules), targets(model)[LINEAR]
    loras.fuse(((str(path), 1.0),))
    first = weight.clone()
    lora(path, model, "kohya", 1.0)
    assert loras.fuse(((str(path), 1.0),))
    assert not torch.equal(weight, first)
    loras.fuse(())


def test_a_fusion_that_fails_half_way_leaves_no_trace(model, tmp_path, monkeypatch):
    path = str(lora(tmp_path / "style.safetensors", model, "kohya", None))
    before = {name: weight.clone() for name, weight in targets(model).items()}
    loras, delta, calls = Loras(model.modules), Update.delta, []
    loras.fuse(((path, 0.25),))

    def fails(update: Update, like: torch.Tensor) -> torch.Tensor:
        calls.append(update.place)
        if len(calls) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return delta(update, like)

    monkeypatch.setattr(Update, "delta", fails)
    with pytest.raises(torch.OutOfMemoryError):
        loras.fuse(((path, 1.0),))
    assert loras.fused == ()
    assert all(torch.equal(weight, before[name]) for name, weight in targets(model).items())
    assert loras.fuse(((path, 1.0),))  # what failed can be tried again
    assert not any(torch.equal(weight, before[name]) for name, weight in targets(model).items())
    loras.fuse(())


def test_only_one_layer_s_update_is_held_at_a_time(model, tmp_path, monkeypatch):
    path = str(lora(tmp_path / "style.safetensors", model, "kohya", None))
    before = {name: weight.clone() for name, weight in targets(model).items()}
    delta, made, alive, merged = Update.delta, [], [], []

    def watched(update: Update, like: torch.Tensor) -> torch.Tensor:
        merged.append(sum(not torch.equal(it, before[name]) for name, it in targets(model).items()))
        alive.append(sum(other() is not None for other in made))
        change = delta(update, like)
        made.append(weakref.ref(change))
        return change

    monkeypatch.setattr(Update, "delta", watched)
    loras = Loras(model.modules)
    loras.fuse(((path, 0.5), (path, 0.25)))
    assert alive == [0] * 6
    assert merged == [0, 0, 1, 1, 2, 2]  # both files' updates of a layer, before the next layer's
    loras.fuse(())


def test_two_loras_add_up_and_weight_0_changes_no_bit(model, tmp_path):
    path = str(lora(tmp_path / "a.safetensors", model, "kohya", None))
    before = {name: weight.clone() for name, weight in targets(model).items()}
    loras = Loras(model.modules)
    assert not loras.fuse(((path, 0.0),))
    assert all(torch.equal(weight, before[name]) for name, weight in targets(model).items())
    loras.fuse(((path, 0.75),))
    once = {name: weight.clone() for name, weight in targets(model).items()}
    loras.fuse(((path, 0.5), (path, 0.25)))
    assert all(torch.allclose(weight, once[name], atol=1e-5) for name, weight in targets(model).items())
    loras.fuse(())


def test_sdxl_files_that_name_the_rooms_as_the_original_layout(model, tmp_path):
    """input_blocks_4: the first layer of the second block down; output_blocks_0: of the first block up."""
    for theirs, ours in (
        ("input_blocks_4_1", "down_blocks.1.attentions.0"),
        ("output_blocks_0_1", "up_blocks.0.attentions.0"),
    ):
        weight = model.parts.unet.get_parameter(f"{ours}.transformer_blocks.0.attn1.to_q.weight")
        down, up = matrices(weight, 0)
        layer = f"lora_unet_{theirs}_transformer_blocks_0_attn1_to_q"
        path = tmp_path / "xl.safetensors"
        save_file({f"{layer}.lora_down.weight": down, f"{layer}.lora_up.weight": up}, path)
        (update,) = read_lora(path, {"unet": model.parts.unet}).updates
        assert update.place.parameter == f"{ours}.transformer_blocks.0.attn1.to_q.weight"


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        (
            {"lora_unet_nowhere_to_q.lora_down.weight": (2, 4)},
            r"lacks 1 \(lora_unet_nowhere_to_q\) of its 1 layers",
        ),
        ({"some.weight": (2, 2)}, "no LoRA that this program knows"),
        ({f"unet.{LINEAR}.lora_A.weight": (2, 32)}, "lacks one of its matrices"),
        (
            {f"unet.{LINEAR}.lora_A.weight": (2, 640), f"unet.{LINEAR}.lora_B.weight": (640, 2)},
            r"640 × 640, but this model's has 32 × 32",
        ),
    ],
)
def test_what_does_not_fit_is_named_and_leaves_the_model_alone(model, tmp_path, tensors, says):
    path = tmp_path / "other.safetensors"
    save_file({key: torch.zeros(shape) for key, shape in tensors.items()}, path)
    before = {name: weight.clone() for name, weight in targets(model).items()}
    with pytest.raises(InputError, match=says):
        Loras(model.modules).fuse(((str(path), 1.0),))
    assert all(torch.equal(weight, before[name]) for name, weight in targets(model).items())


def test_pickles_and_missing_files_are_refused(model, tmp_path):
    with pytest.raises(InputError, match="no LoRA file"):
        read_lora(tmp_path / "nowhere.safetensors", {})
    (tmp_path / "style.pt").write_bytes(b"anything")
    with pytest.raises(InputError, match="pickled"):
        read_lora(tmp_path / "style.pt", {})


def test_an_edit_has_its_loras_and_the_next_one_does_not(model, tiny, tmp_path, picture):
    from core.edit.engine import Engine
    from core.edit.method import Method
    from core.edit.request import EditRequest, Lora

    path = str(lora(tmp_path / "style.safetensors", model, "kohya", None))
    plain = EditRequest(
        photo="",
        query="b",
        reference="a",
        model=str(tiny),
        device="cpu",
        steps=2,
        method=Method.ENCODE_DECODE,
    )
    engine = Engine()
    first = engine.run(plain, picture)
    fused = engine.run(plain.with_(loras=(Lora(path, 1.0),)), picture)
    assert fused.request.loras == (Lora(path, 1.0),)
    assert fused.pixels.tobytes() != first.pixels.tobytes()
    assert (
        engine.run(plain.with_(loras=(Lora(path, 0.0),)), picture).pixels.tobytes() == first.pixels.tobytes()
    )
    assert engine.run(plain, picture).pixels.tobytes() == first.pixels.tobytes()
    assert EditRequest.from_json(fused.request.to_json()) == fused.request


def test_the_option_takes_a_weight_after_the_last_colon():
    from core.cli import _parser
    from core.commands.options import request_of
    from core.commands.queries import each

    words = ["edit", "p.png", "--to", "b", "-o", "o.png"]
    words += ["--lora", "/a/b.safetensors:0.5", "--lora", "/c:d.safetensors"]
    (given,) = each(_parser(words[:1]).parse_args(words))
    request = request_of(given)
    assert [(Path(lora.file).name, lora.weight) for lora in request.loras] == [
        ("b.safetensors", 0.5),
        ("c:d.safetensors", 1.0),
    ]


def test_a_lora_that_overflows_is_named_and_not_the_model(tiny, tmp_path, picture):
    from core.edit.engine import Engine
    from core.edit.request import EditRequest, Lora

    layer, path = f"lora_unet_{LINEAR.replace('.', '_')}", tmp_path / "loud.safetensors"
    pair = {
        f"{layer}.lora_down.weight": torch.full((1, 32), 1e19),
        f"{layer}.lora_up.weight": torch.full((32, 1), 1e19),
    }
    save_file(pair, path)
    request = EditRequest(photo="", query="b", reference="a", model=str(tiny), device="cpu", steps=2)
    with pytest.raises(CoreError, match="not finite") as said:
        Engine().run(request.with_(loras=(Lora(str(path), 1.0),)), picture)
    assert "loud.safetensors" in said.value.hint
    assert "damaged" not in str(said.value)


def test_a_side_that_no_program_can_count_is_damage(tmp_path):
    told = {"a.lora_down.weight": {"dtype": "F32", "shape": [10**30, 0], "data_offsets": [0, 0]}}
    header = json.dumps(told).encode()
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(InputError, match="damaged"):
        read_header(tmp_path / "a.safetensors")
