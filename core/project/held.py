"""Which window a project belongs to: the first that opened it, until that lets go of it or ends."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import filelock
import platformdirs

from core.photo.files.atomic import real


def home() -> Path:
    """Where the locks lie: a project's own folder may be read-only, or a network's."""
    return platformdirs.user_data_path("palimpsest") / "projects"


class Held:
    """A project that is this window's alone."""

    def __init__(self, path: Path, lock: filelock.BaseFileLock) -> None:
        self.path, self._lock = path, lock

    @staticmethod
    def take(path: Path) -> "Held | None":
        """None while another window has it, by whatever name, and where nothing can be locked."""
        name = hashlib.sha256(os.fsencode(real(path))).hexdigest()
        with suppress(OSError):  # a Timeout is one
            home().mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(home() / f"{name}.lock")
            lock.acquire(blocking=False)
            return Held(path, lock)
        return None

    def release(self) -> None:
        """Others may have it."""
        self._lock.release()
