"""Every command of the document is on disk within a second, written by a thread of its own."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.errors import CoreError
from core.photo.photo import Photo
from core.project.journal import Journal, Snapshot
from core.project.recovery import Session
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.log import fault

PAUSE = 0.2  # seconds in which quick changes are gathered
GRACE = 10.0  # seconds that the last write is waited for on closing
HEARD = What.PHOTO | What.HISTORY | What.DRAFT

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Wanted:
    """What the disk should hold: a document at its n-th change; nothing where that has no photo."""

    photo: Photo | None
    path: Path | None
    project: Path | None
    now: Snapshot
    number: int


class Autosave(QObject):
    """One journal for the picture that is open; another picture begins another, and a picture that is closed
    has none.

    kept    the journal holds everything up to the n-th change
    failed  it couldn't be written: said once, until it can be again
    """

    kept = Signal(int)
    failed = Signal(CoreError)

    def __init__(
        self,
        document: Document,
        root: Path,
        limit: int,
        path: Callable[[], Path | None],
        project: Callable[[], Path | None],
        parent: QObject,
    ) -> None:
        """root: `core.project.recovery.home`; limit: bytes of a journal; path: of the picture's own file;
        project: of the project that Save writes.
        """
        super().__init__(parent)
        self._document, self._root, self._path = document, root, path
        self._project = project
        self.limit = limit
        self._number = 0
        self._wanted: _Wanted | None = None
        self._ending = self._drop = False
        self._told = False  # that it couldn't be written
        self._news = threading.Condition()
        self._writer = _Writer(root)
        self._thread: threading.Thread | None = None
        document.changed.connect(self._hear)
        document.pending.ordersChanged.connect(self._note)
        document.pending.choiceChanged.connect(self._note)

    @property
    def number(self) -> int:
        """How many changes there were."""
        return self._number

    @property
    def nbytes(self) -> int:
        """What the journal takes on the disk."""
        return self._writer.nbytes

    def close(self, *, drop: bool) -> bool:
        """Write what is left, and end; `drop`: nothing of it is needed. Whether the thread has ended."""
        if not self._ending:
            self._document.changed.disconnect(self._hear)
            self._document.pending.ordersChanged.disconnect(self._note)
            self._document.pending.choiceChanged.disconnect(self._note)
            with self._news:
                self._ending, self._drop = True, drop
                self._news.notify()
        if self._thread is None:
            return True
        self._thread.join(GRACE)
        return not self._thread.is_alive()

    def _hear(self, change: Changed) -> None:
        if change.what & HEARD:
            self._note()

    def _note(self) -> None:
        """The disk shall hold what there is now."""
        photo = self._document.state.photo
        if photo is None and self._thread is None:
            return
        with self._news:
            self._number += 1
            places = self._path(), self._project()
            self._wanted = _Wanted(photo, *places, self._document.snapshot(), self._number)
            self._news.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="autosave", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (wanted := self._next()) is not None:
            self._write(wanted)
            del wanted  # or a picture that was closed would stay for as long as nothing is done to the next
        self._writer.close(drop=self._drop)

    def _write(self, wanted: _Wanted) -> None:
        try:
            self._writer.write(wanted, self.limit)
        except Exception as error:
            log.warning("the journal can't be written", exc_info=True)
            if not self._told:
                self.failed.emit(error if isinstance(error, CoreError) else fault(error))
            self._told = True
        else:
            self._told = False
            self.kept.emit(wanted.number)

    def _next(self) -> _Wanted | None:
        """The newest change, once the quick ones after it are in; None at the end."""
        with self._news:
            self._news.wait_for(lambda: self._wanted is not None or self._ending)
            self._news.wait_for(lambda: self._ending, PAUSE)
            wanted, self._wanted = self._wanted, None
            return None if self._drop else wanted


class _Writer:
    """The thread's half: the journal of the picture that is open."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._photo: Photo | None = None
        self._session: Session | None = None
        self._journal: Journal | None = None

    @property
    def nbytes(self) -> int:
        journal = self._journal
        return 0 if journal is None else journal.nbytes

    def write(self, wanted: _Wanted, limit: int) -> None:
        """CoreError if it can't be written; the next call tries again."""
        from core.project.source import keep, saved_as

        if wanted.photo is None:
            self.close(drop=True)
            return
        if self._photo is not wanted.photo or self._journal is None:
            session = Session.begin(self._root)
            try:
                source = keep(wanted.photo, wanted.path, session.folder)
            except BaseException:
                session.discard()
                raise
            self.close(drop=True)
            self._session, self._photo = session, wanted.photo
            self._journal = Journal(session.folder, source, limit)
        self._journal.limit = limit
        self._journal.write(wanted.now, None if wanted.project is None else saved_as(wanted.project))

    def close(self, *, drop: bool) -> None:
        """The end of this picture's journal; `drop`: it isn't needed any more."""
        if self._journal is not None:
            self._journal.close()
        if self._session is not None:
            (self._session.discard if drop else self._session.release)()
        self._journal = self._session = self._photo = None
