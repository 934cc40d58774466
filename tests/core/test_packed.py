"""Weights of eight bits and fewer: they stay packed, and say what their file says."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from safetensors import safe_open

from core.errors import InputError
from core.models.adapters.part import Part
from core.models.backbone import Text
from core.models.files import packed, single_file
from core.models.files.checkpoint import read_checkpoint
from core.models.files.packed import PACKINGS, Packed, PackedConv, PackedLinear, scaled
from core.models.load import load
from core.models.lora.fuse import Loras
from core.models.memory.device import place
from core.models.show import show
from tests.core import original_layout as layout
from tests.core.gguf_files import GGML, blocks, written
from tests.core.original_layout import NETWORK, VAE, flux_vae, thin_clip, thin_unet, thin_vae, write
from tests.core.reached import ATTENTION_ON_CPU, Reached, without_kernel
from tests.core.small_card import size
from tests.core.tiny import tiny_qwen3, tiny_qwen_tokenizer, tiny_qwen_vl, tiny_t5_tokenizer


@pytest.mark.parametrize("form", GGML)
def test_gguf_s_blocks_are_widened_to_the_bit_as_gguf_does(form):
    rows = blocks(form, 6, 1024)
    wide = Packed(PACKINGS[form], torch.from_numpy(rows)).widened()
    assert np.array_equal(wide.numpy(), gguf.quants.dequantize(rows, gguf.GGMLQuantizationType[form]))


@pytest.mark.parametrize("scale", [None, torch.rand(7, 1)])
@pytest.mark.parametrize("form", [*GGML, "F8_E4M3"])
def test_a_processor_widens_a_few_rows_at_a_time(form, scale, monkeypatch):
    rows = torch.from_numpy(blocks(form, 7, 512)) if form in GGML else torch.arange(64).repeat(7, 8).byte()
    packing, asked = PACKINGS[form], []
    told = replace(packing, widen=lambda some: asked.append(len(some)) or packing.widen(some))
    some = Packed(told, rows) if scale is None else scaled(told, rows, scale)
    whole = some.widened()
    assert asked == [7 * 512 // packing.numbers]
    monkeypatch.setattr(packed, "AT_ONCE", 2 * 512)
    assert torch.equal(some.widened(), whole)
    assert [it * packing.numbers for it in asked[1:]] == [1024, 1024, 1024, 512]


@pytest.mark.parametrize(("form", "kind"), [("F8_E4M3", torch.float8_e4m3fn), ("F8_E5M2", torch.float8_e5m2)])
def test_every_number_of_eight_bits_is_widened_as_torch_does(form, kind):
    rows = torch.arange(256, dtype=torch.uint8)[None]
    wide, expected = Packed(PACKINGS[form], rows).widened(), rows.view(kind).float()
    known = expected.isfinite()
    assert torch.equal(wide[known], expected[known])


def flux() -> layout.Weights:
    from diffusers import FluxTransformer2DModel

    made = FluxTransformer2DModel(
        num_layers=1,
        num_single_layers=1,
        num_attention_heads=2,
        joint_attention_dim=64,
        pooled_projection_dim=64,
    )
    return layout.original_flux(made.state_dict())


def z_image() -> layout.Weights:
    from diffusers import ZImageTransformer2DModel

    made = ZImageTransformer2DModel(
        dim=256,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=32,
        axes_lens=(1536, 512, 512),
    )
    for token in (made.x_pad_token, made.cap_pad_token):
        torch.nn.init.normal_(token)
    return layout.original_z_image(made.state_dict())


def klein() -> layout.Weights:
    from diffusers import Flux2Transformer2DModel

    made = Flux2Transformer2DModel(
        num_layers=1,
        num_single_layers=1,
        num_attention_heads=2,
        joint_attention_dim=96,
        guidance_embeds=False,
    )
    return layout.original_klein(made.state_dict())


def chroma() -> layout.Weights:
    from diffusers import ChromaTransformer2DModel

    made = ChromaTransformer2DModel(
        num_layers=1,
        num_single_layers=1,
        num_attention_heads=2,
        joint_attention_dim=64,
        approximator_hidden_dim=32,
        approximator_layers=1,
    )
    return layout.original_chroma(made.state_dict())


def qwen_image() -> layout.Weights:
    from diffusers import QwenImageTransformer2DModel

    made = QwenImageTransformer2DModel(num_layers=1, num_attention_heads=2, joint_attention_dim=128)
    return made.state_dict()


EIGHTHS = ("plain", "scaled", "rows", "comfy")  # the ways in which 8-bit weights are written
NETWORKS = {"flux": flux, "z_image": z_image, "klein": klein, "chroma": chroma, "qwen_image": qwen_image}


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that these networks lack."""
    from diffusers import AutoencoderKLFlux2, AutoencoderKLQwenImage
    from transformers import T5Config, T5EncoderModel

    folder = tmp_path_factory.mktemp("beside")
    torch.manual_seed(0)
    gated = {"feed_forward_proj": "gated-gelu", "is_encoder_decoder": False}
    t5 = T5EncoderModel(T5Config(vocab_size=64, d_model=64, d_ff=64, num_layers=1, num_heads=1, **gated))
    words = {key: it for key, it in t5.state_dict().items() if "embed_tokens" not in key}
    patched = AutoencoderKLFlux2(block_out_channels=(32, 64, 64, 64)).state_dict()
    write(folder / "ae.safetensors", layout.original_vae(flux_vae().state_dict()), strip=VAE)
    write(folder / "flux2-vae.safetensors", patched)
    write(folder / "clip_l.safetensors", layout.shelled(thin_clip(64, "quick_gelu", 1).state_dict()))
    write(folder / "t5xxl.safetensors", words)
    write(folder / "qwen_3_4b.safetensors", tiny_qwen3(layers=28).state_dict())
    film = AutoencoderKLQwenImage(base_dim=8).state_dict()
    write(folder / "qwen_image_vae.safetensors", layout.original_film(film))
    write(folder / "qwen_2.5_vl_7b.safetensors", tiny_qwen_vl(128, heads=1).state_dict())
    tiny_t5_tokenizer().save_pretrained(folder / "tokenizer_3")
    tiny_qwen_tokenizer().save_pretrained(folder / "tokenizer")
    return folder


