"""What is said of a model before it is opened: to people, to other programs, and where it can't be used."""

import json
import math
import re
import struct
from dataclasses import replace
from typing import Any

import pytest

from core import cli
from core.errors import InputError
from core.models.memory.machine import Fit, Machine, Memory
from core.models.recognise.facts import recognise_facts
from core.models.show import as_json, lines, show
from tests.core.shaped import facts_of, real_headers, shaped_file
from tests.core.test_recognise_places import gguf_file

GB = 10**9
CARD = Machine("cuda", "a card", Memory(8 * GB, 7 * GB), Memory(32 * GB, 20 * GB))
PLAIN = Machine("cpu", "", Memory(16 * GB, 12 * GB), Memory(16 * GB, 12 * GB))
ALONE = "is the network of {}, which this program can't draw with."
USABLE = ""
WHY = {  # name → what is said after the file's name where it can't be used, "" where it can
    "IA3": "is an (IA)³, which this program can't fuse",
    "4x-upscaler": "is an upscaler or restorer (ESRGAN): it enlarges pictures",
    "512-depth-ema": "is SD 2.x depth: its network sees another picture",
    "CosXL": "is of EDM's kind (CosXL)",
    "DreamShaperXL_Turbo_v2_1": USABLE,
    "clip_l": "is a text encoder alone (CLIP-L)",
    "comfy_sdxl_unet_only_prefixed": "lacks the VAE and the text encoder and the second",
    "control_v11p_sd15_canny_fp16_original": "is a ControlNet or its like for SD 1.x",
    "dreamshaper_8_pruned": USABLE,
    "flux-2-klein-4b": "lacks the VAE and the text encoder, and no file",
    "flux1-dev-fp8_comfy_checkpoint": "needs the tokenizer of T5, which isn't on this machine.",
    "flux1-dev": "lacks the VAE and the text encoder and the second text encoder, and no",
    "flux1-fill-dev": ALONE.format("FLUX.1 Fill"),
    "flux1-schnell": "lacks the VAE and the text encoder and the second text encoder, and no",
    "instruct-pix2pix-00-22000": "is SD 1.x InstructPix2Pix: its network sees another picture",
    "ip-adapter_sdxl_vit-h": "is an IP-Adapter or its like for SDXL",
    "playground-v2.5-1024px-aesthetic": "is of EDM's kind (Playground 2.5)",
    "ponyDiffusionV6XL": USABLE,
    "qwen_image_edit_2511_bf16": "is Qwen-Image-Edit (by its name): its network sees another picture beside",
    "sana_diffusers": ALONE.format("Sana"),
    "sd-v1-5-inpainting": USABLE,
    "sd15_fp8": USABLE,
    "sd15_old_civitai_no_text_model_prefix": USABLE,
    "sd15_novae": "lacks the VAE, and no file",
    "sd3.5_large": "lacks the text encoder and the second text encoder, and no file",
    "sd3.5_large_fp8_scaled": USABLE,
    "sd3.5_medium": "lacks the text encoder and the second text encoder, and no file",
    "sd3_medium": "lacks the text encoder and the second text encoder, and no file",
    "sd3_medium_incl_clips": USABLE,
    "sd3_medium_incl_clips_t5xxlfp8": USABLE,
    "sd_xl_base_1.0": USABLE,
    "sd_xl_refiner_1.0": "is a refiner: it knows the last fifth of the noise only",
    "sdxl_lightning_4step": USABLE,
    "sdxl_unet_original_noprefix": "lacks the VAE and the text encoder and the second",
    "sdxl_vae": "is the VAE of SDXL (by its name) alone",
    "t5xxl_fp16": "is a text encoder alone (T5-XXL)",
    "v1-5-pruned-emaonly": USABLE,
    "v2-1_768-ema-pruned": USABLE,
    "vae-ft-mse-840000-ema-pruned": "is the VAE of SD 1.x (by its name) alone",
    "z_image_turbo_bf16": "lacks the VAE and the text encoder, and no file",
}
LORAS = (
    {name for name, header in real_headers().items() if all(not key.startswith("model") for key in header)}
    - {"EasyNegative"}
    - WHY.keys()
)


def test_every_header_has_its_sentence():
    assert WHY.keys() | LORAS | {"EasyNegative"} == real_headers().keys()


@pytest.mark.parametrize("name", WHY)
def test_what_can_t_be_used_is_told_why_and_what_to_do_instead(name, tmp_path):
    file = shaped_file(tmp_path / f"{name}.safetensors", real_headers()[name])
    shown = show(str(file))
    assert shown.usable == (WHY[name] == USABLE)
    assert shown.sentence.startswith(f"{file.name} {WHY[name] or 'is a checkpoint of'}")
    assert shown.sentence.endswith(".")
    assert bool(shown.hint) == bool(shown.why) == (not shown.usable)


