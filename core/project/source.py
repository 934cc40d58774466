"""Where a document comes from: its photo, with a copy beside the work for when that is gone; its project."""

import hashlib
import os
import re
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from core.errors import CoreError, InputError
from core.photo.files.export import export_photo
from core.photo.files.open import open_photo
from core.photo.photo import Photo
from core.project.stored import PhotoSource, SavedAs

COPY = "photo"  # name of the copy, without its ending
PLAIN = re.compile(r"\.[a-z0-9]{1,8}")


def keep(photo: Photo, path: Path | None, folder: Path) -> PhotoSource:
    """Keep in `folder` what `photo` was opened from.

    path  of its file; None for a pasted picture. Of one that is gone or another by now the pixels are
          written, with everything that is known of its file. CoreError when they can't be.
    """
    kept = None if path is None else _copied(path, folder, photo)
    if kept is None:
        kept = folder / f"{COPY}.{'tiff' if photo.deep is not None else 'png'}"
        export_photo(kept, photo.pixels, photo, edited=False, deep=photo.deep)
    return PhotoSource(
        "" if path is None else os.fspath(path), photo.name, kept.name, _sha256(kept), photo.digest
    )


def opened(source: PhotoSource, folder: Path) -> Photo:
    """The photo again, from its own file if that is still the same, else from the copy. InputError if neither
    gives the very pixels.
    """
    for path in (Path(source.path) if source.path else None, folder / source.copy):
        if path is None:
            continue
        with suppress(CoreError, OSError):
            if _sha256(path) == source.file:
                photo = open_photo(path)
                if photo.digest == source.photo:
                    return replace(photo, name=source.name)
    raise InputError(
        f"The photo “{source.name}” can't be found as it was.", "Its file was changed or removed meanwhile."
    )


def saved_as(path: Path) -> SavedAs | None:
    """A project's file as it is now; None without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return SavedAs(os.fspath(path), found.st_mtime_ns, found.st_size)


def changed_since(saved: SavedAs) -> bool:
    """Somebody has written that file since; not so if it has gone."""
    return saved_as(Path(saved.path)) not in (saved, None)


def _copied(path: Path, folder: Path, photo: Photo) -> Path | None:
    """A copy of the file, which may be written over in place at any time; None if it is not that photo."""
    ending = path.suffix.lower()
    kept = folder / f"{COPY}{ending if PLAIN.fullmatch(ending) else '.bin'}"
    with suppress(CoreError, OSError):
        shutil.copyfile(path, kept)
        if open_photo(kept).digest == photo.digest:
            return kept
    return None


def _sha256(path: Path) -> str:
    """Of a file's bytes, as hex. OSError if it can't be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
