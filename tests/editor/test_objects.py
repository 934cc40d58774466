"""Selecting objects: the tool on the canvas, what is asked in which order, and the engine's answer."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.child.engine import new_engine
from core.document.composite import Composite
from core.document.strokes import Mode
from core.edit.pointed import Pointed, Taken
from core.errors import InputError
from core.photo.masks.click import Click
from core.photo.masks.mask import enlarge_box
from core.photo.photo import Photo
from editor.banner import Banner
from editor.canvas.tools.tool import Pointing
from editor.document.document import Document
from editor.flows.masks.click_look import ClickLook
from editor.flows.masks.line import MaskLine
from editor.flows.masks.objects import Objects
from editor.jobs import Jobs
from editor.pointing import Stand, Standing
from editor.tasks import Tasks
from tests.editor.conftest import canvas_with, drag_exactly
from tests.tiny_sam import saved, tiny_sam

ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier


def clicked(x: int, y: int) -> Pointed:
    return Pointed((Click(x, y),))


def hover(canvas, x: float, y: float) -> None:
    place, nothing = canvas.viewport.to_widget(QPointF(x, y)), Qt.MouseButton.NoButton
    where = canvas.mapToGlobal(place)
    QApplication.sendEvent(canvas, QMouseEvent(QEvent.Type.MouseMove, place, where, nothing, nothing, NONE))


# -- the tool


@pytest.fixture
def canvas(qtbot, document, brush):
    canvas = canvas_with(qtbot, document, brush, "object")
    canvas.asked = []
    canvas.pointed.connect(canvas.asked.append)
    return canvas


def test_each_pixel_is_asked_once_and_a_press_without_a_way_is_a_click(canvas):
    for x in (20.2, 20.7, 21.1):
        hover(canvas, x, 30.5)
    assert canvas.asked == [Pointing(clicked(20, 30)), Pointing(clicked(21, 30))]
    drag_exactly(canvas, (21.1, 30.5), (21.1, 30.5))
    drag_exactly(canvas, (21.1, 30.5), (22.1, 30.5), ALT)
    assert [one for one in canvas.asked if one and one.mode] == [
        Pointing(clicked(21, 30), Mode.REPLACE),
        Pointing(clicked(21, 30), Mode.SUBTRACT),
    ]
    hover(canvas, -40, 30)
    assert canvas.asked[-1] is None
    drag_exactly(canvas, (-40, 30), (-40, 30))
    assert canvas.asked[-1] is None


def test_a_way_is_a_box_within_the_photo(canvas, document):
    width = document.state.photo.size[0]
    drag_exactly(canvas, (50.2, 40.7), (10.5, -30.0))
    assert canvas.asked == [Pointing(Pointed(box=(10, 0, 41, 41)), Mode.REPLACE)]
    drag_exactly(canvas, (50.2, 40.7), (60.5, 70.5))
    assert [one.pointed.box for one in canvas.asked[1:]] == [(50, 40, 11, 31)]  # what it took is to be seen
    hover(canvas, 61.5, 70.5)
    assert canvas.asked.pop() == Pointing(clicked(61, 70))
    canvas.asked.pop()
    drag_exactly(canvas, (width + 20, 10), (width + 60, 50))
    assert len([one for one in canvas.asked if one and one.mode]) == 1
    canvas.asked.clear()
    canvas._tool.press(SimpleNamespace(at=canvas.viewport.centre, on_widget=canvas.viewport.centre,
                                       straight=False, swap=False, eraser=False, alt=False))  # fmt: skip
    assert canvas.let_go()
    assert canvas.asked == []


def test_by_keys_a_cross_is_moved_and_return_clicks(canvas):
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    hovered = canvas.asked[-1]
    assert hovered.mode is None
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert canvas.asked[-1] == Pointing(hovered.pointed, Mode.REPLACE)


def test_it_obeys_the_mode_of_all_others_which_no_tool_changes(canvas):
    canvas.selecting.intersect()
    for tool in ("rectangle", "clicks", "object"):
        canvas.set_tool(tool)
        assert canvas.selecting.mode is Mode.INTERSECT
    drag_exactly(canvas, (21.1, 30.5), (21.1, 30.5))
    assert Pointing(clicked(21, 30), Mode.INTERSECT) in canvas.asked


def test_what_a_click_would_take_lies_over_the_picture(canvas, document):
    before = canvas.grab().toImage()
    height, width = document.state.photo.pixels.shape[:2]
    mask = np.zeros((height // 4, width // 4), np.uint8)
    mask[5:15, 10:20] = 255
    canvas.show_taken(mask)
    shown = canvas.grab().toImage()
    place = canvas.viewport.to_widget(QPointF(0, 0))  # the photo's corner
    inside, outside = (place.toPoint() + QPoint(x, y) for x, y in ((60, 40), (20, 10)))
    assert shown.pixelColor(inside) != before.pixelColor(inside)
    assert shown.pixelColor(outside) == before.pixelColor(outside)
    canvas.show_taken(None)
    assert canvas.grab().toImage() == before


# -- what is asked when


class Slow:
    """An engine that answers when it is let; it forgets pictures when it is told to."""

    cached = 0

    def __init__(self):
        self.calls, self.looked = [], set()
        self.go, self.error = threading.Semaphore(0), None

    def look(self, segmenter, device, photo):
        self.calls.append(("look", photo.digest))
        self.go.acquire(timeout=30)
        if self.error:
            raise self.error
        self.looked.add(photo.digest)

    def take(self, segmenter, device, digest, pointed):
        if digest not in self.looked:
            return None
        self.calls.append(("take", pointed))
        self.go.acquire(timeout=30)
        mask = np.zeros((10, 15), np.uint8)
        x, y = (pointed.clicks[0].x, pointed.clicks[0].y) if pointed.clicks else pointed.box[:2]
        mask[y // 10 : y // 10 + 3, x // 10 : x // 10 + 3] = 255
        return Taken(mask, ("Memory was short.",))


class Chosen(QObject):
    """Segmenters, of which one is in use, or none."""

    changed = Signal()

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder, self.looked = folder, 0

    def look(self) -> None:
        self.looked += 1


@pytest.fixture
def engine():
    return Slow()


@pytest.fixture
def bench(qtbot, engine, jobs, brush):
    """The flow on a picture of 150 × 100, with its tool in hand; one segmenter is there."""
    document = Document()
    pixels = np.random.default_rng(0).integers(0, 256, (100, 150, 3), np.uint8)
    pixels.setflags(write=False)
    document.open(Photo(pixels))
    document.state.photo.digest  # noqa: B018 - computed by whoever opens it
    canvas, window = canvas_with(qtbot, document, brush, "pan"), QWidget()
    qtbot.addWidget(window)
    models = SimpleNamespace(segmenters=Chosen("/sam"), asked=("starter", "cpu"))
    wand, stand, banner = SimpleNamespace(seen=document.composite), Stand(), Banner(canvas)
    look = ClickLook(document, canvas.selecting, banner.error, window)
    tasks = Tasks(window)
    line = MaskLine(document, tasks, banner, window)
    objects = Objects(document, jobs, models, wand, look, canvas, stand, line, banner, window)
    yield SimpleNamespace(
        document=document, canvas=canvas, models=models, stand=stand, banner=banner, objects=objects,
        tasks=tasks,
        light=lambda: canvas._tools["object"]._image is not None,
        taken=lambda: document.undo_text == "Select object",
    )  # fmt: skip
    let(engine, 20)  # whatever is asked still
    tasks.close()
    assert look.close()


def let(engine, times: int) -> None:
    for _ in range(times):
        engine.go.release()


def test_the_picture_is_read_when_the_tool_is_taken_and_the_newest_place_wins(qtbot, bench, engine):
    bench.canvas.set_tool("object")
    assert bench.models.segmenters.looked == 1
    qtbot.waitUntil(lambda: len(engine.calls) == 1)
    assert bench.stand.stage is Standing.READING
    for x in (20, 40, 60, 80):
        hover(bench.canvas, x + 0.5, 30.5)
    let(engine, 1)
    qtbot.waitUntil(lambda: len(engine.calls) == 2)
    assert bench.stand.stage is Standing.READY
    hover(bench.canvas, 90.5, 30.5)
    hover(bench.canvas, 100.5, 30.5)
    drag_exactly(bench.canvas, (100.5, 30.5), (100.5, 30.5))
    hover(bench.canvas, 110.5, 30.5)
    let(engine, 3)
    qtbot.waitUntil(bench.taken)
    qtbot.waitUntil(lambda: len(engine.calls) == 4)
    assert engine.calls[0] == ("look", bench.document.state.photo.digest)
    asked = [pointed.clicks[0].x for _, pointed in engine.calls[1:]]
    assert asked == [80, 100, 110]  # the click before the pointer's own place
    assert bench.document.state.mask.array()[45, 115] == 255
    assert [bar.text for bar in bench.banner.bars] == ["Memory was short."]
    qtbot.waitUntil(bench.light)
    hover(bench.canvas, -40, 30)
    assert not bench.light()
    bench.document.undo()
    assert bench.document.state.mask.is_empty


def test_another_picture_drops_what_was_asked_of_the_one_before(qtbot, bench, engine):
    bench.canvas.set_tool("object")
    qtbot.waitUntil(lambda: len(engine.calls) == 1)
    let(engine, 1)
    qtbot.waitUntil(lambda: bench.objects._running is None)
    drag_exactly(bench.canvas, (20.5, 30.5), (20.5, 30.5))
    drag_exactly(bench.canvas, (60.5, 30.5), (60.5, 30.5))
    qtbot.waitUntil(lambda: len(engine.calls) == 2)
    other = Photo(np.zeros((100, 150, 3), np.uint8))
    other.digest  # noqa: B018
    bench.document.open(other)
    let(engine, 3)
    qtbot.waitUntil(lambda: bench.objects._read is bench.document.composite)
    qtbot.waitUntil(lambda: bench.objects._running is None and not bench.tasks.busy)
    assert [kind for kind, _ in engine.calls][:3] == ["look", "take", "look"]
    assert bench.document.state.mask.is_empty
    assert not bench.document.can_undo


def test_what_is_asked_can_be_given_up_before_its_answer(qtbot, bench, engine):
    bench.canvas.set_tool("object")
    qtbot.waitUntil(lambda: len(engine.calls) == 1)
    assert not bench.objects.drop()
    for x in (20, 60):
        drag_exactly(bench.canvas, (x + 0.5, 30.5), (x + 0.5, 30.5))
    let(engine, 1)
    qtbot.waitUntil(lambda: len(engine.calls) == 2)
    assert bench.objects.drop()
    assert not bench.objects.drop()
    let(engine, 4)
    qtbot.waitUntil(lambda: bench.objects._running is None and not bench.tasks.busy)
    assert bench.document.state.mask.is_empty
    assert not bench.document.can_undo


def test_what_fails_is_told_once_and_tried_again_by_the_next_click(qtbot, bench, engine):
    engine.error = InputError("my-sam lacks a weight.")
    bench.canvas.set_tool("object")
    let(engine, 1)
    qtbot.waitUntil(lambda: len(bench.banner.bars) == 1)
    for x in (20, 40):
        hover(bench.canvas, x + 0.5, 30.5)
    assert len(engine.calls) == 1
    assert bench.stand.stage is Standing.READY
    engine.error = None
    let(engine, 2)
    drag_exactly(bench.canvas, (20.5, 30.5), (60.5, 60.5))
    qtbot.waitUntil(bench.taken)
    assert ("take", Pointed(box=(20, 30, 41, 31))) in engine.calls


def test_without_a_segmenter_clicks_and_boxes_go_by_colours_and_edges(qtbot, bench, engine):
    bench.models.segmenters.folder = ""
    bench.canvas.set_tool("object")
    assert bench.stand.stage is Standing.LACKING
    drag_exactly(bench.canvas, (20.5, 30.5), (60.5, 60.5))
    qtbot.waitUntil(bench.taken)
    boxed = bench.document.state.mask.array()
    there = np.argwhere(boxed)
    assert ((there >= (30, 20)) & (there < (61, 61))).all()
    drag_exactly(bench.canvas, (40.5, 45.5), (40.5, 45.5), ALT)
    qtbot.waitUntil(lambda: bench.document.state.mask.array().sum() < boxed.sum())
    assert bench.document.state.mask.array()[45, 40] == 0
    assert engine.calls == []
    bench.models.segmenters.folder = "/sam"
    bench.models.segmenters.changed.emit()
    qtbot.waitUntil(lambda: len(engine.calls) == 1)
    assert bench.stand.stage is Standing.READING
    let(engine, 2)  # with the place where the pointer still is
    qtbot.waitUntil(lambda: bench.stand.stage is Standing.READY)


def test_without_a_segmenter_what_a_click_would_take_is_seen_before(qtbot, bench):
    bench.models.segmenters.folder = ""
    bench.canvas.set_tool("object")
    hover(bench.canvas, 20.5, 30.5)
    qtbot.waitUntil(bench.light)
    drag_exactly(bench.canvas, (20.5, 30.5), (20.5, 30.5))
    assert not bench.light()  # the mask itself is seen
    hover(bench.canvas, 21.5, 30.5)
    qtbot.waitUntil(bench.light)
    hover(bench.canvas, -40, 30)
    assert not bench.light()
    hover(bench.canvas, 22.5, 30.5)
    bench.canvas.set_tool("pan")  # before the answer
    qtbot.wait(50)
    assert not bench.light()


def test_the_engines_thread_answers_with_the_models_own_mask(qtbot, tmp_path):
    """All of the way on tiny random weights: picture, engine, segmenter."""
    from core.models.segment.sam import Segmenter  # after tests.tiny_sam

    folder = saved(tiny_sam(), tmp_path / "sam")
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    pixels.setflags(write=False)
    jobs, answers = Jobs(new_engine), []
    jobs.taken.connect(lambda point, taken: answers.append(taken))
    for pointed in (None, clicked(30, 20), Pointed(box=(10, 10, 50, 30))):
        jobs.point(str(folder), "cpu", Composite(Photo(pixels)), pointed)
    qtbot.waitUntil(lambda: len(answers) == 3, timeout=60_000)
    segmenter = Segmenter.open(folder, "cpu")
    looked = segmenter.look(pixels)
    assert answers[0] is None
    np.testing.assert_array_equal(answers[1].mask, segmenter.take(looked, [Click(30, 20)]))
    np.testing.assert_array_equal(answers[2].mask, segmenter.take(looked, [], (10, 10, 50, 30)))
    assert enlarge_box(answers[1].mask, (90, 60)).size == (90, 60)
    jobs.close()
