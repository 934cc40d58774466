"""The child's side: an engine that is called, and tells what it is told to."""

import logging
import logging.handlers
import os
import queue
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

from core import errors
from core.child.channel import Channel
from core.child.orders import Call, Done, Failed, Reached, Stop, Stopped
from core.edit.progress import Cancel
from core.edit.protocol import Edits
from core.errors import Cancelled, CoreError


def serve(pipe: Connection, make: Callable[[], Edits], level: int) -> None:
    """Answer calls until the other side lets go of the pipe. `level`: of what is logged."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the front end hears it, and closes
    channel = Channel(pipe)
    root = logging.getLogger()
    root.setLevel(level)
    root.addHandler(_ToTheOther(channel))
    calls: queue.SimpleQueue[tuple[Call, Cancel]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel, calls), daemon=True, name="calls").start()
    served = _Served(channel, make)
    with suppress(OSError):  # nobody is there any more
        while True:
            channel.send(served.answer(*calls.get()))


class _Served:
    """The engine, made with the first call, and what stopped runs had reached."""

    def __init__(self, channel: Channel, make: Callable[[], Edits]) -> None:
        self._channel, self._make = channel, make
        self._engine: Edits | None = None
        self._kept: dict[int, object] = {}
        self._count = 0

    def answer(self, call: Call, cancel: Cancel) -> Done | Stopped | Failed:
        for number in call.dropped:
            self._kept.pop(number, None)
        try:
            engine = self._ready()
            arguments = [
                self._kept.pop(one.number) if isinstance(one, Reached) else one for one in call.arguments
            ]
            watch = {"on_progress": self._channel.send, "cancel": cancel} if call.watched else {}
            if call.limit is not None:
                engine.limit_cache(call.limit)
            value = getattr(engine, call.method)(*arguments, **watch)
            return Done(value, engine.cached)
        except Cancelled as cancelled:
            return Stopped(self._keep(cancelled.partial))
        except Exception as error:
            return _failed(error)

    def _ready(self) -> Edits:
        if self._engine is None:
            self._engine = self._make()
        return self._engine

    def _keep(self, partial: object | None) -> int | None:
        if partial is None:
            return None
        self._count += 1
        self._kept[self._count] = partial
        return self._count


class _ToTheOther(logging.handlers.QueueHandler):
    """What is logged here goes into the log of the other side."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(queue.SimpleQueue())
        self._channel = channel

    def enqueue(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            self._channel.send(record)


def _listen(channel: Channel, calls: "queue.SimpleQueue[tuple[Call, Cancel]]") -> None:
    """Take calls in, and hear in the middle of one that it is to stop. The end of the pipe is the end."""
    cancel = Cancel()
    while True:
        try:
            said = channel.receive()
        except (EOFError, OSError):
            os._exit(0)
        if isinstance(said, Call):
            cancel = Cancel()
            calls.put((said, cancel))
        elif isinstance(said, Stop):
            cancel.ask()


def _failed(error: Exception) -> Failed:
    """An error as the other side can read it, who has no torch and none of the engine's classes."""
    trace = "".join(traceback.format_exception(error))
    if not isinstance(error, CoreError):
        return Failed(type(error).__name__, str(error), None, trace)
    kind = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    return Failed(kind, error.message, error.hint, trace, error.lacks)
