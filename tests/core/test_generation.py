"""Prompts and settings in pictures, as other programs write and read them; sd-parsers is the other reader."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sd_parsers import ParserManager

from core.diffusion.weight import Weight
from core.edit.carried import a1111, comfyui
from core.edit.carried.generation import Generation
from core.edit.carried.read import generation_in
from core.edit.request import EditRequest, Lora
from core.photo.files.export import export_photo
from core.photo.files.open import open_photo
from core.photo.files.told import told
from core.photo.photo import Photo

WORDS = "a zebra, on a meadow (golden hour:1.2)"
REQUEST = EditRequest(
    photo="", query=WORDS, reference="a horse", avoid="blurry", steps=12, seed=77, guidance=Weight(5.5)
)
LINE = (
    "a castle: at dusk, <lora:ink:0.8>\nsecond line\nNegative prompt: people, cars\n"
    "Steps: 28, Sampler: Euler a, Schedule type: Karras, CFG scale: 6.5, Seed: 4242, Size: 512x768, "
    'Model hash: 6ce0161689, Model: "x, y:z", Lora hashes: "ink: 0a1b", Version: v1.10.1'
)
CASTLE = Generation(
    "Automatic1111", "a castle: at dusk, <lora:ink:0.8>\nsecond line", "people, cars", 28, 4242, 6.5, "x, y:z"
)


def graph(**sampler: object) -> dict[str, dict[str, object]]:
    """ComfyUI's own first graph, as it ran."""
    inputs = {
        "seed": 9,
        "steps": 20,
        "cfg": 8.0,
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
    }
    inputs |= {"sampler_name": "euler", "scheduler": "normal", "denoise": 1.0, "latent_image": ["5", 0]}
    return {
        "3": {"class_type": "KSampler", "inputs": inputs | sampler},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bottle", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "watermark", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}},
    }


BOTTLE = Generation("ComfyUI", "a bottle", "watermark", 20, 9, 8.0, "v1-5.safetensors")


SLOTS = {"model": 1, "positive": 4, "negative": 6}
DRAWN = {
    "nodes": [
        {"id": 3, "type": "KSampler", "widgets_values": [9, "fixed", 20, 8.0, "euler", "normal", 1.0],
         "inputs": [{"name": name, "link": link} for name, link in SLOTS.items()]},
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["v1-5.safetensors"]},
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a bottle"], "inputs": None},
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["watermark"], "inputs": []},
    ],
    "links": [[1, 4, 0, 3, 0, "MODEL"], [3, 4, 1, 6, 0, "CLIP"], [4, 6, 0, 3, 1, "CONDITIONING"],
              [6, 7, 0, 3, 2, "CONDITIONING"]],
}  # fmt: skip


def png(path, **texts: str) -> Photo:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text, zip=len(text) > 100)
    Image.new("RGB", (64, 64)).save(path, pnginfo=info)
    return open_photo(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
@pytest.mark.parametrize("words", [WORDS, "ein Fuß, 斑马"])
def test_what_is_exported_is_read_by_others(tmp_path, ending, words):
    path, pixels = tmp_path / f"out.{ending}", np.zeros((64, 48, 3), np.uint8)
    request = REQUEST.with_(query=words)
    assert export_photo(path, pixels, Photo(pixels), parameters=a1111.line(request, (48, 64))) == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        info = ParserManager().parse(path)
    (sampler,) = info.samplers
    assert [prompt.value for prompt in sampler.prompts] == [words]
    assert [prompt.value for prompt in sampler.negative_prompts] == ["blurry"]
    assert sampler.name == "DDPM"
    assert sampler.model.name == "starter"
    assert {name: sampler.parameters[name] for name in ("steps", "cfg_scale", "seed")} == {
        "steps": "12", "cfg_scale": "5.5", "seed": "77",
    }  # fmt: skip
    assert generation_in(open_photo(path)) == Generation(
        "Palimpsest", words, "blurry", 12, 77, 5.5, "starter"
    )


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif", "avif"])
def test_every_format_carries_it_beside_the_photo_s_own(tmp_path, ending):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8769)[0x829A] = 0.5
    Image.new("RGB", (64, 64)).save(tmp_path / "in.jpg", exif=exif)
    photo, path = open_photo(tmp_path / "in.jpg"), tmp_path / f"out.{ending}"
    assert export_photo(path, photo.pixels, photo, parameters=a1111.line(REQUEST)) == []
    again = open_photo(path)
    assert generation_in(again).prompt == WORDS
    found = Image.Exif()
    found.load(again.exif)
    assert found[0x010F] == "Camera"
    assert found.get_ifd(0x8769)[0x829A] == 0.5


def test_it_takes_the_place_of_the_line_that_was_there(tmp_path):
    photo = png(tmp_path / "in.png", parameters=LINE, workflow="kept")
    export_photo(tmp_path / "out.png", photo.pixels, photo, parameters=a1111.line(REQUEST))
    assert told(open_photo(tmp_path / "out.png")) == {"parameters": a1111.line(REQUEST), "workflow": "kept"}


def test_a_line_too_long_for_the_format_is_left_out_and_said(tmp_path):
    pixels = np.zeros((64, 64, 3), np.uint8)
    Image.new("RGB", (64, 64)).save(tmp_path / "in.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0" + bytes(6))
    photo = Photo(pixels, exif=b"Exif\0\0II*\0\x08\0\0\0" + bytes(6))
    said = export_photo(tmp_path / "out.jpg", pixels, photo, parameters="word " * 20_000)
    assert any("prompt and settings" in sentence for sentence in said)
    assert open_photo(tmp_path / "out.jpg").size == (64, 64)


