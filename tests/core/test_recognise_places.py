"""GGUF files and folders, told from their headers and settings."""

import json
import math
import struct
from pathlib import Path

import pytest
from safetensors.torch import save_file
from torch import zeros

from core.models.recognise.gguf import FORMATS
from core.models.show import show
from tests.core.other_headers import OTHERS, unet_of_diffusers
from tests.core.shaped import shaped_file

NUMBERS = {name: number for number, (name, _, _) in FORMATS.items()}


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_file(path: Path, layers, form: str, architecture: str = "flux") -> Path:
    """A sparse GGUF file of full size: metadata with a vocabulary, then tensors, the vectors in float32."""
    words = b"".join(map(text, ("a", "b", "c")))
    pairs = [
        text("general.architecture") + struct.pack("<I", 8) + text(architecture),
        text("general.file_type") + struct.pack("<II", 4, 15),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 3) + words,
        text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, 3) + bytes(12),
    ]
    tensors, offset = [], 0
    for key, shape in layers.items():
        label = form if len(shape) > 1 else "float32"
        _, block, size = FORMATS[NUMBERS[label]]
        sides = struct.pack(f"<{len(shape)}Q", *reversed(shape))
        tensors.append(
            text(key) + struct.pack("<I", len(shape)) + sides + struct.pack("<IQ", NUMBERS[label], offset)
        )
        offset += -(-math.prod(shape) // block) * size
        offset += -offset % 32
    data = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs)) + b"".join([*pairs, *tensors])
    with path.open("wb") as file:
        file.write(data + b"\0" * (-len(data) % 32))
        file.truncate(len(data) + -len(data) % 32 + offset)
    return path


@pytest.mark.parametrize(
    ("model", "form", "architecture", "family"),
    [
        ("flux1-canny-dev", "q4_k", "flux", "FLUX.1 Depth or Canny"),
        ("wan2.1_t2v_14B", "q5_k", "wan", "Wan"),
        ("lumina_2", "q6_k", "lumina2", "Lumina 2"),
        ("4x_DAT", "bfloat16", "qwen_image", "DAT"),
    ],
)
def test_a_gguf_file_is_told_by_its_layers(tmp_path, model, form, architecture, family):
    layers = OTHERS[model][0]
    file = gguf_file(tmp_path / "x.gguf", layers, form, architecture)
    shown = show(str(file))
    assert (shown.told.kind, shown.told.family, shown.told.format) == ("gguf", family, form)
    assert shown.why == f"x.gguf is a GGUF file of {family} ({form}), which this program can't open."
    with file.open("r+b") as part:
        part.truncate(file.stat().st_size - 40)
    cut = show(str(file))
    assert (cut.told.family, cut.usable) == (family, False)
    assert "is cut off" in cut.why
    again = show(str(file.rename(tmp_path / "x.safetensors")))
    assert (again.told.kind, again.told.family) == ("gguf", family)


def test_a_gguf_file_of_unknown_layers_is_told_by_what_it_says(tmp_path):
    layers = {"blk.0.attn_q.weight": (4096, 4096)}
    assert show(str(gguf_file(tmp_path / "a.gguf", layers, "q4_0", "sdxl"))).told.family == "SDXL"
    shown = show(str(gguf_file(tmp_path / "b.gguf", layers, "q4_0", "sdxl")))
    assert shown.hint.startswith("Get it in Q4_K, Q5_K, Q6_K or Q8_0")


def test_a_text_encoder_in_a_gguf_file_is_one(tmp_path):
    layers = OTHERS["t5xxl_fp8_e4m3fn_scaled"][0]
    shown = show(str(gguf_file(tmp_path / "t5.gguf", layers, "q8_0", "t5encoder")))
    assert (shown.told.kind, shown.told.family, shown.told.format) == ("text-encoder", "T5-XXL", "q8_0")
    assert shown.why.startswith("t5.gguf is a text encoder alone (T5-XXL)")


def diffusers(folder: Path, index: dict[str, object], **parts) -> Path:
    """A diffusers folder: its index, and parts by their layers."""
    folder.mkdir()
    (folder / "model_index.json").write_text(json.dumps(index))
    for part, layers in parts.items():
        (folder / part).mkdir()
        header = {key: ["F16", shape] for key, shape in layers.items()}
        shaped_file(folder / part / "diffusion_pytorch_model.safetensors", header)
    return folder


