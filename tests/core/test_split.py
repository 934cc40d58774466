"""Models in several files, as other programs keep them: found, named, and part of the digest."""

import json
from pathlib import Path

import pytest
import torch

from core.cli import main
from core.diffusion.weight import Guided
from core.edit.request import EditRequest
from core.errors import InputError
from core.models import programs
from core.models.adapters.flow import read_flow
from core.models.card import ModelCard, told_card
from core.models.files.checkpoint import choose_part, read_checkpoint
from core.models.files.header import read_header
from core.models.files.split import found_elsewhere, layout_of, with_prefix
from core.models.identity import identity_of
from core.models.load import load
from core.models.text.tokenizer_places import QWEN3, T5, find_tokenizer, keep_tokenizer
from core.models.vae.choice import check_vae, vaes_for
from core.models.ways import ways_of
from tests.core import original_layout as layout
from tests.core.original_layout import (
    NETWORK,
    VAE,
    flux_vae,
    thin_clip,
    thin_sdxl_unet,
    thin_unet,
    thin_vae,
    write,
)
from tests.core.other_headers import language_model, t5
from tests.core.shaped import real_headers, shaped_file
from tests.core.tiny import tiny_qwen3, tiny_qwen_tokenizer, tiny_qwen_vl, tiny_t5_tokenizer, tiny_tokenizer


@pytest.fixture
def comfy(tmp_path, monkeypatch) -> Path:
    """ComfyUI's folder in a home without others."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    for name in programs.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "ComfyUI" / "models"


@pytest.fixture(scope="module")
def sd1():
    torch.manual_seed(0)
    modules = thin_unet(64, attention_head_dim=8), thin_vae(), thin_clip(64, "quick_gelu", 2)
    unet, vae, clip = (module.eval().state_dict() for module in modules)
    return layout.original_unet(unet), layout.original_vae(vae), layout.shelled(clip)


@pytest.mark.parametrize("strip", ["", NETWORK])
@pytest.mark.parametrize("room", ["diffusion_models", "unet"])
def test_a_network_opens_with_the_parts_in_comfyui_s_folders(sd1, comfy, tmp_path, strip, room):
    unet, vae, clip = sd1
    network = write(comfy / room / "drawing.safetensors", unet, strip=strip)
    with pytest.raises(InputError, match="lacks the VAE and the text encoder, and no file"):
        read_checkpoint(network)
    write(comfy / "vae" / "sdxl_vae.safetensors", vae, strip=VAE)  # another family's by its name
    words = write(comfy / "text_encoders" / "clip_l.safetensors", clip)
    with pytest.raises(InputError, match="lacks the VAE, and no file") as refused:
        read_checkpoint(network)
    assert str(comfy / "vae") in refused.value.hint
    colours = write(comfy / "vae" / "vae-ft-mse-840000.safetensors", vae, strip=VAE)
    assert network in programs.model_files()
    whole = {f"cond_stage_model.transformer.{key}": it for key, it in clip.items()}
    one = load(str(write(tmp_path / "whole.safetensors", unet, vae, whole)), "cpu")
    split = load(str(network), "cpu")
    assert torch.equal(split.text("a red car").tokens, one.text("a red car").tokens)
    for part in ("unet", "vae"):
        states = (getattr(it.parts, part).state_dict() for it in (split, one))
        assert all(torch.equal(*pair) for pair in zip(*(state.values() for state in states), strict=True))
    (said,) = split.notices
    assert str(words) in said
    assert str(colours) in said
    request = EditRequest(photo="", query="a", model=str(network))
    before = identity_of(request)
    write(colours, {key: it * 2 for key, it in vae.items()}, strip=VAE)
    assert before is not None
    assert identity_of(request).digest != before.digest


def test_an_sdxl_network_takes_each_encoder_by_its_width(comfy):
    torch.manual_seed(2)
    unet = thin_sdxl_unet(256, pooled=160)
    first, second = thin_clip(96, "quick_gelu", 2).eval(), thin_clip(160, "gelu", 3, projected=160).eval()
    network = write(comfy / "unet" / "xl.safetensors", layout.original_unet(unet.state_dict()))
    write(comfy / "vae" / "sdxl_vae.safetensors", layout.original_vae(thin_vae().state_dict()), strip=VAE)
    write(comfy / "clip" / "a_wide_one.safetensors", layout.shelled(second.state_dict()))
    write(comfy / "clip" / "clip_l.safetensors", layout.shelled(first.state_dict()))
    found = load(str(network), "cpu").parts
    for ours, written in ((found.text_encoder, first), (found.text_encoder_2, second)):
        expected = written.state_dict()
        assert all(torch.equal(value, expected[key]) for key, value in ours.state_dict().items())


@pytest.fixture(scope="module")
def z_image():
    """Z-Image's parts, as wide as its real axes of places ask for, and the weights of its files."""
    from diffusers import ZImageTransformer2DModel

    torch.manual_seed(5)
    transformer = ZImageTransformer2DModel(
        dim=128,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=1,
        n_kv_heads=1,
        cap_feat_dim=32,
        axes_lens=(1536, 512, 512),
    )
    vae = flux_vae()
    parts = {"transformer": transformer, "vae": vae, "text_encoder": tiny_qwen3(layers=3)}
    for part in parts.values():
        part.eval()
    return parts


