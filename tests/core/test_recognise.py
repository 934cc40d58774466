"""What files are, told from their headers: those that people have, and others built like them."""

from pathlib import Path

import pytest

from core.models.files.split import VAES
from core.models.recognise.facts import recognise_facts, signatures
from core.models.recognise.file import recognise_file
from core.models.recognise.kinds import ModelKind
from core.models.recognise.layers import Layers
from core.models.recognise.names import WORDS, told_by
from core.models.recognise.rooms import divided
from core.models.recognise.vaes import SD_VAE, SIXTEEN
from tests.core.other_headers import OTHERS
from tests.core.shaped import facts_of, real_headers, shaped_file

# name → kind, family, variant, number format, prediction, distilled
REAL = {
    "4x-upscaler": ("upscaler", "ESRGAN", "", "float32", None, None),
    "512-depth-ema": ("checkpoint", "SD 2.x depth", "", "float32", "epsilon", False),
    "CosXL": ("checkpoint", "CosXL", "", "float16", "v", False),
    "DreamShaperXL_Turbo_v2_1": ("checkpoint", "SDXL", "SDXL Turbo", "float16", "epsilon", True),
    "EasyNegative": ("textual-inversion", "SD 1.x", "", "float32", None, None),
    "clip_l": ("text-encoder", "CLIP-L", "", "float16", None, None),
    "comfy_sdxl_unet_only_prefixed": ("network", "SDXL", "", "float16", "epsilon", False),
    "control_v11p_sd15_canny_fp16_original": ("controlnet", "SD 1.x", "", "float16", None, None),
    "dreamshaper_8_pruned": ("checkpoint", "SD 1.x", "", "float16", "epsilon", False),
    "flux-2-klein-4b": ("network", "FLUX.2 klein", "", "bfloat16", "flow", True),
    "flux1-dev-fp8_comfy_checkpoint": ("checkpoint", "FLUX.1 dev", "", "float8", "flow", True),
    "flux1-dev": ("network", "FLUX.1 dev", "", "bfloat16", "flow", True),
    "flux1-fill-dev": ("network", "FLUX.1 Fill", "", "bfloat16", "flow", True),
    "flux1-schnell": ("network", "FLUX.1 schnell", "", "bfloat16", "flow", True),
    "instruct-pix2pix-00-22000": ("checkpoint", "SD 1.x InstructPix2Pix", "", "float32", "epsilon", False),
    "ip-adapter_sdxl_vit-h": ("ip-adapter", "SDXL", "", "float16", None, None),
    "Comfy_extracted_LoRA__diffusion_model__": (
        "lora",
        "SD 1.x, SD 2.x or SDXL",
        "",
        "float32",
        None,
        False,
    ),
    "DoRA_kohya": ("lora", "SDXL", "", "float32", None, False),
    "IA3": ("lora", "SD 1.x or SD 2.x", "", "float32", None, False),
    "LoCon_SD1_5__conv_layers_": ("lora", "SD 1.x", "", "float32", None, False),
    "LoCon_Tucker": ("lora", "SD 1.x, SD 2.x or SDXL", "", "float32", None, False),
    "LoHa": ("lora", "SD 1.x or SD 2.x", "", "float32", None, False),
    "LyCORIS_LoKr": ("lora", "SD 3 or SD 3.5 medium", "", "float32", None, False),
    "OneTrainer_SDXL___bundle_emb": ("lora", "SDXL", "", "float32", None, False),
    "PEFT_adapter_model__base_model_model__": (
        "lora",
        "SD 1.x, SD 2.x or SDXL",
        "",
        "float32",
        None,
        False,
    ),
    "SD1_5_LoRA_on_SDXL": ("lora", "SD 1.x", "", "float32", None, False),
    "SDXL_LCM_Lightning_LoRA__convs__time_emb_": ("lora", "SDXL", "SDXL Lightning", "float32", None, True),
    "SimpleTuner_PEFT__no_transformer__": ("lora", "SD 3 or SD 3.5 medium", "", "float32", None, False),
    "diffusers_PEFT_SDXL": ("lora", "SDXL", "", "float32", None, False),
    "diffusers_old_processor": ("lora", "SD 1.x, SD 2.x or SDXL", "", "float32", None, False),
    "full_diff": ("lora", "SD 1.x or SD 2.x", "", "float32", None, False),
    "kohya_SD1_5": ("lora", "SD 1.x", "", "float32", None, False),
    "kohya_SD3": ("lora", "SD 3 or SD 3.5 medium", "", "float32", None, False),
    "kohya_SD3_T5": ("lora", "SD 3 or FLUX.1", "", "float32", None, False),
    "kohya_with_extra_non_lora_key__lora_te2_text_projection_": ("lora", "SDXL", "", "float32", None, False),
    "playground-v2.5-1024px-aesthetic": ("checkpoint", "Playground 2.5", "", "float16", "epsilon", False),
    "ponyDiffusionV6XL": ("checkpoint", "SDXL", "", "float16", "epsilon", False),
    "qwen_image_edit_2511_bf16": ("network", "Qwen-Image", "Qwen-Image-Edit", "bfloat16", "flow", False),
    "sana_diffusers": ("network", "Sana", "", "bfloat16", "flow", False),
    "sd-v1-5-inpainting": ("checkpoint", "SD 1.x inpainting", "", "float32", "epsilon", False),
    "sd15_fp8": ("checkpoint", "SD 1.x", "", "float8", "epsilon", False),
    "sd15_novae": ("checkpoint", "SD 1.x", "", "float16", "epsilon", False),
    "sd15_old_civitai_no_text_model_prefix": ("checkpoint", "SD 1.x", "", "float16", "epsilon", False),
    "sd3.5_large": ("checkpoint", "SD 3.5 large", "", "float16", "flow", False),
    "sd3.5_large_fp8_scaled": ("checkpoint", "SD 3.5 large", "", "float8", "flow", False),
    "sd3.5_medium": ("checkpoint", "SD 3.5 medium", "", "float16", "flow", False),
    "sd3_medium": ("checkpoint", "SD 3", "", "float16", "flow", False),
    "sd3_medium_incl_clips": ("checkpoint", "SD 3", "", "float16", "flow", False),
    "sd3_medium_incl_clips_t5xxlfp8": ("checkpoint", "SD 3", "", "float16", "flow", False),
    "sd_xl_base_1.0": ("checkpoint", "SDXL", "", "float16", "epsilon", False),
    "sd_xl_refiner_1.0": ("checkpoint", "SDXL refiner", "", "float16", "epsilon", False),
    "sdxl_lightning_4step": ("checkpoint", "SDXL", "SDXL Lightning", "float16", "epsilon", True),
    "sdxl_unet_original_noprefix": ("network", "SDXL", "", "float16", "epsilon", False),
    "sdxl_vae": ("vae", "SD 1.x, SD 2.x or SDXL", "SDXL", "float32", None, None),
    "t5xxl_fp16": ("text-encoder", "T5-XXL", "", "float16", None, None),
    "v1-5-pruned-emaonly": ("checkpoint", "SD 1.x", "", "float32", "epsilon", False),
    "v2-1_768-ema-pruned": ("checkpoint", "SD 2.x", "", "float32", "v", False),
    "vae-ft-mse-840000-ema-pruned": ("vae", "SD 1.x, SD 2.x or SDXL", "SD 1.x", "float32", None, None),
    "z_image_turbo_bf16": ("network", "Z-Image", "Z-Image-Turbo", "bfloat16", "flow", True),
}
BY_NAME = {  # what only the name tells of these
    "DreamShaperXL_Turbo_v2_1": {"variant", "distilled"},
    "sdxl_lightning_4step": {"variant", "distilled"},
    "SDXL_LCM_Lightning_LoRA__convs__time_emb_": {"variant", "distilled"},
    "z_image_turbo_bf16": {"variant", "distilled"},
    "flux-2-klein-4b": {"distilled"},
    "qwen_image_edit_2511_bf16": {"variant"},
    "sdxl_vae": {"variant"},
    "vae-ft-mse-840000-ema-pruned": {"variant"},
    "v2-1_768-ema-pruned": {"prediction"},
}


