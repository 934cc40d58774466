"""Single files in the original layout, thin, against the modules they were written from."""

import json
from pathlib import Path

import pytest
import torch

from core.edit.request import EditRequest
from core.errors import InputError
from core.models.adapters.parameterisation import Parameterisation
from core.models.card import ModelCard, tell
from core.models.catalog import describe
from core.models.files.checkpoint import read_checkpoint
from core.models.identity import identity_of
from core.models.load import load
from core.models.text.clip import clip_tokenizer
from core.models.text.tokenizer_places import T5, find_tokenizer
from tests.core import original_layout as layout
from tests.core.original_layout import thin_clip, thin_sdxl_unet, thin_unet, thin_vae
from tests.core.tiny import tiny_t5_tokenizer


@pytest.fixture(scope="module")
def sd1(tmp_path_factory):
    """An SD 1.x-like file and the modules in it."""
    torch.manual_seed(0)
    modules = thin_unet(64, attention_head_dim=8), thin_vae(), thin_clip(64, "quick_gelu", 2)
    path = tmp_path_factory.mktemp("files") / "thin-v1.safetensors"
    unet, vae, clip = (module.eval().state_dict() for module in modules)
    clip = layout.original_clip(clip, "cond_stage_model.transformer.")
    layout.write(path, layout.original_unet(unet), layout.original_vae(vae), clip)
    return path, modules


@pytest.fixture(scope="module")
def sd2_parts():
    torch.manual_seed(1)
    unet = thin_unet(64, attention_head_dim=(1, 1, 2, 2), use_linear_projection=True)
    return unet.eval(), thin_vae().eval(), thin_clip(64, "gelu", 2).eval()


def sd2_file(path: Path, parts, metadata=None, **extra) -> Path:
    unet, vae, clip = (module.state_dict() for module in parts)
    clip = layout.open_clip(clip, "cond_stage_model.model.")
    parts = layout.original_unet(unet), layout.original_vae(vae), clip, extra
    return layout.write(path, *parts, metadata=metadata)


def rewrite(path: Path, to: Path, change) -> Path:
    """A copy of a file with its weights changed by `change(weights)`."""
    from safetensors.torch import load_file, save_file

    weights = load_file(path)
    change(weights)
    save_file(weights, to)
    return to


def without(prefix: str):
    def change(weights) -> None:
        for key in [key for key in weights if key.startswith(prefix)]:
            del weights[key]

    return change


def same_unet(backbone, unet, width: int, **more) -> bool:
    x, text = torch.randn(1, 4, 8, 8), torch.randn(1, 5, width)
    level = torch.tensor([400])
    with torch.no_grad():
        ours = backbone.parts.unet(x, level, text, return_dict=False, **more)[0]
        theirs = unet(x, level, text, return_dict=False, **more)[0]
    return theirs.std() > 0.01 and torch.allclose(ours, theirs, atol=1e-4)  # channels_last rounds otherwise


