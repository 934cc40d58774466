"""The whole window, offscreen, round the real engine, on a tiny model with random weights."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt

from core.child.engine import ChildEngine, new_engine
from core.document import commands
from editor.document.document import Document
from editor.jobs import Jobs
from editor.settings import Store, Theme
from editor.theme import Themer
from editor.window import MainWindow
from resources import STARTER
from tests.core.stand_in import StandIn
from tests.core.tiny import tiny_stable_diffusion
from tests.editor.conftest import adjust_part

TIMEOUT = 60_000  # ms: a busy machine is no fault of the code


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A Stable Diffusion folder of 32-pixel pictures and random weights."""
    return tiny_stable_diffusion(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "settings")


@pytest.fixture
def themer(_theme_is_put_back):
    return Themer(Theme.DARK)


@pytest.fixture
def make_window(qtbot, store, themer):
    """make_window(jobs) → a window round them; at the end edits that no file holds are discarded."""
    made = []

    def make(jobs: Jobs) -> MainWindow:
        made.append(MainWindow(Document(), jobs, store, themer))
        return made[-1]

    yield make
    for window in made:
        window.files.ask = lambda _, files=window.files: files.DISCARD
        window.close()
        qtbot.waitUntil(lambda window=window: not window.isVisible(), timeout=TIMEOUT)
        # Connections to lambdas hold it where Python doesn't see them, and each one left slows the next.
        window.document.setParent(window)
        window.jobs.setParent(window)
        window.deleteLater()
        QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(qtbot, make_window):
    """Shown and furnished; no model is loaded."""
    window = make_window(Jobs(new_engine))
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    return window


@pytest.fixture
def told(tmp_path) -> Path:
    """The folder by which a stand-in for the engine is told what to do."""
    folder = tmp_path / "told"
    folder.mkdir()
    return folder


@pytest.fixture
def standing_in(qtbot, make_window, told, picture, idle):
    """A picture is open and the stand-in is loaded; it draws an edit in its seed's colour, and stays at it
    while `told / "waits"` is there.
    """
    window = make_window(Jobs(partial(ChildEngine, partial(StandIn, str(told)))))
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    window.files.open_path(picture)
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        window.models.choose(STARTER, "cpu")
    idle(window)
    window.document.adjust(commands.update_draft(reference="a square", query="a circle", seed=7))
    return window


@pytest.fixture
def picture(tmp_path) -> Path:
    """A PNG of 96 × 64 pixels: a bright square on noise."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 90, (64, 96, 3), np.uint8)
    pixels[16:48, 32:64] = (200, 120, 40)
    path = tmp_path / "square.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def opened(qtbot, window, picture):
    """The window with the picture open."""
    with qtbot.waitSignal(window.files.opened, timeout=TIMEOUT):
        window.files.open_path(picture)
    return window


@pytest.fixture
def loaded(qtbot, opened, tiny):
    """The window with the picture and the tiny model, and prompts; two steps are enough."""
    with qtbot.waitSignal(opened.jobs.modelReady, timeout=TIMEOUT):
        opened.models.choose(str(tiny), "cpu")
    opened.document.adjust(
        commands.update_draft(reference="a square", query="a circle", steps=4, change=0.5, model=str(tiny))
    )
    adjust_part(opened.document, "find", draws=3)
    opened.document.adjust(commands.set_threshold(0.3))
    return opened


@pytest.fixture
def ask(qtbot):
    """ask(window, text): type it over what it should be, and press Ctrl+Return."""

    def typed(window, text):
        window.activateWindow()
        field = window.panels.prompts.query
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    return typed


@pytest.fixture
def idle(qtbot):
    """idle(window): wait until nothing runs any more and all its news have arrived."""

    def wait(window):
        works = window.jobs, window.tasks, window.lookups
        qtbot.waitUntil(lambda: not any(work.busy for work in works), timeout=TIMEOUT)

    return wait
