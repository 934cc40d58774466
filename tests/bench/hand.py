"""What a hand does on the canvas, and how long the window takes for it."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from editor.canvas.view import Canvas
from editor.tasks import Tasks
from editor.tint import MaskView

Times = tuple[float, float]  # seconds by the clock, and of processor time
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def steps(canvas: Canvas) -> list[Times]:
    times = []
    while not times or canvas.scene.is_building:
        times.append(timed(canvas.scene.build))
    return times


def stroke(app: QApplication, canvas: Canvas, events: int = 200) -> list[Times]:
    """A wavy drag across the middle of the window, 8 logical pixels an event."""
    middle = QPointF(canvas.width() / 2 - 400, canvas.height() / 2)
    send(canvas, QEvent.Type.MouseButtonPress, middle, LEFT)
    app.processEvents()
    times = []
    for i in range(events):
        at = middle + QPointF(4.0 * i, 150 * np.sin(i / 12))
        times.append(
            timed(lambda at=at: (send(canvas, QEvent.Type.MouseMove, at, NONE), app.processEvents()))
        )
    send(canvas, QEvent.Type.MouseButtonRelease, at, LEFT)
    canvas.document.undo()
    app.processEvents()
    return times


def selections(
    app: QApplication, canvas: Canvas, tasks: Tasks, events: int, times: int
) -> tuple[list[Times], list[Times], list[Times]]:
    """Drags from one corner of the window to the other and about: their moves; and when they are let go the
    longest event, and all until the mask is seen.
    """
    near, far = QPointF(30, 30), QPointF(canvas.width() - 30.0, canvas.height() - 30.0)
    moves, most, whole = list[Times](), list[Times](), list[Times]()

    def told(kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> Times:
        return timed(lambda: (send(canvas, kind, at, button), app.processEvents()))

    for _ in range(times):
        told(QEvent.Type.MouseButtonPress, near, LEFT)
        for i in range(1, events):
            at = near + (far - near) * (i / events) + QPointF(0, 20 * np.sin(i))
            moves.append(told(QEvent.Type.MouseMove, at, NONE))
        begun = time.perf_counter(), time.process_time()
        release = partial(send, canvas, QEvent.Type.MouseButtonRelease, far, LEFT)
        most.append(longest(app, canvas, release, tasks))
        whole.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
        canvas.document.undo()
        built(app, canvas)
    return moves, most, whole


def built(app: QApplication, canvas: Canvas) -> None:
    """Everything is seen as it is."""
    app.processEvents()
    while canvas.scene.is_building:
        app.processEvents()


def transforms(app: QApplication, canvas: Canvas, events: int = 60) -> list[Times]:
    """The mask that was found moved about, and taken back."""
    canvas.set_tool("transform")
    app.processEvents()
    box = canvas.document.state.mask.box
    assert box is not None
    middle = canvas.viewport.to_widget(QPointF(box[0] + box[2] / 2, box[1] + box[3] / 2))
    send(canvas, QEvent.Type.MouseButtonPress, middle, LEFT)
    app.processEvents()
    times = []
    for i in range(1, events):
        at = middle + QPointF(4.0 * i, 60 * np.sin(i / 6))
        times.append(timed(lambda at=at: (move(canvas, at), app.processEvents())))
    send(canvas, QEvent.Type.MouseButtonRelease, at, LEFT)
    canvas.let_go()
    app.processEvents()
    return times


def ants(app: QApplication, canvas: Canvas, steps: int = 40) -> list[Times]:
    """They march round the mask that was found."""
    canvas.tint.look = MaskView.ANTS
    app.processEvents()

    def step() -> None:
        canvas.update(canvas.viewport.covering(canvas.scene.overlay.march()))
        app.processEvents()

    times = [timed(step) for _ in range(steps)]
    canvas.tint.look = MaskView.TINT
    built(app, canvas)
    return times


def presses(app: QApplication, canvas: Canvas, times: int = 40) -> list[Times]:
    """Of the colour wand, all over the window: what has the colour is found elsewhere."""
    canvas.set_tool("wand")
    found = list[Times]()
    for i in range(times):
        at = QPointF(canvas.width() * (i + 0.5) / times, canvas.height() * ((i * 7) % times + 0.5) / times)
        found.append(timed(lambda at=at: (move(canvas, at), app.processEvents())))
        found.append(
            timed(lambda at=at: (send(canvas, QEvent.Type.MouseButtonPress, at, LEFT), app.processEvents()))
        )
        send(canvas, QEvent.Type.MouseButtonRelease, at, LEFT)
    return found


def move(canvas: Canvas, at: QPointF) -> None:
    send(canvas, QEvent.Type.MouseMove, at, NONE)


def send(canvas: Canvas, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
    held = NONE if kind == QEvent.Type.MouseButtonRelease else LEFT
    event = QMouseEvent(kind, at, canvas.mapToGlobal(at), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def repaints(app: QApplication, canvas: Canvas) -> list[Times]:
    return [timed(lambda: (canvas.update(), app.processEvents())) for _ in range(20)]


def pans(app: QApplication, canvas: Canvas) -> list[Times]:
    def pan() -> None:
        canvas.viewport.pan(-30, -10)
        canvas.moved()
        app.processEvents()

    return [timed(pan) for _ in range(40)]


def timed(act: Callable[[], object]) -> Times:
    """Seconds that `act` takes, by the clock and of processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - clock, time.process_time() - processor


def longest(
    app: QApplication, canvas: Canvas, act: Callable[[], object], tasks: Tasks | None = None
) -> Times:
    """The longest wait between two events until all is made and seen, of the window's thread alone."""
    turns = [turn(act)]
    while canvas.scene.is_building or (tasks is not None and tasks.busy):
        turns.append(turn(app.processEvents))
    turns.append(turn(app.processEvents))
    return max(clock for clock, _ in turns), max(processor for _, processor in turns)


def turn(act: Callable[[], object]) -> Times:
    """Seconds that `act` takes, by the clock and of the window's thread."""
    clock, processor = time.perf_counter(), time.thread_time()
    act()
    return time.perf_counter() - clock, time.thread_time() - processor
