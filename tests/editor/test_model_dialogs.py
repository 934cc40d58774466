"""The dialogs that bring models and LoRA files."""

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from safetensors.torch import save_file

from core.edit.request import Lora
from core.errors import InputError
from core.models.hub import Offer
from core.models.repository import Remote
from editor.flows.models.hub_dialog import PARTS, HubDialog
from editor.flows.models.lora_dialog import LoraDialog
from tests.core.shaped import real_headers, shaped_file

TIMEOUT = 60_000


@pytest.fixture
def dialog(qtbot):
    dialog = HubDialog(None)
    qtbot.addWidget(dialog)
    yield dialog
    dialog.done(0)


def offer(tmp_path: Path) -> Offer:
    return Offer("some/model", "abc", (Remote("a", "a.safetensors", 2_000_000_000, "", ""),), tmp_path)


def test_size_and_needs_are_said_before_anything_starts(qtbot, dialog, tmp_path, monkeypatch):
    monkeypatch.setattr("core.models.hub.look", lambda *_, **__: offer(tmp_path))
    assert not dialog.go.isEnabled()
    assert dialog.bar.isHidden()
    dialog.name.setText("some/model")
    dialog.go.click()
    qtbot.waitUntil(lambda: dialog.go.text() == "Download", timeout=TIMEOUT)
    assert "2.00 GB to fetch" in dialog.state.text()
    assert "2.60 GB of memory" in dialog.state.text()
    assert not dialog.bar.isHidden()
    monkeypatch.setattr(
        "core.models.transfer.download",
        lambda given, tell, check: (tell(500, 1000), check(), given.folder)[2],
    )
    with qtbot.waitSignal(dialog.got, timeout=TIMEOUT) as got:
        dialog.go.click()
    assert got.args == [str(tmp_path)]
    assert dialog.bar.value() == PARTS // 2


def test_a_refusal_is_shown_with_its_hint(qtbot, dialog, monkeypatch):
    def refuse(*_: str, **__: str) -> Offer:
        raise InputError("There is no such model.", "Look at the name.")

    monkeypatch.setattr("core.models.hub.look", refuse)
    dialog.name.setText("no/model")
    dialog.go.click()
    qtbot.waitUntil(lambda: "Look at the name." in dialog.state.text(), timeout=TIMEOUT)
    assert dialog.go.isEnabled()


def test_closing_stops_a_transfer(qtbot, tmp_path, monkeypatch):
    def endless(given, tell, check):
        while True:
            check()

    monkeypatch.setattr("core.models.hub.look", lambda *_, **__: offer(tmp_path))
    monkeypatch.setattr("core.models.transfer.download", endless)
    dialog = HubDialog(None)
    qtbot.addWidget(dialog)
    dialog.name.setText("some/model")
    dialog.go.click()
    qtbot.waitUntil(lambda: dialog.go.text() == "Download", timeout=TIMEOUT)
    dialog.go.click()
    dialog.reject()  # would never return if the transfer went on


def test_loras_are_listed_with_their_weights_and_removed(qtbot):
    first, second = Lora("/x/style.safetensors", 0.5), Lora("/x/face.safetensors")
    dialog = LoraDialog((first,), None)
    qtbot.addWidget(dialog)
    dialog.add(second)
    assert dialog.loras == (first, second)
    dialog.table.cellWidget(1, 1).setValue(-0.25)
    assert dialog.loras[1].weight == -0.25
    dialog.table.removeRow(0)
    assert [lora.file for lora in dialog.loras] == [second.file]


def test_only_a_selected_lora_can_be_removed(qtbot):
    dialog = LoraDialog((Lora("/x/style.safetensors", 0.5),), None)
    qtbot.addWidget(dialog)
    assert not dialog.remove_button.isEnabled()
    dialog.table.selectRow(0)
    dialog.remove_button.click()
    assert dialog.loras == ()
    assert not dialog.remove_button.isEnabled()


def test_an_empty_list_of_loras_says_so(qtbot):
    dialog = LoraDialog((), None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.grab()  # laid out from here on
    written = dialog.grab().toImage()
    dialog.table._nothing = ""
    assert dialog.grab().toImage() != written


def test_after_a_refusal_the_name_is_ready_to_be_typed_anew(qtbot, dialog, monkeypatch):
    def refuse(*_: str, **__: str) -> Offer:
        raise InputError("There is no such model.", "Look at the name.")

    monkeypatch.setattr("core.models.hub.look", refuse)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.name.setFocus()
    dialog.name.setText("no/model")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Look at the name." in dialog.state.text(), timeout=TIMEOUT)
    assert dialog.focusWidget() is dialog.name
    assert dialog.name.selectedText() == "no/model"
    assert dialog.go.isDefault()


def test_a_lora_is_looked_at_before_it_is_listed_and_listed_once(qtbot, tmp_path):
    dialog = LoraDialog((), None)
    qtbot.addWidget(dialog)
    broken, good = tmp_path / "broken.safetensors", tmp_path / "good.safetensors"
    broken.write_bytes(b"\xff" * 100)
    save_file({"a": torch.zeros(1)}, good)
    dialog.offer(str(broken))
    assert "broken.safetensors is not a safetensors file" in dialog.says.text()
    assert dialog.loras == ()
    dialog.offer(str(broken), str(good))  # a good one doesn't wipe out what was said of another
    assert "broken.safetensors is not" in dialog.says.text()
    assert dialog.loras == (Lora(str(good)),)
    vae = shaped_file(tmp_path / "vae.safetensors", real_headers()["sdxl_vae"])
    model = shaped_file(tmp_path / "pony.safetensors", real_headers()["ponyDiffusionV6XL"])
    dialog.offer(str(vae), str(model))
    assert "vae.safetensors is the VAE" in dialog.says.text()
    assert "pony.safetensors is a checkpoint of SDXL, not a LoRA." in dialog.says.text()
    assert len(dialog.loras) == 1
    dialog.offer(str(good))
    assert dialog.says.text() == "good.safetensors is in the list."
    assert dialog.loras == (Lora(str(good)),)
