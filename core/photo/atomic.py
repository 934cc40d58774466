"""Files appear whole or not at all: written beside, flushed to the disk, then renamed over the old one."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from core.errors import CoreError, InputError


def write_atomic(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a new file and put it in the place of `path`; on failure the old file is untouched.

    A link is followed, so that the file it names is replaced and not the link. An existing file keeps its
    permissions. Raises InputError for a place that can't be written to, CoreError for a disk that gives out;
    what `write` itself raises passes through (an OSError of it counts as the disk's).
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        _check_place(target)
        try:
            with part.open("xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise explain_write(error, path) from error


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
