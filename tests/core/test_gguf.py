"""GGUF files of text encoders, as llama.cpp writes them, and of U-Nets and SD 3, as ComfyUI-GGUF does.

What is read is what `gguf` itself says of the same blocks, to the bit.
"""

from pathlib import Path
from typing import Any

import gguf
import msgspec
import numpy as np
import pytest
import torch

from core.errors import InputError
from core.models.files import single_file
from core.models.files.checkpoint import Checkpoint, read_checkpoint
from core.models.files.checkpoint_config import _fit_network
from core.models.files.gguf import gguf_header
from core.models.files.header import AGAIN, SafetensorsHeader, read_header
from core.models.files.packed import PackedLinear
from core.models.files.refusal import refusal
from core.models.files.split import layout_of, with_prefix
from core.models.memory.device import place
from core.models.recognise.file import recognise_file
from core.models.recognise.gguf import read_gguf
from core.models.show import show
from resources import models_folder
from tests.core import original_layout as layout
from tests.core.gguf_files import SIDES, finish, written
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
from tests.core.tiny import tiny_qwen3, tiny_qwen_tokenizer, tiny_qwen_vl, tiny_t5_tokenizer

WIDTH = 256  # of which a block is a row


def packed_layers(module: Any) -> int:
    return sum(isinstance(layer, PackedLinear) for layer in module.modules())


def assert_says(module: Any, expected: layout.Weights) -> None:
    """It holds these weights to the bit, packed or not."""
    for name, value in expected.items():
        layer, _, parameter = name.rpartition(".")
        assert torch.equal(getattr(module.get_submodule(layer), parameter), value), name


def t5() -> Any:
    from transformers import T5Config, T5EncoderModel

    gated = {"feed_forward_proj": "gated-gelu", "is_encoder_decoder": False}
    sizes = {"vocab_size": 64, "d_model": WIDTH, "d_ff": WIDTH, "num_layers": 2, "num_heads": 4}
    return T5EncoderModel(T5Config(**sizes, **gated))


def chroma() -> layout.Weights:
    from diffusers import ChromaTransformer2DModel

    sizes = {"num_layers": 1, "num_single_layers": 1, "num_attention_heads": 1}
    few = {"approximator_hidden_dim": 16, "approximator_layers": 1}
    made = ChromaTransformer2DModel(**sizes, **few, joint_attention_dim=WIDTH)
    return layout.original_chroma(made.state_dict())


def z_image() -> layout.Weights:
    from diffusers import ZImageTransformer2DModel

    few = {"n_layers": 1, "n_refiner_layers": 1, "n_heads": 1, "n_kv_heads": 1}
    made = ZImageTransformer2DModel(dim=128, **few, cap_feat_dim=WIDTH, axes_lens=(1536, 512, 512))
    return layout.original_z_image(made.state_dict())


def qwen_image() -> layout.Weights:
    from diffusers import QwenImageTransformer2DModel

    made = QwenImageTransformer2DModel(num_layers=1, num_attention_heads=1, joint_attention_dim=WIDTH)
    return made.state_dict()


@pytest.fixture(scope="module")
def vaes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with FLUX.1's VAE, Qwen-Image's, and the tokenizers."""
    from diffusers import AutoencoderKLQwenImage

    folder = tmp_path_factory.mktemp("vaes")
    write(folder / "ae.safetensors", layout.original_vae(flux_vae().state_dict()), strip=VAE)
    film = AutoencoderKLQwenImage(base_dim=8).state_dict()
    write(folder / "qwen_image_vae.safetensors", layout.original_film(film))
    tiny_t5_tokenizer().save_pretrained(folder / "tokenizer_3")
    tiny_qwen_tokenizer().save_pretrained(folder / "tokenizer")
    return folder


READERS = {  # network → its text encoder, and what llama.cpp calls that
    "chroma": (chroma, t5, "T5ENCODER"),
    "z_image": (z_image, lambda: tiny_qwen3(layers=2, width=WIDTH), "QWEN3"),
    "qwen_image": (qwen_image, lambda: tiny_qwen_vl(WIDTH, heads=2).model.language_model, "QWEN2VL"),
}


def beside_its_vae(vaes: Path, folder: Path, name: str) -> tuple[Path, layout.Weights, dict[str, str], str]:
    """A network's file, the weights of its text encoder, their names by llama.cpp, and what it calls that."""
    network, encoder, arch = READERS[name]
    for file in vaes.iterdir():
        (folder / file.name).symlink_to(file)
    state = encoder().eval().state_dict()
    theirs = gguf.get_tensor_name_map(gguf.MODEL_ARCH[arch], 2)
    names = {key: theirs.get_name(key, (".weight", ".bias")) for key in state if "embed_tokens" not in key}
    words = "shared.weight" if "shared.weight" in state else "embed_tokens.weight"
    names[words] = "token_embd.weight"
    assert all(names.values())
    file = write(folder / f"{name}.safetensors", network())
    return file, state, names, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH[arch]]