@pytest.mark.parametrize("strip", ["", NETWORK])
def test_a_z_image_network_takes_its_language_model_its_vae_and_its_tokenizer(
    z_image, comfy, tmp_path, strip
):
    weights = layout.original_z_image(z_image["transformer"].state_dict())
    network = write(comfy / "diffusion_models" / "z_image_turbo_bf16.safetensors", weights, strip=strip)
    with pytest.raises(InputError, match="lacks the VAE and the text encoder, and no file"):
        read_checkpoint(network)
    vae = layout.original_vae(z_image["vae"].state_dict())
    colours = write(comfy / "vae" / "ae.safetensors", vae, strip=VAE)
    write(
        comfy / "text_encoders" / "clip_l.safetensors",
        layout.shelled(thin_clip(64, "quick_gelu", 2).state_dict()),
    )
    state = {f"model.{key}": value for key, value in z_image["text_encoder"].state_dict().items()}
    words = write(comfy / "text_encoders" / "qwen_3_4b.safetensors", state)
    with pytest.raises(InputError, match="needs the tokenizer of Qwen3") as refused:
        read_checkpoint(network)
    assert "models tokenizer --of qwen3" in refused.value.hint
    assert refused.value.lacks == "qwen3"
    tiny_tokenizer().save_pretrained(tmp_path / "data" / "models" / "an--sd1" / "tokenizer")  # CLIP's
    chosen = tmp_path / "chosen" / "tokenizer"
    tiny_qwen_tokenizer().save_pretrained(chosen)
    keep_tokenizer(QWEN3, chosen.parent)
    model = load(str(network), "cpu")
    for part, written in z_image.items():
        ours, expected = getattr(model.parts, part).state_dict(), written.state_dict()
        assert ours.keys() == expected.keys()
        assert all(torch.equal(ours[key], value) for key, value in expected.items())
    assert (model.name, model.pixels, model.patch) == ("z_image_turbo_bf16", 1024, 2)
    assert (model.schedule.shift, model.parts.vae.config.scaling_factor) == (3.0, 0.3611)
    assert model.tokens("a zebra").used == 7
    assert all(str(file) in model.notices[0] for file in (colours, words))
    files = read_checkpoint(network).files
    assert {"model", "vae", "text_encoder", "tokenizer/tokenizer.json"} <= files.keys()
    assert vaes_for(str(network)) == (colours,)
    check_vae(str(colours), str(network))
    ways = ways_of(str(network))
    assert (ways.card.guidance, ways.card.steps) == (1.0, 8)
    base = network.rename(network.with_name("z_image_bf16.safetensors"))
    assert read_checkpoint(base).config["scheduler"]["shift"] == 6.0, "only Turbo's is 3"
    assert ways_of(str(base)).starts == {"guidance.scale": 5.0, "guidance.decay": 0.0, "steps": 50}


def test_what_is_no_tokenizer_of_qwen3_is_not_kept_as_one(comfy, tmp_path):
    tiny_tokenizer().save_pretrained(tmp_path / "tokenizer")
    with pytest.raises(InputError, match="holds another tokenizer than Qwen3's"):
        keep_tokenizer(QWEN3, tmp_path)
    assert not QWEN3.home.exists()


def test_t5_s_tokenizer_is_found_in_flux_s_folder_and_no_other_is_taken_for_it(comfy, tmp_path):
    models = tmp_path / "data" / "models"
    tiny_tokenizer().save_pretrained(models / "an--sdxl" / "tokenizer_2")
    tiny_qwen_tokenizer().save_pretrained(models / "an--z-image" / "tokenizer")
    assert find_tokenizer(T5, tmp_path) is None
    tiny_t5_tokenizer().save_pretrained(models / "the--flux" / "tokenizer_2")
    assert find_tokenizer(T5, tmp_path) == models / "the--flux" / "tokenizer_2"
    assert keep_tokenizer(T5, models / "the--flux") == T5.home
    assert find_tokenizer(T5, tmp_path) == T5.home


