"""Choosing model and device; a choice that fails never takes the working one away."""

import shutil
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from safetensors.numpy import save

from core.document.commands import update_draft
from core.edit.request import Lora
from core.models.catalog import CatalogEntry, describe
from core.models.recognise.formats import Weights
from core.photo.photo import Photo
from editor.banner import Kind
from editor.flows.help.palette import Palette
from editor.flows.models.lora_dialog import LoraDialog
from resources import STARTER
from tests.core.shaped import real_headers, shaped_file
from tests.editor.conftest import drag_exactly

TIMEOUT = 60_000


def test_a_loaded_model_is_named_and_remembered(loaded, store, tiny):
    assert loaded.models.info.folder == str(tiny)
    assert loaded.status.model.text().startswith(tiny.name)
    assert loaded.status.device.text() == "CPU ▾"
    assert loaded.status.state.text() == "ready"
    assert (store.settings.model, store.settings.device) == (str(tiny), "cpu")
    assert store.settings.folders == (str(tiny),)
    assert loaded.document.request().model == str(tiny)
    assert loaded.canvas.frame.pixels == loaded.models.info.pixels


def test_what_is_to_be_known_of_a_model_is_told_once_and_before_it_runs(qtbot, loaded, idle, tiny, tmp_path):
    folder = Path(shutil.copytree(tiny, tmp_path / "other"))
    (folder / "palimpsest.json").write_text("{")
    with qtbot.waitSignal(loaded.jobs.modelReady, timeout=TIMEOUT):
        loaded.models.choose(str(folder), "cpu")
    said = [bar.text for bar in loaded.banner.bars if "used without it" in bar.text]
    assert len(said) == 1
    assert said[0] in loaded.status.model.toolTip()
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    assert not any("used without it" in bar.accessibleName() for bar in loaded.banner.bars), "a run clears it"
    assert said[0] in loaded.status.model.toolTip()


def test_a_model_that_fails_is_told_and_the_earlier_one_stays(qtbot, loaded, store, tiny, tmp_path):
    with qtbot.waitSignal(loaded.jobs.modelFailed, timeout=TIMEOUT):
        loaded.models.choose(str(tmp_path), "cpu")
    with qtbot.waitSignal(loaded.jobs.modelReady, timeout=TIMEOUT):
        pass
    assert [bar.kind for bar in loaded.banner.bars] == [Kind.ERROR]
    assert loaded.document.request().model == str(tiny)
    assert loaded.status.state.text() == "ready"
    assert store.settings.model == str(tiny)


def test_a_device_that_is_not_there_is_told_and_the_earlier_one_stays(qtbot, loaded):
    with qtbot.waitSignals([loaded.jobs.modelFailed, loaded.jobs.modelReady], timeout=TIMEOUT):
        loaded.models.choose(loaded.document.request().model, "mps")
    assert loaded.document.request().device == "cpu"


def test_the_menus_offer_what_there_is(loaded, tiny):
    menu = loaded.status.model.menu()
    menu.aboutToShow.emit()
    names = [action.text() for action in menu.actions() if action.text()]
    assert names == [
        "Starter",
        tiny.name,
        "&Get a Model…",
        "Get a Model for &Selecting…",
        "&Open Model File…",
        "Open Model Fol&der…",
        "Text Encoder or VAE of a &File…",
        "&LoRA Files…",
        "This Model's &Ways…",
        "&VAE",
    ]
    assert [action.objectName() for action in menu.actions()[3:]] == [
        *("get-model", "get-segmenter", "open-model", "add-model-folder"),
        "",
        *("parts", "loras", "ways"),
        "",
    ]  # the table's own, with their keys and tips
    assert [action.text() for action in menu.actions() if action.isChecked()] == [tiny.name]
    short = loaded.actions_.submenus["models"]
    short.aboutToShow.emit()
    assert [action.text() for action in short.actions()] == ["Starter", tiny.name]
    menu = loaded.status.device.menu()
    menu.aboutToShow.emit()
    able = [action.text().split(":")[0] for action in menu.actions() if action.isEnabled()]
    assert {"Auto", "CPU"} <= set(able)
    assert "MPS" not in able


