"""Repositories of single files, on a small hub on this machine's own loopback."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InputError
from core.models.catalog import folder_of
from core.models.hub.client import client
from core.models.hub.fetched import fetched
from core.models.hub.files import single_files
from core.models.hub.named import SeveralFiles, listed, look
from core.models.hub.repository import models_home
from core.models.hub.transfer import download
from core.models.programs import encoder_files
from core.models.recognise.kinds import ModelKind
from tests.core.shaped import real_headers, shaped_file
from tests.core.test_recognise_places import gguf_file
from tests.hub_server import lora, nothing

ONE, TWO = lora(1.0), lora(2.0)
SINGLE = {"README.md": b"x", "a.safetensors": ONE, "more/b.safetensors": TWO, "c.ckpt": b"pickle"}


def test_a_single_file_is_fetched_by_its_name(hub, tmp_path):
    hub.files = dict(SINGLE)
    with pytest.raises(SeveralFiles, match=r"a\.safetensors \(0\.0 MB\), more/b\.safetensors") as raised:
        look("some/model", tmp_path, hub.url)
    assert raised.value.files == (("a.safetensors", len(ONE)), ("more/b.safetensors", len(TWO)))
    for name in ("more/b.safetensors", "b.safetensors"):
        offer = look("some/model", tmp_path, hub.url, file=name)
        assert download(offer, nothing, nothing) == tmp_path / "some--model" / "b.safetensors"
    assert offer.model.read_bytes() == TWO
    assert offer.kind is ModelKind.LORA
    assert [path.name for path in offer.folder.iterdir()] == ["b.safetensors"]
    with pytest.raises(InputError, match=r"c\.ckpt holds pickled weights|c\.ckpt .*pickle"):
        look("some/model", tmp_path, hub.url, file="c.ckpt")
    for name in ("d.safetensors", "d.ckpt", "README.md"):
        with pytest.raises(InputError, match=r"holds no file .*It holds a\.safetensors, more/b\.safetensors"):
            look("some/model", tmp_path, hub.url, file=name)
    del hub.files["a.safetensors"]
    assert look("some/model", tmp_path, hub.url).model.name == "b.safetensors"


def test_a_file_is_taken_out_of_a_folders_repository(hub, tmp_path):
    hub.files["single.safetensors"] = ONE
    offer = look("some/model", tmp_path, hub.url, file="single.safetensors")
    assert download(offer, nothing, nothing).read_bytes() == ONE


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sd_xl_base_1.0", ModelKind.CHECKPOINT),
        ("dreamshaper_8_pruned", ModelKind.CHECKPOINT),
        ("sdxl_vae", ModelKind.VAE),
        ("EasyNegative", ModelKind.TEXTUAL_INVERSION),
        ("flux1-dev", ModelKind.NETWORK),
        ("flux1-fill-dev", "FLUX"),
        ("sd_xl_refiner_1.0", "refiner"),
        ("control_v11p_sd15_canny_fp16_original", "ControlNet"),
        ("t5xxl_fp16", ModelKind.TEXT_ENCODER),
        ("4x-upscaler", "upscaler"),
    ],
)
def test_a_single_file_is_known_by_its_header_before_a_weight_comes(hub, tmp_path, name, kind):
    file = shaped_file(tmp_path / f"{name}.safetensors", real_headers()[name])
    hub.files = {file.name: file}
    if isinstance(kind, ModelKind):
        assert look("some/model", tmp_path, hub.url).kind is kind
    else:
        with pytest.raises(InputError, match=kind):
            look("some/model", tmp_path, hub.url)
    with file.open("rb") as stream:
        header = 8 + int.from_bytes(stream.read(8), "little")
    assert hub.asked == [(file.name, "bytes=0-7"), (file.name, f"bytes=8-{header - 1}")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is not a safetensors file"),
        (b"\xff" * 100, "is not a safetensors file"),
        (b"<html>" + bytes(200), "is not a safetensors file"),
        ((20).to_bytes(8, "little") + b"no header at all....", "On the hub, .* its header is not readable"),
        (ONE[:-4], "On the hub, .* is cut off"),
        (ONE + b"more", "On the hub, .* is damaged"),
        (ONE.replace(b'"data_offsets":[0,3072]', b'"data_offsets":[9,3081]'), "On the hub, .* is damaged"),
    ],
)
def test_a_file_that_is_damaged_on_the_hub_is_not_fetched(hub, tmp_path, data, says):
    hub.files = {"a.safetensors": data}
    with pytest.raises(InputError, match=says):
        look("some/model", tmp_path / "models", hub.url)
    assert not (tmp_path / "models").exists()


def test_a_gguf_file_is_known_by_its_header_and_fetched_as_any_other(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("core.models.hub.file.GROWS", 1 << 12)
    whole = {key: shape for key, (_, shape) in real_headers()["flux1-dev"].items()}
    large = gguf_file(tmp_path / "flux1-dev-Q4_K_S.gguf", whole, "q4_k")
    other = gguf_file(tmp_path / "flux1-dev-Q3_K_S.gguf", whole, "q3_k")
    small = gguf_file(tmp_path / "small.gguf", {"double_blocks.0.img_attn.norm.key_norm.scale": (8,)}, "q8_0")
    data = small.read_bytes()
    hub.files = {"README.md": b"x", large.name: large, other.name: other, "a/small.gguf": data}
    with pytest.raises(SeveralFiles, match=r"flux1-dev-Q4_K_S\.gguf \([67]\.\d GB\), flux1-dev-Q3_K_S"):
        look("some/model", tmp_path, hub.url)
    offer = look("some/model", tmp_path, hub.url, file=large.name)
    assert (offer.kind, offer.told.family, offer.told.format) == (ModelKind.GGUF, "FLUX.1 dev", "q4_k")
    assert offer.weights == offer.bytes == large.stat().st_size
    asked = [range_ for name, range_ in hub.asked if name == large.name]
    assert asked[:2] == ["bytes=0-4095", "bytes=4096-8191"]
    assert len(asked) < 30
    with pytest.raises(InputError, match=r"Q3_K_S\.gguf is a GGUF file of FLUX.1 dev \(q3_k\), which"):
        look("some/model", tmp_path, hub.url, file=other.name)
    hub.sent = {large.name: data[:40]}
    with pytest.raises(InputError, match=r"On the hub, .* is cut off within its header"):
        look("some/model", tmp_path, hub.url, file=large.name)
    offer = replace(offer, files=tuple(it for it in single_files(listed_of(hub)) if it.to == "small.gguf"))
    assert download(offer, nothing, nothing).read_bytes() == data
    (there,) = fetched([tmp_path])
    assert there.model == tmp_path / "some--model" / "small.gguf"
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_: tmp_path / "data")
    models_home().mkdir(parents=True)
    there.folder.rename(models_home() / "some--model")
    assert folder_of("some/model").name == "small.gguf"


@pytest.mark.parametrize(("form", "fetched"), [("q8_0", True), ("q3_k", False)])
def test_a_text_encoder_is_fetched_to_where_networks_find_it(hub, tmp_path, monkeypatch, form, fetched):
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_: tmp_path / "data")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    layers = {"token_embd.weight": (32128, 4096), "enc.blk.0.attn_q.weight": (4096, 4096)}
    name = f"t5-v1_1-xxl-encoder-{form}.gguf"
    hub.files = {name: gguf_file(tmp_path / name, layers, form, "t5encoder")}
    if not fetched:
        with pytest.raises(InputError, match=rf"{name} holds weights in {form}, which") as refused:
            look("some/model", endpoint=hub.url)
        assert refused.value.hint.startswith("Get it in Q4_K")
        return
    offer = look("some/model", endpoint=hub.url)
    assert offer.kind is ModelKind.TEXT_ENCODER
    offer.folder.mkdir(parents=True)
    offer.model.write_bytes(b"here")
    full = offer.folder.with_name("zz.safetensors")
    full.write_bytes(b"here")
    assert encoder_files() == (full, offer.model), "what is in full comes first"


def test_one_file_in_full_is_meant_whatever_gguf_files_lie_beside_it(hub, tmp_path):
    hub.files = {"a.safetensors": ONE, "a-Q4_K.gguf": b"GGUF"}
    assert look("some/model", tmp_path, hub.url).model.name == "a.safetensors"


def listed_of(hub):
    return listed(client(hub.url), "some/model", "abc")


def test_a_server_that_knows_no_ranges_is_understood(hub, tmp_path):
    hub.files, hub.ranges = {"a.safetensors": ONE}, False
    assert look("some/model", tmp_path, hub.url).kind is ModelKind.LORA