def test_a_tiny_folder_is_usable(tiny):
    shown = show(str(tiny))
    assert (shown.told.kind, shown.usable, shown.told.prediction) == ("folder", True, "epsilon")
    assert {"unet", "vae", "text_encoder"} <= {name for name, _ in shown.told.parts}


def test_a_folder_is_told_by_its_network_and_its_settings(tmp_path):
    index = {"_class_name": "StableDiffusionXLPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}
    layers = unet_of_diffusers(2048, classes=2816, blocks=70)
    folder = diffusers(tmp_path / "sdxl-vpred", index, unet=layers, scheduler={}, vae={})
    settings = {"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(settings))
    shown = show(str(folder))
    assert (shown.told.family, shown.told.format, shown.told.prediction) == ("SDXL", "float16", "v")
    assert "prediction" not in shown.told.by_name
    assert not shown.usable  # half a folder
    assert "is missing text_encoder" in shown.why


def test_a_folder_of_another_family_is_refused_by_its_name(tmp_path):
    layers = OTHERS["flux2-dev"][0]
    index = {"_class_name": "Flux2Pipeline", "transformer": ["diffusers", "X"], "is_distilled": True}
    shown = show(str(diffusers(tmp_path / "some", index, transformer=layers)))
    assert (shown.told.kind, shown.told.family, shown.told.distilled) == ("folder", "FLUX.2 dev", True)
    assert shown.why == "some is the diffusers folder of FLUX.2 dev, which this program can't draw with."
    scheduler = tmp_path / "some" / "scheduler"
    scheduler.mkdir()
    (scheduler / "scheduler_config.json").write_text('{"_class_name": "LCMScheduler"}')
    (tmp_path / "some" / "model_index.json").write_text(
        '{"_class_name": "StableDiffusionPipeline", "unet": [0, 0]}'
    )
    assert show(str(tmp_path / "some")).told.distilled is True
    index = {"_class_name": "HunyuanDiTPipeline"}
    shown = show(str(diffusers(tmp_path / "other", index)))
    assert shown.told.family == "HunyuanDiT"  # by its pipeline's name: its network isn't there


def test_half_folders_and_places_of_files_say_what_to_do(tmp_path):
    part = tmp_path / "transformer"
    part.mkdir()
    (part / "config.json").write_text('{"_class_name": "QwenImageTransformer2DModel"}')
    save_file({"txt_norm.weight": zeros(4)}, part / "diffusion_pytorch_model.safetensors")
    shown = show(str(part))
    assert "is the folder of one part of a model (QwenImageTransformer2DModel)" in shown.why
    assert "model_index.json" in shown.hint
    lora = tmp_path / "adapter"
    lora.mkdir()
    (lora / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    header = {key: ["F16", shape] for key, shape in OTHERS["sd15-peft"][0].items()}
    shaped_file(lora / "adapter_model.safetensors", header)
    assert show(str(lora)).hint == "Add it as a LoRA: choose the file in it."
    place = tmp_path / "place"
    place.mkdir()
    assert show(str(place)).why == "place holds no model."
    shaped_file(place / "a.safetensors", header)
    shown = show(str(place))
    assert (shown.told.family, shown.hint) == ("SD 1.x", "Open that file.")
    shaped_file(place / "b.safetensors", header)
    assert "2 files of weights: a.safetensors, b.safetensors" in show(str(place)).why


def test_nonsense_in_a_folder_is_a_sentence(tmp_path):
    folder = diffusers(tmp_path / "x", {"_class_name": ["list"]}, unet={})
    assert not show(str(folder)).usable
    (folder / "model_index.json").write_text("{ no json")
    shown = show(str(folder))
    assert (shown.told.kind, shown.usable) == ("folder", False)
    assert "model_index.json is damaged" in shown.why


def test_one_file_of_several_says_so(tmp_path):
    header = {"layers.3.weight": ["F16", [4, 4]]}
    shown = show(str(shaped_file(tmp_path / "model-00002-of-00003.safetensors", header)))
    assert shown.why == "model-00002-of-00003.safetensors is part 2 of the 3 files of a model."
    assert shown.hint == "Open the folder of the whole model."
