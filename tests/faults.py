"""A disk that fails on purpose, as SQLite tests itself: the n-th file operation below a folder raises.

`tried` runs something again and again, each time with one operation more that succeeds, until a run meets no
fault, and hands back what every run left behind.
"""

import errno
import io
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest import mock

from core.errors import CoreError

# of module os: by the name that a failure goes by
CALLS = {
    "open": ("open",),
    "write": ("write", "pwrite", "writev", "sendfile"),
    "fsync": ("fsync", "fdatasync"),
    "rename": ("rename", "replace", "link", "symlink"),
    "mkdir": ("mkdir",),
    "unlink": ("unlink", "remove", "rmdir"),
    "truncate": ("truncate", "ftruncate"),
    "chmod": ("chmod", "utime"),
    "list": ("listdir", "scandir"),
}
PERMITTED = {"open", "create", "rename", "mkdir", "unlink", "chmod", "list"}  # what can be forbidden
NEEDS_ROOM = {"create", "write", "mkdir"}  # what a full disk goes on refusing
GONE = "no such file"
MOST = 2000  # operations of one run: beyond it something never ends

Contents = dict[str, bytes | None]
"""Every file below a folder by its path there; None for a folder."""


@dataclass(frozen=True)
class Kind:
    """A way to fail. stays: whatever needs room fails from then on, as on a disk that is full."""

    code: int
    stays: bool = False

    def __str__(self) -> str:
        return errno.errorcode[self.code]

    def strikes(self, operation: str) -> bool:
        """Whether an operation can fail in this way."""
        match self.code:
            case errno.EACCES:
                return operation in PERMITTED
            case errno.ENOSPC:
                return operation in NEEDS_ROOM | {"fsync", "rename"}
            case _:
                return True


FULL, BROKEN, FORBIDDEN = Kind(errno.ENOSPC, stays=True), Kind(errno.EIO), Kind(errno.EACCES)
KINDS = (FULL, BROKEN, FORBIDDEN)


