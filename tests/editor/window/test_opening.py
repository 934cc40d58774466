"""A large picture is opened: looked at before it is all there, and nothing is done to the one before."""

import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from core.document import commands
from core.errors import InputError
from core.photo.files import open as files
from editor.banner import Kind
from tests.editor.conftest import edit_result, order_now, shot

TIMEOUT = 60_000


@pytest.fixture
def jpeg(tmp_path):
    """A JPEG that is worth a first look."""
    few = np.random.default_rng(2).integers(0, 256, (4, 6, 3), np.uint8)
    path = tmp_path / "large.jpg"
    Image.fromarray(few).resize((1500, 1000), Image.Resampling.BICUBIC).save(path, quality=90)
    return path


@pytest.fixture
def gate(monkeypatch):
    """Reading a JPEG to its end waits for this event, and raises what stands in its `error`."""
    go, whole = threading.Event(), files.open_photo
    go.error = None

    def read(path):
        if path.suffix == ".jpg":
            assert go.wait(60)
            if go.error is not None:
                raise go.error
        return whole(path)

    monkeypatch.setattr(files, "WORTH", 1_000_000)
    monkeypatch.setattr(files, "open_photo", read)
    yield go
    go.set()


@pytest.fixture
def looking(qtbot, opened, jpeg, gate):
    """The window with a small picture, and the large one on its way."""
    opened.files.open_path(jpeg)
    qtbot.waitUntil(opened.cover.isVisible, timeout=TIMEOUT)
    return opened


def settled(qtbot, window):
    qtbot.waitUntil(lambda: not window.files.opening.under_way and not window.tasks.busy, timeout=TIMEOUT)


def test_the_first_look_is_where_the_picture_will_be(qtbot, looking, gate):
    assert looking.document.composite.whole().shape == (64, 96, 3)
    before = shot(looking.canvas)
    gate.set()
    settled(qtbot, looking)
    assert not looking.cover.isVisible()
    assert looking.document.composite.whole().shape == (1000, 1500, 3)
    qtbot.waitUntil(lambda: not looking.canvas.scene.is_building, timeout=TIMEOUT)
    looking.tint.visible = False
    after = shot(looking.canvas)
    assert np.abs(before.astype(int) - after).mean() < 3
    assert before.std() > 20


def test_editing_waits_until_it_is_there(qtbot, looking, gate):
    names = "repaint", "find", "undo", "invert", "export", "grid", "movie"
    assert not any(looking.actions_[name].isEnabled() for name in names)
    assert looking.status.opening.isVisible()
    assert "large.jpg" in looking.status._opened.text()
    before = looking.document.state.mask
    looking.canvas.set_tool("brush")
    qtbot.mouseClick(looking.cover, Qt.MouseButton.LeftButton)
    looking.canvas.setFocus()
    looking.document.adjust(commands.update_draft(query="a circle"))
    looking.runs.asks.find()
    looking.runs.asks.repaint()
    assert not looking.jobs.busy
    assert looking.document.state.mask is before
    gate.set()
    settled(qtbot, looking)
    assert looking.actions_["repaint"].isEnabled()
    assert not looking.status.opening.isVisible()
    assert looking.document.request().query == "a circle"  # what was typed meanwhile


def test_where_the_rest_is_damaged_the_picture_before_stays(qtbot, looking, gate):
    before = looking.document.state
    gate.error = InputError("“large.jpg” is truncated or damaged.", "Open another copy of it.")
    gate.set()
    settled(qtbot, looking)
    (bar,) = looking.banner.bars
    assert bar.kind is Kind.ERROR
    assert looking.document.state is before
    assert not looking.cover.isVisible()
    assert not looking.status.opening.isVisible()
    assert looking.actions_["repaint"].isEnabled()
    assert "square.png" in looking.windowTitle()


def test_another_picture_asked_for_meanwhile_takes_its_place(qtbot, looking, gate, picture, store):
    shown = []
    looking.files.opened.connect(lambda photo: shown.append(photo.name))
    looking.files.open_path(picture)
    assert not looking.cover.isVisible()
    assert "square.png" in looking.status._opened.text()
    gate.set()
    settled(qtbot, looking)
    assert shown == ["square.png"]
    assert looking.document.composite.whole().shape == (64, 96, 3)
    assert looking.actions_["repaint"].isEnabled()


def test_an_edit_that_ends_meanwhile_is_asked_about(qtbot, looking, gate):
    asked = []
    looking.files.ask = lambda text: asked.append(text) or looking.files.SAVE.Cancel
    result = edit_result(looking.document, (10, 10, 20, 20))
    looking.document.accept(order_now(looking.document), result, "edit")
    gate.set()
    settled(qtbot, looking)
    assert len(asked) == 1
    assert looking.document.modified
    assert looking.document.composite.whole().shape == (64, 96, 3)


def test_the_window_can_be_closed_meanwhile(qtbot, looking, gate):
    threading.Timer(0.2, gate.set).start()
    looking.close()
    assert not looking.isVisible()
