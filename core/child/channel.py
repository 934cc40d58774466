"""One end of the pipe between two processes: whole objects, and pictures in memory that both see."""

import mmap
import os
import pickle
import socket
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

LARGE = (
    4 << 20
)  # bytes from which an array lies in shared memory. Each takes a file descriptor while it lives
SHARES = hasattr(os, "memfd_create")  # Linux: memory without a name, which is freed however its users end


@dataclass(frozen=True)
class _Aside:
    """A buffer that comes after its message: through the pipe, or as memory that both see.

    again: the number of one that the other side still has, and that doesn't come once more
    """

    size: int
    readonly: bool
    again: int | None = None


class Channel:
    """Sends from any thread, receives in one. All is pickled; arrays keep whether they can be written.

    A large array is copied once, into memory that the other process maps: without names and thus without
    anything left behind, however either ends. Where a system can't share memory so, it goes through the pipe.
    """

    def __init__(self, pipe: Connection, *, shares: bool = SHARES) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._shares = shares
        self._sent: list[memoryview] = []  # alive, so that nothing else can come to lie there
        self._held: list[object] = []  # by the numbers of the other side's `_sent`

    def send(self, thing: object, *, hold: bool = False) -> None:
        """Raises OSError when the other side has gone, MemoryError when there is no memory to share.

        hold: arrays that nobody can write are kept on both sides, and not sent again with the next such thing
        """
        raws: list[memoryview] = []

        def aside(buffer: pickle.PickleBuffer) -> bool:
            raw = buffer.raw()
            if raw.nbytes >= LARGE:
                raws.append(raw)
            return raw.nbytes < LARGE

        data = pickle.dumps(thing, protocol=5, buffer_callback=aside)
        with self._lock:
            self._send(data, raws, hold=hold)

    def receive(self) -> object:
        """The next thing. Raises EOFError or another OSError when the other side has gone."""
        asides, data, hold = pickle.loads(self._pipe.recv_bytes())
        buffers: list[object] = [self._take(aside) for aside in asides]
        if hold:
            self._held = buffers
        return pickle.loads(data, buffers=buffers)

    def waits(self, seconds: float) -> bool:
        """Whether something has come, or the other side has gone, within that time."""
        return self._pipe.poll(seconds)

    def close(self) -> None:
        """What was received stays."""
        self._pipe.close()

    def _send(self, data: bytes, raws: list[memoryview], *, hold: bool) -> None:
        known = [_place(raw) for raw in self._sent]
        asides = [_Aside(raw.nbytes, raw.readonly, _again(raw, known)) for raw in raws]
        new = [raw for raw, aside in zip(raws, asides, strict=True) if aside.again is None]
        files = _shared(new) if self._shares else []
        try:
            self._pipe.send_bytes(pickle.dumps((asides, data, hold)))
            for n, raw in enumerate(new):
                if not self._shares:
                    self._pipe.send_bytes(raw)
                    continue
                with self._line() as line:
                    socket.send_fds(line, [b"\0"], files[n : n + 1])
        finally:
            for file in files:
                os.close(file)
        if hold:
            self._sent = raws

    def _line(self) -> socket.socket:
        """The pipe as what it is: descriptors travel by sockets alone."""
        return socket.socket(fileno=os.dup(self._pipe.fileno()))

    def _take(self, aside: _Aside) -> object:
        if aside.again is not None:
            return self._held[aside.again]
        if not self._shares:
            taken = bytearray(self._pipe.recv_bytes())
            return memoryview(taken).toreadonly() if aside.readonly else taken
        with self._line() as line:
            said, files, _, _ = socket.recv_fds(line, 1, 1)
        if not said:
            raise EOFError
        try:
            way = mmap.PROT_READ if aside.readonly else mmap.PROT_READ | mmap.PROT_WRITE
            return mmap.mmap(files[0], aside.size, mmap.MAP_SHARED | mmap.MAP_POPULATE, way)
        finally:
            os.close(files[0])


def _place(raw: memoryview) -> tuple[int, int]:
    """Where a buffer lies, and how long it is."""
    return np.frombuffer(raw, np.uint8).ctypes.data, raw.nbytes


def _again(raw: memoryview, known: list[tuple[int, int]]) -> int | None:
    """Which of the known places it is, if nobody can have written there since."""
    place = _place(raw)
    return known.index(place) if place in known and _settled(raw.obj) else None


def _settled(array: object) -> bool:
    """Nobody can write into it, nor into what it is a view of."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return True


def _shared(raws: list[memoryview]) -> list[int]:
    """Descriptors of shared memory with a copy of each. MemoryError when there is none."""
    files: list[int] = []
    try:
        for raw in raws:
            files.append(os.memfd_create("palimpsest", os.MFD_CLOEXEC))
            done = 0
            while done < raw.nbytes:  # not mapped: written, it fails with an error where memory ends
                done += os.write(files[-1], raw[done:])
    except OSError as error:
        for file in files:
            os.close(file)
        raise MemoryError from error
    return files