@pytest.mark.parametrize("outermost", ["quant_conv.", "encoder.quant_conv."])
def test_a_klein_network_takes_its_language_model_its_vae_and_its_tokenizer(comfy, tmp_path, outermost):
    from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel

    torch.manual_seed(6)
    transformer = Flux2Transformer2DModel(
        num_layers=1,
        num_single_layers=2,
        num_attention_heads=1,
        joint_attention_dim=3 * 32,
        guidance_embeds=False,
    )
    vae = AutoencoderKLFlux2(block_out_channels=(32, 64, 64, 64))
    vae.bn.running_mean.normal_()
    parts = {"transformer": transformer, "vae": vae, "text_encoder": tiny_qwen3(layers=28)}
    network = comfy / "diffusion_models" / "flux-2-klein-4b.safetensors"
    write(network, layout.original_klein(transformer.eval().state_dict()), strip=NETWORK)
    vae_state = vae.eval().state_dict()
    first = "first_stage_model."
    written = layout.original_vae({key: it for key, it in vae_state.items() if not key.startswith("bn.")})
    written |= {first + key: it for key, it in vae_state.items() if key.startswith("bn.")}
    if outermost.startswith("encoder"):
        turned = (
            (f"{first}quant", f"{first}encoder.quant"),
            (f"{first}post_quant", f"{first}decoder.post_quant"),
        )
        for old, new in turned:
            written = {key.replace(old, new): it for key, it in written.items()}
    write(comfy / "vae" / "flux2-vae.safetensors", written, strip=first)
    write(comfy / "text_encoders" / "qwen_3_4b.safetensors", parts["text_encoder"].eval().state_dict())
    tiny_qwen_tokenizer().save_pretrained(network.parent / "tokenizer")
    model = load(str(network), "cpu")
    for part, made in parts.items():
        ours, expected = getattr(model.parts, part).state_dict(), made.state_dict()
        assert ours.keys() == expected.keys()
        assert all(torch.equal(ours[key].float(), value.float()) for key, value in expected.items())
    assert (model.pixels, model.factor, model.channels, model.patch) == (1024, 16, 128, 1)
    ways = ways_of(str(network))
    assert (ways.card.guidance, ways.card.steps) == (1.0, 4)
    with pytest.raises(InputError, match="draws by its own VAE alone"):
        model.use_vae(str(comfy / "vae" / "flux2-vae.safetensors"))


