"""Models for photographs: the list, fetching from a small hub on this machine's own loopback, deleting."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton

from core.document.commands import set_threshold, update_draft
from core.errors import Cancelled
from core.models.memory.machine import Machine, Memory
from core.models.offered import Known, Shelf
from core.models.recognise.kinds import ModelKind, Recognised
from editor.banner import Kind
from editor.flows.models.chooser import ModelChooser
from editor.flows.models.chooser_form import PARTS
from editor.tasks import Tasks
from tests.editor.conftest import adjust_part
from tests.editor.test_panels_access import controls
from tests.hub_server import asked_by_itself

TIMEOUT = 60_000
GB = 1_000_000_000
LEFT, RETURN, ESCAPE = Qt.MouseButton.LeftButton, Qt.Key.Key_Return, Qt.Key.Key_Escape


def known(name: str, repo: str, **more) -> Known:
    """A model of the list that ships."""
    facts = {
        "family": "Stable Diffusion", "good_at": "Squares.", "photographs": True, "licence": "A licence",
        "licence_link": "https://huggingface.co/licence", "commercial": "yes", "bytes": 2 * GB, "numbers": GB,
        "network": GB, "pixels": 32, **more,
    }  # fmt: skip
    return Known(name=name, repo=repo, **facts)


@pytest.fixture
def hub(monkeypatch, tiny, tmp_path):
    """A hub with one tiny model, and the list that ships; this machine has 12 GB, and no model of its own."""
    models = (
        known("Tiny", "some/model"),
        known("Forbidden", "some/other", commercial="no", gated=True, numbers=90 * GB),
        known("Untold", "some/third", licence=""),
        known("Long", "some/fourth", t5=5 * GB, numbers=6 * GB, bytes=12 * GB),
        known("A VAE", "some/vae", kind="vae"),
    )
    room = Memory(12 * GB, 11 * GB)
    monkeypatch.setattr("core.models.offered.shelf", lambda: Shelf("2026-11", models))
    monkeypatch.setattr("core.models.memory.machine.this_machine", lambda: Machine("cpu", "", room, room))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("core.models.programs.roots", lambda: ())
    monkeypatch.setattr("core.models.hub.transfer.ATTEMPTS", 1)
    monkeypatch.setattr("core.models.hub.transfer.BLOCK", 1 << 14)
    files = {str(path.relative_to(tiny)): path.read_bytes() for path in tiny.rglob("*") if path.is_file()}
    with asked_by_itself(files, monkeypatch) as server:
        yield server


@pytest.fixture
def chooser(qtbot, hub, store, themer):
    """The dialog alone, with what lies on this machine."""
    tasks = Tasks()
    dialog = ModelChooser(store, tasks, None)
    qtbot.addWidget(dialog)
    dialog.show_models()
    qtbot.waitUntil(lambda: dialog.list.count() > 0, timeout=TIMEOUT)
    yield dialog
    dialog.close_for_good()
    tasks.close()


def select(chooser, title):
    rows = [
        chooser.list.item(row).data(Qt.ItemDataRole.UserRole).title for row in range(chooser.list.count())
    ]
    chooser.list.setCurrentRow(rows.index(title))
    return chooser.list.current()


def press(qtbot, widget):
    assert widget.isEnabled()
    qtbot.mouseClick(widget, LEFT)


def enter(qtbot, line, text):
    """Type into a line, and Enter."""
    line.setFocus()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, RETURN)


def spoken(chooser):
    """What a screen reader says of each line."""
    return told(chooser, Qt.ItemDataRole.AccessibleTextRole)


def told(chooser, role):
    return [chooser.list.item(row).data(role) for row in range(chooser.list.count())]


def test_the_list_says_what_fits_and_what_is_not_allowed_and_asks_nobody(chooser, hub):
    assert spoken(chooser) == [
        "Tiny, recommended, 2.0 GB, fits",
        "Untold, 2.0 GB, fits",
        "Long, from 2.0 GB, fits",  # without T5
        "Forbidden, 2.0 GB, non-commercial, account needed, too large",
    ]
    assert chooser.list.current().title == "Tiny"
    assert chooser.page.get.text() == "Get (2.0 GB)"
    facts = {key: label.text() for key, label in chooser.page.facts.items()}
    assert '<a href="https://huggingface.co/licence">A licence</a>' in facts["licence"]
    assert facts["memory"] == "about 5.2 GB"
    assert "It fits: it takes about 5.2 GB of 11.0 GB that are free" in facts["fit"]
    assert not chooser.page.gate.isVisible()
    assert hub.requests == []


@pytest.mark.parametrize("selects", [False, True])
def test_it_begins_with_what_it_was_opened_for_whatever_was_looked_at_before(
    qtbot, chooser, monkeypatch, selects
):
    first, other = ("SAM", "Tiny") if selects else ("Tiny", "SAM")
    shelf = Shelf("2026-11", (known("Tiny", "a/b"), known("SAM", "a/c", kind="segmenter", numbers=GB // 9)))
    monkeypatch.setattr("core.models.offered.shelf", lambda: shelf)
    chooser.close()
    chooser.show_models(selects=selects)
    titles, role = sorted(["For Repaint", "For Select Object"], reverse=selects), Qt.ItemDataRole.DisplayRole
    qtbot.waitUntil(lambda: [one for one in told(chooser, role) if one] == titles, timeout=TIMEOUT)
    assert ("Select Object" in chooser.windowTitle()) is selects
    assert chooser.list.current().title == first
    qtbot.keyClick(chooser.list, Qt.Key.Key_Down)
    assert chooser.list.current().title == other
    chooser.refresh()
    chooser._tasks.start(lambda: None, lambda _: chooser.says.setText("looked"), print)
    qtbot.waitUntil(lambda: chooser.says.text() == "looked", timeout=TIMEOUT)
    assert chooser.list.current().title == other  # looked at anew, the same is selected
    chooser.close()
    chooser.show_models(selects=selects)
    assert chooser.list.current().title == first
    assert chooser.list.verticalScrollBar().value() == 0


def test_without_t5_less_is_fetched_and_needed(qtbot, chooser):
    select(chooser, "Long")
    assert not chooser.page.t5.isChecked()  # with it, it doesn't fit
    assert chooser.page.get.text() == "Get (2.0 GB)"
    chooser.page.t5.click()
    assert chooser.page.get.text() == "Get (12.0 GB)"
    assert "It takes about 31.2 GB" in chooser.page.facts["fit"].text()


def test_a_licence_that_nobody_knows_is_looked_up_before_anything_is_fetched(qtbot, chooser, hub):
    hub.info = {"cardData": {"license": "openrail"}}
    select(chooser, "Untold")
    assert chooser.page.get.text() == "Look It Up"
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(lambda: chooser.page.get.text().startswith("Get ("), timeout=TIMEOUT)
    assert "openrail" in chooser.page.facts["licence"].text()
    assert [name for name, _ in hub.asked] == ["model_index.json"]  # its beginning, for the family


def test_a_model_is_fetched_with_progress_and_handed_on(qtbot, chooser, hub, tiny):
    seen = []
    chooser.fetch.moved.connect(lambda here, whole: seen.append((here, whole)))
    with qtbot.waitSignal(chooser.got, timeout=TIMEOUT) as got:
        qtbot.keyClick(chooser.list, RETURN)  # Get is what Enter means
    folder = Path(got.args[0])
    assert (folder / "model_index.json").read_bytes() == (tiny / "model_index.json").read_bytes()
    assert len(seen) > 10
    assert seen[-1][0] == seen[-1][1]
    assert chooser.bar.value() == PARTS
    assert not chooser.isVisible()
    chooser.show_models()
    qtbot.waitUntil(lambda: chooser.page.get.text() == "Use It", timeout=TIMEOUT)
    asked = len(hub.requests)
    with qtbot.waitSignal(chooser.got, timeout=TIMEOUT):
        press(qtbot, chooser.page.get)
    assert len(hub.requests) == asked


def test_what_broke_off_is_said_and_gone_on_with(qtbot, chooser, hub):
    hub.cut["unet/diffusion_pytorch_model.safetensors"] = 30_000
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(lambda: chooser.page.get.text() == "Continue", timeout=TIMEOUT)
    assert "broke" in chooser.page.said.text()
    assert "of which" in chooser.page.facts["bytes"].text()
    with qtbot.waitSignal(chooser.got, timeout=TIMEOUT):
        press(qtbot, chooser.page.get)
    assert any(name.startswith("unet/") and range_ for name, range_ in hub.asked)


def test_escape_stops_a_transfer_first_and_closes_then(qtbot, chooser, monkeypatch):
    def endless(tell, check):
        while True:
            tell(1, 2)
            check()

    monkeypatch.setattr("editor.flows.models.choice.fetcher", lambda choice: endless)
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(lambda: chooser.fetch.running and chooser.stop.isVisible(), timeout=TIMEOUT)
    assert not chooser.page.get.isEnabled()
    qtbot.keyClick(chooser.stop, ESCAPE)
    qtbot.waitUntil(lambda: not chooser.fetch.running, timeout=TIMEOUT)
    assert chooser.says.text().startswith("Stopped. What has come stays")
    assert chooser.isVisible()
    qtbot.keyClick(chooser.list, ESCAPE)
    assert not chooser.isVisible()
    chooser.show_models()
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(lambda: chooser.fetch.running, timeout=TIMEOUT)
    press(qtbot, chooser.closing)
    assert not chooser.isVisible()
    qtbot.waitUntil(lambda: not chooser.fetch.running, timeout=TIMEOUT)


def test_models_go_where_the_user_wants_and_that_is_remembered(qtbot, chooser, store, tmp_path):
    chooser.folder.line.setText(str(tmp_path / "disk"))
    chooser.folder.line.editingFinished.emit()
    assert store.settings.models_home == str(tmp_path / "disk")
    with qtbot.waitSignal(chooser.got, timeout=TIMEOUT) as got:
        press(qtbot, chooser.page.get)
    assert Path(got.args[0]) == tmp_path / "disk" / "some--model"
    chooser.show_models()
    qtbot.waitUntil(lambda: chooser.page.get.text() == "Use It", timeout=TIMEOUT)
    assert "Tiny, recommended, on this machine, fits" in spoken(chooser)


def test_a_fetched_model_is_deleted_after_asking(qtbot, chooser):
    with qtbot.waitSignal(chooser.got, timeout=TIMEOUT) as got:
        press(qtbot, chooser.page.get)
    chooser.show_models()
    qtbot.waitUntil(chooser.page.delete.isVisible, timeout=TIMEOUT)
    press(qtbot, chooser.page.delete)
    box = chooser.findChild(QMessageBox)
    assert box.text().startswith("Delete Tiny? This frees ")
    assert "This frees 0.0" not in box.text()
    yes = next(button for button in box.findChildren(QPushButton) if button.text() == "Delete")
    with qtbot.waitSignal(chooser.removed, timeout=TIMEOUT) as gone:
        press(qtbot, yes)
    assert gone.args == got.args
    assert not Path(got.args[0]).exists()
    qtbot.waitUntil(lambda: chooser.page.get.text() == "Get (2.0 GB)", timeout=TIMEOUT)
    assert not chooser.page.delete.isVisible()


def test_what_a_search_finds_is_looked_up_before_it_is_fetched(qtbot, chooser, hub):
    hub.models = [{"id": "some/found", "downloads": 7, "tags": ["license:cc-by-nc-4.0"], "gated": False}]
    qtbot.keyClicks(chooser.search, "fou")
    assert hub.requests == []
    enter(qtbot, chooser.search, "nd")
    qtbot.waitUntil(lambda: spoken(chooser) == ["some/found, non-commercial"], timeout=TIMEOUT)
    assert len(hub.requests) == 1
    assert chooser.page.get.text() == "Look It Up"
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(lambda: chooser.page.get.text().startswith("Get ("), timeout=TIMEOUT)
    chooser.search.clear()
    assert chooser.list.count() == 4  # the list comes back


@pytest.mark.parametrize("text", ["some/model", "https://huggingface.co/some/model/tree/main"])
def test_a_name_or_an_address_is_looked_up_at_once(qtbot, chooser, text):
    chooser.search.setText(text)
    press(qtbot, chooser.look_for)
    qtbot.waitUntil(lambda: chooser.page.get.text().startswith("Get ("), timeout=TIMEOUT)
    assert [item.split(",")[0] for item in spoken(chooser)] == ["some/model"]


@pytest.mark.parametrize("text", ["https://example.com/a/model", "a/b/c"])
def test_an_address_of_elsewhere_is_refused_in_the_dialog(qtbot, chooser, hub, text):
    enter(qtbot, chooser.search, text)
    assert chooser.page.get.isEnabled()  # Enter meant the search, and nobody is asked
    said = " ".join(label.text() for label in chooser.findChildren(QLabel) if label.isVisible())
    assert "hub" in said
    assert hub.requests == []


def test_a_repository_of_several_files_asks_which(qtbot, chooser, hub, monkeypatch):
    hub.files = {"a.safetensors": b"12345678", "b.safetensors": b"1234567890"}
    monkeypatch.setattr("core.models.hub.named.told_of", lambda *_: Recognised(ModelKind.CHECKPOINT))
    chooser.search.setText("some/files")
    press(qtbot, chooser.look_for)
    qtbot.waitUntil(chooser.page.file.isVisible, timeout=TIMEOUT)
    assert not chooser.page.get.isEnabled()
    chooser.page.file.setCurrentIndex(1)
    chooser.page.file.activated.emit(1)
    qtbot.waitUntil(lambda: chooser.page.get.text().startswith("Get ("), timeout=TIMEOUT)
    assert chooser.list.current().file == "b.safetensors"


def test_a_gate_is_explained_and_a_token_opens_it(qtbot, chooser, hub, monkeypatch):
    kept = []
    monkeypatch.setattr("core.models.hub.client.sign_in", kept.append)
    select(chooser, "Forbidden")
    assert chooser.page.gate.isVisible()
    said = " ".join(label.text() for label in chooser.page.gate.findChildren(QLabel))
    assert "https://huggingface.co/some/other" in said  # where its terms are accepted
    enter(qtbot, chooser.page.gate.token, "hf_secret")
    assert chooser.page.gate.token.text() == ""
    qtbot.waitUntil(lambda: chooser.page.said.text() == "The hub knows this token.", timeout=TIMEOUT)
    assert kept == ["hf_secret"]


def test_a_gate_that_nobody_knew_of_is_explained_when_it_is_met(qtbot, chooser, hub):
    hub.token = "hf_other"
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(chooser.page.gate.isVisible, timeout=TIMEOUT)
    assert "behind a gate" in chooser.page.said.text()


def test_every_control_has_a_tip_and_a_name_and_it_fits_a_small_screen(chooser):
    select(chooser, "Forbidden")
    for control in controls(chooser):
        assert control.toolTip(), control
        assert control.accessibleName() or control.text(), control
    assert chooser.minimumSizeHint().width() <= 600  # at 200 % on a screen of 1280 × 800
    assert chooser.minimumSizeHint().height() <= 360


@pytest.fixture
def toys(tiny, tmp_path):
    """The tiny model, which says of itself that it knows a small world only."""
    folder = tmp_path / "toys"
    shutil.copytree(tiny, folder)
    (folder / "palimpsest.json").write_text(json.dumps({"knows": "toys: balls"}))
    return folder


def test_from_a_photograph_to_an_exported_edit(qtbot, window, picture, toys, hub, tmp_path):
    """By mouse and keys: the card, the list, a transfer, and the edit that was asked for, which goes on."""
    with qtbot.waitSignals([window.files.opened, window.jobs.modelReady], timeout=TIMEOUT):
        window.models.choose(str(toys), "cpu", remember=False)
        window.files.open_path(picture)
    window.document.adjust(update_draft(steps=4, change=0.5))
    adjust_part(window.document, "find", draws=3)
    window.document.adjust(set_threshold(0.3))
    window.panels.prompts.query.setFocus()
    qtbot.keyClicks(window.panels.prompts.query, "a circle")
    qtbot.keyClick(window.panels.prompts.query, RETURN, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.canvas.card.isVisible, timeout=TIMEOUT)
    assert not window.document.state.layers
    qtbot.keyClick(window.focusWidget(), RETURN)  # Get a Model for Photographs…
    chooser = window.models.chooser
    qtbot.waitUntil(lambda: chooser.list.count() > 0, timeout=TIMEOUT)
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(lambda: len(window.document.state.layers) == 1, timeout=TIMEOUT)
    assert not window.canvas.card.isVisible()
    assert window.models.info.folder.endswith("some--model")
    assert not [bar for bar in window.banner.bars if bar.kind is Kind.ERROR]
    assert window.document.state.layers[0].variant.request.query == "a circle"
    out = tmp_path / "circle.png"
    with qtbot.waitSignal(window.tasks.written, timeout=TIMEOUT):
        window.files.exports.export_to(out, 92)
    before, after = (np.asarray(Image.open(path).convert("RGB")) for path in (picture, out))
    assert before.shape == after.shape
    assert (before != after).any()


def test_a_window_that_closes_stops_the_transfer(qtbot, window, hub, monkeypatch):
    ended = []

    def endless(tell, check):
        try:
            while True:
                check()
        except Cancelled:
            ended.append(True)
            raise

    monkeypatch.setattr("editor.flows.models.choice.fetcher", lambda choice: endless)
    window.actions_["get-model"].trigger()
    chooser = window.models.chooser
    qtbot.waitUntil(lambda: chooser.list.count() > 0, timeout=TIMEOUT)
    press(qtbot, chooser.page.get)
    qtbot.waitUntil(lambda: chooser.fetch.running, timeout=TIMEOUT)
    window.close()
    assert ended == [True]
