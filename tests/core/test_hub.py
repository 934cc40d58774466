"""What the hub offers under a name, from a small hub on this machine's own loopback."""

import json
import threading

import pytest
from safetensors.torch import load, save

from core.errors import CoreError, InputError
from core.models.files.diffusers_folder import check_folder, headers
from core.models.hub.named import look
from core.models.hub.repository import is_hub_name, is_plain_name
from core.models.hub.transfer import download
from core.models.load import load as load_model
from tests.core.tiny import tiny_stable_diffusion
from tests.hub_server import FILES, HALF, UNET, WEIGHTS, entry, nothing, weights_asked


def test_half_precision_comes_where_it_is_asked_for(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url, precision="half")
    single = look("some/model", tmp_path, hub.url)
    assert (offer.precision, offer.other) == ("half", single.weights)
    assert (single.precision, single.other) == ("single", offer.weights)
    assert single.weights - offer.weights == len(WEIGHTS) - len(HALF)
    folder = download(offer, nothing, nothing)
    assert (folder / UNET).read_bytes() == HALF
    assert (folder / "text_encoder/model.safetensors").read_bytes() == b"only in single precision"
    hub.files.pop("unet/diffusion_pytorch_model.fp16.safetensors")
    offer = look("some/model", tmp_path, hub.url, precision="half")
    assert (offer.precision, offer.other) == ("", 0)


SDXL = {  # the base's own files: bytes of weights in single and in half precision
    "unet/diffusion_pytorch_model": (10_270_077_736, 5_135_149_760),
    "vae/diffusion_pytorch_model": (334_643_268, 167_335_342),
    "text_encoder/model": (492_265_168, 246_144_152),
    "text_encoder_2/model": (2_778_702_264, 1_389_382_176),
}


def test_sdxl_takes_half_the_room_in_half_precision(hub, tmp_path):
    """Listed as on the hub: with other formats and whole checkpoints beside the parts."""
    other = ("sd_xl_base_1.0.safetensors", "unet/model.onnx", "vae_1_0/diffusion_pytorch_model.safetensors",
             "text_encoder/flax_model.msgpack", "unet/openvino_model.bin")  # fmt: skip
    small = [f"{part}/tokenizer.json" for part in ("tokenizer", "tokenizer_2")]
    small += ["scheduler/scheduler_config.json", *(f"{name.split('/')[0]}/config.json" for name in SDXL)]
    index = b'{"_class_name": "StableDiffusionXLPipeline"}'
    hub.files = {"model_index.json": index}
    hub.tree = json.dumps(
        [entry("model_index.json", index), *(entry(name, b"{}") for name in small)]
        + [entry(f"{name}.safetensors", b"") | {"size": sizes[0]} for name, sizes in SDXL.items()]
        + [entry(f"{name}.fp16.safetensors", b"") | {"size": sizes[1]} for name, sizes in SDXL.items()]
        + [entry(name, b"") | {"size": 7_000_000_000} for name in other]
    ).encode()
    for precision, weights in (("single", 13_875_688_436), ("half", 6_938_011_430)):
        offer = look("some/model", tmp_path, hub.url, precision=precision)
        assert offer.weights == weights
        assert offer.bytes - weights == len(index) + 2 * len(small)