def test_loras_and_odd_names_are_written_as_they_are_read():
    request = REQUEST.with_(loras=(Lora("/a/ink, wash.safetensors", 0.5),), model="/m/my: model.safetensors")
    text = a1111.line(request, (10, 20))
    assert text.startswith(f"{WORDS} <lora:ink, wash:0.5>\n")
    assert 'Model: "my: model"' in text
    assert a1111.read(text).model == "my: model"


@pytest.mark.parametrize("behind", ["", "\nTemplate: a {castle}\nNegative Template: people"])
def test_a_line_of_automatic1111_is_read(tmp_path, behind):
    assert generation_in(png(tmp_path / "a.png", parameters=LINE + behind)) == CASTLE


def test_a_graph_of_comfyui_is_read_as_others_read_it(tmp_path):
    photo = png(tmp_path / "a.png", prompt=json.dumps(graph()), workflow=json.dumps(DRAWN))
    assert generation_in(photo) == BOTTLE
    (sampler,) = ParserManager().parse(tmp_path / "a.png").samplers
    assert [prompt.value for prompt in sampler.prompts] == [BOTTLE.prompt]
    assert int(sampler.parameters["seed"]) == BOTTLE.seed


def test_comfyui_s_graph_in_a_webp_is_read(tmp_path):
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(graph())
    Image.new("RGB", (64, 64)).save(tmp_path / "a.webp", exif=exif)
    assert generation_in(open_photo(tmp_path / "a.webp")) == BOTTLE


def test_prompts_and_numbers_that_come_from_nodes_of_their_own():
    nodes = graph(seed=["20", 0], positive=["21", 0])
    nodes["20"] = {"class_type": "PrimitiveInt", "inputs": {"seed": 31}}
    nodes["21"] = {"class_type": "ControlNetApply", "inputs": {"conditioning": ["6", 0], "strength": 1.0}}
    nodes["6"]["inputs"] = {"text": ["22", 0], "clip": ["4", 1]}
    nodes["22"] = {"class_type": "StringConstant", "inputs": {"string": "from afar"}}
    found = comfyui.read(json.dumps(nodes))
    assert (found.prompt, found.negative, found.seed) == ("from afar", "watermark", 31)


def test_a_guider_holds_the_prompts_of_newer_graphs():
    nodes = {
        "1": {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}},
        "2": {
            "class_type": "BasicScheduler",
            "inputs": {"steps": 25, "scheduler": "simple", "model": ["3", 0]},
        },
        "3": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux.safetensors"}},
        "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}},
        "5": {"class_type": "BasicGuider", "inputs": {"conditioning": ["4", 0], "model": ["3", 0]}},
        "6": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {"noise": ["1", 0], "guider": ["5", 0], "sigmas": ["2", 0]},
        },
    }
    assert comfyui.read(json.dumps(nodes)) == Generation(
        "ComfyUI", "a fox", "", 25, 5, None, "flux.safetensors"
    )


def test_a_graph_in_a_circle_ends():
    nodes = graph()
    nodes["6"]["inputs"] = {"conditioning": ["6", 0]}
    assert comfyui.read(json.dumps(nodes)) is None


def test_a_graph_as_it_is_drawn_is_read(tmp_path):
    assert generation_in(png(tmp_path / "a.png", workflow=json.dumps(DRAWN))) == BOTTLE


def test_invokeai_s_metadata_are_read(tmp_path):
    said = {
        "positive_prompt": "a mill",
        "negative_prompt": "",
        "steps": 30,
        "seed": 7,
        "cfg_scale": 7,
        "app_version": "5",
    }
    said["model"] = {"name": "juggernaut", "base": "sdxl"}
    found = generation_in(png(tmp_path / "a.png", invokeai_metadata=json.dumps(said)))
    assert found == Generation("InvokeAI", "a mill", "", 30, 7, 7.0, "juggernaut")


def test_what_is_beyond_an_edit_s_range_is_not_taken():
    found = a1111.read("x\nSteps: 5000, Sampler: Euler, CFG scale: nan, Seed: -1, Size: 1x1")
    assert (found.steps, found.seed, found.scale) == (None, None, None)
    request = found.over(REQUEST)
    assert (request.reference, request.query, request.steps) == ("x", WORDS, 12)


def test_taken_over_the_prompt_is_what_is_there():
    before = EditRequest(photo="", query="a tower")
    request = CASTLE.over(before)
    assert (request.reference, request.query, request.avoid) == (CASTLE.prompt, "a tower", "people, cars")
    assert (request.steps, request.seed, request.guidance) == (28, 4242, Weight(6.5))


JSONS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["3", "6", 0]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["inputs", "class_type", "positive", "seed", "text", "nodes", "links", "model", "3", "6"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    JSONS, st.text(max_size=300), st.sampled_from(["prompt", "workflow", "parameters", "invokeai_metadata"])
)
def test_strangers_texts_never_cost_the_picture(said, text, name):
    pixels = np.zeros((1, 1, 3), np.uint8)
    for data in (json.dumps(said), text, LINE[: len(text)] + text, '{"a":' * 5000, 'a: "' * 2000):
        extras = Photo(pixels).extras
        chunk = (b"iTXt", name.encode() + bytes(5) + data.encode("utf-8", "surrogatepass"))
        found = generation_in(Photo(pixels, extras=type(extras)(text=(chunk,))))
        if found is not None:
            found.over(REQUEST)


@given(st.binary(max_size=200), st.sampled_from([b"tEXt", b"zTXt", b"iTXt"]))
def test_strangers_chunks_never_cost_the_picture(data, name):
    pixels = np.zeros((1, 1, 3), np.uint8)
    extras = type(Photo(pixels).extras)(text=((name, b"parameters\0" + data), (name, data)))
    generation_in(Photo(pixels, extras=extras, exif=b"Exif\0\0II*\0\x08\0\0\0\x02\0" + data))
