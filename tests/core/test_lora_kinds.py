"""LoRA's relatives, fused by the program and by formulas that are written out here in NumPy."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.errors import InputError
from core.models.adapters.stable_diffusion import StableDiffusion
from core.models.files.refusal import check_lora
from core.models.load import load
from core.models.lora.file import read_lora
from core.models.lora.fuse import Loras
from core.models.lora.places import layer_names, places
from core.models.memory.device import Placement
from core.models.show import show
from tests.core import original_layout as layout
from tests.core.full_sizes import full_sized
from tests.core.original_layout import original_sd3
from tests.core.tiny import tiny_chroma, tiny_flux, tiny_klein, tiny_z_image

LINEAR = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
WIDE = "down_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj"  # another width out than in
CONV = "down_blocks.1.resnets.0.conv1"
NORM = "down_blocks.1.resnets.0.norm1"
R, ALPHA, WEIGHT = 3, 2.0, 0.7


@pytest.fixture(scope="module")
def model(tiny):
    return load(str(tiny), "cpu")


def dice(*sides: int) -> np.ndarray:
    """Numbers of about 1, the same for the same sides."""
    return np.random.default_rng(sum(sides)).standard_normal(sides).astype(np.float32)


def write(path: Path, layer: str, weights: dict[str, np.ndarray], name: str = "lora_unet_{}") -> Path:
    where = name.format(layer.replace(".", "_"))
    tensors = {f"{where}.{role}": torch.from_numpy(np.ascontiguousarray(w)) for role, w in weights.items()}
    save_file(tensors, path)
    return path


def after(model, path: Path, parameter: str) -> tuple[np.ndarray, np.ndarray]:
    """A parameter before and while a file is fused with WEIGHT; unfused, it is what it was, to the bit."""
    weight, loras = model.parts.unet.get_parameter(parameter), Loras(model.modules)
    before = weight.clone()
    assert loras.fuse(((str(path), WEIGHT),))
    fused = weight.numpy(force=True).copy()
    loras.unfuse()
    assert torch.equal(weight, before)
    return before.numpy(force=True), fused


def lines_up(model, path: Path, layer: str, change: np.ndarray) -> None:
    """Fused is before + WEIGHT times the change."""
    before, fused = after(model, path, f"{layer}.weight")
    assert np.abs(change).max() > 0.1
    np.testing.assert_allclose(fused, before + WEIGHT * change, rtol=1e-4, atol=1e-4)


def sides(model, layer: str) -> tuple[int, ...]:
    return tuple(model.parts.unet.get_parameter(f"{layer}.weight").shape)


def tucker(core: np.ndarray, out: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Σ over i, j of core[i, j] · out[i, o] · into[j, c], by loops over the ranks."""
    total = np.zeros((out.shape[1], into.shape[1], *core.shape[2:]), np.float64)
    for i in range(core.shape[0]):
        for j in range(core.shape[1]):
            total += np.multiply.outer(np.outer(out[i], into[j]), core[i, j])
    return total


@pytest.mark.parametrize("layer", [LINEAR, WIDE, CONV])
def test_loha(model, tmp_path, layer):
    o, *rest = sides(model, layer)
    i = int(np.prod(rest))
    w = {
        "hada_w1_a": dice(o, R),
        "hada_w1_b": dice(R, i),
        "hada_w2_a": dice(o, R) + 1,
        "hada_w2_b": dice(R, i) - 1,
        "alpha": np.float32(ALPHA),
    }
    one = sum(np.outer(w["hada_w1_a"][:, r], w["hada_w1_b"][r]) for r in range(R))
    two = sum(np.outer(w["hada_w2_a"][:, r], w["hada_w2_b"][r]) for r in range(R))
    change = (one * two * ALPHA / R).reshape(o, *rest)
    lines_up(model, write(tmp_path / "a.safetensors", layer, w), layer, change)