def same_vae(backbone, vae) -> bool:
    picture = torch.rand(1, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        latent = vae.encode(picture).latent_dist.mode()
        decoded = vae.decode(latent).sample
    factor = backbone.parts.vae.config.scaling_factor
    ours = backbone.encode(picture)
    return torch.allclose(ours, latent * factor, atol=1e-5) and torch.allclose(
        backbone.decode(ours), decoded, atol=1e-4
    )


def test_the_tokenizer_is_clip_s():
    ids = clip_tokenizer("<|endoftext|>")("a photo of a cat")["input_ids"]
    assert ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    padded = clip_tokenizer("!")("a photo of a cat", padding="max_length", max_length=9)["input_ids"]
    assert padded == [*ids, 0, 0]


def test_an_sd1_file_is_the_model_that_was_written(sd1):
    path, (unet, vae, clip) = sd1
    backbone = load(str(path), "cpu")
    assert backbone.name == "thin-v1"
    assert (backbone.pixels, backbone.factor, backbone.prediction) == (512, 8, "epsilon")
    assert backbone.parts.vae.config.scaling_factor == 0.18215
    assert same_unet(backbone, unet, 64)
    assert same_vae(backbone, vae)
    ids = clip_tokenizer("<|endoftext|>")(
        "a red car", padding="max_length", max_length=77, return_tensors="pt"
    )["input_ids"]
    with torch.no_grad():
        assert torch.allclose(backbone.text("a red car").tokens, clip(ids)[0], atol=1e-5)


def test_an_sd2_file_is_the_model_that_was_written(sd2_parts, tmp_path):
    unet, vae, clip = sd2_parts
    backbone = load(str(sd2_file(tmp_path / "thin-v2.safetensors", sd2_parts)), "cpu")
    assert same_unet(backbone, unet, 64)
    assert same_vae(backbone, vae)
    ids = clip_tokenizer("!")("a red car", padding="max_length", max_length=77, return_tensors="pt")[
        "input_ids"
    ]
    with torch.no_grad():
        assert torch.allclose(backbone.text("a red car").tokens, clip(ids)[0], atol=1e-5)


def test_what_an_sd2_file_predicts(sd2_parts, tmp_path):
    """Its weights say it, the header overrules them, and a neighbour file both."""
    path, key = tmp_path / "v2.safetensors", "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias"
    bias = dict(sd2_parts[0].named_parameters())[key]
    backbone = load(str(sd2_file(path, sd2_parts)), "cpu")
    assert (backbone.prediction, backbone.pixels) == ("epsilon", 512)
    with torch.no_grad():
        bias[::2], bias[1::2] = 0.1, -0.1
    try:
        backbone = load(str(sd2_file(path, sd2_parts)), "cpu")
        assert (backbone.prediction, backbone.pixels) == ("v_prediction", 768)
        sd2_file(path, sd2_parts, {"modelspec.prediction_type": "epsilon"})
        assert read_checkpoint(path).prediction == "epsilon"
        for text in ('parameterization: "v"', "scaling_config: {target: sgm.denoiser_scaling.VScaling}"):
            path.with_suffix(".yaml").write_text(f"model:\n  params:\n    {text}\n")
            assert read_checkpoint(path).prediction == "v_prediction"
        path.with_suffix(".yaml").write_text("model: {}\n")  # says nothing: the header counts
        assert read_checkpoint(path).prediction == "epsilon"
    finally:
        with torch.no_grad():
            bias.zero_()
    extra = {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}
    backbone = load(str(sd2_file(tmp_path / "zero.safetensors", sd2_parts, **extra)), "cpu")
    assert backbone.prediction == "v_prediction"
    assert backbone.schedule.levels(10)[-1].a == 0


def test_a_file_without_a_mark_predicts_what_it_is_told(sd2_parts, tmp_path):
    path = sd2_file(tmp_path / "unmarked.safetensors", sd2_parts)
    told = Parameterisation("v", zero_snr=True)
    assert load(str(path), "cpu").parameterisation == Parameterisation("epsilon", zero_snr=False)
    backbone = load(str(path), "cpu", told)
    assert (backbone.parameterisation, backbone.pixels) == (told, 768)
    tell(path, ModelCard(prediction="v"))
    assert load(str(path), "cpu").parameterisation == Parameterisation("v", zero_snr=False)
    assert not (path.parent / "palimpsest.json").exists()


def test_an_sdxl_file_is_the_model_that_was_written(tmp_path):
    torch.manual_seed(2)
    unet = thin_sdxl_unet(transformer_layers_per_block=(1, 2, 10)).eval()
    vae = thin_vae().eval()
    first, second = thin_clip(64, "quick_gelu", 2).eval(), thin_clip(64, "gelu", 3, projected=64).eval()
    path = layout.write(
        tmp_path / "thin-xl.safetensors",
        layout.original_unet(unet.state_dict()),
        layout.original_vae(vae.state_dict()),
        layout.original_clip(first.state_dict(), "conditioner.embedders.0.transformer."),
        layout.open_clip(second.state_dict(), "conditioner.embedders.1.model."),
    )
    backbone = load(str(path), "cpu")
    assert (backbone.pixels, backbone.parts.vae.config.scaling_factor) == (1024, 0.13025)
    conditions = {"text_embeds": torch.randn(1, 64), "time_ids": torch.ones(1, 6)}
    assert same_unet(backbone, unet, 128, added_cond_kwargs=conditions)
    assert same_vae(backbone, vae)
    ids = clip_tokenizer("!")("a cat", padding="max_length", max_length=77, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        expected = second(ids, output_hidden_states=True)
    said = backbone.text("a cat")
    assert torch.allclose(said.pooled, expected.text_embeds, atol=1e-5)
    assert torch.allclose(said.tokens[..., 64:], expected.hidden_states[-2], atol=1e-5)


def test_an_old_merge_without_clip_s_shell_is_the_same_model(sd1, tmp_path):
    """As merges from before transformers' CLIP had its outer name have it, position numbers and all."""
    room = "cond_stage_model.transformer."

    def strip(weights):
        for key in [key for key in weights if key.startswith(room)]:
            weights[key.replace(f"{room}text_model.", room)] = weights.pop(key)
        weights[f"{room}embeddings.position_ids"] = torch.arange(77)[None]

    path = rewrite(sd1[0], tmp_path / "old.safetensors", strip)
    old, whole = load(str(path), "cpu"), load(str(sd1[0]), "cpu")
    assert torch.equal(old.text("a red car").tokens, whole.text("a red car").tokens)
    assert describe(str(path)).memory("half") >= describe(str(sd1[0])).memory("half")


PRUNED = {  # built as these are, thinner: (layers, middle block, transformers down, transformers up)
    "SSD-1B": (2, "UNetMidBlock2D", [0, [2, 2], [4, 4]], [[4, 4, 10], [2, 1, 1], 0]),
    "Vega": (2, "UNetMidBlock2D", [0, [1, 1], [2, 2]], [[2, 2, 2], [1, 1, 1], 0]),
    "KOALA-700M": (1, None, [0, [2], [5]], [[5, 5], [2, 2], 0]),
    "KOALA-1B": (1, "UNetMidBlock2DCrossAttn", [0, [2], [6]], [[6, 6], [2, 2], 0]),
}


@pytest.mark.parametrize("name", PRUNED)
def test_a_pruned_sdxl_is_as_deep_as_its_header_says(name, tmp_path):
    layers, middle, down, up = PRUNED[name]
    torch.manual_seed(2)
    unet = thin_sdxl_unet(
        mid_block_type=middle,
        layers_per_block=layers,
        transformer_layers_per_block=down,
        reverse_transformer_layers_per_block=up,
    ).eval()
    first, second = thin_clip(64, "quick_gelu", 2), thin_clip(64, "gelu", 3, projected=64)
    path = layout.write(
        tmp_path / f"{name}.safetensors",
        layout.original_unet(unet.state_dict(), layers),
        layout.original_vae(thin_vae().state_dict()),
        layout.original_clip(first.state_dict(), "conditioner.embedders.0.transformer."),
        layout.open_clip(second.state_dict(), "conditioner.embedders.1.model."),
    )
    told = read_checkpoint(path).config["unet"]  # by the header alone
    assert (told["layers_per_block"], told["mid_block_type"]) == (layers, middle)
    backbone = load(str(path), "cpu")
    found, written = backbone.parts.unet.state_dict(), unet.state_dict()
    assert set(found) == set(written)
    conditions = {"text_embeds": torch.randn(1, 64), "time_ids": torch.ones(1, 6)}
    assert same_unet(backbone, unet, 128, added_cond_kwargs=conditions)


def test_a_pruned_sd1_of_one_layer_a_block_without_a_middle(sd1, tmp_path):
    from diffusers import UNet2DConditionModel

    torch.manual_seed(4)
    thin = {"block_out_channels": (32, 64, 128, 128), "cross_attention_dim": 64, "attention_head_dim": 8}
    unet = UNet2DConditionModel(layers_per_block=1, mid_block_type=None, sample_size=64, **thin).eval()
    _, vae, clip = sd1[1]
    path = layout.write(
        tmp_path / "small.safetensors",
        layout.original_unet(unet.state_dict(), 1),
        layout.original_vae(vae.state_dict()),
        layout.original_clip(clip.state_dict(), "cond_stage_model.transformer."),
    )
    assert same_unet(load(str(path), "cpu"), unet, 64)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("model.diffusion_model.input_blocks.11."), "11 rooms, which don't make 4 blocks"),
        (
            without("model.diffusion_model.input_blocks.2.1.transformer_blocks."),
            "blocks of which only some layers read the text",
        ),
    ],
)
def test_a_unet_of_no_possible_depth_is_refused_by_its_header(sd1, tmp_path, change, says):
    with pytest.raises(InputError, match=says):
        read_checkpoint(rewrite(sd1[0], tmp_path / "odd.safetensors", change))


