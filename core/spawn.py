"""A process beside this one: with a pipe between the two, deaf to Ctrl-C, and never left behind."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TypeVar

T = TypeVar("T")
SPAWN = multiprocessing.get_context("spawn")  # a forked torch may hang


def start(name: str, serve: Callable[..., None], *arguments: object) -> tuple[SpawnProcess, Connection]:
    """Start `serve(pipe, *arguments)`, all of it pickled, in a new process; that, and our end of its pipe.

    It never hears Ctrl-C, and ends when this process does, however that ends.
    """
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_live, args=(serve, theirs, *arguments), daemon=True, name=name)
    with _unheard():
        process.start()
    theirs.close()
    return process, ours


def answered(question: Callable[[], T]) -> T | None:
    """What `question`, pickled, returns in a process of its own; None if it has failed there.

    For what needs a library that this process does better without.
    """
    process, pipe = start("question", _answer, question)
    try:
        return pipe.recv()
    except (EOFError, OSError):
        return None
    finally:
        pipe.close()
        process.join()


def _answer(pipe: Connection, question: Callable[[], object]) -> None:
    with suppress(Exception):  # a broken library: whoever needs it says so
        pipe.send(question())


@contextmanager
def _unheard() -> Generator[None]:
    """A process that is started meanwhile never hears Ctrl-C, which reaches the whole group of the terminal.

    It would say so in a traceback of its own: who started it ends it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows: deaf once it serves
        yield
        return
    resource_tracker.ensure_running()  # it would lift the block when it is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _live(serve: Callable[..., None], pipe: Connection, *arguments: object) -> None:
    """The life of a process: it serves, until it is ended or left alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_other, daemon=True, name="end").start()
    serve(pipe, *arguments)


def _end_with_the_other() -> None:
    """Wait for the end of the process that started this one, however it ended; then end too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # in the middle of an evaluation too: results are written whole or not at all
