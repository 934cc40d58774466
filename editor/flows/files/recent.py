"""The files opened before: small pictures of them, and which of them are missing."""

import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.photo.photo import Photo
from editor.banner import Banner
from editor.flows.files.thumbnails import Thumbnails
from editor.settings import RECENT, Store, first
from editor.tasks import Tasks
from editor.widgets.recent import RecentFile


class Recent(QObject):
    """The list that all windows share, newest first. Whatever is on a disk is looked at in the background,
    one file after the other: a server that is gone delays nothing but the pictures of the files behind it.

    changed  another file leads the list, or more is known of one
    """

    changed = Signal()

    def __init__(
        self, store: Store, banner: Banner, open_path: Callable[[Path], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._store, self._banner, self._open_path = store, banner, open_path
        self._tasks = Tasks(self)
        self._thumbnails = Thumbnails()
        self._known: dict[str, RecentFile] = {}

    @property
    def files(self) -> tuple[RecentFile, ...]:
        """With what is known of each so far."""
        names = self._store.settings.recent
        twice = Counter(Path(name).name for name in names)
        return tuple(self._file(name, alone=twice[Path(name).name] == 1) for name in names)

    def look(self) -> None:
        """See what there is by now, in other windows too."""
        self._store.change(lambda now: {"recent": now.recent})
        names = self._store.settings.recent
        self._tasks.start(partial(self._thumbnails.forget_others, names), _nothing, self._banner.error)
        for name in names:
            self._tasks.start(partial(self._look, name), self._learn, self._banner.error)
        self.changed.emit()

    def add(self, path: Path, photo: Photo | None = None) -> None:
        """A file was opened. photo: what it showed; None of a project, which carries its own picture."""
        name = str(path)
        self._store.change(lambda now: {"recent": first(name, now.recent, RECENT)})
        recent = self._store.settings.recent

        def keep() -> RecentFile:
            self._thumbnails.forget_others(recent)
            if photo is not None:
                self._thumbnails.keep(path, photo)
            return self._look(name)

        self._tasks.start(keep, self._learn, self._banner.error)
        self.changed.emit()

    def open(self, path: Path) -> None:
        """Open one of them, or say that it is missing."""
        self._tasks.start(partial(self._look, str(path)), self._open, self._banner.error)

    def clear(self) -> None:
        """Forget them all."""
        self._store.update(recent=())
        self._tasks.start(partial(self._thumbnails.forget_others, ()), _nothing, self._banner.error)
        self.changed.emit()

    def close(self) -> bool:
        """Whether everything has ended."""
        return self._tasks.close()

    def _file(self, name: str, *, alone: bool) -> RecentFile:
        known = self._known.get(name, RecentFile(Path(name)))
        path = known.path
        return known if alone else RecentFile(path, known.missing, known.picture, path.parent.name)

    def _look(self, name: str) -> RecentFile:
        """In a worker's thread."""
        there = os.path.isfile(name)  # noqa: PTH113 - any name
        return RecentFile(Path(name), not there, self._thumbnails.find(Path(name)))

    def _learn(self, file: RecentFile) -> None:
        name = str(file.path)
        if self._known.get(name) != file:
            self._known[name] = file
            self.changed.emit()

    def _open(self, file: RecentFile) -> None:
        self._learn(file)
        if not file.missing:
            self._open_path(file.path)
            return
        bar = self._banner.ask(
            self.tr("“{name}” is missing.").format(name=file.path.name),
            hint=self.tr("It is no longer in {folder}, or that can't be reached.").format(
                folder=file.path.parent
            ),
        )
        tip = self.tr("Forget this file among those opened before")
        bar.add(self.tr("Take Off the List"), tip, partial(self._forget, str(file.path)))

    def _forget(self, name: str) -> None:
        self._store.change(lambda now: {"recent": tuple(one for one in now.recent if one != name)})
        self.changed.emit()


def _nothing(_: None) -> None:
    """There is nothing to tell."""