@pytest.mark.parametrize("name", READERS)
def test_a_text_encoder_is_read_by_llama_cpp_s_names(vaes, tmp_path, name):
    torch.manual_seed(1)
    file, state, names, said = beside_its_vae(vaes, tmp_path, name)
    weights = {told: state[key] for key, told in names.items()}
    words_file = tmp_path / "words-Q4_K_M.gguf"
    held = written(words_file, {**weights, "output.weight": torch.zeros(300, WIDTH)}, said)
    checkpoint = read_checkpoint(file)
    assert checkpoint.files["text_encoder"] == words_file
    expected = {key: held[told] for key, told in names.items()}
    module = single_file._module(checkpoint, "text_encoder", place("cpu"))
    assert_says(module, expected)
    assert packed_layers(module) >= 10  # all whose rows are whole blocks of their format
    shown = show(str(words_file))
    assert shown.why.startswith(f"{words_file.name} is a text encoder alone (")
    assert "found beside" in shown.hint
    written(words_file, weights, said, ("Q8_0", "Q8_0", "IQ4_NL"))
    with pytest.raises(InputError, match="lacks the text encoder, and no file") as refused:
        read_checkpoint(file)
    assert "words-Q4_K_M.gguf holds weights in iq4_nl, which this program can't read" in refused.value.hint
    assert "Get it in Q4_K, Q5_K, Q6_K or Q8_0" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "more", "reads"),
    [("chroma", "enc.blk.1.attn_rel_b.weight", "T5"), ("z_image", "blk.0.post_ffw_norm.weight", "Qwen3")],
)
def test_umt5_and_gemma_of_the_same_width_are_passed_over_and_named(vaes, tmp_path, name, more, reads):
    """By the layer that they have more."""
    file, state, names, said = beside_its_vae(vaes, tmp_path, name)
    weights = {told: state[key] for key, told in names.items()}
    written(tmp_path / "a.gguf", {**weights, more: torch.zeros(WIDTH)}, said)
    with pytest.raises(InputError, match="lacks the text encoder, and no file") as refused:
        read_checkpoint(file)
    assert f"a.gguf is of a kind unknown, but the model reads {reads}." in refused.value.hint
    written(tmp_path / "b.gguf", weights, said)
    assert read_checkpoint(file).files["text_encoder"] == tmp_path / "b.gguf"


def test_a_language_model_that_sees_nothing_is_not_taken_for_one_that_does(vaes, tmp_path):
    for file in vaes.iterdir():
        (tmp_path / file.name).symlink_to(file)
    file = write(tmp_path / "qwen_image.safetensors", qwen_image())
    state = tiny_qwen_vl(WIDTH, heads=2).model.language_model.state_dict()
    theirs = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2VL, 2)
    weights = {theirs.get_name(key, (".weight", ".bias")): it for key, it in state.items()}
    written(tmp_path / "qwen2.5-7b-Q8_0.gguf", weights, "qwen2", ("Q8_0",))
    with pytest.raises(InputError, match="lacks the text encoder"):
        read_checkpoint(file)


