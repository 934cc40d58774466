"""Every window test: no screen and no leaked thread; and a picture to work on."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
import sys
from dataclasses import replace
from importlib import import_module

import numpy as np
import PySide6
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt, QThread
from PySide6.QtGui import QDragEnterEvent, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication

from core.document.commands import update_draft
from core.document.composite import Composite
from core.document.order import Order
from core.edit.evaluations import Evaluations
from core.edit.request import EditRequest
from core.edit.result import EditResult, HeatMap, Working
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from editor.brush import Brush
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.ending import Application
from editor.jobs import Jobs
from editor.panels.advanced import AdvancedPanel
from editor.panels.combining import Combining
from editor.panels.guidance import GuidancePanel
from editor.panels.norms import NormsSection
from editor.panels.target import TargetSection
from editor.panels.weight_pages import WeightPages
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tint import Tint

WIDTH, HEIGHT = 640, 400


@pytest.fixture(scope="session")
def qapp_cls():
    """The program's own."""
    return Application


FEW = 20  # modules that may come before all that is there is frozen anew


@pytest.fixture(scope="session")
def _frozen() -> list[int]:
    """How many modules there were when all was frozen last; what a window imports is there at once."""
    rooms = "editor.side", "editor.panels.curve", "editor.panels.traces", "editor.window"
    for name in (*rooms, "qtawesome", "scipy.ndimage", "scipy.sparse.csgraph"):
        import_module(name)
    return [0]


@pytest.fixture(autouse=True)
def _garbage_is_freed_here(_frozen: list[int]):
    """As in the program, by editor.garbage: a window that a worker's thread collects crashes Qt.

    All that modules keep takes up to half a second to look through: it is frozen once a test has brought
    some, and not before every test, or what is alive between two of them would never be freed. What pytest-qt
    told to go goes first: Python would take the slots from a widget whose timers still run.
    """
    gc.disable()
    if len(sys.modules) > _frozen[0] + FEW:
        gc.collect()
        gc.freeze()
        _frozen[0] = len(sys.modules)
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


@pytest.fixture(autouse=True)
def _no_thread_is_left(_garbage_is_freed_here):
    """Whoever starts a QThread ends it before the test does."""
    yield
    # By type(): isinstance() asks for __class__, and torch has objects that warn when asked for anything.
    left = [thing for thing in gc.get_objects() if issubclass(type(thing), QThread) and _runs(thing)]
    for thread in left:
        thread.quit()
        thread.wait(5000)
    assert not left, f"threads still running: {left}"


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A busy machine is no fault of the code: nothing is given up that would have come to its end."""
    monkeypatch.setattr("editor.jobs.GRACE", 120_000)
    monkeypatch.setattr("editor.tasks.GRACE", 120.0)


@pytest.fixture
def photo() -> Photo:
    """A synthetic photograph, 640 × 400: two gradients, so that every pixel tells where it is."""
    return make_photo(WIDTH, HEIGHT)


@pytest.fixture
def document(qtbot, photo) -> Document:
    """A document with `photo` open."""
    document = Document()
    document.open(photo)
    return document


@pytest.fixture
def brush() -> Brush:
    return Brush(Settings())


@pytest.fixture
def tint() -> Tint:
    return Tint(Settings())


@pytest.fixture
def jobs(qtbot, engine):
    """Jobs of the test file's own `engine`."""
    jobs = Jobs(lambda: engine)
    yield jobs
    jobs.close()


@pytest.fixture
def _theme_is_put_back(qapp):
    before = QApplication.palette()
    yield
    qapp.setPalette(before)


@pytest.fixture
def made_whole(monkeypatch):
    """The names of the threads in which a picture was composed whole."""
    threads, whole = [], Composite.whole
    monkeypatch.setattr(
        Composite,
        "whole",
        lambda picture: (threads.append(QThread.currentThread().objectName()), whole(picture))[1],
    )
    return threads


@pytest.fixture
def make_result():
    """make_result(document, box, colour) → EditResult, as an engine would hand back for that document."""
    return edit_result


@pytest.fixture
def ordered():
    """ordered(document) → Order, of an edit of the document as it is now."""
    return order_now


def guidance_panel(document: Document) -> GuidancePanel:
    """With the pages that are made before it."""
    return GuidancePanel(document, WeightPages(document))


def advanced_panel(document: Document) -> AdvancedPanel:
    """With the parts that are made before it."""
    return AdvancedPanel(document, Combining(document), TargetSection(document), NormsSection(document))


def canvas_with(qtbot, document: Document, brush: Brush, tool: str) -> Canvas:
    """A canvas of 800 × 600, one pixel of the picture to one of its own, with a tool in hand."""
    canvas = Canvas(document, brush, Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.resize(800, 600)
    canvas.show()
    canvas.one_to_one()
    canvas.set_tool(tool)
    canvas.setFocus()
    return canvas


def drag_exactly(canvas: Canvas, one, other, keys=Qt.KeyboardModifier.NoModifier) -> None:
    """From one photo point to another, by fractions of a pixel; a click where they are the same."""
    left, nothing = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, at in (
        (QEvent.Type.MouseButtonPress, one),
        (QEvent.Type.MouseMove, other),
        (QEvent.Type.MouseButtonRelease, other),
    ):
        place = canvas.viewport.to_widget(QPointF(*at))
        changes = nothing if kind is QEvent.Type.MouseMove else left
        held = nothing if kind is QEvent.Type.MouseButtonRelease else left
        QApplication.sendEvent(
            canvas, QMouseEvent(kind, place, canvas.mapToGlobal(place), changes, held, keys)
        )


def order_now(document: Document) -> Order:
    assert document.composite is not None
    return Order.of(document.state, document.composite, document.request(), document.mask())


def make_photo(width: int, height: int) -> Photo:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], axis=-1).astype(np.uint8)
    pixels.setflags(write=False)
    return Photo(pixels, name="gradient.png")


def adjust_part(document: Document, part: str, **changes: object) -> None:
    """Change fields of a part of the draft: its guidance, its find."""
    draft = document.state.draft
    document.adjust(update_draft(**{part: replace(getattr(draft, part), **changes)}))


def settle(qtbot, canvas) -> None:
    """Pyramids built, the mask feathered."""
    qtbot.waitUntil(lambda: not (canvas.scene.is_building or canvas._idle.isActive()))


def shot(widget) -> np.ndarray:
    """What a widget shows, uint8 (H, W, 3)."""
    return pixels(widget.grab().toImage())


def pixels(image: QImage) -> np.ndarray:
    """An image as an array, uint8 (H, W, 3)."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def entering(where, data) -> QDragEnterEvent:
    """Something is dragged over a widget."""
    place = where if PySide6.__version_info__ >= (6, 12) else where.toPoint()
    left, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QDragEnterEvent(place, Qt.DropAction.CopyAction, data, left, keys)


def edit_result(document: Document, box, colour=(200, 30, 60), heat: HeatMap | None = None) -> EditResult:
    mask = BoxedMask(np.full((box[3], box[2]), 255, np.uint8), box, document.state.mask.size)
    drawn = np.full((box[3], box[2], 3), colour, np.uint8)
    return EditResult(
        request=EditRequest(photo="p", query="a zebra", mask="m"),
        pixels=drawn.copy(),
        drawn=drawn,
        mask=mask,
        heat=heat,
        traces=(),
        evaluations=Evaluations(),
        seconds={},
        working=Working(64, 40),
        device="cpu",
    )


def _runs(thread: QThread) -> bool:
    try:
        return thread.isRunning()
    except RuntimeError:  # its C++ side is gone, and with it the thread
        return False