@pytest.mark.parametrize("precision", ["single", "half"])
def test_what_was_fetched_can_be_opened(hub, tmp_path, precision):
    """Of a repository as diffusers itself writes it, in both precisions."""
    made = tiny_stable_diffusion(tmp_path / "made")
    hub.files = {str(path.relative_to(made)): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    for name in [name for name in hub.files if name.endswith(".safetensors")]:
        half = {key: value.half() for key, value in load(hub.files[name]).items()}
        hub.files[name.replace(".safetensors", ".fp16.safetensors")] = save(half)
    offer = look("some/model", tmp_path, hub.url, precision=precision)
    folder = download(offer, nothing, nothing)
    assert check_folder(folder).name == "Stable Diffusion"
    formats = {tensor.dtype for header in headers(folder, "unet") for tensor in header.tensors.values()}
    assert formats == {"F16" if precision == "half" else "F32"}
    assert load_model(str(folder), "cpu").schedule is not None


def numbered(mark, of, *there):
    """The files of weights in numbered ones, and their list, as diffusers names them."""
    names = [f"text_encoder/model{mark}-0000{i}-of-0000{of}.safetensors" for i in there]
    return {f"text_encoder/model.safetensors.index{mark}.json": b"{}", **dict.fromkeys(names, b"w")}


@pytest.mark.parametrize(
    ("files", "single", "half"),
    [
        (numbered("", 2, 1, 2) | numbered(".fp16", 1, 1), 2, 1),
        (numbered("", 2, 1, 2), 2, 2),
        (numbered(".fp16", 2, 1, 2), 2, 2),
        (numbered("", 2, 1) | numbered(".fp16", 2, 1, 2), 2, 2),  # one of the plain ones is missing
        (numbered("", 3, 1, 2, 3) | {"text_encoder/model.fp16.safetensors": b"w"}, 3, 1),
    ],
)
def test_numbered_files_come_in_one_precision_with_their_list(hub, tmp_path, files, single, half):
    hub.files = {name: data for name, data in FILES.items() if not name.startswith("text_encoder")} | files
    for precision, count in (("single", single), ("half", half)):
        offer = look("some/model", tmp_path, hub.url, precision=precision)
        names = {file.path for file in offer.files if file.path.startswith("text_encoder")}
        weights = [name for name in names if name.endswith(".safetensors")]
        assert len(weights) == count
        assert len({".fp16" in name for name in names}) == 1
        assert len(names - set(weights)) == (0 if weights == ["text_encoder/model.fp16.safetensors"] else 1)


@pytest.mark.parametrize(
    "files", [numbered("", 2, 1), {"text_encoder/model-00001-of-00001.safetensors": b"w"}]
)
def test_numbered_files_of_which_some_are_missing_are_refused(hub, tmp_path, files):
    hub.files = {name: data for name, data in FILES.items() if not name.startswith("text_encoder")} | files
    with pytest.raises(InputError, match="lacks the weights of text_encoder"):
        look("some/model", tmp_path, hub.url)
    assert weights_asked(hub) == []


@pytest.mark.parametrize(
    ("index", "says"),
    [
        (b'{"_class_name": "SanaPipeline"}', "some/model is a SanaPipeline, which this program can't use"),
        (b'{"_class_name": "StableDiffusionXLPipeline", "requires_aesthetics_score": true}', "refiner"),
        (b'{"_class_name": ["x"]}', "can't use"),
        (b"{}", "model of unknown kind"),
        (b"[]", r"model_index\.json is damaged"),
        (b"\xff", r"model_index\.json is damaged"),
        (b"[" * 100_000, r"model_index\.json is damaged"),
        (b" " * 2_000_000, "is no index: it has 2,000,000 bytes"),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_first_weight(hub, tmp_path, index, says):
    hub.files["model_index.json"] = index
    with pytest.raises(InputError, match=says):
        look("some/model", tmp_path, hub.url)
    assert weights_asked(hub) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("part", ["vae", "text_encoder", "scheduler", "tokenizer", "unet"])
def test_a_part_that_is_not_there_is_named(hub, tmp_path, part):
    hub.files = {name: data for name, data in FILES.items() if not name.startswith(f"{part}/")}
    with pytest.raises(InputError, match=f"some/model lacks .*{part}"):
        look("some/model", tmp_path, hub.url)
    assert weights_asked(hub) == []


SD3 = {
    "model_index.json": b'{"_class_name": "StableDiffusion3Pipeline"}',
    "scheduler/scheduler_config.json": b"{}",
}
SD3 |= {f"{part}/{stem}.safetensors": b"weights" for part, stem in [
    ("transformer", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model"), ("text_encoder", "model"),
    ("text_encoder_2", "model"), ("text_encoder_3", "model")]}  # fmt: skip
SD3 |= {f"tokenizer{mark}/tokenizer.json": b"{}" for mark in ("", "_2", "_3")}


def test_t5_can_be_left_out_and_fetched_later(hub, tmp_path):
    hub.files = dict(SD3)
    lean = look("some/model", tmp_path, hub.url, t5=False)
    assert not any("_3" in file.path for file in lean.files)
    whole = look("some/model", tmp_path, hub.url)
    assert lean.t5 == whole.t5 == whole.bytes - lean.bytes == len(b"weights") + len(b"{}")
    folder = download(lean, nothing, nothing)
    assert not (folder / "text_encoder_3").exists()
    assert look("some/model", tmp_path, hub.url).left == whole.t5
    download(whole, nothing, nothing)
    assert (folder / "text_encoder_3/model.safetensors").is_file()
    hub.files = dict(FILES)
    assert look("some/model", tmp_path, hub.url).t5 == 0


def test_a_family_that_needs_t5_not_comes_without_where_it_is_pickled(hub, tmp_path):
    hub.files = {name: data for name, data in SD3.items() if name != "text_encoder_3/model.safetensors"}
    hub.files["text_encoder_3/pytorch_model.bin"] = b"pickle"
    assert not any("text_encoder_3" in file.path for file in look("some/model", tmp_path, hub.url).files)


@pytest.mark.parametrize(
    ("repo", "says"),
    [
        ("no/model", "There is no model no/model"),
        ("nonsense", "no name on the hub"),
    ],
)
def test_names_that_lead_nowhere(hub, tmp_path, repo, says):
    with pytest.raises(InputError, match=says):
        look(repo, tmp_path, hub.url)


def test_repositories_without_a_usable_model(hub, tmp_path):
    hub.files = {name: data for name, data in FILES.items() if not name.endswith(".safetensors")}
    with pytest.raises(InputError, match="no safetensors weights"):
        look("some/model", tmp_path, hub.url)
    del hub.files["model_index.json"]
    with pytest.raises(InputError, match="no safetensors weights"):
        look("some/model", tmp_path, hub.url)


def test_a_hub_that_never_answers_is_given_up(hub, tmp_path, monkeypatch):
    hub.silent = threading.Event()
    monkeypatch.setattr("core.models.hub.named.WAIT", 0.2)
    try:
        with pytest.raises(CoreError, match="can't be reached"):
            look("some/model", tmp_path, hub.url)
    finally:
        hub.silent.set()


def test_offline_refuses_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        look("some/model", tmp_path, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    "name",
    ["unet/..\\..\\evil.json", "unet/C:evil.json", "unet/nul.json", "unet/COM1.txt", "unet/.json",
     "unet/a\0b.json", "unet/.hidden.json", "unet/ ​\n.json"],
)  # fmt: skip
def test_names_that_lead_elsewhere_on_any_system_are_refused(hub, tmp_path, name):
    hub.files[name] = b"{}"
    with pytest.raises(InputError, match="no name for one"):
        look("some/model", tmp_path, hub.url)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["../x.json", "/etc/x.json", "unet/../../x.json", "unet\\x.json", "C:/x.json"]
)
def test_names_outside_the_parts_are_not_fetched(hub, tmp_path, name):
    hub.files[name] = b"{}"
    assert {file.path for file in look("some/model", tmp_path, hub.url).files} <= FILES.keys()


@pytest.mark.parametrize(
    "name", ["CON", "x.", "x ", "..", ".", "", "a/b", "a\\b", "a:b", "lpt9.txt", "Aux.json"]
)
def test_what_is_no_plain_name(name):
    assert not is_plain_name(name)
    assert not is_hub_name(f"owner/{name}")


@pytest.mark.parametrize(
    "name", ["config.json", "model-00001-of-00002.safetensors", "é.txt", "console.json", "_a+b"]
)
def test_what_is_a_plain_name(name):
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "answer",
    ["{}", "[3]", '[{"type": "file"}]', '[{"type": "file", "path": 3, "size": 1, "oid": "a"}]',
     '[{"type": "file", "path": "model_index.json", "size": "big", "oid": "a"}]',
     '[{"type": "file", "path": "model_index.json", "size": -1, "oid": "a"}]',
     '[{"type": "file", "path": "model_index.json", "size": 1, "oid": "../x"}]',
     '[{"type": "file", "path": "model_index.json", "size": 1, "oid": "a", "lfs": 3}]', "null", "no JSON"],
)  # fmt: skip
def test_answers_of_other_types_are_a_sentence(hub, tmp_path, answer):
    hub.tree = answer.encode()
    with pytest.raises(CoreError, match=r"can't be understood|no safetensors weights"):
        look("some/model", tmp_path, hub.url)
