"""Ctrl-C, and the system's wish that a command ends. Imports next to nothing: it is loaded first."""

import _thread
import signal
import sys
import threading
from types import FrameType
from typing import Any, Self

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # those that this system has
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))


class Interrupts:
    """Inside `with`, each of the signals is a KeyboardInterrupt where Python stands.

    Libraries make errors of their own of it: `came`, the signal's number or None, says what was behind.
    Where Python can't raise (a callback, a finalizer) it is raised again afterwards, and not printed.
    """

    def __init__(self) -> None:
        self.came: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._unraisable = sys.unraisablehook
        if threading.current_thread() is threading.main_thread():  # the only one that hears signals
            for number in SIGNALS:
                before = signal.getsignal(number)
                if before not in (signal.SIG_IGN, None):  # as nohup has it
                    self._before[number] = signal.signal(number, self._interrupt)
            sys.unraisablehook = self._again
        return self

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self._unraisable
        for number, before in self._before.items():
            signal.signal(number, before)

    @property
    def code(self) -> int:
        """The exit code, as a shell has it."""
        return 128 + (self.came or signal.SIGINT)

    def _interrupt(self, number: int, _: FrameType | None) -> None:
        self.came = self.came or number
        raise KeyboardInterrupt

    def _again(self, lost: "sys.UnraisableHookArgs") -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            _thread.interrupt_main(signal.SIGINT)
        else:
            self._unraisable(lost)
