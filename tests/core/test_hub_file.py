"""Repositories of single files, on a small hub on this machine's own loopback."""

import pytest

from core.errors import InputError
from core.models.hub import SeveralFiles, look
from core.models.recognise.kinds import ModelKind
from core.models.transfer import download
from tests.core.shaped import real_headers, shaped_file
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
        ("t5xxl_fp16", "text encoder"),
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


def test_a_server_that_knows_no_ranges_is_understood(hub, tmp_path):
    hub.files, hub.ranges = {"a.safetensors": ONE}, False
    assert look("some/model", tmp_path, hub.url).kind is ModelKind.LORA