class Disk:
    """While entered, the n-th operation below `folder` that can fail so does. A failing write writes half."""

    def __init__(self, folder: Path, n: int, kind: Kind) -> None:
        self._folder, self._left, self._kind = folder.resolve(), n, kind
        self._descriptors = set[int]()
        self._open = io.open
        self._patches: list[Any] = []
        self.struck = ""

    def __enter__(self) -> Self:
        doubles: list[tuple[Any, str, Any]] = [
            (io, "open", self._opened),
            (__import__("builtins"), "open", self._opened),
            (os, "close", self._closing(os.close)),
        ]
        for operation, names in CALLS.items():
            doubles += [
                (os, name, self._guarded(operation, getattr(os, name))) for name in names if hasattr(os, name)
            ]
        for module, name, double in doubles:
            patch = mock.patch.object(module, name, double)
            patch.start()
            self._patches.append(patch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._patches:
            self._patches.pop().stop()

    def ask(self, operation: str, place: object) -> None:
        """Count an operation; raise when it is its turn."""
        if self.struck and self._kind.stays and operation in NEEDS_ROOM:
            raise self._error()
        if self.struck or not self._kind.strikes(operation):
            return
        self._left -= 1
        if self._left == 0:
            self.struck = f"{operation} {place}"
            raise self._error()

    def _error(self) -> OSError:
        return OSError(self._kind.code, os.strerror(self._kind.code))

    def _is_ours(self, place: object, dir_fd: int | None = None) -> bool:
        if isinstance(place, int) or dir_fd is not None:
            return (place if dir_fd is None else dir_fd) in self._descriptors
        if not isinstance(place, (str, bytes, os.PathLike)):
            return False
        return Path.cwd().joinpath(os.fsdecode(place)).is_relative_to(self._folder)

    def _guarded(self, operation: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def double(*args: Any, **options: Any) -> Any:
            ours = bool(args) and self._is_ours(args[0], options.get("dir_fd"))
            if ours:
                self.ask(_opening(args[1]) if operation == "open" else operation, args[0])
                if operation == "fsync":  # nothing here has to outlive the machine
                    return None
            found = real(*args, **options)
            if ours and operation == "open":
                self._descriptors.add(found)
            return found

        return double

    def _closing(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def double(descriptor: int) -> None:
            self._descriptors.discard(descriptor)
            real(descriptor)

        return double

    def _opened(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        """The built-in open over a raw file that asks first."""
        if not self._is_ours(file):
            return self._open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        self.ask("create" if set(mode) & set("wxa") else "open", file)
        raw = _Raw(self, file, mode.replace("b", "").replace("t", ""), closefd, opener)
        self._descriptors.add(raw.fileno())
        if buffering == 0:
            return raw
        kind = io.BufferedRandom if "+" in mode else io.BufferedReader if "r" in mode else io.BufferedWriter
        binary: Any = kind(raw, buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE)
        return binary if "b" in mode else io.TextIOWrapper(binary, encoding, errors, newline)


def _opening(flags: int) -> str:
    """By a descriptor a file is made, or a folder looked into to empty it."""
    return "create" if flags & os.O_CREAT else "list"


class _Raw(io.FileIO):
    """What lies below Python's buffers."""

    def __init__(self, disk: Disk, file: Any, mode: str, closefd: bool, opener: Any) -> None:
        super().__init__(file, mode, closefd, opener)
        self._disk = disk
        self._late: OSError | None = None

    def write(self, data: Any) -> int:
        """As the system does it, one that fails takes half, and the next call hears of it."""
        if self._late is not None:
            late, self._late = self._late, None
            raise late
        try:
            self._disk.ask("write", self.name)
        except OSError as error:
            if len(data) < 2:
                raise
            self._late = error
            return super().write(memoryview(data)[: len(data) // 2])
        return super().write(data)

    def readinto(self, buffer: Any) -> int:
        self._disk.ask("read", self.name)
        return super().readinto(buffer)

    def readall(self) -> bytes:
        self._disk.ask("read", self.name)
        return super().readall()

    def truncate(self, size: int | None = None) -> int:
        self._disk.ask("truncate", self.name)
        return super().truncate(size)

    def close(self) -> None:
        if not self.closed:
            self._disk._descriptors.discard(self.fileno())
        super().close()


@dataclass(frozen=True)
class Run:
    """What came of one run. struck: the operation that failed, "" of the last run; error: how it was told.

    folder: where it ran, there until the next is asked for.
    """

    n: int
    folder: Path
    struck: str
    before: Contents
    after: Contents
    error: CoreError | None
    result: Any = None

    @property
    def strays(self) -> list[str]:
        """Unfinished files left behind: only what could not be removed may be."""
        removal = self.struck.startswith(("unlink", "list"))
        return [] if removal else [name for name in self.after if ".part" in name]


def tried(
    folder: Path, set_up: Callable[[Path], object], run: Callable[[Path], object], kind: Kind, every: int = 1
) -> Iterator[Run]:
    """Every run of `run` on a folder that `set_up` filled, one for each operation that can fail, or for each
    `every`-th of them from the first on.

    The last met no fault. What is neither a result nor a CoreError is the program's fault and is raised with
    the operation that led to it.
    """
    for n in itertools.count(1, every):
        assert n < MOST, f"still failing at operation {n}"
        here = folder / f"{kind}-{n}"
        here.mkdir(parents=True)
        set_up(here)
        before, error, result = contents(here), None, None
        with Disk(here, n, kind) as disk:
            try:
                result = run(here)
            except CoreError as told:
                error = told
            except BaseException as fault:
                fault.add_note(f"after {kind} of operation {n}: {disk.struck}")
                raise
        yield Run(n, here, disk.struck, before, contents(here), error, result)
        shutil.rmtree(here)
        if not disk.struck:
            return


def contents(folder: Path) -> Contents:
    """All that lies below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def check_whole(runs: list[Run]) -> None:
    """Every file is as it was or as the run without a fault made it, and a failure is told."""
    *struck, last = runs
    assert not last.struck
    assert last.error is None, last.error
    assert struck, "nothing could fail"
    for run in struck:
        about = f"operation {run.n}, {run.struck}: {run.error or run.result}"
        assert not run.strays, about
        kept = {name: data for name, data in run.after.items() if ".part" not in name}
        for name in {*kept, *run.before}:
            states = [state.get(name, GONE) for state in (run.before, last.after)]
            assert kept.get(name, GONE) in states, f"{name} is neither old nor new after {about}"
        if run.error is None and not run.result:
            assert kept == last.after, f"nothing was said of {about}"