def sd1() -> layout.Weights:
    return layout.original_unet(thin_unet(64, attention_head_dim=8).state_dict())


def sdxl() -> layout.Weights:
    wide = {"block_out_channels": (64, 128, 256), "attention_head_dim": (1, 2, 4)}
    unet = thin_sdxl_unet(256, pooled=160, **wide)
    return layout.original_unet(unet.state_dict())


def sd3() -> layout.Weights:
    from diffusers import SD3Transformer2DModel

    made = SD3Transformer2DModel(
        sample_size=16,
        num_layers=2,
        attention_head_dim=64,
        num_attention_heads=4,
        joint_attention_dim=256,
        caption_projection_dim=256,
        pooled_projection_dim=256,
        pos_embed_max_size=16,
        out_channels=16,
        qk_norm="rms_norm",
    )
    return layout.original_sd3(made.state_dict())


def network_of(header: SafetensorsHeader) -> Any:
    """The network alone, as a checkpoint's is made."""
    whole = with_prefix(header)
    found = layout_of(whole)
    config = msgspec.json.decode((models_folder() / f"{found.config}.json").read_bytes())
    _fit_network(whole, found, config)
    part = found.family.network
    return single_file._module(Checkpoint({part: whole}, found, config, "epsilon", ""), part, place("cpu"))


@pytest.mark.parametrize("make", [sdxl, sd3])
def test_a_network_of_stable_diffusion_is_read_as_comfyui_writes_it(tmp_path, make):
    torch.manual_seed(2)
    weights = {key.removeprefix(NETWORK): it for key, it in make().items()}
    file = tmp_path / f"{make.__name__}-Q4_K_M.gguf"
    held = written(file, weights, make.__name__, fixed=make is not sd3)
    assert refusal(recognise_file(file), file.name) is None
    module, full = (
        network_of(gguf_header(file)),
        network_of(read_header(write(tmp_path / "a.safetensors", held))),
    )
    assert_says(module, full.state_dict())
    assert packed_layers(module) >= 4
    assert packed_layers(full) == 0


def test_a_gguf_u_net_opens_with_the_parts_beside_it(tmp_path):
    torch.manual_seed(0)
    file = tmp_path / "drawing-Q8_0.gguf"
    written(file, {key.removeprefix(NETWORK): it for key, it in sd1().items()}, "sd1", fixed=True)
    colours = layout.original_vae(thin_vae().state_dict())
    write(tmp_path / "vae-ft-mse-840000.safetensors", colours, strip=VAE)
    write(tmp_path / "clip_l.safetensors", layout.shelled(thin_clip(64, "quick_gelu", 1).state_dict()))
    checkpoint = read_checkpoint(file)
    assert {part: header.path.name for part, header in checkpoint.headers.items()} == {
        "unet": file.name,
        "vae": "vae-ft-mse-840000.safetensors",
        "text_encoder": "clip_l.safetensors",
    }
    assert checkpoint.weights["unet"].packed.numbers > 0
    assert show(str(file)).usable


def test_what_is_called_by_a_family_s_name_and_is_none_of_it_is_refused(tmp_path):
    """Its layers would else be taken for a U-Net's, which they are as little."""
    file = tmp_path / "a.gguf"
    written(file, {"layers.0.mixing.weight": torch.zeros(8, 256)}, "flux", ("Q8_0",))
    assert recognise_file(file).families == ("FLUX.1",)
    with pytest.raises(
        InputError, match=r"a\.gguf is a GGUF file of a network that isn't known here"
    ) as said:
        read_checkpoint(file)
    assert "Choose a model of" in said.value.hint


def test_sides_that_don_t_fit_are_damage(tmp_path):
    file = tmp_path / "x.gguf"
    writer = gguf.GGUFWriter(file, "sd1")
    writer.add_tensor("a.weight", np.zeros((2, 256), np.float16))
    writer.add_array(SIDES + "a.weight", [3, 4, 5])
    finish(writer)
    with pytest.raises(InputError, match="makes no sense") as refused:
        read_gguf(file)
    assert refused.value.hint == AGAIN
