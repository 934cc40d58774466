"""The submenus of pictures: those opened before, and those that came with the program."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from editor.settings import Settings, Store
from resources import samples_folder


class PictureMenus(QObject):
    """Filled as they open, since other windows and programs change what is there.

    open_path, open_sample  what a picture of the one and of the other is opened with
    """

    def __init__(
        self,
        store: Store,
        open_path: Callable[[Path], None],
        open_sample: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store, self._open_path, self._open_sample = store, open_path, open_sample

    def fill_recent(self, menu: QMenu) -> None:
        """The files opened before that are still there; those that are gone are forgotten."""
        menu.clear()
        self._store.change(_still_there)
        there = self._store.settings.recent
        for name in there:
            action = menu.addAction(Path(name).name, partial(self._open_path, Path(name)))
            action.setToolTip(name)
        menu.addSeparator()
        clear = menu.addAction(self.tr("Clear List"), lambda: self._store.update(recent=()))
        clear.setEnabled(bool(there))

    def fill_samples(self, menu: QMenu) -> None:
        """The pictures that came with the program, named by what they show."""
        menu.clear()
        for path in samples():
            menu.addAction(path.stem.replace("-", " ").capitalize(), partial(self._open_sample, path.name))
        if menu.isEmpty():
            menu.addAction(self.tr("No samples are installed")).setEnabled(False)


def samples() -> list[Path]:
    """The sample pictures, by name."""
    folder = samples_folder()
    return (
        sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg"))
        if folder.is_dir()
        else []
    )


def _still_there(now: Settings) -> dict[str, object]:
    """The recent files that have not gone since, whichever window opened them."""
    return {"recent": tuple(name for name in now.recent if os.path.isfile(name))}  # noqa: PTH113 - any name
