"""The picture as it is seen, out of the window: exported to a file, or copied."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QDialog, QWidget

from core.document.layer import shown
from core.document.state import State
from core.edit.request import EditRequest
from core.photo.files.formats import EXPORTS
from core.photo.photo import Photo
from editor.banner import Banner, Kind
from editor.document.changes import What
from editor.document.document import Document
from editor.flows.files.clipboard import data_of, packed
from editor.flows.files.places import Places
from editor.settings import Store
from editor.tasks import Tasks


class Exports(QObject):
    """Written and packed in the background.

    photo         the path of the opened picture's own file, None for a pasted one
    folder        where a file is proposed
    when_settled  does something once the document's picture is the one that is seen
    """

    def __init__(
        self,
        document: Document,
        tasks: Tasks,
        store: Store,
        banner: Banner,
        photo: Callable[[], Path | None],
        folder: Callable[[], Path],
        places: Places,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._tasks, self._store, self._banner = document, tasks, store, banner
        self._photo, self._folder, self._places, self._window = photo, folder, places, window
        self._last: tuple[Path, int, bool, bool] | None = None  # where, the quality, what it carries
        self.when_settled: Callable[[Callable[[], object]], object] = lambda go: go()

    def forget(self) -> None:
        """Another picture is about to be shown."""
        self._last = None

    def copy(self) -> None:
        """Put the picture with its edits on the clipboard, once it is packed."""
        self.when_settled(self._copy)

    def _copy(self) -> None:
        composite = self._document.composite
        if composite is None:
            return

        def put(made: tuple[bytes, QImage]) -> None:
            QGuiApplication.clipboard().setMimeData(data_of(*made))

        self._tasks.start(lambda: packed(composite.photo()), put, self._banner.error)

    def export(self) -> None:
        """Ask where and how, and write the picture."""
        self.when_settled(self._export)

    def _export(self) -> None:
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
            original=self._photo(),
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
        if self._last is None:
            self.export()
        else:
            path, quality, recipe, parameters = self._last
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
        self.when_settled(lambda: self._write(path, quality, recipe=recipe, parameters=parameters))

    def _write(self, path: Path, quality: int, *, recipe: bool, parameters: bool) -> None:
        request = request_of(self._document.state)
        composite, opened = self._document.composite, self._photo()
        if composite is None:
            return

        def write() -> list[str]:
            from core.edit.carried.a1111 import line
            from core.photo.files.atomic import same_file
            from core.photo.files.export import export_photo

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
            self._last = (path, quality, recipe, parameters)
            self._places.used(path)
            if self._document.composite is composite:  # not if it was edited while the disk was busy
                self._document.mark_exported()
            self._banner.clear(Kind.ERROR)  # of an earlier try
            bar = self._banner.written(self.tr("Exported: {name}"), path, *notices)
            bar.until(self._document.changed, lambda change: bool(change.what & What.PICTURE))

        self._tasks.write(write, done, self._banner.error)

    def _suggestion(self, photo: Photo) -> Path:
        """Beside the opened picture or its project, never the picture itself."""
        if self._last is not None:
            return self._last[0]
        name = Path(photo.name or self.tr("picture.png"))
        suffix = name.suffix if name.suffix.lower() in EXPORTS else ".png"
        return self._folder() / f"{name.stem}-{self.tr('edited')}{suffix}"


def request_of(state: State) -> EditRequest | None:
    """The request of the topmost visible layer: what an export can carry. None without one."""
    requests = [layer.variant.request for layer in shown(state.layers)]
    seen = [request for request in requests if request is not None]
    return seen[-1] if seen else None