@pytest.mark.parametrize("name", sorted(LORAS))
def test_a_lora_is_usable_with_a_model_of_its_family(name, tmp_path):
    shown = show(str(shaped_file(tmp_path / f"{name}.safetensors", real_headers()[name])))
    assert (shown.usable, shown.why, shown.is_lora) == (True, "", True)
    assert shown.hint == f"Open a model of {shown.told.family} first, then add the LoRA to it."
    assert f"is a LoRA for {shown.told.family}" in shown.sentence or "by its name" in shown.sentence


def test_a_textual_inversion_is_usable_in_prompts(tmp_path):
    shown = show(str(shaped_file(tmp_path / "EasyNegative.safetensors", real_headers()["EasyNegative"])))
    assert (shown.usable, shown.is_model, shown.why) == (True, False, "")
    assert shown.sentence.startswith("EasyNegative.safetensors is a textual inversion for SD 1.x")
    assert "name it in a prompt for SD 1.x" in shown.hint


def test_a_lora_of_a_family_that_isn_t_drawn_with(tmp_path):
    header = {
        "diffusion_model.blocks.0.self_attn.q.lora_A.weight": ["F16", [16, 5120]],
        "diffusion_model.blocks.0.self_attn.q.lora_B.weight": ["F16", [5120, 16]],
    }
    shown = show(str(shaped_file(tmp_path / "x.safetensors", header)))
    assert (shown.told.family, shown.usable) == ("Wan", False)
    assert shown.why == "x.safetensors is a LoRA for Wan, not a model."


BESIDE = {  # what lies beside a weight → as what it is packed
    "weight.quant_state.bitsandbytes__nf4": "nf4",
    "weight_scale_2": "nvfp4",
    "svd_up": "sdnq",
    "zero_point": "sdnq",
    "SCB": "int8",
}


