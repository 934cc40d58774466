"""Which folder a file dialog begins in."""

import os
from pathlib import Path

from core.edit.words.small_world import is_sample
from editor.settings import Store


class Places:
    """The folder of what is open; else the one that was used last, in an earlier window too."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def used(self, path: Path) -> None:
        """A file was opened from or written to there. What came with the program is nobody's own place."""
        if not is_sample(path):
            self._store.update(folder=str(path.parent))

    def beside(self, *files: Path | None) -> Path:
        """The folder of the first of these files that is there and is no sample."""
        own = (file.parent for file in files if file is not None and not is_sample(file))
        return next(own, None) or self._last

    @property
    def _last(self) -> Path:
        """Where a file was opened or saved last, while that folder is there."""
        folder = self._store.settings.folder
        return Path(folder) if os.path.isdir(folder) else Path.home()  # noqa: PTH112 - any name
