"""The dialogs that bring models and LoRA files."""

import torch
from safetensors.torch import save_file

from core.edit.request import Lora
from editor.flows.models.lora_dialog import LoraDialog
from tests.core.shaped import real_headers, shaped_file

TIMEOUT = 60_000


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
