"""Files appear whole or not at all: written beside, flushed to the disk, then renamed over the old one."""

import errno
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.errors import CoreError, InputError

if sys.platform != "win32":  # which has no such locks, nor lets anyone remove a file that is open
    import fcntl

PART = re.compile(r"\.palimpsest-[0-9a-f]{12}\.part")
STALE = 24 * 3600.0  # seconds without a write after which a part that can't be locked is nobody's
ROOM = 1 << 16  # bytes that a disk with any room left takes


def write_atomic(path: Path, write: Callable[[BinaryIO], object], *, keep: bool = False) -> None:
    """Let `write` fill a new file and put it in the place of `path`; on failure the old file is untouched.

    keep  the file that is there stays beside the new one, as `kept_as` says; one kept before is never
          replaced, so that what was there first survives any number of writes

    A link is followed, so that the file it names is replaced and not the link. An existing file keeps its
    permissions. What killed writers left in the folder is swept. Raises InputError for a place that can't be
    written to, CoreError for a disk that gives out; what `write` itself raises passes through (an OSError of
    it counts as the disk's).
    """
    target = real(path)
    try:
        _check_place(target)
        _sweep(target.parent)
        with _part(target) as (part, file):
            write(file)
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, part)
                if keep:
                    _keep(target)
            if sys.platform == "win32":
                file.close()  # it renames no open file
            part.replace(target)
    except OSError as error:
        raise explain_write(error, path) from error


def kept_as(path: Path) -> Path:
    """Where `write_atomic` keeps the file that it replaces: `name~`, beside what a link leads to."""
    target = real(path)
    return target.with_name(f"{target.name}~")


def same_file(path: Path, other: Path) -> bool:
    """By whatever names: links, or letters of another case where the disk makes no difference."""
    if path.exists() and other.exists():
        return path.samefile(other)
    return real(path) == real(other)


def check_writable(path: Path) -> None:
    """Raise now what `write_atomic` would raise for this path later: a file beside it is tried.

    So a place that isn't allowed or has no room is known before an hour of computing, not after.
    """
    target = real(path)
    try:
        _check_place(target)
        with _part(target) as (_, file):
            file.write(bytes(ROOM))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise explain_write(error, path) from error


def real(path: Path) -> Path:
    """Where a path leads; of links in a circle, which `Path.resolve` raises over, one of them."""
    return Path(os.path.realpath(path))


def explain_write(error: OSError, path: Path) -> CoreError:
    """The sentence for an operating system's refusal to write `path`."""
    name, folder = f"“{path.name}”", f"“{path.parent}”"
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return InputError(f"{name} can't be written: there is no folder {folder}.", "Choose another.")
        case errno.EISDIR:
            return InputError(f"“{path}” is a folder.", "Add a file name.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return InputError(f"You are not allowed to write {name} in {folder}.", "Choose another place.")
        case errno.ENAMETOOLONG:
            return InputError(f"The file name {name} is too long.", "Choose a shorter one.")
        case errno.ENOSPC | errno.EDQUOT:
            return CoreError(f"{name} was not written: the disk is full.", "Free some space and try again.")
        case _:
            return CoreError(f"{name} was not written: {error.strerror or error}.", "Try another place.")


def _check_place(target: Path) -> None:
    """Renaming could replace what the user protected from writing: refuse it as plain writing would."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _keep(target: Path) -> None:
    """A second name costs no time and no room; where the disk has none, a copy."""
    kept = kept_as(target)
    if kept.exists():
        return
    with suppress(OSError):
        os.link(target, kept)
        return
    with target.open("rb") as old:
        write_atomic(kept, lambda file: shutil.copyfileobj(old, file))
    shutil.copystat(target, kept)


@contextmanager
def _part(target: Path) -> Generator[tuple[Path, BinaryIO]]:
    """A new file beside `target`, gone at the end unless renamed; locked, so that nobody else sweeps it."""
    while True:
        part = target.with_name(f".palimpsest-{os.urandom(6).hex()}.part")
        with part.open("x+b") as file:
            try:
                _lock(file, wait=True)  # for a sweep that came between
                if _is(part, file):
                    yield part, file
                    return
            finally:
                if sys.platform == "win32":
                    file.close()
                with suppress(OSError):  # the next write sweeps it; renamed, it isn't there
                    part.unlink(missing_ok=True)


def _lock(file: BinaryIO, *, wait: bool) -> bool | None:
    """Whether the file is this process's alone until it closes it; None where the disk has no locks."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is(path: Path, file: BinaryIO) -> bool:
    """Whether the path still leads to the open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _sweep(folder: Path) -> None:
    """Remove the parts of killed writers, whose locks ended with them. What can't be removed stays.

    Where the disk has no locks, those that nobody has written to for a day.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for part in [Path(entry.path) for entry in entries if PART.fullmatch(entry.name)]:
            with suppress(OSError):
                _remove(part)


def _remove(part: Path) -> None:
    with part.open("rb+") as file:
        mine = _lock(file, wait=False)
        if mine is None:
            mine = time.time() - part.stat().st_mtime > STALE
        if sys.platform == "win32":
            file.close()
        if mine:
            part.unlink()  # still locked: a writer that is about to lock it sees that it is gone
