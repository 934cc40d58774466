"""The real program with an ear: it answers questions on stdin about its window, and does nothing by itself.

Run as a script with the program's own arguments. Each line on stdin is a Python expression, evaluated in the
window's thread; its value comes back as one line of JSON. Mouse and keys come from outside.
"""

import faulthandler
import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, QPoint, QRect, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from core.photo.masks.mask import feather
from core.project.journal import Snapshot
from core.project.orders import pack_orders
from core.project.packing import Packer, recipe
from editor.__main__ import main


def at(widget: QWidget, x: float = 0.5, y: float = 0.5) -> tuple[int, int]:
    """Screen position in device pixels of a place in a widget, (0, 0) top left, (1, 1) bottom right."""
    point = widget.mapToGlobal(QPoint(round(x * (widget.width() - 1)), round(y * (widget.height() - 1))))
    ratio = widget.devicePixelRatioF()
    return round(point.x() * ratio), round(point.y() * ratio)


def in_sight(widget: QWidget) -> bool:
    """All of it lies in what its window shows, and that on the screen; with its frame, if it is a window."""
    # A frame of an odd number of pixels is halved by the scale.
    room = widget.screen().availableGeometry().adjusted(-1, -1, 1, 1)
    if widget.isWindow():
        return widget.isVisible() and room.contains(widget.frameGeometry())
    shown = QRect(widget.mapToGlobal(QPoint()), widget.size())
    whole = not widget.visibleRegion().isEmpty() and widget.visibleRegion().boundingRect() == widget.rect()
    return whole and room.contains(shown)


def button(text: str) -> QPushButton:
    """The visible button with this text, in any window."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, QPushButton) and widget.isVisible() and widget.text().replace("&", "") == text:
            return widget
    raise LookupError(text)


def dialog() -> QDialog | None:
    """The dialog that is open."""
    found = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog))
    return next((widget for widget in found if widget.isVisible()), None)


def buttons(widget: QWidget) -> list[QPushButton]:
    """Its visible push buttons."""
    return [one for one in widget.findChildren(QPushButton) if one.isVisible()]


def shown(widget: QWidget) -> str:
    """SHA-256 of what it shows."""
    image = widget.grab().toImage()
    return hashlib.sha256(image.constBits()).hexdigest()


def save_paste_mask(window: Any, path: str) -> None:
    """The mask of the last edit as it was pasted, feather included, as a .npy file."""
    state = window.document.state
    np.save(path, feather(state.mask.boxed(), state.layers[-1].variant.request.feather).whole())


def digest(snapshot: Snapshot) -> str:
    """SHA-256 of a document's history and of what is to be chosen from, as they are stored."""
    packer = Packer(lambda ref, array: None)
    entries = [(entry.text, packer.state(entry.state)) for entry in snapshot.entries]
    choice = pack_orders(packer, (), snapshot.choice)
    whole = entries, snapshot.index, recipe(snapshot.draft), choice
    return hashlib.sha256(msgspec.json.encode(whole, order="sorted")).hexdigest()  # sets have no order


class Probe(QObject):
    """Lives in the window's thread; asked from the thread that reads stdin."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        known = {"at": at, "in_sight": in_sight, "button": button, "buttons": buttons, "dialog": dialog}
        qt = {"QApplication": QApplication, "QTimer": QTimer}
        looks = {"shown": shown, "save_paste_mask": save_paste_mask}
        self.names = {**known, **qt, **looks, "probe": self}
        self.worst = 0.0  # the longest time in seconds that the event loop did not come round
        self._last = 0.0
        self.asked.connect(self.answer)

    @Slot(str)
    def answer(self, question: str) -> None:
        windows = [
            widget for widget in QApplication.topLevelWidgets() if type(widget).__name__ == "MainWindow"
        ]
        try:
            value = eval(question, {**self.names, "window": windows[0]})
            print(json.dumps({"value": value}), flush=True)
        except Exception as error:
            print(json.dumps({"error": repr(error)}), flush=True)

    def follow(self, path: str) -> None:
        """Tell a file of every state that the document comes to, and of each that autosave has kept."""
        window = next(one for one in QApplication.topLevelWidgets() if type(one).__name__ == "MainWindow")
        self._window, self._told, self._number = window, open(path, "a", buffering=1), 0  # noqa: SIM115, PTH123
        self._left = 0
        self._tear(os.fsync)
        window.document.changed.connect(self._made)
        window.document.pending.ordersChanged.connect(self._made)  # autosave numbers them as well
        window.document.pending.choiceChanged.connect(self._made)
        window.autosave.kept.connect(lambda number: self._told.write(f"kept {number}\n"))
        self._made()

    def state(self) -> str:
        """All that a document is, in one digest."""
        windows = [one for one in QApplication.topLevelWidgets() if type(one).__name__ == "MainWindow"]
        return digest(windows[0].document.snapshot())

    def die_in_write(self, n: int) -> None:
        """Kill the program in the n-th write from now that waits for the disk; what it added is torn."""
        self._left = n

    def _tear(self, real: Callable[[int], None]) -> None:
        """From now on the disk can be slower than the kill."""
        safe = dict[int, int]()  # bytes of each file, by its inode, that have come to the disk

        def fsync(descriptor: int) -> None:
            seen = os.fstat(descriptor)
            there = min(safe.get(seen.st_ino, seen.st_size), seen.st_size)
            self._left -= 1
            if self._left == 0:
                os.ftruncate(descriptor, there + 2 * (seen.st_size - there) // 3)
                os.kill(os.getpid(), signal.SIGKILL)
            real(descriptor)
            safe[seen.st_ino] = seen.st_size

        os.fsync = fsync

    def _made(self) -> None:
        number = self._window.autosave.number
        if number != self._number:
            self._number = number
            self._told.write(f"made {number} {digest(self._window.document.snapshot())}\n")

    def watch(self) -> None:
        """Begin to measure stalls of the event loop."""
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._tick)
        self.forget()
        self._timer.start()

    def forget(self) -> float:
        """The longest stall until now, in seconds; measuring starts afresh."""
        worst, self.worst, self._last = self.worst, 0.0, time.perf_counter()
        return worst

    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst, self._last = max(self.worst, now - self._last), now
        time.sleep(0.001)


def listen() -> None:
    while not isinstance(QCoreApplication.instance(), QApplication) or not QApplication.topLevelWidgets():
        time.sleep(0.01)
    probe = Probe()
    probe.moveToThread(QApplication.instance().thread())
    for line in sys.stdin:
        probe.asked.emit(line)


if __name__ == "__main__":
    faulthandler.register(signal.SIGUSR1)  # prints where every thread stands
    threading.Thread(target=listen, daemon=True).start()
    sys.exit(main())