def test_an_inpainting_file_is_recognised(sd1, tmp_path):
    _, (_, vae, clip) = sd1
    unet = thin_unet(64, channels=9, attention_head_dim=8).eval()
    path = layout.write(
        tmp_path / "inpaint.safetensors",
        layout.original_unet(unet.state_dict()),
        layout.original_vae(vae.state_dict()),
        layout.original_clip(clip.state_dict(), "cond_stage_model.transformer."),
    )
    assert load(str(path), "cpu").inpaints


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("first_stage_model."), "lacks the VAE"),
        (without("cond_stage_model."), "lacks the text encoder"),
        (without("model.diffusion_model."), "lacks the network"),
        (
            without("model.diffusion_model.middle_block.1.proj_in"),
            r"its unet lacks 2 of its weights.*proj_in",
        ),
    ],
)
def test_what_is_missing_is_named(sd1, tmp_path, change, says):
    with pytest.raises(InputError, match=says):
        load(str(rewrite(sd1[0], tmp_path / "changed.safetensors", change)), "cpu")


def test_weights_of_8_bits_come_with_their_scale(sd1, tmp_path):
    """As scaled fp8 files have them: W / scale, and scale beside it."""
    key = "model.diffusion_model.middle_block.1.proj_in"

    def shrink(weights):
        scale = weights[f"{key}.weight"].abs().max() / 400
        weights[f"{key}.weight"] = (weights[f"{key}.weight"] / scale).to(torch.float8_e4m3fn)
        weights[f"{key}.scale_weight"] = scale
        weights["model.diffusion_model.scaled_fp8"] = torch.zeros(0)

    backbone = load(str(rewrite(sd1[0], tmp_path / "fp8.safetensors", shrink)), "cpu")
    found = backbone.parts.unet.mid_block.attentions[0].proj_in.weight
    written = sd1[1][0].mid_block.attentions[0].proj_in.weight
    assert (found - written).norm() < 0.05 * written.norm()