@pytest.mark.parametrize("which", ["dev", "schnell", "chroma"])
def test_a_flux_network_takes_clip_t5_its_vae_and_t5_s_tokenizer(comfy, tmp_path, which):
    from diffusers import ChromaTransformer2DModel, FluxTransformer2DModel
    from transformers import T5Config, T5EncoderModel

    torch.manual_seed(7)
    sizes = {"num_layers": 1, "num_single_layers": 1, "num_attention_heads": 1, "joint_attention_dim": 64}
    if chroma := which == "chroma":
        transformer = ChromaTransformer2DModel(**sizes, approximator_hidden_dim=24, approximator_layers=2)
    else:
        told = {"pooled_projection_dim": 64, "guidance_embeds": which == "dev"}
        transformer = FluxTransformer2DModel(**sizes, **told)
    vae = flux_vae()
    gated = {"feed_forward_proj": "gated-gelu", "is_encoder_decoder": False}
    t5 = T5EncoderModel(T5Config(vocab_size=64, d_model=64, d_ff=64, num_layers=2, num_heads=1, **gated))
    clip = thin_clip(64, "quick_gelu", 2)
    parts = {"transformer": transformer, "vae": vae, **({} if chroma else {"text_encoder": clip})}
    parts["text_encoder" if chroma else "text_encoder_2"] = t5
    states = {part: module.eval().state_dict() for part, module in parts.items()}
    weights = (layout.original_chroma if chroma else layout.original_flux)(states["transformer"])
    colours = layout.original_vae(states["vae"])
    words = {key: it for key, it in t5.state_dict().items() if "embed_tokens" not in key}
    network = write(comfy / "diffusion_models" / "flux1.safetensors", weights, strip=NETWORK)
    write(comfy / "vae" / "ae.safetensors", colours, strip=VAE)
    write(comfy / "text_encoders" / "clip_l.safetensors", layout.shelled(clip.state_dict()))
    write(comfy / "text_encoders" / "t5xxl_fp16.safetensors", words)
    with pytest.raises(InputError, match="needs the tokenizer of T5"):
        read_checkpoint(network)
    tiny_t5_tokenizer().save_pretrained(tmp_path / "tokenizer")
    keep_tokenizer(T5, tmp_path / "tokenizer")
    whole = tmp_path / "whole.safetensors"  # as ComfyUI saves a checkpoint
    rooms = {"text_encoders.t5xxl.transformer.": words}
    if not chroma:
        rooms["text_encoders.clip_l.transformer."] = layout.shelled(clip.state_dict())
    apart = [{room + key: it for key, it in of.items()} for room, of in rooms.items()]
    write(
        whole, weights, {key.replace("first_stage_model", "vae"): it for key, it in colours.items()}, *apart
    )
    check_vae(str(comfy / "vae" / "ae.safetensors"), str(network))
    for file in (network, whole):
        model = load(str(file), "cpu")
        for part, expected in states.items():
            ours = getattr(model.parts, part).state_dict()
            assert ours.keys() == expected.keys()
            assert all(torch.equal(ours[key], value) for key, value in expected.items())
        guided = {"dev": Guided.EMBEDDED, "schnell": Guided.NOTHING, "chroma": Guided.PROMPTS}
        assert model.guided is guided[which]
        own = {"dev": (3.5, 28), "schnell": (1.0, 4), "chroma": (3.0, 40)}
        ways = ways_of(str(file)).card
        assert (ways.guidance, ways.steps) == own[which]
        assert (model.schedule_at(32, 32).shift == 1.0) == (which == "schnell")
        limit = 255 if which == "schnell" else 511
        assert (model.pixels, model.patch, model.tokens("a zebra").limit) == (1024, 2, limit)


PUBLISHED = {  # scheduler/scheduler_config.json of lodestones' folders
    "Chroma1-HD": {"shift": 3.0, "use_dynamic_shifting": False},
    "Chroma1-HD-Flash": {"shift": 1.0, "use_dynamic_shifting": False},
    "Chroma1-Base": {"use_beta_sigmas": True},
}


