"""Small pictures of the files opened before, one for each in the cache folder, made in a worker's thread."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import platformdirs
from PIL import Image
from PySide6.QtGui import QImage

from core.errors import CoreError
from core.photo.files.atomic import write_atomic
from core.photo.files.formats import PROJECT
from core.photo.photo import Photo

PNG = ".png"


class Thumbnails:
    """A folder of PNGs of 256 pixels at most, each named by its file and by when that was changed last.

    A picture's is made while it is open; a project carries its own.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: the platform's own place when None."""
        self._folder = folder or platformdirs.user_cache_path("palimpsest") / "recent"

    def find(self, path: Path) -> QImage | None:
        """That of a file, as it is or was at last; None where there is none."""
        with suppress(OSError):
            kept = self._kept(path)
            if not kept.exists() and path.suffix.lower() == PROJECT:
                self._write(path, kept, _of_project(path))
        with suppress(OSError):
            for kept in self._folder.glob(f"{_key(path)}-*{PNG}"):
                image = QImage(str(kept))
                return None if image.isNull() else image
        return None

    def keep(self, path: Path, photo: Photo) -> None:
        """Make that of a picture that was opened, unless it is there."""
        from core.document.composite import Composite
        from core.project.ora.pictures import thumbnail

        with suppress(OSError):
            kept = self._kept(path)
            if not kept.exists():
                self._write(path, kept, thumbnail(photo, Composite(photo)))

    def forget_others(self, names: tuple[str, ...]) -> None:
        """Delete what belongs to none of these files."""
        known = {_key(Path(name)) for name in names}
        with suppress(OSError):
            for kept in self._folder.iterdir():
                if kept.name.partition("-")[0] not in known:
                    kept.unlink()

    def _kept(self, path: Path) -> Path:
        """Where that of a file as it is now lies. OSError if the file is gone."""
        return self._folder / f"{_key(path)}-{path.stat().st_mtime_ns}{PNG}"

    def _write(self, path: Path, kept: Path, pixels: np.ndarray | None) -> None:
        if pixels is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for older in self._folder.glob(f"{_key(path)}-*{PNG}"):
            older.unlink(missing_ok=True)
        with suppress(CoreError):  # a full disk: it is only a picture the less
            write_atomic(kept, lambda file: Image.fromarray(pixels).save(file, "PNG"))


def _key(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _of_project(path: Path) -> np.ndarray | None:
    """What a project carries; None if it can't be read."""
    from core.project.ora.archive import Archive
    from core.project.ora.parts import THUMBNAIL

    with suppress(CoreError), Archive(path) as archive:
        small = archive.picture(THUMBNAIL)
        return small.pixels if small.alpha is None else np.dstack([small.pixels, small.alpha])
    return None