@pytest.mark.parametrize("beside", BESIDE)
def test_weights_packed_as_they_can_t_be_read_are_named(tmp_path, beside):
    """In a file, and in a folder, whatever its settings say."""
    header = dict(real_headers()["dreamshaper_8_pruned"])
    header[f"model.diffusion_model.input_blocks.1.1.proj_in.{beside}"] = ["U8", [80]]
    shown = show(str(shaped_file(tmp_path / "x.safetensors", header)))
    assert shown.why == f"x.safetensors is packed as {BESIDE[beside]}, which this program can't read."
    assert shown.hint == "Get SD 1.x in float16, bfloat16 or float8."
    layers = {"a.weight": ["U8", [8]], f"a.{beside}": ["F32", [1]]}
    for part in ("unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        (tmp_path / "m" / part).mkdir(parents=True)
        stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
        of = {"a.weight": ["F16", [8]]} if part != "unet" else layers
        shaped_file(tmp_path / "m" / part / f"{stem}.safetensors", of)
    (tmp_path / "m" / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    shown = show(str(tmp_path / "m"))
    assert shown.why == f"m/unet is packed as {BESIDE[beside]}, which this program can't read."
    assert "float16 or bfloat16" in shown.hint


def test_integers_without_a_mark_are_no_weights(tmp_path):
    """As SDNQ writes them symmetrically: read as they stand they would draw noise."""
    header = {
        key: ["I8" if len(sides) > 1 else form, sides]
        for key, (form, sides) in real_headers()["z_image_turbo_bf16"].items()
        if key != "__metadata__"
    }
    shown = show(str(shaped_file(tmp_path / "x.safetensors", header)))
    assert shown.why == "x.safetensors is packed as int8, which this program can't read."


def test_pruned_networks_are_usable(tmp_path):
    middle = ("model.diffusion_model.middle_block.1.", "model.diffusion_model.middle_block.2.")
    whole = real_headers()["ponyDiffusionV6XL"]
    pruned = {key: value for key, value in whole.items() if not key.startswith(middle)}
    shown = show(str(shaped_file(tmp_path / "SSD-1B-A1111.safetensors", pruned)))
    assert (shown.told.family, shown.told.variant) == ("pruned SDXL", "SSD-1B")
    assert shown.usable


def test_needs_and_fits_are_of_the_machine(tmp_path):
    shown = show(str(shaped_file(tmp_path / "xl.safetensors", real_headers()["ponyDiffusionV6XL"])))
    numbers = sum(count for _, count in shown.told.parts)
    assert shown.needs(CARD) == round(numbers * 2 * 1.3)
    assert shown.needs(PLAIN) == round(numbers * 4 * 1.3)
    assert shown.fits(CARD).fit is Fit.TIGHT  # 9 GB at once, 6.7 GB with its parts taking turns
    assert shown.fits(PLAIN).fit is Fit.NO
    dumb = Machine("cpu", "", Memory(), Memory())
    for machine, says in ((CARD, "tightly"), (PLAIN, "no"), (dumb, "unknown")):
        assert any(line.startswith(f"  fits:       {says}. ") for line in lines(shown, machine))
    assert [as_json(shown, machine)["fits"] for machine in (CARD, PLAIN, dumb)] == [True, False, None]


def test_what_stays_packed_is_counted_by_its_bytes(tmp_path):
    """A network whose matrices are packed, in fp8 and in GGUF's blocks, and whose vectors are widened."""
    layers = {key: tuple(shape) for key, (_, shape) in real_headers()["flux1-dev"].items()}
    matrices, vectors = (
        sum(math.prod(shape) for shape in layers.values() if (len(shape) == 2) == packed)
        for packed in (True, False)
    )
    eighth = {key: ["F8_E4M3" if len(shape) == 2 else "BF16", shape] for key, shape in layers.items()}
    for file, each in (
        (shaped_file(tmp_path / "flux.safetensors", eighth), 1),
        (gguf_file(tmp_path / "flux.gguf", layers, "q8_0"), 34 / 32),
    ):
        shown = show(str(file))
        assert shown.needs(CARD) == round((matrices * each + vectors * 2) * 1.3)
        assert shown.needs(PLAIN) == round((matrices * each + vectors * 4) * 1.3)
        assert shown.fits(replace(CARD, graphics=Memory(20 * GB, 20 * GB))).fit is Fit.YES  # 31 GB in half


def test_what_is_widened_is_none_of_what_stays_packed():
    header = real_headers()["flux1-dev-fp8_comfy_checkpoint"]
    told = recognise_facts(facts_of(header, "x"))
    assert dict(told.packed).keys() == {"network", "text encoders"}
    t5 = {key: shape for key, (_, shape) in header.items() if "t5xxl" in key and "shared" not in key}
    assert dict(told.packed)["text encoders"].numbers <= sum(math.prod(shape) for shape in t5.values())


def test_what_isn_t_drawn_with_has_no_needs(tmp_path):
    shown = show(str(shaped_file(tmp_path / "vae.safetensors", real_headers()["sdxl_vae"])))
    facts = as_json(shown, CARD)
    assert (facts["needs"], facts["fits"]) == (None, None)
    assert not any("needs" in line or "fits" in line for line in lines(shown, CARD))


def test_the_json_has_every_fact(tmp_path):
    file = shaped_file(tmp_path / "sdxl_lightning_4step.safetensors", real_headers()["sdxl_lightning_4step"])
    facts: dict[str, Any] = as_json(show(str(file)), CARD)
    assert list(facts["numbers"]) == ["network", "vae", "text encoders"]
    del facts["numbers"], facts["needs"], facts["machine"]
    assert facts == {
        "path": str(file),
        "kind": "checkpoint",
        "family": "SDXL",
        "variant": "SDXL Lightning",
        "format": "float16",
        "prediction": "epsilon",
        "distilled": True,
        "by_name": ["variant", "distilled"],
        "bytes": file.stat().st_size,
        "fits": True,
        "usable": True,
        "why": "",
        "hint": "",
        "sentence": "sdxl_lightning_4step.safetensors is a checkpoint of SDXL Lightning (by its name): "
        "float16, 6.9 GB, predicts ε, distilled by its name.",
    }


def test_the_command_says_it_in_lines_and_in_json(tmp_path, capsys):
    name = "qwen_image_edit_2511_bf16"
    file = shaped_file(tmp_path / f"{name}.safetensors", real_headers()[name])
    assert cli.main(["models", "show", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{name}.safetensors is Qwen-Image-Edit (by its name)")
    assert re.search(r"^  usable: +no$", said, re.MULTILINE)
    assert "Choose the base model" in said
    assert (
        cli.main(["models", "show", "--json", str(file), str(tmp_path / "gone.safetensors"), "starter"]) == 2
    )
    out, err = capsys.readouterr()
    first, second = map(json.loads, out.splitlines())
    assert (first["kind"], first["family"], first["variant"]) == ("network", "Qwen-Image", "Qwen-Image-Edit")
    assert (second["kind"], second["usable"], second["fits"]) == ("folder", True, True)
    assert "There is no file, folder or model" in err
    assert cli.main(["models", "show"]) == 2
    with pytest.raises(SystemExit):
        cli.main(["models", "--json"])


STRANGERS = {  # what lies under a model's name → kind, and what is said of it
    b"": ("unknown", "is cut off: it is empty."),
    b"<!DOCTYPE html><html><head><title>Log in</title>": ("web-page", "is a web page"),
    b"\n\n  <HTML>": ("web-page", "is a web page"),
    b'{"error":"Unauthorized","message":"log in"}': ("web-page", "is what a server answered"),
    b"Invalid username or password.": ("web-page", "is what a server answered"),
    b"Entry not found": ("web-page", "is what a server answered"),
    b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2\nsize 6938040682\n": (
        "lfs-pointer",
        "git-LFS",
    ),
    b'{"metadata": {}, "weight_map": {"a": "b.safetensors"}}': ("unknown", "is the list of the files"),
    b"\x80\x02}q\x00.": ("pickle", "holds pickled weights"),
    b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pklFB\x0a\0" + b"Z" * 64: ("pickle", "holds pickled weights"),
    b"PK\x03\x04" + b"\0" * 26 + b"readme.txt": ("unknown", "is a zip archive"),
    b"\x89PNG\r\n\x1a\n" + b"\0" * 20: ("unknown", "is a picture (PNG)"),
    b"7z\xbc\xaf\x27\x1c" + b"\0" * 20: ("unknown", "is a 7z archive"),
    b"\0" * 9000: ("unknown", "begins with nothing but zeros"),
    b"\xff" * 100: ("unknown", "is not a safetensors file"),
    b"\x10\0\0\0\0\0\0\0{ no json at all": ("unknown", "is damaged: its header is not readable"),
    b"\x40\0\0\0\0\0\0\0{": ("unknown", "is cut off: it ends within its first 72 bytes"),
    b"GGUF\x03\0\0\0": ("gguf", "is cut off within its header"),
    b"GGUF\x09\0\0\0" + b"\0" * 16: ("gguf", "version 9"),
    b"GGUF\x03\0\0\0" + b"\xff" * 16: ("gguf", "makes no sense"),
    b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 63): ("gguf", "makes no sense"),
    b"GGUF" + struct.pack("<IQQQ2sIIQQ", 3, 0, 1, 2, b"ab", 9, 8, 1, 1 << 63): ("gguf", "makes no sense"),
}


def test_text_under_the_name_of_a_gguf_is_told_as_none(tmp_path):
    (tmp_path / "notes.gguf").write_text("nothing of a model, but long enough")
    shown = show(str(tmp_path / "notes.gguf"))
    assert not shown.usable
    assert shown.why == "notes.gguf is not a GGUF file."
    assert ".gguf" in shown.hint


@pytest.mark.parametrize("data", STRANGERS)
@pytest.mark.parametrize("name", ["model.safetensors", "model.ckpt"])
def test_what_lies_under_a_model_s_name(tmp_path, data, name):
    kind, says = STRANGERS[data]
    (tmp_path / name).write_bytes(data)
    shown = show(str(tmp_path / name))
    if name.endswith(".ckpt") and data[:1] in (b"\xff",):
        kind, says = "pickle", "holds pickled weights"  # by its name
        assert shown.told.by_name == ("kind",)
    assert (shown.told.kind, shown.usable) == (kind, False)
    assert shown.why.startswith(f"{name} ")
    assert says in shown.why
    assert shown.hint


def test_what_can_t_be_read_or_isn_t_there(tmp_path, monkeypatch):
    (tmp_path / "away.safetensors").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=r"away.safetensors is a link that leads nowhere") as refused:
        show(str(tmp_path / "away.safetensors"))
    assert refused.value.hint
    file = shaped_file(tmp_path / "mine.safetensors", {})

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)  # root may read all
    with pytest.raises(InputError, match=r"mine.safetensors can't be read: Permission denied") as refused:
        show(str(file))
    assert "permissions" in refused.value.hint