def test_the_menu_adds_what_else_lies_on_this_machine(qtbot, loaded, tiny, idle, monkeypatch):
    start = describe(STARTER)
    cached = CatalogEntry(
        "/cache/sd",
        "someone/sd",
        Path("/cache/sd"),
        1_700_000_000,
        family="Stable Diffusion",
        parts={"unet": Weights(860_000_000)},
    )
    broken = CatalogEntry(
        "/cache/flux", "someone/flux", Path("/cache/flux"), 1, problem="It is of another kind."
    )
    monkeypatch.setattr("core.models.catalog.catalog", lambda given: [start, cached, broken])
    menu = loaded.status.model.menu()
    menu.aboutToShow.emit()
    assert "someone/sd" not in [action.text() for action in menu.actions()]
    idle(loaded)
    actions = {action.text(): action for action in menu.actions()}
    assert list(actions)[:3] == ["Starter", "someone/sd", "someone/flux"]
    assert actions["someone/sd"].isEnabled()
    assert not actions["someone/flux"].isEnabled()
    assert "It is of another kind." in actions["someone/flux"].toolTip()
    assert actions["someone/sd"].toolTip() == "/cache/sd\nStable Diffusion, 1.7 GB\n{}".format(
        "needs 2.2 GB graphics or 4.5 GB CPU memory"
    )
    assert "needs" in actions["Starter"].toolTip()


def test_a_failing_start_falls_back_to_the_starter(qtbot, window, tmp_path):
    asked = []
    window.jobs.modelLoading.connect(asked.append)
    with qtbot.waitSignal(window.jobs.modelFailed, timeout=TIMEOUT):
        window.models.choose(str(tmp_path), "cpu", remember=False)
    assert asked == [str(tmp_path), STARTER]


def test_the_action_for_lora_files_counts_them(loaded):
    loaded.document.adjust(update_draft(loras=(Lora("/x/style.safetensors"),)))
    assert loaded.actions_["loras"].text() == "&LoRA Files (1)…"
    loaded.document.adjust(update_draft(loras=()))
    assert loaded.actions_["loras"].text() == "&LoRA Files…"


def opened(window, idle, path: Path, header) -> list:
    """What the banner says once a file with this header was opened as a model."""
    window.models.open(str(shaped_file(path, header)))
    idle(window)
    return window.banner.bars


def test_a_file_that_is_no_model_is_told_for_what_it_is(loaded, idle, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(loaded.models, "choose", lambda *given: asked.append(given))
    headers = real_headers()
    (bar,) = opened(loaded, idle, tmp_path / "wrong.safetensors", headers["sdxl_vae"])
    assert bar.kind is Kind.ERROR
    assert bar.text.startswith("wrong.safetensors is the VAE of SD 1.x, SD 2.x or SDXL alone")
    assert "Model ▸ VAE" in bar.accessibleName()
    bar.close()
    (tmp_path / "page.safetensors").write_text("<!DOCTYPE html><title>Log in</title>")
    loaded.models.open(str(tmp_path / "page.safetensors"))
    idle(loaded)
    assert "is a web page" in loaded.banner.bars[0].text
    loaded.banner.bars[0].close()
    (bar,) = opened(loaded, idle, tmp_path / "word.safetensors", headers["EasyNegative"])
    assert bar.kind is Kind.NOTICE
    assert "is a textual inversion" in bar.text
    assert asked == []
    opened(loaded, idle, tmp_path / "right.safetensors", headers["dreamshaper_8_pruned"])
    assert asked == [(str(tmp_path / "right.safetensors"), "cpu")]


def test_dialogs_for_models_begin_beside_the_one_used_last(loaded, store, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (begun.append(given[2]), ("", ""))[1])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: begun.append(given[2]))
    used, home = tmp_path / "disk" / "one", tmp_path / "fetched"
    used.mkdir(parents=True)
    store.change(lambda _: {"folders": (str(tmp_path / "gone" / "two"), str(used)), "models_home": str(home)})
    loaded.models.add_file()
    loaded.models.add_folder()
    loaded.models.vaes.choose_file()
    store.change(lambda _: {"folders": ()})
    loaded.models.add_file()
    assert begun == [str(used.parent)] * 3 + [str(home)]


