"""Licences, gates and tokens, of a small hub on this machine's own loopback."""

import logging
import traceback

import pytest

from core.errors import CoreError, InputError
from core.models.hub.client import sign_in
from core.models.hub.faults import GatedError
from core.models.hub.named import look
from core.models.hub.transfer import download
from tests.hub_server import UNET, WEIGHTS, nothing, weights_asked

PAGE = "https://huggingface.co/some/model"


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
