"""The menu of VAEs: what fits the model is offered, another model forgets it, a wrong one is told."""

import pytest
from PySide6.QtWidgets import QFileDialog

from editor.banner import Kind
from resources import STARTER
from tests.core.shaped import real_headers, shaped_file


@pytest.fixture
def files(tmp_path, monkeypatch):
    """VAEs of another program: for this family, for SDXL by its name, and of sixteen channels."""
    headers = real_headers()
    four = headers["sdxl_vae"]
    sixteen = {**four, "decoder.conv_in.weight": ["F32", [512, 16, 3, 3]]}
    made = [shaped_file(tmp_path / f"{name}.safetensors", four) for name in ("soft", "sdxl_vae")]
    made.append(shaped_file(tmp_path / "sixteen.safetensors", sixteen))
    monkeypatch.setattr("core.models.programs.vae_files", lambda: tuple(made))
    monkeypatch.setattr("core.models.vae.choice.vae_files", lambda: tuple(made))
    monkeypatch.setattr("core.models.vae.choice.rooms", lambda _home: ())
    return {file.stem: file for file in made}


def filled(window, idle):
    """The menu once it was looked what fits, by its lines."""
    menu = window.actions_.submenus["vaes"]
    menu.aboutToShow.emit()
    idle(window)
    return {action.text(): action for action in menu.actions() if not action.isSeparator()}


def test_what_fits_the_model_can_be_chosen_in_both_menus(loaded, idle, files):
    lines = filled(loaded, idle)
    assert list(lines) == ["The Model's &Own", "soft.safetensors", "&Choose a VAE File…"]
    assert lines["The Model's &Own"].isChecked()
    undo = loaded.actions_["undo"].isEnabled()
    lines["soft.safetensors"].trigger()
    idle(loaded)
    assert loaded.document.request().vae == str(files["soft"])
    assert loaded.actions_["undo"].isEnabled() == undo
    assert filled(loaded, idle)["soft.safetensors"].isChecked()
    long = loaded.status.model.menu()
    long.aboutToShow.emit()
    idle(loaded)
    vaes = loaded.actions_.submenus["vaes"].menuAction()
    assert vaes in long.actions()
    assert "half precision" in vaes.toolTip()
    filled(loaded, idle)["The Model's &Own"].trigger()
    assert loaded.document.request().vae == ""


def test_another_model_works_by_its_own(loaded, idle, files, monkeypatch):
    monkeypatch.setattr(loaded.jobs, "load", lambda *_: None)
    loaded.models.vaes.choose(str(files["soft"]))
    idle(loaded)
    loaded.models.choose(loaded.document.request().model, "auto")
    assert loaded.document.request().vae == str(files["soft"])
    loaded.models.choose(STARTER, "auto")
    assert loaded.document.request().vae == ""


def test_one_of_other_latents_is_told_and_the_chosen_one_stays(loaded, idle, files, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(files["sixteen"]), ""))
    filled(loaded, idle)["&Choose a VAE File…"].trigger()
    idle(loaded)
    (bar,) = loaded.banner.bars
    assert bar.kind is Kind.ERROR
    assert "their latents differ" in bar.text
    assert loaded.document.request().vae == ""


def test_one_that_was_fetched_is_chosen(loaded, idle, files):
    loaded.models.get()
    loaded.models.chooser.got.emit(str(files["soft"]))
    idle(loaded)
    assert loaded.document.request().vae == str(files["soft"])
    assert not loaded.banner.bars