def test_a_running_average_beside_the_network_is_not_counted_as_memory(sd1, tmp_path):
    average = {"model_ema.diffusion_modelout2weight": torch.zeros(1000, 1000)}
    path = rewrite(sd1[0], tmp_path / "ema.safetensors", lambda weights: weights.update(average))
    assert describe(str(path)).parts == describe(str(sd1[0])).parts


def test_damaged_files_are_named_by_what_is_missing(sd1, tmp_path):
    whole, path = sd1[0].read_bytes(), tmp_path / "part.safetensors"
    for data, says in (
        (whole[:-1000], r"cut off: [\d,]+ of [\d,]+ bytes"),
        (whole[:5000], "cut off"),
        (b"", "cut off"),
        (b"PK\x03\x04 this is a zip file", "not a safetensors file"),
        (b"\x10\0\0\0\0\0\0\0{ no json at all", "damaged"),
    ):
        path.write_bytes(data)
        with pytest.raises(InputError, match=says):
            read_checkpoint(path)
    pickle = tmp_path / "model.ckpt"
    pickle.write_bytes(b"anything")
    with pytest.raises(InputError, match="pickled") as refused:
        load(str(pickle), "cpu")
    assert "safetensors" in refused.value.hint


@pytest.fixture(scope="module", params=["3", "3.5 medium"])
def sd3(request):
    """The modules of a thin SD3: transformer, VAE, two CLIPs and T5."""
    from diffusers import SD3Transformer2DModel
    from transformers import T5Config, T5EncoderModel

    torch.manual_seed(3)
    transformer = SD3Transformer2DModel(
        sample_size=128,
        in_channels=16,
        out_channels=16,
        num_layers=2,
        attention_head_dim=64,
        num_attention_heads=2,
        joint_attention_dim=128,
        caption_projection_dim=128,
        pooled_projection_dim=128,
        pos_embed_max_size=16,
        **({"qk_norm": "rms_norm", "dual_attention_layers": (0,)} if request.param != "3" else {}),
    )
    vae = thin_vae(16, use_quant_conv=False, use_post_quant_conv=False)
    t5 = T5EncoderModel(
        T5Config(
            vocab_size=64,
            d_model=128,
            d_kv=64,
            d_ff=64,
            num_layers=2,
            num_heads=2,
            feed_forward_proj="gated-gelu",
            is_encoder_decoder=False,
        )
    )
    clips = thin_clip(64, "quick_gelu", 3, projected=64), thin_clip(64, "gelu", 3, projected=64)
    return tuple(module.eval() for module in (transformer, vae, *clips, t5))