def told(name: str, called: str):
    return recognise_facts(facts_of(real_headers()[name], called))


def test_every_header_has_its_line():
    assert REAL.keys() == real_headers().keys()


@pytest.mark.parametrize("name", REAL)
def test_a_file_is_told_for_what_it_is(name):
    found = told(name, name)
    facts = (found.kind, found.family, found.variant, found.format, found.prediction, found.distilled)
    assert facts == REAL[name]
    assert set(found.by_name) == BY_NAME.get(name, set())


@pytest.mark.parametrize("name", REAL)
def test_another_name_changes_neither_kind_nor_family(name):
    found = told(name, name)
    for other in ("model", "sdxl_turbo_vpred_inpainting", "flux1-krea-dev-lora-vae"):
        again = told(name, other)
        assert (again.kind, again.families, again.format) == (found.kind, found.families, found.format)


def unambiguous(header) -> int:
    """How many lines of the tables fit a header."""
    facts = facts_of(header, "")
    return len(list(signatures(Layers(facts.shapes), divided(facts.shapes))))


@pytest.mark.parametrize("name", REAL)
def test_one_line_of_the_tables_fits(name):
    assert unambiguous(real_headers()[name]) == (0 if REAL[name][0] == "lora" else 1)


@pytest.mark.parametrize(
    ("name", "called", "variant", "distilled", "prediction"),
    [
        ("flux1-dev", "flux1-krea-dev", "FLUX.1 Krea", True, "flow"),
        ("flux1-dev", "flux1-dev-kontext_fp8_scaled", "FLUX.1 Kontext", True, "flow"),
        ("flux1-schnell", "flux-dev-de-distill", "", False, "flow"),
        ("flux-2-klein-4b", "flux-2-klein-base-4b", "FLUX.2 klein base", False, "flow"),
        ("ponyDiffusionV6XL", "noobaiXLVpred10", "", False, "v"),
        ("ponyDiffusionV6XL", "hyperrealism_v3", "", False, "epsilon"),
        ("ponyDiffusionV6XL", "juggernautXL_8steps_hyper", "SDXL Hyper", True, "epsilon"),
        ("ponyDiffusionV6XL", "style_1000steps", "", False, "epsilon"),
        ("v2-1_768-ema-pruned", "512-base-ema", "", False, "epsilon"),
        ("v2-1_768-ema-pruned", "model", "", False, None),
        ("kohya_SD1_5", "Hyper-SD15-8steps-lora", "SD 1.x Hyper", True, None),
    ],
)
def test_what_only_a_name_tells_is_marked_so(name, called, variant, distilled, prediction):
    found = told(name, called)
    assert (found.variant, found.distilled, found.prediction) == (variant, distilled, prediction)
    plain = told(name, "model")
    for field in ("variant", "distilled", "prediction"):
        if getattr(found, field) != getattr(plain, field) and getattr(found, field):
            assert field in found.by_name


