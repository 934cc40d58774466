"""When the program shall end, by whatever asks for it: a terminal, the system, the end of the session."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Signal
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from core.interrupt import SIGNALS
from editor.widgets.tips import Tips

log = logging.getLogger(__name__)


class Signals(QObject):
    """The system's signals, from construction to `close`, as one Qt signal in the window's thread.

    Python runs no handler while Qt waits for events, so that what C writes into a socket at each signal wakes
    Qt. The first one asks; a second Ctrl-C is meant, and ends the program at once.
    """

    asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.came: int | None = None
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._hear)
        self._woken = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._before: dict[int, Any] = {}
        for number in SIGNALS:
            before = signal.getsignal(number)
            if before not in (signal.SIG_IGN, None):  # as nohup has it
                self._before[number] = signal.signal(number, self._note)

    @property
    def code(self) -> int:
        """The exit code: as a shell has it for a signal; 0 when the window was closed by itself."""
        return 0 if self.came is None else 128 + self.came

    def close(self) -> None:
        """Hand the signals back."""
        for number, before in self._before.items():
            signal.signal(number, before)
        signal.set_wakeup_fd(self._woken)
        self._notifier.setEnabled(False)
        for end in (self._ours, self._theirs):
            end.close()

    def _note(self, number: int, _: FrameType | None) -> None:
        if self.came is not None and number == signal.SIGINT:
            os._exit(128 + number)
        self.came = self.came or number

    def _hear(self) -> None:
        numbers = self._ours.recv(4096)
        self.came = self.came or numbers[0]
        log.info("asked to end by signal %d", self.came)
        self.asked.emit()


class Application(QApplication):
    """`asked`: the session ends, and with it the program. What the system asks otherwise, Qt does as ever.

    Hints are shown in lines that can be read.
    """

    asked = Signal()
    committed = Signal()  # the session will end unless somebody stops that: what is remembered is written

    def __init__(self, argv: Sequence[str]) -> None:
        super().__init__(list(argv))
        self._ending = False
        self._tips = Tips(self)
        self.commitDataRequest.connect(self._commit)
        self.saveStateRequest.connect(_never_again)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Quit and self._ending:
            self.asked.emit()
            return True
        if event.type() == QEvent.Type.Timer:  # with one of its own Qt asks for the hint under the pointer
            with self._tips.watching():
                return super().event(event)
        return super().event(event)

    def _commit(self, manager: QSessionManager) -> None:
        _never_again(manager)
        self.session_ends()

    def session_ends(self) -> None:
        """From now on a request to quit is the session's end, and no reason for questions."""
        self._ending = True
        self.committed.emit()


def _never_again(manager: QSessionManager) -> None:
    """The next session would start the program by options that it doesn't know."""
    manager.setRestartHint(QSessionManager.RestartHint.RestartNever)


def leave(code: int) -> NoReturn:
    """End the process where threads were given up: Python's own way out would wait for them, or crash."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(code)