def test_loha_with_tucker_cores(model, tmp_path):
    o, i, *k = sides(model, CONV)
    w = {
        "hada_t1": dice(R, R, *k),
        "hada_w1_a": dice(R, o),
        "hada_w1_b": dice(R, i),
        "hada_t2": dice(R, R, *k) + 0.5,
        "hada_w2_a": dice(R, o) + 1,
        "hada_w2_b": dice(R, i) - 1,
        "alpha": np.float32(ALPHA),
    }
    one, two = (tucker(w[f"hada_t{n}"], w[f"hada_w{n}_a"], w[f"hada_w{n}_b"]) for n in (1, 2))
    lines_up(model, write(tmp_path / "a.safetensors", CONV, w), CONV, one * two * ALPHA / R)


def kronecker(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Block by block."""
    return np.vstack([np.hstack([entry * b for entry in row]) for row in a])


@pytest.mark.parametrize("first", ["whole", "low"])
@pytest.mark.parametrize("second", ["whole", "low"])
@pytest.mark.parametrize("layer", [LINEAR, WIDE, CONV])
def test_lokr(model, tmp_path, layer, first, second):
    o, *rest = sides(model, layer)
    i, k = rest[0], int(np.prod(rest[1:]))
    w: dict[str, np.ndarray] = {"alpha": np.float32(ALPHA)}
    if first == "whole":
        w["lokr_w1"] = one = dice(4, 2)
    else:
        w["lokr_w1_a"], w["lokr_w1_b"] = dice(4, R), dice(R, 2)
        one = w["lokr_w1_a"] @ w["lokr_w1_b"]
    if second == "whole":
        w["lokr_w2"] = whole = dice(o // 4, i // 2, *rest[1:])
        two = whole.reshape(o // 4, -1)
    else:
        w["lokr_w2_a"], w["lokr_w2_b"] = dice(o // 4, R), dice(R, i // 2 * k)
        two = w["lokr_w2_a"] @ w["lokr_w2_b"]
    scale = 1.0 if first == second == "whole" else ALPHA / R  # two whole factors are as they are
    change = (kronecker(one, two) * scale).reshape(o, *rest)
    lines_up(model, write(tmp_path / "a.safetensors", layer, w), layer, change)


def test_lokr_with_a_tucker_core(model, tmp_path):
    o, i, *k = sides(model, CONV)
    w = {
        "lokr_w1": dice(4, 2),
        "lokr_t2": dice(R, R, *k),
        "lokr_w2_a": dice(R, o // 4),
        "lokr_w2_b": dice(R, i // 2),
        "alpha": np.float32(ALPHA),
    }
    two = tucker(w["lokr_t2"], w["lokr_w2_a"], w["lokr_w2_b"]).reshape(o // 4, -1)
    change = (kronecker(w["lokr_w1"], two) * ALPHA / R).reshape(o, i, *k)
    lines_up(model, write(tmp_path / "a.safetensors", CONV, w), CONV, change)


def test_locon_with_a_tucker_core(model, tmp_path):
    o, i, *k = sides(model, CONV)
    down, mid, up = dice(R, i, 1, 1), dice(R, R, *k), dice(o, R, 1, 1)
    w = {"lora_down.weight": down, "lora_mid.weight": mid, "lora_up.weight": up, "alpha": np.float32(ALPHA)}
    layer = (
        torch.nn.functional
    )  # as the trainer runs it: 1 × 1 down, the core, 1 × 1 up, on each unit picture
    unit = torch.eye(i)[:, :, None, None] * torch.nn.functional.pad(torch.ones(1, 1, 1, 1), (2, 2, 2, 2))
    seen = layer.conv2d(layer.conv2d(layer.conv2d(unit, t(down)), t(mid), padding=1), t(up))
    change = seen[:, :, 1:4, 1:4].flip(2, 3).permute(1, 0, 2, 3).numpy() * ALPHA / R
    lines_up(model, write(tmp_path / "a.safetensors", CONV, w), CONV, change)


def t(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array)


@pytest.mark.parametrize("scalar", [None, 0.25])
def test_a_scalar_trained_beside_the_matrices(model, tmp_path, scalar):
    o, i = sides(model, WIDE)
    w = {"lora_down.weight": dice(R, i), "lora_up.weight": dice(o, R), "alpha": np.float32(ALPHA)}
    w |= {} if scalar is None else {"scalar": np.float32(scalar)}
    change = w["lora_up.weight"] @ w["lora_down.weight"] * ALPHA / R * (scalar or 1.0)
    lines_up(model, write(tmp_path / "a.safetensors", WIDE, w), WIDE, change)


@pytest.mark.parametrize(("by", "key"), [("rows", "dora_scale"), ("columns", "dora_scale"),
                                         ("rows", "lora_magnitude_vector.weight")])  # fmt: skip
@pytest.mark.parametrize("layer", [WIDE, CONV])
def test_dora(model, tmp_path, layer, by, key):
    """W′ = m·(W + ΔW)/‖W + ΔW‖, row by row as PEFT and newer LyCORIS have it, or column by column."""
    o, i, *k = sides(model, layer)
    w = {"lora_down.weight": dice(R, i, *k), "lora_up.weight": dice(o, R, *(1 for _ in k))}
    m = 1 + np.abs(dice(o if by == "rows" else i))
    shape = (o, 1, *(1 for _ in k)) if by == "rows" else (1, i, *(1 for _ in k))
    w[key] = m if "vector" in key else m.reshape(shape)
    w["alpha"] = np.float32(ALPHA)
    before = model.parts.unet.get_parameter(f"{layer}.weight").numpy(force=True).copy()
    low = (w["lora_up.weight"].reshape(o, R) @ w["lora_down.weight"].reshape(R, -1)).reshape(before.shape)
    there = before + low * ALPHA / R
    wanted = np.empty_like(there)
    for n in range(len(m)):
        at = (n,) if by == "rows" else (slice(None), n)
        wanted[at] = m[n] * there[at] / np.sqrt((there[at] ** 2).sum())
    lines_up(model, write(tmp_path / "a.safetensors", layer, w), layer, wanted - before)


def test_full_differences_of_weights_biases_and_norms(model, tmp_path):
    unet = model.parts.unet
    changes = {
        f"{CONV}.weight": ("diff", sides(model, CONV)),
        f"{CONV}.bias": ("diff_b", sides(model, CONV)[:1]),
        f"{NORM}.weight": ("w_norm", sides(model, NORM)),
        f"{NORM}.bias": ("b_norm", sides(model, NORM)),
    }
    names = {key: f"lora_unet_{key.rpartition('.')[0].replace('.', '_')}.{role}"
             for key, (role, _) in changes.items()}  # fmt: skip
    save_file(
        {names[key]: t(dice(*shape)) for key, (_, shape) in changes.items()}, tmp_path / "a.safetensors"
    )
    before = {key: unet.get_parameter(key).clone() for key in changes}
    loras = Loras(model.modules)
    loras.fuse(((str(tmp_path / "a.safetensors"), WEIGHT),))
    for key, (_, shape) in changes.items():
        wanted = before[key].numpy(force=True) + WEIGHT * dice(*shape)
        np.testing.assert_allclose(unet.get_parameter(key).numpy(force=True), wanted, atol=1e-5)
    loras.unfuse()
    assert all(torch.equal(unet.get_parameter(key), before[key]) for key in changes)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("on_input", "an (IA)³"),
        ("oft_blocks", "an OFT"),
        ("oft_R.default.weight", "an OFT"),
        ("boft_R", "a BOFT"),
        ("vera_lambda_b", "a VeRA"),
        ("a1.weight", "a GLoRA"),
    ],
)
def test_what_can_t_be_fused_is_refused_by_its_name(model, tmp_path, key, kind):
    path = write(tmp_path / "a.safetensors", LINEAR, {key: dice(32), "alpha": np.float32(1)})
    with pytest.raises(
        InputError, match=re.escape(f"a.safetensors is {kind}, which this program can't fuse")
    ):
        read_lora(path, model.modules)
    with pytest.raises(InputError, match=re.escape(kind)):  # so does the window's dialog, and before
        check_lora(path)
    shown = show(str(path))
    assert (shown.usable, shown.told.kind) == (False, "lora")
    assert kind in shown.sentence


def pair(layer: str, o: int = 32, i: int = 32) -> dict[str, torch.Tensor]:
    return {f"{layer}.lora_down.weight": torch.ones(2, i), f"{layer}.lora_up.weight": torch.ones(o, 2)}


@pytest.mark.parametrize(
    "name",
    [
        f"lora_unet_{LINEAR}",
        f"lycoris_{LINEAR}",
        f"unet.{LINEAR}",
        f"base_model.model.{LINEAR}",
        f"base_model.model.unet.{LINEAR}",
        f"diffusion_model.{LINEAR}",
        f"diffusion_model.{LINEAR}".replace("down_blocks.1.attentions.0", "input_blocks.4.1"),
        f"model.diffusion_model.{LINEAR}".replace("down_blocks.1.attentions.0", "input_blocks.4.1"),
        LINEAR,
    ],
)
@pytest.mark.parametrize(
    "keys", [("lora_down.weight", "lora_up.weight"), ("lora_A.weight", "lora_B.weight"),
             ("lora_A.default.weight", "lora_B.default.weight"), ("lora.down.weight", "lora.up.weight")]
)  # fmt: skip
def test_prefixes_and_endings(model, tmp_path, name, keys):
    name = name.replace(".", "_") if name.startswith("l") else name
    save_file(
        {f"{name}.{keys[0]}": torch.ones(2, 32), f"{name}.{keys[1]}": torch.ones(32, 2)}, tmp_path / "a"
    )
    read = read_lora(tmp_path / "a", model.modules)
    assert [(one.place.part, one.place.parameter) for one in read.updates] == [("unet", f"{LINEAR}.weight")]
    assert read.notice == ""


@pytest.mark.parametrize(
    "prefix", ["lora_te_text_model_", "lora_te1_text_model_", "text_encoder.text_model.", "text_encoder.",
               "te1.text_model.", "clip_l.transformer.text_model.",
               "text_encoders.clip_l.transformer.text_model."]
)  # fmt: skip
def test_prefixes_of_the_text_encoder(model, tmp_path, prefix):
    layer = "encoder.layers.0.self_attn.q_proj"
    name = prefix + (layer.replace(".", "_") if prefix.endswith("_") else layer)
    width = model.parts.text_encoder.config.hidden_size
    save_file(pair(name, width, width), tmp_path / "a")
    (update,) = read_lora(tmp_path / "a", model.modules).updates
    assert update.place.part == "text_encoder"
    assert update.place.parameter.endswith(f"{layer}.weight")


def test_peft_s_own_settings_lie_beside_its_files(model, tmp_path):
    layer = f"base_model.model.{LINEAR}"
    save_file({f"{layer}.lora_A.weight": torch.ones(2, 32), f"{layer}.lora_B.weight": torch.ones(32, 2)},
              tmp_path / "adapter_model.safetensors")  # fmt: skip
    (tmp_path / "adapter_config.json").write_text(json.dumps({"lora_alpha": 6, "r": 2, "peft_type": "LORA"}))
    (update,) = read_lora(tmp_path / "adapter_model.safetensors", model.modules).updates
    assert update.change.alpha == 6
    (tmp_path / "adapter_config.json").write_text(json.dumps({"lora_alpha": "much"}))
    with pytest.raises(InputError, match=r"adapter_config\.json is not readable"):
        read_lora(tmp_path / "adapter_model.safetensors", model.modules)


def test_what_the_model_has_no_place_for_is_left_out_and_named(model, tmp_path, picture, tiny):
    from core.edit.engine import Engine
    from core.edit.request import EditRequest, Lora

    path = tmp_path / "style.safetensors"
    layers = pair(f"lora_unet_{LINEAR.replace('.', '_')}") | pair("lora_te3_encoder_block_0")
    save_file(layers | {"bundle_emb.mytoken.clip_l": torch.ones(2, 32)}, path)
    read = read_lora(path, model.modules)
    assert [one.place.parameter for one in read.updates] == [f"{LINEAR}.weight"]
    assert read.left_out == ("lora_te3_encoder_block_0", "bundle_emb.mytoken.clip_l")
    request = EditRequest(photo="", query="b", reference="a", model=str(tiny), device="cpu", steps=2)
    engine = Engine()
    result = engine.run(request.with_(loras=(Lora(str(path), 1.0),)), picture)
    said = "the model has no place for 2 (lora_te3_encoder_block_0, bundle_emb.mytoken.clip_l) of its entries"
    assert any(said in notice for notice in result.notices), result.notices
    assert not any(said in notice for notice in engine.run(request, picture).notices)
    save_file(layers | pair("lora_te3_encoder_block_1"), path)
    with pytest.raises(InputError, match=r"lacks 2 \(lora_te3_.*\) of its 3 layers"):
        read_lora(path, model.modules)


def test_a_layer_of_another_size_is_left_out_where_most_fit(model, tmp_path):
    """LCM's LoRA on an inpainting model: all fits but the first convolution."""
    layers = pair(f"lora_unet_{LINEAR.replace('.', '_')}") | pair("lora_unet_conv_in", 32, 81)
    save_file(layers, tmp_path / "a")
    assert read_lora(tmp_path / "a", model.modules).left_out == ("lora_unet_conv_in",)


NETWORKS = {"SD 1.x": "sd1", "SD 2.x": "sd2", "SDXL": "sdxl", "SD 3": "sd3"}
WIDTHS = {"SD 1.x": 768, "SD 2.x": 1024, "SDXL": 2048}


@pytest.mark.parametrize("own", NETWORKS)
@pytest.mark.parametrize("its", NETWORKS)
def test_a_file_of_another_family_is_refused_with_both_named(tmp_path, own, its):
    """The layers are alike in most, those that read the text are not: more than half would fit."""
    network = full_sized(NETWORKS[own])
    modules = {"transformer" if own == "SD 3" else "unet": network}
    if its == "SD 3":
        layers = pair("transformer.transformer_blocks.0.attn.to_q", 1536, 1536)
    else:
        room = "down_blocks_1_attentions_0_transformer_blocks_0"
        layers = pair(f"lora_unet_{room}_attn2_to_k", 640, WIDTHS[its])
        for name in ("attn1_to_q", "attn1_to_k", "attn1_to_v"):
            layers |= pair(f"lora_unet_{room}_{name}", 640, 640)
    save_file(layers, tmp_path / "a.safetensors")
    if own == its:
        assert len(read_lora(tmp_path / "a.safetensors", modules).updates) == len(layers) // 2
    else:
        with pytest.raises(InputError, match=rf"is a LoRA for .*{its}.*, but this model is .*{own}"):
            read_lora(tmp_path / "a.safetensors", modules)


def test_kohya_s_names_of_every_layer_of_sd3():
    """Against what writes SD3 in its original layout: fused attention, shift and scale the other way."""
    modules = {"transformer": full_sized("sd3")}
    weights = {key: value for key, value in modules["transformer"].state_dict().items()
               if key.endswith(".weight")}  # fmt: skip
    numbered = {
        key: torch.arange(value.shape[0]) + 10**6 * n for n, (key, value) in enumerate(weights.items())
    }
    names, seen = layer_names(modules), set[str]()
    for theirs, rows in original_sd3(numbered).items():
        layer = theirs.removeprefix("model.diffusion_model.").removesuffix(".weight").replace(".", "_")
        found = places(f"lora_unet_{layer}", "weight", names, modules)
        assert found, theirs
        for place in found:
            assert torch.equal(place.rows.cut(rows), numbered[place.parameter]), theirs
            seen.add(place.parameter)
    assert seen == weights.keys()


def test_a_fused_layer_s_update_is_cut_among_the_three(tmp_path):
    """Its rows are q's, k's and v's, one after the other; DoRA's numbers are cut like them."""
    three = "to_q", "to_k", "to_v"
    attention = torch.nn.ModuleDict({name: torch.nn.Linear(4, 4, bias=False) for name in three})
    block = torch.nn.ModuleDict({"attn": attention})
    model = torch.nn.ModuleDict({"transformer_blocks": torch.nn.ModuleList([block])})
    up, down, m = dice(12, 2), dice(2, 4), 1 + np.abs(dice(12))
    layer = "lora_unet_joint_blocks_0_x_block_attn_qkv"
    save_file({f"{layer}.lora_up.weight": t(up), f"{layer}.lora_down.weight": t(down),
               f"{layer}.dora_scale": t(m.reshape(12, 1))}, tmp_path / "a")  # fmt: skip
    before = np.vstack([attention[name].weight.numpy(force=True) for name in three])
    Loras({"transformer": model}).fuse(((str(tmp_path / "a"), 1.0),))
    there = before + up @ down
    wanted = m[:, None] * there / np.sqrt((there**2).sum(1, keepdims=True))
    found = np.vstack([attention[name].weight.numpy(force=True) for name in three])
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize("dora", [False, True])
def test_what_is_fused_survives_offloading_and_widening_and_goes_to_the_bit(tiny, tmp_path, dora):
    """An overflow brings a half-precision network to float32 while a LoRA is in it; another model's loading,
    or full memory, brings it to the computer's memory and back."""
    half = Placement(torch.device("cpu", 0), torch.float16, torch.float32, batch=4)
    model = StableDiffusion(tiny, "tiny", load(str(tiny), "cpu").parts, half)
    unet = model.parts.unet
    before = {key: value.clone() for key, value in unet.state_dict().items()}
    w = {"lora_down.weight": dice(R, 32) / 8, "lora_up.weight": dice(32, R) / 8}
    w |= {"dora_scale": 1 + np.abs(dice(32, 1))} if dora else {}
    loras = Loras(model.modules)
    loras.fuse(((str(write(tmp_path / "a.safetensors", LINEAR, w)), WEIGHT),))
    fused = unet.get_parameter(f"{LINEAR}.weight").clone()
    assert fused.dtype == torch.float16
    assert not torch.equal(fused, before[f"{LINEAR}.weight"])
    model.offload()
    model.restore()
    model._network._widen()
    assert torch.equal(unet.get_parameter(f"{LINEAR}.weight").half(), fused)
    model.offload()
    loras.unfuse()
    assert all(
        torch.equal(value.to(before[key].dtype), before[key]) for key, value in unet.state_dict().items()
    )


CHANGED = (  # what such files change, by the makers' names
    *("double_blocks.", "single_blocks.", "img_in", "txt_in", "final_layer"),
    *("layers.", "noise_refiner.", "context_refiner.", "x_embedder"),
)


@pytest.mark.parametrize("written", ["kohya", "makers"])
@pytest.mark.parametrize(
    "family", [tiny_flux, tiny_chroma, tiny_klein, tiny_z_image], ids=lambda it: it.__name__[5:]
)
def test_a_lora_by_the_makers_names_changes_what_these_names_mean(tmp_path, family, written):
    """What was fused, written in the makers' layout again, is what that layout had and the change."""
    originals = {
        tiny_flux: layout.original_flux,
        tiny_chroma: layout.original_chroma,
        tiny_klein: layout.original_klein,
        tiny_z_image: layout.original_z_image,
    }
    model, original = load(str(family(tmp_path / "model")), "cpu"), originals[family]
    network = model.parts.transformer
    expected = {key: it.clone() for key, it in original(network.state_dict()).items()}
    file, weights = tmp_path / "some.safetensors", dict[str, torch.Tensor]()
    torch.manual_seed(0)
    for key, weight in expected.items():
        name = key.removeprefix("model.diffusion_model.").removesuffix(".weight")
        blocks = name.startswith(CHANGED)
        if not (key.endswith(".weight") and weight.ndim == 2 and blocks):
            continue
        down, up = torch.randn(2, weight.shape[1]), torch.randn(weight.shape[0], 2)
        weight += 0.5 * up @ down
        layer = f"lora_unet_{name.replace('.', '_')}" if written == "kohya" else f"diffusion_model.{name}"
        ends = ("lora_down", "lora_up") if written == "kohya" else ("lora_A", "lora_B")
        weights |= {f"{layer}.{end}.weight": it for end, it in zip(ends, (down, up), strict=True)}
    save_file(weights, file)
    loras = Loras({"transformer": network})
    loras.fuse(((str(file), 0.5),))
    assert not loras.notices
    for key, weight in original(network.state_dict()).items():
        torch.testing.assert_close(weight, expected[key], atol=1e-5, rtol=1e-5)