def test_a_lora_opened_as_a_model_is_proposed_as_a_lora(qtbot, loaded, idle, tmp_path):
    file = tmp_path / "style.safetensors"
    (bar,) = opened(loaded, idle, file, real_headers()["kohya_SD1_5"])
    assert bar.kind is Kind.QUESTION
    assert bar.text.startswith("style.safetensors is a LoRA for SD 1.x")
    next(button for button in bar.findChildren(QPushButton) if "LoRA" in button.text()).click()
    (dialog,) = loaded.findChildren(LoraDialog)
    assert [lora.file for lora in dialog.loras] == [str(file)]
    dialog.accept()
    assert [lora.file for lora in loaded.document.request().loras] == [str(file)]


def test_a_model_is_chosen_in_the_palette(qtbot, loaded):
    palette = Palette(loaded.actions_, loaded.shortcuts, [], loaded)
    qtbot.addWidget(palette)
    qtbot.keyClicks(palette.search, "choose a model: star")
    assert palette.table.rows.rowCount() == 1
    with qtbot.waitSignal(loaded.jobs.modelLoading) as asked:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert asked.args == [STARTER]


def test_a_model_for_selecting_is_chosen_by_hand_remembered_and_forgotten(
    qtbot, window, idle, store, tmp_path, monkeypatch
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path / "data")
    folder = tmp_path / "my-sam"
    folder.mkdir()
    parts = ("vision_encoder.backbone.x", "prompt_encoder.x", "mask_decoder.x")
    (folder / "model.safetensors").write_bytes(save({part: np.zeros(2, np.float32) for part in parts}))
    (folder / "config.json").write_text('{"model_type": "sam2_video"}')
    selects = window.options.selects
    window.actions_["object"].trigger()
    idle(window)
    assert "Without SAM 2.1" in selects.hint.text()
    assert selects.get.isVisibleTo(selects)

    window.models.open(str(folder))
    idle(window)
    assert window.models.segmenters.folder == store.settings.segmenter == str(folder)
    assert "my-sam is a segmentation model" in window.banner.bars[0].text
    assert window.models.asked[0] == STARTER  # what draws is as it was
    assert "Click what is meant" in selects.hint.text()
    assert not selects.get.isVisibleTo(selects)

    (folder / "config.json").unlink()
    window.actions_["pan"].trigger()
    window.actions_["object"].trigger()
    idle(window)
    assert window.models.segmenters.folder == ""
    selects.get.click()
    chooser = window.models.chooser
    qtbot.waitUntil(lambda: chooser.list.current() is not None, timeout=TIMEOUT)
    assert chooser.list.current().title == "SAM 2.1 tiny"
    assert "Apache License 2.0" in chooser.page.facts["licence"].text()
    assert chooser.page.get.text() == "Get (156.0 MB)"
    assert "Select with it" in chooser.page.get.toolTip()
    chooser.close()


def test_without_a_model_for_selecting_a_box_takes_what_differs_from_its_rim(
    qtbot, window, idle, tmp_path, monkeypatch
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path / "data")
    y, x = np.indices((1000, 1500))
    one, other = (np.hypot(x - at, y - 500) < 200 for at in (400, 1100))
    pixels = np.where((one | other)[..., None], (200, 140, 60), (60, 70, 90)).astype(np.uint8)
    document, canvas = window.document, window.canvas
    document.open(Photo(pixels))
    window.actions_["object"].trigger()
    idle(window)

    def box(left, keys):
        drag_exactly(canvas, (left, 250), (left + 500, 760), keys)
        assert window.tasks.busy  # it isn't worked out in the window's thread
        idle(window)
        return document.state.mask.array() >= 128

    shift, alt = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
    first = box(150, Qt.KeyboardModifier.NoModifier)
    assert (first & one).sum() > 0.95 * (first | one).sum()
    assert document.undo_text == "Select object"
    both = box(850, shift)
    assert (both & other).sum() > 0.95 * other.sum()
    assert (both & one).sum() > 0.95 * one.sum()
    assert (box(150, alt) == (both & ~first)).mean() > 0.999
    assert not window.banner.bars
    for before in (both, first):
        document.undo()
        assert ((document.state.mask.array() >= 128) == before).all()
