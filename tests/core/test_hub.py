"""What the hub offers, and fetching it, from a small hub on this machine's own loopback."""

import logging
import traceback
from dataclasses import replace
from itertools import pairwise

import pytest

from core.errors import Cancelled, CoreError, InputError
from core.models.hub import SeveralFiles, look
from core.models.hub_client import sign_in
from core.models.hub_faults import GatedError
from core.models.recognise.kinds import ModelKind
from core.models.repository import is_hub_name, is_plain_name
from core.models.transfer import download
from tests.core.shaped import real_headers, shaped_file
from tests.faults import KINDS, contents, tried
from tests.hub_server import SHA, lora, running

INDEX = b'{"_class_name": "StableDiffusionPipeline"}'
WEIGHTS = bytes(range(256)) * 12_000  # three blocks
HALF = bytes(range(256)) * 6_000
FILES = {
    "model_index.json": INDEX,
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
    "unet/diffusion_pytorch_model.fp16.safetensors": HALF,
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"not wanted",
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "vae/diffusion_pytorch_model.fp16.safetensors": b"only in half precision",
    "text_encoder/model.safetensors": b"only in single precision",
    "text_encoder/deeper/model.safetensors": b"not wanted",
    "scheduler/scheduler_config.json": b"{}",
    "safety_checker/model.safetensors": b"not wanted",
    "single.safetensors": b"not wanted",
    "tokenizer/merges.txt": b"a b",
}
UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def hub(monkeypatch):
    """The server (tests.hub_server), and a client that may ask it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("core.models.transfer.ATTEMPTS", 1)
    monkeypatch.setattr("core.models.transfer.PAUSE", 0.01)
    with running(FILES) as server:
        yield server


def nothing(*_):
    pass


def test_the_parts_come_and_nothing_else(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    assert offer.left == offer.bytes
    seen = []
    folder = download(offer, lambda done, whole: seen.append((done, whole)), nothing)
    assert folder == tmp_path / "some--model"
    have = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert have == {
        "model_index.json": INDEX,
        "unet/config.json": b"{}",
        "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
        "vae/diffusion_pytorch_model.safetensors": b"only in half precision",
        "text_encoder/model.safetensors": b"only in single precision",
        "scheduler/scheduler_config.json": b"{}",
        "tokenizer/merges.txt": b"a b",
    }
    assert seen == sorted(seen)
    assert seen[-1] == (offer.bytes, offer.bytes)
    assert hub.asked[-1][0] == "model_index.json"
    assert look("some/model", tmp_path, hub.url).left == 0
    asked = len(hub.asked)
    download(offer, nothing, nothing)
    assert len(hub.asked) == asked


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


def weights_asked(hub):
    """The weights of which even one byte was asked for."""
    return [name for name, _ in hub.asked if name.endswith((".safetensors", ".bin", ".ckpt"))]


@pytest.mark.parametrize(
    ("index", "says"),
    [
        (b'{"_class_name": "FluxPipeline"}', "some/model is a FluxPipeline, which this program can't use"),
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


def test_a_folder_is_no_model_while_it_changes(hub, tmp_path):
    """Another precision, another revision, T5 later: what lies there meanwhile is of both."""
    folder = download(look("some/model", tmp_path, hub.url), nothing, nothing)
    offer = look("some/model", tmp_path, hub.url, precision="half")
    hub.cut["unet/diffusion_pytorch_model.fp16.safetensors"] = 1_100_000
    with pytest.raises(CoreError, match="broke off"):
        download(offer, nothing, nothing)
    assert not (folder / "model_index.json").exists()
    download(offer, nothing, nothing)
    assert (folder / "model_index.json").is_file()
    assert (folder / UNET).read_bytes() == HALF


def test_what_came_of_another_content_is_not_gone_on_with(hub, tmp_path):
    """The repository has changed since, under the same name."""
    hub.cut[UNET] = 1_500_000
    with pytest.raises(CoreError, match="broke off"):
        download(look("some/model", tmp_path, hub.url), nothing, nothing)
    hub.files[UNET] = newer = WEIGHTS[::-1]
    folder = download(look("some/model", tmp_path, hub.url), nothing, nothing)
    assert (folder / UNET).read_bytes() == newer
    assert not list(folder.rglob("*.part"))


def test_a_repository_that_changes_meanwhile_is_named(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    hub.gone = True
    with pytest.raises(InputError, match="some/model has changed"):
        download(offer, nothing, nothing)
    hub.gone = False
    with pytest.raises(InputError, match="some/model has changed, or what was asked for was never in it"):
        look("some/model", tmp_path, hub.url, revision="other")


def test_only_the_revision_that_was_looked_up_is_asked_for(hub, tmp_path):
    download(look("some/model", tmp_path, hub.url), nothing, nothing)
    transfers = [path for path in hub.requests if "/resolve/" in path]
    assert all(f"/resolve/{SHA}/" in path for path in transfers)


PAGE = "https://huggingface.co/some/model"


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
        ("flux1-dev", "FLUX"),
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


@pytest.mark.parametrize(
    ("info", "licence", "link", "commercial"),
    [
        ({"cardData": {"license": "openrail++"}}, "openrail++", PAGE, "unknown"),
        ({"cardData": {"license": "other", "license_name": "my-nc-terms", "license_link": "LICENSE"}},
         "my-nc-terms", f"{PAGE}/blob/main/LICENSE", "no"),
        ({"cardData": {"license": "cc-by-nc-4.0", "license_link": "https://x.org/l"}}, "cc-by-nc-4.0",
         "https://x.org/l", "no"),
        ({"tags": ["license:mit", "x"]}, "mit", PAGE, "unknown"),
        ({}, "", PAGE, "unknown"),
        ({"cardData": {"license": ["a", {}], "license_link": 3}}, "", PAGE, "unknown"),
        ({"cardData": {"license": "a\n\x1b[31mb", "license_link": "javascript:x()"}}, "a[31mb",
         PAGE, "unknown"),
        ({"cardData": "nonsense", "tags": [3, None]}, "", PAGE, "unknown"),
        ({"cardData": {"license": "x", "license_link": "../../../evil"}}, "x", PAGE,
         "unknown"),
    ],
)  # fmt: skip
def test_the_licence_is_read_from_the_card(hub, tmp_path, info, licence, link, commercial):
    hub.info = info
    terms = look("some/model", tmp_path, hub.url).terms
    assert (terms.licence, terms.link, terms.commercial) == (licence, link, commercial)
    assert (licence or "not told by its card") in terms.sentence
    assert ("no commercial use" in terms.sentence) == (commercial == "no")


def test_what_is_known_of_an_offered_model_marks_its_licence(hub, tmp_path):
    hub.info = {"cardData": {"license": "other", "license_name": "fair-ai-public-license-1.0-sd"}}
    assert look("Laxhar/noobai-XL-Vpred-1.0", tmp_path, hub.url).terms.commercial == "no"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """huggingface_hub's own store of tokens, below the test's folder."""
    room = tmp_path / "hf"
    for name, file in (("HF_TOKEN_PATH", "token"), ("HF_STORED_TOKENS_PATH", "stored_tokens")):
        monkeypatch.setattr(f"huggingface_hub.constants.{name}", str(room / file))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return room


def test_a_gate_is_explained_and_opened_by_a_token(hub, tmp_path, store, monkeypatch, caplog, capsys):
    token = "hf_thisisasecret"
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", hub.url)
    hub.token, hub.info = token, {"gated": "auto", "cardData": {"license": "other", "license_name": "nice"}}
    with pytest.raises(GatedError, match=r"behind a gate.*palimpsest models login") as raised:
        look("some/model", tmp_path / "models", hub.url)
    assert raised.value.page == PAGE
    assert not raised.value.signed_in
    assert weights_asked(hub) == []
    with caplog.at_level(logging.DEBUG):
        sign_in(f" {token}\n")
        offer = look("some/model", tmp_path / "models", hub.url)
        folder = download(offer, nothing, nothing)
    assert offer.terms.gated
    assert "an account on the hub is asked for" in offer.terms.sentence
    assert (folder / UNET).read_bytes() == WEIGHTS
    said = capsys.readouterr()
    assert token not in caplog.text + said.out + said.err
    holding = {path for path in tmp_path.rglob("*") if path.is_file() and token.encode() in path.read_bytes()}
    assert holding == {store / "token", store / "stored_tokens"}
    hub.token = "hf_another"
    with pytest.raises(GatedError) as raised:
        look("some/model", tmp_path / "models", hub.url)
    assert raised.value.signed_in


@pytest.mark.parametrize("token", ["hf_unknownsecret", "api_org_secret", "", "two words", "hf_ü", "a\nb"])
def test_a_token_that_is_none_is_refused_and_never_told(hub, store, monkeypatch, token, caplog):
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", hub.url)
    hub.token = "hf_right"
    says = "doesn't accept this token|That is no token"
    with pytest.raises(InputError, match=says) as raised, caplog.at_level(logging.DEBUG):
        sign_in(token)
    told = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert not token or token not in told
    assert "HfHubHTTPError" not in told
    assert not store.exists()


def test_a_hub_that_is_not_there_is_told_of_a_token(store, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", "http://127.0.0.1:9")
    with pytest.raises(CoreError, match="can't be reached"):
        sign_in("hf_secret")


def test_a_library_that_tells_the_token_is_not_passed_on(monkeypatch):
    def login(token):
        raise OSError(f"{token} can't be written")

    monkeypatch.setattr("huggingface_hub.login", login)
    token = "hf_" + "secret"  # which no line of this file shows
    with pytest.raises(CoreError) as raised:
        sign_in(token)
    assert token not in "".join(traceback.format_exception(raised.value))


def test_an_interrupted_transfer_goes_on_where_it_broke_off(hub, tmp_path):
    name = "unet/diffusion_pytorch_model.safetensors"
    hub.cut[name] = 1_500_000
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(CoreError, match="broke off"):
        download(offer, nothing, nothing)
    part = next(offer.folder.rglob("*.part"))
    have = part.stat().st_size
    assert 0 < have <= 1_500_000
    assert not (offer.folder / "model_index.json").exists()
    folder = download(offer, nothing, nothing)
    assert (name, f"bytes={have}-") in hub.asked
    assert (folder / name).read_bytes() == WEIGHTS
    assert not part.exists()


def test_a_file_that_was_damaged_on_the_disk_comes_anew(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    weights = download(offer, nothing, nothing) / "unet/diffusion_pytorch_model.safetensors"
    weights.write_bytes(WEIGHTS[:-1] + b"?")  # of the right size
    download(offer, nothing, nothing)
    assert weights.read_bytes() == WEIGHTS


def test_checking_what_is_there_is_seen_to_go_on(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    download(offer, nothing, nothing)
    told = []
    download(offer, lambda done, _: told.append(done), nothing)
    assert told == sorted(told)
    assert told[-1] == offer.bytes
    whole = max(file.size for file in offer.files)
    assert max(after - before for before, after in pairwise(told)) < whole


def test_checking_what_is_there_can_be_stopped(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    download(offer, nothing, nothing)
    calls = []

    def stop():
        calls.append(1)
        if len(calls) > len(offer.files):
            raise Cancelled

    with pytest.raises(Cancelled):
        download(offer, nothing, stop)
    assert len(calls) == len(offer.files) + 1


def test_a_busy_hub_is_asked_again(hub, tmp_path, monkeypatch):
    name = "unet/config.json"
    hub.busy[name] = 2
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(CoreError, match=r"busy \(HTTP 503\)"):
        download(offer, nothing, nothing)
    monkeypatch.setattr("core.models.transfer.ATTEMPTS", 2)
    assert (download(offer, nothing, nothing) / name).read_bytes() == b"{}"


def test_cancel_leaves_a_part_to_go_on_with(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    reached = []

    def stop():
        if reached and reached[-1] > 1_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        download(offer, lambda done, _: reached.append(done), stop)
    assert 0 < offer.left < offer.bytes
    download(offer, nothing, nothing)
    assert offer.left == 0


@pytest.mark.parametrize("name", ["unet/diffusion_pytorch_model.safetensors", "tokenizer/merges.txt"])
def test_a_wrong_checksum_is_named_and_the_file_removed(hub, tmp_path, name):
    hub.sent[name] = bytes(len(FILES[name]))
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(CoreError, match=f"{name} of some/model came damaged"):
        download(offer, nothing, nothing)
    assert not list(offer.folder.rglob(f"{name.rsplit('/', maxsplit=1)[-1]}*"))


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


def test_a_full_disk_and_a_dead_server_are_told(hub, tmp_path, monkeypatch):
    offer = look("some/model", tmp_path, hub.url)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
        with pytest.raises(CoreError, match="GB on the disk"):
            download(offer, nothing, nothing)
    with pytest.raises(CoreError, match="can't be reached"):
        look("some/model", tmp_path, "http://127.0.0.1:9")


def test_offline_refuses_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        look("some/model", tmp_path, "http://127.0.0.1:9")


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_disk_that_fails_at_any_operation_leaves_no_file_that_is_not_whole(hub, tmp_path, kind):
    offer = look("some/model", tmp_path, hub.url)

    def fetch(folder):
        download(replace(offer, folder=folder / "model"), nothing, nothing)

    runs = []
    for run in tried(tmp_path / "runs", nothing, fetch, kind):
        runs.append(run)
        there = {name for name in run.after if run.after[name] is not None and not name.endswith(".part")}
        whole = len(there) == len(offer.files)
        assert whole or run.error is not None, run.struck
        assert whole or "model/model_index.json" not in there, run.struck
        assert run.error is None or "hub" not in run.error.message, (run.struck, run.error)
        fetch(run.folder)
        whole = contents(run.folder)
        assert there <= set(whole), run.struck
        assert all(run.after[name] == whole[name] for name in there), run.struck
        assert {name: data for name, data in whole.items() if data is not None} == {
            f"model/{file.to}": hub.files[file.path] for file in offer.files
        }, run.struck
    assert len(runs) > len(offer.files)


def test_a_body_longer_than_promised_is_stopped_at_its_length(hub, tmp_path):
    name = "unet/diffusion_pytorch_model.safetensors"
    hub.sent[name] = FILES[name] + b"more" * 1_000_000
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(InputError, match=f"sent more than the {len(FILES[name]):,} bytes of {name}"):
        download(offer, nothing, nothing)
    assert all(path.stat().st_size <= max(map(len, FILES.values())) for path in tmp_path.rglob("*.part"))


def test_a_part_that_is_a_link_is_not_written_through(hub, tmp_path):
    name, precious = "unet/diffusion_pytorch_model.safetensors", tmp_path / "precious"
    precious.write_bytes(b"x")
    offer = look("some/model", tmp_path, hub.url)
    part = next(file for file in offer.files if file.to == name).part(offer.folder)
    part.parent.mkdir(parents=True)
    part.symlink_to(precious)
    assert (download(offer, nothing, nothing) / name).read_bytes() == FILES[name]
    assert precious.read_bytes() == b"x"
    assert not (offer.folder / name).is_symlink()


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
