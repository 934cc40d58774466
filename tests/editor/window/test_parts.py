"""A model in a single file that lacks a part: the file that holds it is chosen in the window."""

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton

from core.models import programs
from core.models.files.checkpoint import read_checkpoint
from core.models.files.layouts import NETWORK, VAE
from editor.banner import Kind
from tests.core.shaped import real_headers, shaped_file
from tests.editor.window.conftest import TIMEOUT


@pytest.fixture
def network(tmp_path, monkeypatch):
    """A network of Stable Diffusion 1, and beside it two VAEs of which nothing tells which is its own."""
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    for name in programs.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    whole = real_headers()["v1-5-pruned-emaonly"]

    def part(name, prefix, stays=""):
        layers = {key: it for key, it in whole.items() if key.startswith(prefix)}
        renamed = {stays + key.removeprefix(prefix): it for key, it in layers.items()}
        return shaped_file(tmp_path / "models" / f"{name}.safetensors", renamed)

    (tmp_path / "models").mkdir()
    part("clip_l", "cond_stage_model.transformer.")
    part("one", VAE)
    part("other", VAE)
    return part("drawing", NETWORK, NETWORK)


def open_bar(window, kind, words):
    return next((bar for bar in window.banner.bars if bar.kind is kind and words in bar.text), None)


def test_opened_by_the_menu_it_asks_for_the_part_and_opens(qtbot, network, standing_in, monkeypatch):
    window, banner = standing_in, standing_in.banner
    asked = []

    def answer(name):
        monkeypatch.setattr(
            QFileDialog, "getOpenFileName", lambda *said: (asked.append(said[1:3]), (str(name), ""))[1]
        )

    answer(network)
    window.models.add_file()
    qtbot.waitUntil(lambda: open_bar(window, Kind.QUESTION, "lacks the VAE") is not None, timeout=TIMEOUT)
    bar = open_bar(window, Kind.QUESTION, "lacks the VAE")
    assert "fit alike" in bar.accessibleName()
    assert "palimpsest models" not in bar.accessibleName()
    choose = next(button for button in bar.findChildren(QPushButton) if button.text() == "Choose a File…")
    choose.click()  # the network itself
    qtbot.waitUntil(lambda: open_bar(window, Kind.ERROR, "isn't the VAE") is not None, timeout=TIMEOUT)
    answer(network.with_name("other.safetensors"))
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        choose.click()
    assert asked[-1] == ("Text encoder or VAE of drawing.safetensors", str(network.parent))
    assert window.models.asked[0] == str(network)
    assert open_bar(window, Kind.QUESTION, "lacks the VAE") is None
    assert read_checkpoint(network).files["vae"].name == "other.safetensors"

    answer(network.with_name("one.safetensors"))  # another one, when it is open
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        window.actions_["parts"].trigger()
    assert read_checkpoint(network).files["vae"].name == "one.safetensors"
    assert not [it for it in banner.bars if it.kind is Kind.QUESTION]


def test_of_a_folder_it_says_that_nothing_lacks(qtbot, standing_in):
    standing_in.actions_["parts"].trigger()
    assert open_bar(standing_in, Kind.NOTICE, "has all its parts") is not None