def quantised(path: Path, weights: layout.Weights, forms: tuple[str, ...] = GGML) -> layout.Weights:
    """A network's GGUF file (its names lack their prefix); the weights that it holds."""
    held = written(path, {key.removeprefix(NETWORK): it for key, it in weights.items()}, "flux", forms)
    return dict(zip(weights, held.values(), strict=True))


def eighth(
    path: Path, weights: layout.Weights, form: str, mark: str = "float8_e4m3fn", sides: tuple[int, ...] = (2,)
) -> layout.Weights:
    """Write a file of 8 bits in one of the ways that there are; the weights that it holds.

    sides: of the weights that have 8 bits, 2 those of linear layers, 4 of convolutions
    """
    stored, held = dict[str, torch.Tensor](), dict[str, torch.Tensor]()
    for name, weight in weights.items():
        stored[name] = held[name] = weight
        if weight.ndim not in sides or not name.endswith(".weight"):
            continue
        layer, by = name.removesuffix(".weight"), torch.ones(())
        if form != "plain":
            by = weight.abs().flatten(1).amax(dim=1) / 400 if form == "rows" else weight.abs().max() / 400
            beside = by.expand(3) if form == "blocks" else by
            stored[f"{layer}.{'scale_weight' if form == 'scaled' else 'weight_scale'}"] = beside
            by = by.reshape(-1, *[1] * (weight.ndim - 1)) if form == "rows" else by
        if form == "comfy":
            said = json.dumps({"format": mark}).encode()
            stored[f"{layer}.comfy_quant"] = torch.frombuffer(bytearray(said), dtype=torch.uint8)
        stored[name] = (weight / by).to(torch.float8_e4m3fn)
        held[name] = stored[name].float() * by
    if form == "scaled":
        stored[f"{NETWORK}scaled_fp8"] = torch.zeros(2).to(torch.float8_e4m3fn)
    write(path, stored)
    return held


def asked(model: Any, text: Text) -> torch.Tensor:
    x = torch.randn(1, model.channels, 8, 8, generator=torch.Generator().manual_seed(1))
    return model.predict(x, model.schedule_at(8, 8).levels(4)[2], text, None, 2.0).eps


SPELLINGS = ("transformer.", "diffusion_model.", "lora_unet_")  # diffusers', ComfyUI's and Kohya's
QKV = tuple(f"transformer_blocks.0.attn.to_{one}" for one in "qkv")
FUSED = {  # family → a layer as its makers call it, and what that is here
    **dict.fromkeys(("flux", "chroma", "klein"), ("double_blocks.0.img_attn.qkv", QKV)),
    "z_image": ("layers.0.attention.qkv", tuple(f"layers.0.attention.to_{one}" for one in "qkv")),
    "qwen_image": ("transformer_blocks.0.img_mlp.net.2", ("transformer_blocks.0.img_mlp.net.2",)),
}


