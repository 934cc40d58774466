"""The dialogs that bring models and LoRA files."""

import pytest
import torch
from safetensors.torch import save_file

from core import cli
from core.edit.request import Lora
from core.models.hub.named import Offer
from core.models.hub.repository import Remote
from core.models.memory.machine import Fit, Machine, Memory
from core.models.recognise.facts import recognise_facts
from editor.flows.models.choice import ModelChoice, looked
from editor.flows.models.lora_dialog import LoraDialog
from tests.core.shaped import facts_of, real_headers, shaped_file

TIMEOUT = 60_000
GB = 10**9


def test_one_file_of_the_hub_fits_by_the_bytes_that_its_header_tells(tmp_path, monkeypatch):
    header = real_headers()["flux1-dev"]
    eighth = {key: ["F8_E4M3" if len(shape) == 2 else "BF16", shape] for key, (_, shape) in header.items()}
    told = recognise_facts(facts_of(eighth, "flux1-dev-fp8"))
    card = Machine("cuda", "a card", Memory(20 * 10**9, 20 * 10**9), Memory(64 * 10**9))
    file = Remote("a.safetensors", "a.safetensors", 12 * 10**9, "", "")
    offer = Offer("some/model", "", (file,), tmp_path, told=told)
    monkeypatch.setattr("core.models.hub.named.look", lambda *_, **__: offer)
    fits = looked(ModelChoice("some/model", "some/model"), card, tmp_path, t5=True).fits
    assert fits is not None
    assert fits.fit is Fit.YES
    (network,) = (numbers for _, numbers in told.parts)  # 12 GB of matrices in 8 bits
    assert network * 1.3 < fits.memory < network * 1.3 * 1.01


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        (4, "with its large parts in Q4_K (GGUF) it shrinks to about 29%."),
        (8, "its layers go there in turn"),
        (12, "its layers go there in turn"),
        (24, "its layers go there in turn"),
        (80, "It fits: it takes about 44.5 GB"),
    ],
)
def test_chooser_and_command_tell_the_same_of_a_folder_that_is_on_no_list(
    memory, said, tmp_path, monkeypatch, capsys
):
    """A repository of FLUX.1's size, by its files: 24 GB of network, 10.2 of the rest."""
    room = Memory(memory * GB, memory * GB)
    machine = Machine("cuda", "Card", room, Memory(64 * GB, 64 * GB))
    held = {"transformer": 24 * GB, "text_encoder_2": 10 * GB, "vae": GB // 5}
    files = (
        Remote(f"{part}/x.safetensors", f"{part}/x.safetensors", size, "", "") for part, size in held.items()
    )
    offer = Offer("some/model", "", tuple(files), tmp_path)
    monkeypatch.setattr("core.models.hub.named.look", lambda *_, **__: offer)
    monkeypatch.setattr("core.models.hub.transfer.download", lambda *_: tmp_path)
    monkeypatch.setattr("core.models.memory.machine.this_machine", lambda: machine)
    shown = looked(ModelChoice("some/model", "some/model"), machine, tmp_path, t5=True)
    assert cli.main(["models", "get", "some/model"]) == 0
    told = shown.verdict(t5=True).sentence
    assert said in told
    assert told in capsys.readouterr().out.splitlines()


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
