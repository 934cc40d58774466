"""The published sizes, counted on the meta device, and what the adapters make of the real configurations."""

import json

import pytest
import torch
from diffusers.loaders import single_file_utils

from core.models.adapters.flow import read_flow
from core.models.adapters.unet import read_schedule
from core.models.files.checkpoint_config import FLOWS
from core.models.files.flux_layout import diffusers_names
from core.models.files.header import read_header
from core.models.files.layouts import NETWORK
from core.models.files.single_file import _adapter
from core.models.files.split import layout_of, with_prefix
from core.models.files.weights import check_fit, empty_like, without_weights
from resources import models_folder
from tests.core.full_sizes import NETWORKS, full_sized
from tests.core.shaped import real_headers, shaped_file

PARAMETERS = {"sd1": 859_520_964, "sd2": 865_910_724, "sdxl": 2_567_463_684, "sd3": 2_028_328_000}
PIXELS = {"sd1": 512, "sd2": 512, "sdxl": 1024, "sd3": 1024}


def count(module: torch.nn.Module) -> int:
    assert all(weight.is_meta for weight in module.parameters())
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize("family", list(NETWORKS))
def test_the_networks_have_their_published_sizes(family):
    network = full_sized(family)
    assert count(network) == pytest.approx(PARAMETERS[family], rel=1e-3 if family == "sd3" else 0)
    vae = full_sized(family, "vae")
    factor = 2 ** (len(vae.config.block_out_channels) - 1)
    assert (network.config.sample_size * factor, factor) == (PIXELS[family], 8)
    assert network.config.in_channels == vae.config.latent_channels


def test_the_vae_of_sd1_has_its_published_size():
    assert count(full_sized("sd1", "vae")) == 83_653_863


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_the_schedules_end_almost_in_noise(family):
    config = json.loads((models_folder() / f"{family}.json").read_bytes())["scheduler"]
    schedule, prediction = read_schedule(family, config)
    assert prediction == "epsilon"
    last = schedule.levels(20)[-1]
    assert last.timestep == 999
    assert last.a == pytest.approx(0.0683, abs=1e-4)


def test_sd3_s_flow_is_shifted_by_three():
    config = json.loads((models_folder() / "sd3.json").read_bytes())["scheduler"]
    assert read_flow("sd3", config).levels(2)[1].s == pytest.approx(0.75)


def test_chroma_has_its_published_size():
    from diffusers import ChromaTransformer2DModel

    config = json.loads((models_folder() / "chroma.json").read_bytes())["transformer"]
    with torch.device("meta"):
        network = ChromaTransformer2DModel.from_config(config)
    assert count(network) == pytest.approx(8.9e9, rel=0.01)


GUIDE = "distilled_guidance_layer."
LACKED = ("time_in.", "vector_in.", "guidance_in.", "img_mod.", "txt_mod.", "modulation.", "adaLN")


@pytest.mark.parametrize("family", ["flux", "chroma"])
def test_flux_and_chroma_are_renamed_as_by_diffusers(family):
    """By the names of a file that people have, as many rows as there, for its converters know no other
    width; and one column, for nothing is done to those. Chroma has a network in the place of some of them.
    """
    sides = {key: value[1] for key, value in real_headers()["flux1-dev"].items() if key != "__metadata__"}
    sides = {key: it for key, it in sides.items() if "blocks." not in key or "_blocks.0." in key}
    if family == "chroma":
        sides = {key: it for key, it in sides.items() if not any(lacked in key for lacked in LACKED)}
        layers = ("in_proj", "layers.0.in_layer", "layers.0.out_layer", "out_proj")
        sides |= {f"{GUIDE}{layer}.weight": (5120, 1) for layer in layers}
        sides |= {f"{GUIDE}{layer}.bias": (5120,) for layer in layers} | {f"{GUIDE}norms.0.scale": (5120,)}
    weights = {key: torch.randn(it[0], *[1] * (len(it) - 1)) for key, it in sides.items()}
    ours = diffusers_names(dict(weights), 3072)
    theirs = getattr(single_file_utils, f"convert_{family}_transformer_checkpoint_to_diffusers")(weights)
    assert not weights, "all of it was read"
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], value) for key, value in theirs.items())


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("z_image_turbo_bf16", 6.15e9),
        ("flux-2-klein-4b", 3.88e9),
        ("flux1-dev", 11.9e9),
        ("flux1-schnell", 11.9e9),
        ("qwen_image_edit_2511_bf16", 20.4e9),  # as large as the one that draws without another picture
    ],
)
def test_real_networks_fit_what_is_built_for_them(name, numbers, tmp_path):
    """By the headers of the files that people have: every weight is found, in its shape."""
    header = with_prefix(read_header(shaped_file(tmp_path / f"{name}.safetensors", real_headers()[name])))
    layout = layout_of(header)
    config = json.loads((models_folder() / f"{layout.config}.json").read_bytes())["transformer"]
    FLOWS[layout.config](header, config)
    recipe = _adapter(layout.family).recipe("transformer", NETWORK, config, header)
    with without_weights():
        network = recipe.make()
    weights = empty_like(header, header.under(NETWORK), torch.bfloat16)
    check_fit(name, network, recipe.rename(weights, network))
    assert count(network) == pytest.approx(numbers, rel=0.01)