def spelled(spelling: str, name: str, network: Any) -> layout.Weights:
    """A LoRA for one layer of a family's makers, in one of the ways in which such files are written."""
    theirs, ours = FUSED[name]
    sides = [network.get_submodule(layer) for layer in ours]
    down = torch.randn(2, sides[0].in_features, generator=torch.Generator().manual_seed(1))
    up = torch.ones(sum(layer.out_features for layer in sides), 2) / 100
    if spelling == "lora_unet_":
        layer = spelling + theirs.replace(".", "_")
        ends = {f"{layer}.lora_down.weight": down, f"{layer}.lora_up.weight": up}
        return ends | {f"{layer}.alpha": torch.tensor(2.0)}
    if spelling == "diffusion_model.":
        return {f"{spelling}{theirs}.lora_A.weight": down, f"{spelling}{theirs}.lora_B.weight": up}
    ups = up.split([layer.out_features for layer in sides])
    return {
        f"{spelling}{layer}.lora_{which}.weight": it
        for layer, part in zip(ours, ups, strict=True)
        for which, it in (("A", down), ("B", part))
    }


@pytest.fixture
def folder(beside: Path, tmp_path: Path) -> Path:
    for part in beside.iterdir():
        (tmp_path / part.name).symlink_to(part)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *((name, "gguf") for name in NETWORKS),
        *zip(NETWORKS, (*EIGHTHS, "plain"), strict=True),
    ],
)
def test_a_packed_network_says_what_its_weights_say_in_full(folder, name, form):
    torch.manual_seed(3)
    weights = NETWORKS[name]()
    file = folder / f"{name}.{'gguf' if form == 'gguf' else 'safetensors'}"
    held = quantised(file, weights) if form == "gguf" else eighth(file, weights, form)
    whole = read_checkpoint(write(folder / "full.safetensors", held))
    full, model = single_file._module(whole, "transformer", place("cpu")), load(str(file), "cpu")
    part, network = model._network, model._network.module
    layers = [key for key, layer in network.named_modules() if isinstance(layer, PackedLinear)]
    assert len(layers) >= 10
    if form != "gguf":  # there, what is as narrow as here isn't packed
        assert part.bytes < 1.1 * sum(it.numel() for it in full.parameters())
    text = model.text("a horse")
    said = asked(model, text)
    file = folder / "some.lora.safetensors"
    lora = {"A": torch.ones(2, network.get_submodule(layers[-1]).in_features), "B": torch.ones(1, 2)}
    lora["B"] = lora["B"].expand(network.get_submodule(layers[-1]).out_features, 2) / 100
    write(file, {f"transformer.{layers[-1]}.lora_{which}.weight": it for which, it in lora.items()})
    changed = []
    for modules in ({"transformer": network}, {"transformer": full}):
        loras, part.module = Loras(modules), modules["transformer"]
        loras.fuse(((str(file), 0.7),))
        changed.append(asked(model, text))
        loras.unfuse()
        assert torch.equal(asked(model, text), said)
    assert torch.equal(*changed)
    assert not torch.equal(changed[0], said)
    for spelling in SPELLINGS:
        loras = [Loras({"transformer": module}) for module in (network, full)]
        write(file, spelled(spelling, name, network))
        for one in loras:
            one.fuse(((str(file), 0.7),))
            assert not one.notices
        changed = [network.get_submodule(key).weight.clone() for key in FUSED[name][1]]
        assert all(map(torch.equal, changed, (full.get_submodule(key).weight for key in FUSED[name][1])))
        for one in loras:
            one.unfuse()
        original = (network.get_submodule(key).weight for key in FUSED[name][1])
        assert not any(map(torch.equal, changed, original))
    half = Part("half", network, torch.float16)
    for key in layers:
        assert torch.equal(network.get_submodule(key).weight, full.get_submodule(key).weight.half())
    half._widen()
    assert network.get_submodule(layers[0]).weight.dtype == torch.float32


@pytest.mark.parametrize(("name", "form"), [("flux", "gguf"), ("chroma", "scaled")])
def test_widening_asks_nothing_of_a_device_that_one_lacks(folder, name, form, as_on_mps):
    file = folder / f"{name}.{'gguf' if form == 'gguf' else 'safetensors'}"
    weights = NETWORKS[name]()
    quantised(file, weights, ("Q4_K",)) if form == "gguf" else eighth(file, weights, form)
    model = load(str(file), "cpu")
    text = model.text("a horse")
    with Reached() as reached:
        asked(model, text)
    packed = {torch.uint8, torch.int16, torch.float16}  # blocks, and the bits of which their numbers are made
    assert torch.uint8 in reached.formats
    assert reached.formats <= {torch.float32, torch.int64, torch.int32, torch.bool} | packed
    assert not without_kernel(reached.operations - {ATTENTION_ON_CPU})