def sd3_file(path: Path, modules, *, with_t5: bool) -> Path:
    transformer, vae, first, second, t5 = modules
    parts = [
        layout.original_sd3(transformer.state_dict()),
        layout.original_vae(vae.state_dict()),
        layout.original_clip(first.state_dict(), "text_encoders.clip_l.transformer."),
        layout.original_clip(second.state_dict(), "text_encoders.clip_g.transformer."),
    ]
    if with_t5:
        weights = {key: value for key, value in t5.state_dict().items() if "embed_tokens" not in key}
        parts.append({f"text_encoders.t5xxl.transformer.{key}": value for key, value in weights.items()})
    return layout.write(path, *parts)


@pytest.mark.parametrize("with_t5", [False, True])
def test_an_sd3_file_is_the_model_that_was_written(sd3, tmp_path, with_t5):
    transformer, vae, first, second, t5 = sd3
    if with_t5:
        tiny_t5_tokenizer().save_pretrained(tmp_path / "tokenizer_3")
    path = sd3_file(tmp_path / "thin-v3.safetensors", sd3, with_t5=with_t5)
    backbone = load(str(path), "cpu")
    assert (backbone.name, backbone.pixels, backbone.channels, backbone.patch) == ("thin-v3", 1024, 16, 2)
    ours = backbone.parts
    pairs = [(ours.transformer, transformer), (ours.text_encoder, first), (ours.text_encoder_2, second)]
    pairs += [(ours.text_encoder_3, t5)] if with_t5 else []
    for found, written in pairs:
        expected, state = written.state_dict(), found.state_dict()
        assert set(state) == set(expected)
        assert all(torch.equal(state[key], value) for key, value in expected.items())
    picture = torch.rand(1, 3, 32, 32) * 2 - 1
    with torch.no_grad():
        latent = vae.encode(picture).latent_dist.mode()
    config = ours.vae.config
    assert (config.scaling_factor, config.shift_factor) == (1.5305, 0.0609)
    expected = (latent - config.shift_factor) * config.scaling_factor
    assert torch.allclose(backbone.encode(picture), expected, atol=1e-4)
    said = backbone.text("a cat")
    ids = clip_tokenizer("!")("a cat", padding="max_length", max_length=77, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        assert torch.allclose(said.pooled[:, 64:], second(ids).text_embeds, atol=1e-5)
    assert said.tokens[:, 77:].any() == with_t5
    assert ours.transformer.config.sample_size == transformer.config.sample_size


def sd3_header(path: Path, *, t5: bool) -> Path:
    """The keys of an SD3 file, with hardly any weights behind them."""
    keys = {
        "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight": (12, 4),
        "model.diffusion_model.x_embedder.proj.weight": (128, 16, 2, 2),
        "model.diffusion_model.final_layer.linear.weight": (64, 128),
        "model.diffusion_model.context_embedder.weight": (128, 4096),
        "model.diffusion_model.y_embedder.mlp.0.weight": (128, 256),
        "model.diffusion_model.pos_embed": (1, 16, 4),
        "first_stage_model.encoder.conv_in.weight": (32, 3, 3, 3),
        "first_stage_model.decoder.conv_in.weight": (32, 16, 3, 3),
    }
    for clip in ("clip_l", "clip_g"):
        prefix = f"text_encoders.{clip}.transformer.text_model."
        keys |= {
            f"{prefix}embeddings.token_embedding.weight": (10, 64),
            f"{prefix}embeddings.position_embedding.weight": (77, 64),
            f"{prefix}encoder.layers.0.mlp.fc1.weight": (128, 64),
        }
    if t5:
        keys["text_encoders.t5xxl.transformer.shared.weight"] = (8, 4)
    return layout.write(path, {key: torch.zeros(shape) for key, shape in keys.items()})


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> Path:
    """A machine with neither models nor a hub's cache; the folder that both would lie in."""
    home = tmp_path / "home"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home / "cache"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: home / "data")
    return home