def test_damaged_files_are_still_told_for_what_they_were(tmp_path):
    header = real_headers()["dreamshaper_8_pruned"]
    cut = shaped_file(tmp_path / "cut.safetensors", header)
    with cut.open("r+b") as file:
        file.truncate(1_000_000_000)
    shown = show(str(cut))
    assert (shown.told.family, shown.usable) == ("SD 1.x", False)
    assert shown.why.startswith("cut.safetensors is cut off: 1,000,000,000 of 2,")
    offsets = {"a": (0, 8), "b": (4, 12)}  # overlapping
    layers = {key: {"dtype": "F32", "shape": [2], "data_offsets": at} for key, at in offsets.items()}
    text = json.dumps(layers).encode()
    (tmp_path / "over.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 12)
    assert "its header doesn't fit its weights" in show(str(tmp_path / "over.safetensors")).why


@pytest.mark.parametrize("ending", ["yaml", "safetensors"])
def test_nonsense_beside_a_model_is_a_sentence(tmp_path, ending):
    file = shaped_file(tmp_path / "x.safetensors", real_headers()["dreamshaper_8_pruned"])
    if ending == "yaml":
        file.with_suffix(".yaml").write_text("{ no yaml")
        shown = show(str(file))
        assert (shown.told.family, shown.usable) == ("SD 1.x", False)
        assert "x.yaml is damaged" in shown.why
    else:
        with pytest.raises(InputError, match="no file, folder or model"):
            show(str(tmp_path / "gone"))