def test_a_packed_u_net_keeps_its_convolutions_narrow_too(tmp_path):
    torch.manual_seed(4)
    unet = layout.original_unet(thin_unet(64, attention_head_dim=8).state_dict())
    words = layout.shelled(thin_clip(64, "quick_gelu", 1).state_dict())
    beside = {
        **layout.original_vae(thin_vae().state_dict()),
        **{f"cond_stage_model.transformer.{key}": it for key, it in words.items()},
    }
    file = tmp_path / "some.safetensors"
    held = eighth(file, unet, "rows", sides=(2, 4))
    with safe_open(file, "pt") as opened:
        write(file, {key: opened.get_tensor(key) for key in opened.keys()} | beside)  # noqa: SIM118
    narrow, full = (
        load(str(file), "cpu"),
        load(str(write(tmp_path / "full.safetensors", held | beside)), "cpu"),
    )
    network, whole = narrow._network.module, full._network.module
    convs = [key for key, layer in network.named_modules() if isinstance(layer, PackedConv)]
    assert {"conv_in", "conv_out", "up_blocks.0.upsamplers.0.conv"} < {*convs}
    assert not [key for key, layer in network.named_modules() if type(layer) is torch.nn.Conv2d]
    assert narrow._network.bytes < 1.1 * sum(it.numel() for it in whole.parameters())
    text = narrow.text("a horse")
    said = asked(narrow, text)
    assert torch.equal(said, asked(full, text))
    lora = tmp_path / "some.lora.safetensors"
    layer = "down_blocks.0.resnets.0.conv1"
    sides = network.get_submodule(layer)
    down, up = torch.ones(2, sides.in_channels, 3, 3) / 90, torch.ones(sides.out_channels, 2, 1, 1)
    write(lora, {f"unet.{layer}.lora_A.weight": down, f"unet.{layer}.lora_B.weight": up})
    changed = []
    for model in (narrow, full):
        loras = Loras({"unet": model._network.module})
        loras.fuse(((str(lora), 0.7),))
        assert not loras.notices
        changed.append(asked(model, text))
        loras.unfuse()
        assert torch.equal(asked(model, text), said)
    assert torch.equal(*changed)
    assert not torch.equal(changed[0], said)


@pytest.mark.parametrize(
    ("name", "form"), [("flux", "gguf"), ("z_image", "gguf"), ("chroma", "scaled"), ("qwen_image", "comfy")]
)
def test_a_packed_network_draws_the_same_where_its_layers_stream(folder, name, form, counted, small_card):
    """It goes there as narrow as it is stored, a LoRA on top of it."""
    torch.manual_seed(3)
    weights = NETWORKS[name]()
    file = folder / f"{name}.{'gguf' if form == 'gguf' else 'safetensors'}"
    quantised(file, weights) if form == "gguf" else eighth(file, weights, form)
    worn = folder / "some.lora.safetensors"
    said = []
    for streams in (False, True):
        if streams:
            small_card()
        model = load(str(file), "cpu")
        network, text = model._network.module, model.text("a horse")
        said.append([asked(model, text)])
        write(worn, spelled("diffusion_model.", name, network))
        loras = Loras({"transformer": network})
        loras.fuse(((str(worn), 0.7),))
        said[-1].append(asked(model, text))
        loras.unfuse()
        said[-1].append(asked(model, text))
        assert any(part is model._network for part in model._streamed) is streams
    plain, wearing, after = said[0]
    assert torch.equal(plain, after)
    assert not torch.equal(plain, wearing)
    assert all(map(torch.equal, *said))
    blocks = [block.module for part in model._streamed for block in part._stream._blocks]
    assert 0 < counted.most <= max(size(block) for block in blocks), "one at a time: this device has no lane"
    assert counted.now == 0


def test_other_quantisations_and_other_marks_are_named(folder):
    weights = flux()
    quantised(folder / "a.gguf", weights, ("Q8_0", "Q4_0", "Q4_0"))
    shown = show(str(folder / "a.gguf"))
    assert shown.why.startswith("a.gguf is a GGUF file of FLUX.1 ")
    assert shown.why.endswith("(q4_0), which this program can't open.")
    assert shown.hint.startswith("Get it in Q4_K, Q5_K, Q6_K or Q8_0")
    quantised(folder / "b.gguf", weights, ("Q8_0", "Q8_0", "Q4_0"))
    assert show(str(folder / "b.gguf")).why == "b.gguf holds weights in q4_0, which this program can't read."
    eighth(folder / "c.safetensors", weights, "comfy", "mxfp8")
    with pytest.raises(InputError, match=r"c\.safetensors is packed as mxfp8, which"):
        load(str(folder / "c.safetensors"), "cpu")
    eighth(folder / "d.safetensors", weights, "blocks")
    with pytest.raises(InputError, match=r"d\.safetensors scales its weights in blocks, which"):
        load(str(folder / "d.safetensors"), "cpu")
