"""Pictures in and out: files, samples, clipboard; and the question before work is lost."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.document.commands import update_draft
from core.edit.words.small_world import is_sample
from core.photo.files.formats import OPENED, PROJECT
from core.photo.photo import Photo
from core.project.journal import Snapshot
from editor.banner import Banner, Kind
from editor.canvas.offer import files_in
from editor.document.document import Document
from editor.flows.files.carried import Carried, CarriedSettings, with_settings
from editor.flows.files.clipboard import photo_in
from editor.flows.files.exports import Exports
from editor.flows.files.opening import Opening
from editor.flows.files.places import Places
from editor.flows.files.projects import Projects
from editor.flows.files.recent import Recent
from editor.flows.files.samples import EXAMPLE, WORDS, samples
from editor.flows.files.unfiled import question, quitting, what_is_lost
from editor.settings import Store
from editor.tasks import Tasks
from resources import samples_folder

if TYPE_CHECKING:
    from core.project.ora.read import Project

T = TypeVar("T")
PICTURES = " ".join(f"*{ending}" for ending in (*OPENED, PROJECT))


class Files(QObject):
    """Reading and writing happen in the background; the document changes when they are done.

    opened  a picture is in the window now
    closed  none is any more
    left    it goes, and what of it no file holds is saved or given up
    sample  it is one of those that came with the program
    """

    opened = Signal(Photo)
    closed = Signal()
    left = Signal()
    SAVE, DISCARD = QMessageBox.StandardButton.Save, QMessageBox.StandardButton.Discard

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        store: Store,
        banner: Banner,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self.opening = Opening(tasks, self)
        self._banner, self._window = banner, window
        self._places = Places(store)
        self.projects = Projects(document, tasks, banner, lambda: self._path, self._places, window)
        self.exports = Exports(
            document, tasks, store, banner, lambda: self._path, self.folder, self._places, window
        )
        self.carried = Carried(document, banner, self)
        self.recent = Recent(store, banner, self.open_path, self)
        self.projects.saved.connect(self._remember)
        self._path: Path | None = None  # of the opened picture
        self._said = ("", "")  # when the picture was asked for that is shown or read
        self.sample = False

    @property
    def path(self) -> Path | None:
        """Of the opened picture's own file; None for one that was pasted."""
        return self._path

    def folder(self) -> Path:
        """Where a file dialog begins: beside the picture or its project, else where one was used last."""
        return self._places.beside(self._path, self.projects.path)

    def restore(
        self, photo: Photo, path: Path | None, snapshot: Snapshot, project: Path | None = None
    ) -> None:
        """Show a photo with everything that was made of it. project: what Save writes, if it was one."""
        self._begin(path)
        if project is not None:
            self.projects.adopt(project)
        self._document.restore(photo, snapshot, saved=None if project is None else False)
        self.opened.emit(photo)
        if project is not None:
            self.projects.tell(project)

    def open(self) -> None:
        """Ask for a picture or a project and open it."""
        title, kinds = (
            self.tr("Open Picture"),
            self.tr("Pictures and projects ({kinds})").format(kinds=PICTURES),
        )
        name, _ = QFileDialog.getOpenFileName(
            self._window, title, str(self.folder()), f"{kinds};;{self.tr('All files (*)')}"
        )
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Open a picture or a project, after asking about work that no file holds."""
        self.leave(partial(self._read, path.absolute()))

    def open_sample(self, name: str = "") -> None:
        """Open a sample by its file name; without one, that of the examples in the prompt fields."""
        names = [path.name for path in samples()]
        if name or names:
            self.open_path(samples_folder() / (name or (EXAMPLE if EXAMPLE in names else names[0])))

    def drop(self, data: QMimeData) -> None:
        """Files or a picture let go over the window: the first is opened."""
        self._take(data)
        if len(files_in(data)) > 1:
            self._banner.notice(self.tr("Only the first of the dropped files was opened."))

    def paste(self) -> None:
        """Open what is on the clipboard: a file or a picture."""
        data = QGuiApplication.clipboard().mimeData()  # None: offscreen, and never filled
        if data is None or not self._take(data):
            bar = self._banner.notice(self.tr("There is no picture on the clipboard."))
            bar.until(QGuiApplication.clipboard().dataChanged).until(self.opened)

    def _take(self, data: QMimeData) -> bool:
        """Open the file or the picture that is held out; False when there is neither."""
        files = files_in(data)
        read = None if files else photo_in(data)
        if files:
            self.open_path(files[0])
        elif read is not None:
            self.leave(partial(self._bring, read, partial(self._show, path=None)))
        return bool(files) or read is not None

    @property
    def safe(self) -> bool:
        """Nothing is lost when this picture is closed."""
        return not self._document.modified

    def leave(self, go: Callable[[], object], *stops: str) -> None:
        """`go`, once nothing is lost by it: what no file holds is saved as a project, or given up. That is
        asked once, whatever comes of a run meanwhile. stops: sentences about what else ends by it.
        """
        lost = () if self.safe else (what_is_lost(self._document.lacks),)
        if not (lost or stops):
            go()
            return
        match self.ask("\n\n".join((*lost, *stops))):
            case self.SAVE:
                self._save_and(go)
            case self.DISCARD:
                self._go(go)

    def _save_and(self, go: Callable[[], object]) -> None:
        """Save, and again what was drawn while the file was written."""
        self.projects.save(lambda: self._go(go) if self.safe else self._save_and(go))

    def _go(self, go: Callable[[], object]) -> None:
        self.left.emit()
        go()

    def ask(self, text: str) -> QMessageBox.StandardButton:
        """Save, where there is something to save, discard, or stay?"""
        ask = quitting if self.safe else question
        return QMessageBox.StandardButton(ask(text, self._window).exec())

    def close(self) -> None:
        """Leave the picture for the empty window, after asking about work that no file holds."""
        self.leave(self._close)

    def _close(self) -> None:
        self._banner.clear(Kind.NOTICE)
        self._begin(None)
        self._document.close()
        self._document.adjust(update_draft(reference="", query=""))  # they were that picture's
        self.closed.emit()

    def _read(self, path: Path) -> None:
        self._banner.clear(Kind.NOTICE)  # they spoke of what was there before
        if path.suffix.lower() == PROJECT:
            self._bring(partial(_project, path), partial(self._show_project, path), path)
            return

        def show(found: tuple[Photo, CarriedSettings | None]) -> None:
            photo, settings = found
            self._show(photo, path, settings)

        self._bring(partial(with_settings, path), show, path)

    def _bring(self, read: Callable[[], T], show: Callable[[T], object], path: Path | None = None) -> None:
        """Read a picture and show it; not over what was done meanwhile, such as an edit that was finished."""
        there = self._there
        self._said = self._words

        def done(found: T) -> None:
            if self._there == there:
                show(found)
            else:
                self.leave(partial(show, found))

        self.opening.start(read, done, self._banner.error, path)

    @property
    def _there(self) -> tuple[int, frozenset[str]]:
        """What tells whether there is more to lose by another picture than a while ago."""
        return self._document.revision, self._document.pending.choice.ids

    def _begin(self, path: Path | None) -> None:
        """Another picture is about to be shown."""
        self.carried.close()
        self.exports.forget()
        self.projects.forget()
        self._path = path
        self.sample = is_sample(path)

    def _show_project(self, path: Path, project: "Project") -> None:
        """One that couldn't be read whole is never written over: Save asks for a name."""
        self._begin(project.path)
        whole = not project.notices
        if whole:
            self.projects.adopt(path)
        self._document.restore(project.photo, project.snapshot, saved=whole or None)
        self._remember(path)
        self.opened.emit(project.photo)
        for sentence in project.notices:
            self._banner.notice(sentence)
        if whole:
            self.projects.tell(path)

    def _show(self, photo: Photo, path: Path | None, settings: CarriedSettings | None = None) -> None:
        """settings: that it carries."""
        self._say(path)
        self._begin(path)
        self._feather(photo)
        self._document.open(photo)
        if path is not None and not self.sample:
            self._remember(path, photo)
        self.opened.emit(photo)
        if settings is not None:
            self.carried.ask(settings)
        if photo.notices:
            self._banner.notice(photo.notices[0], " ".join(photo.notices[1:]))

    def _remember(self, path: Path, photo: Photo | None = None) -> None:
        """It was opened or saved."""
        self.recent.add(path, photo)
        self._places.used(path)

    @property
    def _words(self) -> tuple[str, str]:
        draft = self._document.state.draft
        return draft.reference.strip(), draft.query.strip()

    def _say(self, path: Path | None) -> None:
        """Words belong to the picture that they were written for; a sample brings some: one click edits it.

        Those that were there before any picture are this one's, and so are those typed while it was read.
        """
        again = path is not None and path == self._path
        first = self._document.state.photo is None
        if any(self._words) and (again or first or self._words != self._said):
            return
        there, wanted = WORDS.get(path.name, ("", "")) if path is not None and is_sample(path) else ("", "")
        self._document.adjust(update_draft(reference=there, query=wanted))

    def _feather(self, photo: Photo) -> None:
        """A feather that fits the picture's size, unless the user has set one."""
        from core.photo.masks.mask import default_feather

        before, draft = self._document.state.photo, self._document.state.draft
        if before is None or draft.feather == default_feather(before.size):
            self._document.adjust(update_draft(feather=default_feather(photo.size)))


def _project(path: Path) -> "Project":
    from core.project.ora.read import open_project

    return open_project(path)