@pytest.mark.parametrize(
    ("called", "families", "variant"),
    [
        ("sd3.5_vae", SIXTEEN, "SD 3"),
        ("stable-diffusion-3-medium-vae", SIXTEEN, "SD 3"),
        ("ae", SIXTEEN, "FLUX.1"),
        ("vae", SIXTEEN, ""),
        ("z_image_turbo_vae", SIXTEEN, ""),
        ("qwen_image_edit_vae", ("Qwen-Image", "Wan"), ""),
        ("flux_krea_turbo_vae", SIXTEEN, "FLUX.1"),
        ("sdxl_vae_fp16_fix", SD_VAE, "SDXL for half precision"),
    ],
)
def test_alike_vaes_are_told_by_their_names(called, families, variant):
    assert told_by(called, ModelKind.VAE, families).variant == variant


def test_whatever_a_vae_s_name_tells_some_network_takes():
    named = {word.variant for word in WORDS if word.kind is ModelKind.VAE}
    assert named <= {name for names in VAES.values() for name in names}
    assert set(SIXTEEN) <= named, "a network finds no VAE that no name tells apart"


def test_what_the_header_says_of_itself_comes_before_the_name():
    header = real_headers()["sd_xl_base_1.0"]
    spec = {"modelspec.prediction_type": "v", "modelspec.title": "Some Lightning"}
    found = recognise_facts(facts_of({**header, "__metadata__": spec}, "base"))
    assert (found.prediction, found.variant, found.distilled, found.by_name) == (
        "v",
        "SDXL Lightning",
        True,
        (),
    )
    marked = {key: value for key, value in header.items() if key != "__metadata__"} | {"v_pred": ["F32", [0]]}
    assert recognise_facts(facts_of(marked, "base")).prediction == "v"


def test_a_true_stranger_is_unknown():
    for header in (
        {"weight": ["F32", [10, 10]], "bias": ["F32", [10]]},
        {f"backbone.layer{i}.conv.weight": ["F32", [8, 8, 3, 3]] for i in range(30)},
        {},
    ):
        found = recognise_facts(facts_of(header, "sdxl_lightning"))
        assert (found.kind, found.families, found.distilled) == (ModelKind.UNKNOWN, (), None)


def test_a_whole_file_is_read_by_its_header(tmp_path: Path):
    found = recognise_file(shaped_file(tmp_path / "x.safetensors", real_headers()["z_image_turbo_bf16"]))
    assert (found.kind, found.family, found.why) == ("network", "Z-Image", "")
    assert found.bytes > 10e9


@pytest.mark.parametrize("name", OTHERS)
def test_others_like_them_are_told(name):
    layers, kind, family = OTHERS[name]
    header = {key: ["F16", shape] for key, shape in layers.items()}
    for called in (name, "anything"):
        found = recognise_facts(facts_of(header, called))
        assert (found.kind, found.family) == (kind, family)
    assert unambiguous(header) == (0 if kind == "lora" else 1)


def test_how_weights_are_packed_is_told():
    for name, packing in (("flux1-dev-bnb-nf4", "nf4"), ("svdq-int4-flux.1-schnell", "svdquant")):
        header = {key: ["U8", shape] for key, shape in OTHERS[name][0].items()}
        assert recognise_facts(facts_of(header, name)).format == packing


@pytest.mark.parametrize(
    ("said", "family"),
    [
        ({"ss_base_model_version": "sdxl_base_v1-0"}, "SDXL"),
        ({"ss_base_model_version": "sd_1.5"}, "SD 1.x"),
        ({"modelspec.architecture": "stable-diffusion-v2-768-v/lora"}, "SD 2.x"),
        ({"ss_base_model_version": "flux1"}, "SD 1.x, SD 2.x or SDXL"),  # which its layers can't be of
        ({}, "SD 1.x, SD 2.x or SDXL"),
    ],
)
def test_where_a_lora_s_layers_are_alike_its_header_decides(said, family):
    header = real_headers()["diffusers_old_processor"] | {"__metadata__": said}
    assert recognise_facts(facts_of(header, "x")).family == family
