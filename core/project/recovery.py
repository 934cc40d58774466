"""Where the journals of open documents lie: a folder each, locked by the window that writes it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import filelock
import platformdirs

from core.errors import InputError
from core.photo.files.atomic import explain_write
from core.project.journal import JOURNAL, Recovered, read

LOCK = "lock"


def home() -> Path:
    """Where the platform wants them."""
    return platformdirs.user_data_path("palimpsest") / "recovery"


class Session:
    """One document's folder, while this object holds its lock."""

    def __init__(self, folder: Path, lock: filelock.BaseFileLock) -> None:
        self.folder, self._lock = folder, lock

    @staticmethod
    def begin(root: Path) -> "Session":
        """A new folder. CoreError if there can be none."""
        folder = root / uuid4().hex
        try:
            folder.mkdir(parents=True)
            lock = _lock(folder)
            lock.acquire()
        except OSError as error:
            raise explain_write(error, folder) from error
        return Session(folder, lock)

    def release(self) -> None:
        """Leave the folder as it is, for the next start."""
        self._lock.release()

    def discard(self) -> None:
        """Nobody needs it any more."""
        shutil.rmtree(self.folder, ignore_errors=True)  # on Windows all but the lock
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Unfinished:
    """Work that a window left behind. age: seconds since its last change."""

    session: Session
    work: Recovered
    age: float


def unfinished(root: Path) -> Iterator[Unfinished]:
    """What ended windows left behind, newest first, each locked for the one who asks. What holds nothing that
    could be restored is cleared away.
    """
    try:
        folders = [(path.stat().st_mtime, path) for path in root.iterdir() if path.is_dir()]
    except OSError:
        return
    for _, folder in sorted(folders, reverse=True):
        with suppress(OSError):  # a lock that is held, or a folder that went meanwhile
            lock = _lock(folder)
            lock.acquire(blocking=False)
            session = Session(folder, lock)
            try:
                changed = (folder / JOURNAL).stat().st_mtime
                yield Unfinished(session, read(folder), max(0.0, time.time() - changed))
            except (InputError, OSError):
                session.discard()


def _lock(folder: Path) -> filelock.BaseFileLock:
    return filelock.FileLock(folder / LOCK)