@pytest.mark.parametrize("called", PUBLISHED)
def test_a_chroma_file_walks_the_levels_of_the_published_folder(tmp_path, called):
    from diffusers import ChromaTransformer2DModel

    sizes = {"num_layers": 1, "num_single_layers": 1, "num_attention_heads": 1, "joint_attention_dim": 64}
    network = ChromaTransformer2DModel(**sizes, approximator_hidden_dim=24, approximator_layers=1)
    file = write(tmp_path / f"{called}.safetensors", layout.original_chroma(network.state_dict()))
    write(tmp_path / "ae.safetensors", layout.original_vae(flux_vae().state_dict()), strip=VAE)
    layers = t5(64, 32128, depth=1)
    shaped_file(tmp_path / "t5.safetensors", {key: ["F16", shape] for key, shape in layers.items()})
    tiny_t5_tokenizer().save_pretrained(tmp_path / "tokenizer_3")
    ours = read_flow(called, read_checkpoint(file).config["scheduler"])
    folder = {"_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000}
    theirs = read_flow(called, folder | PUBLISHED[called])
    for patches in (256, 4096):
        assert ours.for_patches(patches) == theirs.for_patches(patches)


def test_a_qwen_image_network_takes_its_language_model_and_its_vae_of_films(comfy):
    from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel

    torch.manual_seed(9)
    transformer = QwenImageTransformer2DModel(num_layers=2, num_attention_heads=1, joint_attention_dim=128)
    vae, words = AutoencoderKLQwenImage(base_dim=8), tiny_qwen_vl(128, heads=1)
    network = comfy / "diffusion_models" / "qwen_image_2512.safetensors"
    write(network, transformer.eval().state_dict())
    write(comfy / "vae" / "qwen_image_vae.safetensors", layout.original_film(vae.eval().state_dict()))
    write(comfy / "text_encoders" / "qwen_3_4b.safetensors", tiny_qwen3(layers=1, width=128).state_dict())
    write(comfy / "text_encoders" / "qwen_2.5_vl_7b.safetensors", words.eval().state_dict())
    tiny_qwen_tokenizer().save_pretrained(network.parent / "tokenizer")
    model = load(str(network), "cpu")
    parts = {"transformer": transformer, "vae": vae, "text_encoder": words.model.language_model}
    for part, made in parts.items():
        ours, expected = getattr(model.parts, part).state_dict(), made.state_dict()
        assert ours.keys() == expected.keys()
        assert all(torch.equal(ours[key], value) for key, value in expected.items())
    assert (model.pixels, model.factor, model.channels, model.patch) == (1024, 8, 16, 2)
    assert model.schedule_at(128, 128).levels(4)[1].s == pytest.approx(0.02)
    ids = torch.tensor([[40, 50, 60]])
    theirs, ours = words.model.language_model(ids)[0], model.parts.text_encoder(ids)[0]
    assert torch.allclose(ours, theirs, atol=1e-6)  # by the shipped configuration
    edit = write(network.with_name("qwen_image_edit_2511.safetensors"), transformer.state_dict())
    with pytest.raises(InputError, match="sees another picture beside the noisy one"):
        read_checkpoint(edit)


EXTRA = "layers.0.post_feedforward_layernorm.weight"
BIAS = "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias.weight"
NORM = "layers.0.self_attn.q_norm.weight"
OF_THE_WIDTH = {  # text encoders as wide as the one that is read: network, layers, what they are
    "umt5_xxl": ("flux1-dev", t5(4096, 256384), "UMT5-XXL, but the model reads T5."),
    "another_umt5": ("flux1-dev", t5(4096, 32128) | {BIAS.format(n): (32, 64) for n in range(24)}, "unknown"),
    "mt5_xxl": ("flux1-dev", t5(4096, 250112), "mT5-XXL, but the model reads T5."),
    "gemma_3_4b": (
        "z_image_turbo_bf16",
        language_model(2560, 262208, NORM, EXTRA, prefix=""),
        "Gemma-3-4B, but the model reads Qwen3.",
    ),
    "gemma_for_klein": (
        "flux-2-klein-4b",
        language_model(2560, 262208, NORM, EXTRA, prefix=""),
        "Gemma-3-4B, but",
    ),
    "qwen_3_8b": (
        "z_image_turbo_bf16",
        language_model(4096, 151936, NORM, prefix=""),
        "Qwen3-8B, but the model reads Qwen3 of another size.",
    ),
}


@pytest.mark.parametrize("name", OF_THE_WIDTH)
def test_another_text_encoder_is_passed_over_and_named(comfy, name):
    network, layers, what = OF_THE_WIDTH[name]
    file = comfy / "diffusion_models" / f"{network}.safetensors"
    others = comfy / "text_encoders"
    file.parent.mkdir(parents=True)
    others.mkdir()
    shaped_file(file, real_headers()[network])
    shaped_file(others / f"{name}.safetensors", {key: ["F16", shape] for key, shape in layers.items()})
    with pytest.raises(InputError, match=r"lacks .*text encoder") as refused:
        read_checkpoint(file)
    assert f"{name}.safetensors is " in refused.value.hint
    assert what in refused.value.hint
    right = t5(4096, 32128) if "T5" in what or "umt5" in name else language_model(2560, 151936, NORM)
    shaped_file(others / "x.safetensors", {key: ["F16", shape] for key, shape in right.items()})
    with pytest.raises(InputError, match=r"lacks the VAE( and the text encoder)?, and no file") as refused:
        read_checkpoint(file)
    assert name not in refused.value.hint


@pytest.mark.parametrize("called", ["vae", "z_image_vae", "diffusion_pytorch_model", "my_turbo"])
@pytest.mark.parametrize("room", ["vae", "diffusion_models"])
def test_a_vae_that_fits_is_taken_whatever_its_name(comfy, called, room):
    file, vae = a_network(comfy), layout.original_vae(flux_vae().state_dict())
    write(comfy / "vae" / "sd3_vae.safetensors", vae, strip=VAE)  # of other latents, by its name
    write(comfy / "vae" / "sdxl.safetensors", layout.original_vae(thin_vae().state_dict()), strip=VAE)
    colours = write(comfy / room / f"{called}.safetensors", vae, strip=VAE)
    assert vae_of(file) == colours
    named = write(comfy / "vae" / "z_ae.safetensors", vae, strip=VAE)
    assert vae_of(file) == named, "a name that tells goes first"


def test_of_vaes_that_fit_alike_the_one_beside_the_network_is_taken_and_else_none(comfy):
    file, vae = a_network(comfy), layout.original_vae(flux_vae().state_dict())
    for called in ("one", "sd3_vae", "two"):
        write(comfy / "vae" / f"{called}.safetensors", vae, strip=VAE)
    with pytest.raises(InputError, match="lacks the VAE, and no file") as refused:
        vae_of(file)
    assert "one.safetensors and two.safetensors fit alike: choose one." in refused.value.hint
    assert "sd3_vae.safetensors is a VAE of SD 3 (by its name)." in refused.value.hint
    beside = write(file.parent / "three.safetensors", vae, strip=VAE)
    assert vae_of(file) == beside


def test_one_vae_under_two_names_stands_alone(comfy):
    file = a_network(comfy)
    vae = write(comfy / "vae" / "vae.safetensors", layout.original_vae(flux_vae().state_dict()), strip=VAE)
    (comfy / "vae" / "link.safetensors").hardlink_to(vae)
    assert vae_of(file).samefile(vae)


def a_network(comfy: Path) -> Path:
    """Z-Image's, without a VAE."""
    file = comfy / "diffusion_models" / "z_image_turbo_bf16.safetensors"
    file.parent.mkdir(parents=True)
    return shaped_file(file, real_headers()["z_image_turbo_bf16"])


def vae_of(file: Path) -> Path:
    """Where the VAE is found for a network alone."""
    header = with_prefix(read_header(file))
    return found_elsewhere(header, layout_of(header), ("vae",))["vae"].path


def test_of_what_fits_alike_the_chosen_part_is_taken_and_remembered(sd1, comfy, capsys):
    """By the command, which the refusal names; the file then opens without a word."""
    unet, vae, clip = sd1
    network = write(comfy / "unet" / "drawing.safetensors", unet)
    words = write(comfy / "text_encoders" / "clip_l.safetensors", clip)
    one, other = (
        write(comfy / "vae" / f"{name}.safetensors", {key: it * n for key, it in vae.items()}, strip=VAE)
        for n, name in ((1, "colours"), (2, "other_colours"))
    )
    with pytest.raises(InputError, match="lacks the VAE, and no file") as refused:
        read_checkpoint(network)
    assert "colours.safetensors and other_colours.safetensors fit alike" in refused.value.hint
    assert refused.value.lacks == "vae"
    assert main(["models", "show", str(network)]) == 0
    assert "models card MODEL --part FILE” takes it from there" in capsys.readouterr().out
    request = EditRequest(photo="", query="a", model=str(network))
    digests = set[str]()
    for chosen in (one, other):  # the second in the place of the first
        assert main(["models", "card", str(network), "--part", str(chosen)]) == 0
        assert str(chosen) in capsys.readouterr().out
        assert read_checkpoint(network).files["vae"] == chosen
        digests.add(identity_of(request).digest)
    assert len(digests) == 2
    elsewhere = write(comfy.parent / "mine.safetensors", clip)
    choose_part(network, elsewhere)
    assert read_checkpoint(network).files == {"model": network, "vae": other, "text_encoder": elsewhere}
    elsewhere.unlink()  # chosen, and gone: what is found takes its place
    assert read_checkpoint(network).files["text_encoder"] == words
    exported = comfy / "card.json"
    assert main(["models", "card", str(network), "--set", "steps=9", "--export", str(exported)]) == 0
    assert json.loads(exported.read_text()) == {"steps": 9}, "where the files lie is this machine's own"
    assert main(["models", "card", str(network), "--import", str(exported)]) == 0
    assert read_checkpoint(network).files["vae"] == other
    assert main(["models", "card", str(network), "--reset"]) == 0
    with pytest.raises(InputError, match="lacks the VAE"):
        read_checkpoint(network)


def test_what_is_no_part_that_fits_is_not_chosen(sd1, z_image, comfy):
    unet, vae, clip = sd1
    network = write(comfy / "unet" / "drawing.safetensors", unet)
    flux = write(
        comfy / "vae" / "ae.safetensors", layout.original_vae(z_image["vae"].state_dict()), strip=VAE
    )
    with pytest.raises(InputError, match="isn't the VAE or the text encoder that drawing") as it:
        choose_part(network, flux)
    assert "is a VAE of" in it.value.hint
    with pytest.raises(InputError, match="isn't the VAE or the text encoder"):
        choose_part(network, network)
    whole = {f"cond_stage_model.transformer.{key}": it for key, it in clip.items()}
    complete = write(comfy / "checkpoints" / "whole.safetensors", unet, vae, whole)
    with pytest.raises(InputError, match="holds all parts of its model"):
        choose_part(complete, flux)
    assert told_card(network) == told_card(complete) == ModelCard()