def test_an_sd3_file_with_t5_is_read_without_where_there_is_no_tokenizer(tmp_path, nowhere):
    plain = read_checkpoint(sd3_header(tmp_path / "plain.safetensors", t5=False))
    assert plain.layout.family.name == "Stable Diffusion 3"
    assert plain.config["transformer"]["num_attention_heads"] == 2
    assert plain.notices == ()
    without = read_checkpoint(sd3_header(tmp_path / "t5.safetensors", t5=True))
    assert list(without.headers) == list(plain.headers)
    said, how = without.notices
    assert said.startswith("t5.safetensors holds the text encoder T5, which is left out")
    assert how.startswith("“palimpsest models tokenizer --of t5” fetches it once")
    assert (without.lacks, plain.lacks) == ("t5", "")
    assert without.weights == plain.weights


def test_without_its_tokenizer_t5_s_text_is_zeros_and_a_notice_says_so(sd3, tmp_path, nowhere):
    with_t5 = sd3_file(tmp_path / "with.safetensors", sd3, with_t5=True)
    backbone = load(str(with_t5), "cpu")
    alone = load(str(sd3_file(tmp_path / "alone.safetensors", sd3, with_t5=False)), "cpu")
    assert backbone.parts.text_encoder_3 is None
    assert torch.equal(backbone.text("a cat").tokens, alone.text("a cat").tokens)
    assert [text for text in backbone.notices if "T5, which is left out" in text]
    assert backbone.lacks == "t5"
    assert not alone.notices
    assert not alone.lacks


PLACES = {  # of T5's tokenizer, below the home of this test
    "kept": "data/tokenizers/t5",
    "fetched": "data/models/some--sd3/tokenizer_3",
    "in the hub's cache": "cache/models--some--sd3/snapshots/abc/tokenizer_3",
    "T5 in the hub's cache": "cache/models--google-t5--t5-small/snapshots/abc",
}


@pytest.mark.parametrize("place", PLACES)
def test_t5_s_tokenizer_is_found_on_this_machine_and_part_of_what_the_model_is(sd3, tmp_path, nowhere, place):
    file = sd3_file(tmp_path / "with.safetensors", sd3, with_t5=True)
    request = EditRequest(photo="", query="a cat", model=str(file))
    without = identity_of(request)
    folder = nowhere / PLACES[place]
    tiny_t5_tokenizer().save_pretrained(folder)
    assert read_checkpoint(file).tokenizer == folder
    backbone = load(str(file), "cpu")
    assert backbone.parts.text_encoder_3 is not None
    assert not backbone.notices
    told = identity_of(request)
    assert None not in (told, without)
    assert told.digest != without.digest
    words = folder / "tokenizer.json"
    words.write_text(words.read_text() + "\n")
    assert identity_of(request).digest != told.digest


def test_t5_s_tokenizer_is_chosen_by_command(tmp_path, nowhere, capsys):
    from core import cli

    folder = tmp_path / "sd3"
    tiny_t5_tokenizer().save_pretrained(folder / "tokenizer_3")
    assert cli.main(["models", "tokenizer", str(folder)]) == 0
    assert (nowhere / "data/tokenizers/t5/tokenizer.json").is_file()
    assert find_tokenizer(T5, tmp_path) == nowhere / "data/tokenizers/t5"
    assert "now read with T5" in capsys.readouterr().out
    (folder / "tokenizer_3/tokenizer.json").write_text("{ no json")
    for wrong in (folder, tmp_path):
        assert cli.main(["models", "tokenizer", str(wrong)]) == 2
    said = capsys.readouterr().err
    assert "is damaged" in said
    assert "holds no tokenizer.json" in said


def test_the_shipped_configurations_are_json_objects():
    from resources import models_folder

    for name in ("sd1", "sd2", "sdxl", "sd3", "z_image", "flux2_klein", "flux1", "chroma", "qwen_image"):
        config = json.loads((models_folder() / f"{name}.json").read_text())
        assert {"vae", "text_encoder", "scheduler"} <= set(config)
        assert ("tokenizer" in config) == (name not in ("z_image", "flux2_klein", "chroma", "qwen_image"))
