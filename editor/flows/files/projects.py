"""The open picture as a project: saved, saved under another name, and whose it is."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.document.state import State
from core.errors import CoreError, InputError
from core.photo.files.formats import PROJECT
from core.project.held import Held
from editor.banner import Banner, Kind
from editor.document.changes import What
from editor.document.document import Document
from editor.flows.files.places import Places
from editor.tasks import Tasks

MOST = 100  # names that are tried before one that is taken is proposed


class Projects(QObject):
    """At most one window writes a project: it holds it from opening or the first save on.

    photo      the path of the opened picture's own file, None for a pasted one
    when_kept  does something once the document holds what a stopped edit had reached, if that is asked about
    saved      its file is written
    """

    saved = Signal(Path)

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        banner: Banner,
        photo: Callable[[], Path | None],
        places: Places,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._tasks, self._banner = document, tasks, banner
        self._photo, self._places, self._window = photo, places, window
        self._held: Held | None = None
        self._inside: Path | None = None  # the project that the photo's own file lies in
        self.when_kept: Callable[[Callable[[], object]], object] = lambda go: go()

    @property
    def path(self) -> Path | None:
        """Of the project that Save writes; None before the first time, and of another window's."""
        return None if self._held is None else self._held.path

    def adopt(self, path: Path) -> None:
        """The project at `path` is about to be shown: it is this window's from now on, if it can be."""
        if self.path != path:
            self.forget()
            self._held = Held.take(path)
        self._inside = path

    def tell(self, path: Path) -> None:
        """Say so if the opened project is another window's."""
        if self._held is None:
            self._banner.notice(
                self.tr("“{name}” is open in another window: here it can't be saved.").format(name=path.name),
                self.tr("Save Project As writes what you do here to another file."),
            ).until(self._document.changed, lambda change: bool(change.what & What.PHOTO))

    def forget(self) -> None:
        """What is shown belongs to no project any more, or the window closes."""
        if self._held is not None:
            self._held.release()
        self._held = self._inside = None

    def save(self, then: Callable[[], object] | None = None) -> None:
        """To its own file; asks the first time. `then` runs once it is on disk."""
        if self._held is None:
            self.save_as(then)
        else:
            self.save_to(self._held.path, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask where, and save there from now on."""
        state = self._document.state
        path = None if state.photo is None else self._ask(state)
        if path is not None:
            self.save_to(path, then)

    def save_to(self, path: Path, then: Callable[[], object] | None = None) -> None:
        """Save at `path` from now on."""
        self.when_kept(lambda: self._save_to(path, then))

    def _save_to(self, path: Path, then: Callable[[], object] | None) -> None:
        if self._held is not None and self._held.path == path:
            self._write(self._held, then)
            return
        held = Held.take(path)
        if held is None:
            self._banner.error(
                InputError(
                    self.tr("“{name}” is open in another window.").format(name=path.name),
                    self.tr("Save under another name, or close it there."),
                )
            )
            return
        self._write(held, then)

    def _write(self, held: Held, then: Callable[[], object] | None) -> None:
        photo, now = self._document.state.photo, self._document.snapshot()
        path, opened, inside = held.path, self._photo(), self._inside

        def write() -> None:
            from core.project.ora.write import Origin, save_project

            save_project(path, now, Origin(opened, inside))

        def done(_: None) -> None:
            self.saved.emit(path)
            if self._document.state.photo is not photo:  # another picture by now
                let_go()
                return
            if self._held is not None and self._held is not held:
                self._held.release()
            self._held, self._inside = held, path
            self._document.mark_saved(now)
            self._banner.clear(Kind.ERROR)  # of an earlier try
            bar = self._banner.written(self.tr("Saved: {name}"), path)
            bar.until(self._document.changed, lambda change: bool(change.what & What.HISTORY))
            if then is not None:
                then()

        def let_go() -> None:
            if self._held is not held:
                held.release()

        def failed(error: CoreError) -> None:
            let_go()
            self._banner.error(error)

        self._tasks.write(write, done, failed)

    def _ask(self, state: State) -> Path | None:
        proposed = self._proposed(state)
        dialog = QFileDialog(self._window, self.tr("Save Project As"), str(proposed.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Projects ({kinds})").format(kinds=f"*{PROJECT}"))
        dialog.setDefaultSuffix(PROJECT)
        dialog.selectFile(proposed.name)
        accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
        dialog.deleteLater()
        return Path(dialog.selectedFiles()[0]) if accepted else None

    def _proposed(self, state: State) -> Path:
        """The project itself; else beside it or the photo, under a name that no file has."""
        if self.path is not None:
            return self.path
        folder = self._places.beside(self._inside, self._photo())
        name = "" if state.photo is None else state.photo.name
        stem = (self._inside or Path(name or self.tr("picture"))).stem
        names = (stem, *(f"{stem} {n}" for n in range(2, MOST)))
        paths = [folder / f"{name}{PROJECT}" for name in names]
        return next((path for path in paths if not path.exists()), paths[0])
