"""Pictures in and out: files, samples, clipboard; and the question before work is lost."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

from core.document.commands import update_draft
from core.document.layer import shown
from core.document.recipe import named, reuse, taken
from core.document.state import State
from core.edit.generation import Generation
from core.edit.request import EditRequest
from core.edit.small_world import is_sample
from core.errors import InputError
from core.photo.formats import EXPORTS, OPENED, PROJECT
from core.photo.photo import Photo
from core.project.journal import Snapshot
from editor.banner import Banner, Bar, Kind
from editor.canvas.offer import files_in
from editor.document.document import Document, What
from editor.flows.files.clipboard import data_of, packed, photo_in
from editor.flows.files.opening import Opening
from editor.flows.files.places import Places
from editor.flows.files.projects import Projects
from editor.flows.files.recent import Recent
from editor.flows.files.samples import EXAMPLE, WORDS, samples
from editor.settings import Store
from editor.tasks import Tasks
from resources import samples_folder

if TYPE_CHECKING:
    from core.project.ora.read import Project

T = TypeVar("T")
PICTURES = " ".join(f"*{ending}" for ending in (*OPENED, PROJECT))


class Files(QObject):
    """Reading and writing happen in the background; the document changes when they are done.

    opened   a picture is in the window now;  offered: it is asked whether its own settings are wanted
    wanted   it is to be exported or copied as it is seen
    sample   it is one of those that came with the program
    """

    opened = Signal(Photo)
    offered = Signal(Bar)
    wanted = Signal()
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
        self._document, self._tasks, self._store = document, tasks, store
        self.opening = Opening(tasks, self)
        self._banner, self._window = banner, window
        self._places = Places(store)
        self.projects = Projects(document, tasks, banner, lambda: self._path, self._places, window)
        self.recent = Recent(store, banner, self.open_path, self)
        self.projects.saved.connect(self._remember)
        self._path: Path | None = None  # of the opened picture
        self._exported: tuple[Path, int, bool, bool] | None = None  # where, the quality, what it carries
        self._said = ("", "")  # when the picture was asked for that is shown or read
        self._offered: Bar | None = None  # the recipe of the opened picture
        self.sample = False

    @property
    def path(self) -> Path | None:
        """Of the opened picture's own file; None for one that was pasted."""
        return self._path

    @property
    def offer(self) -> Bar | None:
        """The question whether the opened picture's own settings are wanted, while it is asked."""
        return self._offered

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

    def copy(self) -> None:
        """Put the picture with its edits on the clipboard, once it is packed."""
        self.wanted.emit()
        composite = self._document.composite
        if composite is None:
            return

        def put(made: tuple[bytes, QImage]) -> None:
            QGuiApplication.clipboard().setMimeData(data_of(*made))

        self._tasks.start(lambda: packed(composite.photo()), put, self._banner.error)

    def export(self) -> None:
        """Ask where and how, and write the picture."""
        self.wanted.emit()
        photo = self._document.state.photo
        if photo is None:
            return
        from editor.flows.files.export_dialog import ExportDialog

        settings = self._store.settings
        recipe = settings.keep_recipe if request_of(self._document.state) else None
        dialog = ExportDialog(
            self._suggestion(photo),
            settings.quality,
            self._window,
            recipe=recipe,
            parameters=settings.keep_parameters,
            original=self._path,
        )
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._store.update(quality=dialog.quality)
            if recipe is not None:
                carries = {"recipe": dialog.recipe.isChecked(), "parameters": dialog.parameters.isChecked()}
                self._store.update(**{f"keep_{name}": kept for name, kept in carries.items()})
            self.export_to(
                dialog.path,
                dialog.quality,
                recipe=dialog.recipe.isChecked(),
                parameters=dialog.parameters.isChecked(),
            )
        dialog.deleteLater()

    def export_again(self) -> None:
        """To the same file in the same way; asks the first time."""
        if self._exported is None:
            self.export()
        else:
            path, quality, recipe, parameters = self._exported
            self.export_to(path, quality, recipe=recipe, parameters=parameters)

    def export_to(
        self,
        path: Path,
        quality: int,
        *,
        recipe: bool = False,
        parameters: bool = False,
    ) -> None:
        """Write the picture as shown; the name's ending says the format. recipe: the file carries it.

        parameters: it also carries prompt and settings as other programs write them.

        The opened file itself is replaced only once it is kept beside, as it was first.
        """
        self.wanted.emit()
        request = request_of(self._document.state)
        composite, opened = self._document.composite, self._path
        if composite is None:
            return

        def write() -> list[str]:
            from core.edit.a1111 import line
            from core.photo.atomic import same_file
            from core.photo.export import export_photo

            photo = composite.photo()
            keep = opened is not None and same_file(path, opened)
            return export_photo(
                path,
                photo.pixels,
                photo,
                quality=quality,
                edited=not composite.is_photo,
                recipe=request.to_json().decode() if recipe and request else None,
                parameters=line(request, photo.size) if parameters and request else None,
                deep=photo.deep,
                keep=keep,
            )

        def done(notices: list[str]) -> None:
            self._exported = (path, quality, recipe, parameters)
            self._places.used(path)
            if self._document.composite is composite:  # not if it was edited while the disk was busy
                self._document.mark_exported()
            self._banner.clear(Kind.ERROR)  # of an earlier try
            bar = self._banner.written(self.tr("Exported: {name}"), path, *notices)
            bar.until(self._document.changed, lambda change: bool(change.what & What.PICTURE))

        self._tasks.write(write, done, self._banner.error)

    @property
    def safe(self) -> bool:
        """Nothing is lost when this picture is closed."""
        document = self._document
        unfinished = document.orders_modified or document.choice_modified
        return not (document.modified or document.mask_modified or unfinished)

    def leave(self, go: Callable[[], object]) -> None:
        """`go`, once nothing is lost by it: what no file holds is saved as a project, or given up."""
        if self.safe:
            go()
            return
        edits, mask = self._document.modified, self._document.mask_modified
        if self.projects.path is not None:
            text = self.tr("The project has changed since it was saved.")
        elif edits and mask:
            text = self.tr("The edits of this picture and the mask that you painted are in no file yet.")
        elif edits:
            text = self.tr("The edits of this picture are in no file yet.")
        elif mask:
            text = self.tr("The mask that you painted is in no file yet.")
        elif self._document.choice_modified:
            text = self.tr("Variants that you haven't chosen from are in no file yet; a project keeps them.")
        else:
            text = self.tr("Edits of this picture wait in the queue; a project keeps them.")
        match self.ask(text):
            case self.SAVE:
                self.projects.save(partial(self.leave, go))  # asks again about what was done meanwhile
            case self.DISCARD:
                go()

    def ask(self, text: str) -> QMessageBox.StandardButton:
        """Save, discard, or stay?"""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Unsaved work"))
        box.setText(text)
        box.setInformativeText(self.tr("Discarding can't be undone."))
        box.setStandardButtons(self.SAVE | self.DISCARD | QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(self.SAVE)
        return QMessageBox.StandardButton(box.exec())

    def _read(self, path: Path) -> None:
        self._banner.clear(Kind.NOTICE)  # they spoke of what was there before
        if path.suffix.lower() == PROJECT:
            self._bring(partial(_project, path), partial(self._show_project, path), path)
            return

        def read() -> tuple[Photo, EditRequest | Generation | None]:
            from core.edit.carried import generation_in
            from core.edit.report import carried
            from core.photo.files import open_photo

            photo = open_photo(path)
            with suppress(InputError):  # a recipe of a newer version: the picture counts
                if (recipe := carried(photo.xmp)) is not None:
                    return photo, recipe
            return photo, generation_in(photo)

        def show(found: tuple[Photo, EditRequest | Generation | None]) -> None:
            photo, settings = found
            self._show(photo, path, settings)

        self._bring(read, show, path)

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
        return self._document.revision, self._document.choice.ids

    def _offer(self, settings: EditRequest | Generation) -> None:
        """What the picture was drawn with, by this program or another, for this picture or another."""
        if isinstance(settings, Generation):
            told = self.tr("{program} drew this picture: “{prompt}”")
            text = told.format(program=settings.program, prompt=settings.named)
            command, name = taken(settings), self.tr("Use another program's settings")
        else:
            text = self.tr("This picture carries its recipe: {name}").format(name=named(settings))
            command, name = reuse(settings), self.tr("Use a recipe")
        self._offered = self._banner.ask(
            text,
            (
                self.tr("Use these settings"),
                lambda: self._document.apply(command, name, settings=True),
            ),
        )
        self._offered.closed.connect(self._forget_offer)
        self.offered.emit(self._offered)

    def _forget_offer(self) -> None:
        self._offered = None

    def _begin(self, path: Path | None) -> None:
        """Another picture is about to be shown."""
        if self._offered is not None:
            self._offered.close()
        self.projects.forget()
        self._path, self._exported = path, None
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

    def _show(
        self, photo: Photo, path: Path | None, settings: EditRequest | Generation | None = None
    ) -> None:
        """settings: that it carries."""
        self._say(path)
        self._begin(path)
        self._feather(photo)
        self._document.open(photo)
        if path is not None and not self.sample:
            self._remember(path, photo)
        self.opened.emit(photo)
        if settings is not None:
            self._offer(settings)
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
        from core.photo.mask import default_feather

        before, draft = self._document.state.photo, self._document.state.draft
        if before is None or draft.feather == default_feather(before.size):
            self._document.adjust(update_draft(feather=default_feather(photo.size)))

    def _suggestion(self, photo: Photo) -> Path:
        """Beside the opened picture or its project, never the picture itself."""
        if self._exported is not None:
            return self._exported[0]
        name = Path(photo.name or self.tr("picture.png"))
        suffix = name.suffix if name.suffix.lower() in EXPORTS else ".png"
        return self.folder() / f"{name.stem}-{self.tr('edited')}{suffix}"


def _project(path: Path) -> "Project":
    from core.project.ora.read import open_project

    return open_project(path)


def request_of(state: State) -> EditRequest | None:
    """The request of the topmost visible layer: what an export can carry. None without one."""
    requests = [layer.variant.request for layer in shown(state.layers)]
    seen = [request for request in requests if request is not None]
    return seen[-1] if seen else None
