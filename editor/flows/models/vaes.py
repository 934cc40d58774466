"""The menu of VAEs: the model's own, those on this machine that fit it, and any other by its file."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.document.commands import update_draft
from editor.banner import Banner
from editor.document.document import Document
from editor.settings import Store
from editor.tasks import Tasks


class Vaes(QObject):
    """The draft names the VAE that takes the place of the model's own; "" is none."""

    def __init__(
        self, document: Document, tasks: Tasks, store: Store, banner: Banner, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._tasks, self._store = document, tasks, store
        self._banner, self._window = banner, window
        self._found: tuple[str, tuple[Path, ...]] = ("", ())  # for which model it was looked last

    def fill(self, menu: QMenu) -> None:
        """What is known, at once; what else fits is added when it has been looked for."""
        self._show(menu)
        model, home = self._document.state.draft.model, self._store.settings.models_home

        def look() -> tuple[str, tuple[Path, ...]]:
            from core.models.vae.choice import vaes_for

            return model, vaes_for(model, Path(home) if home else None)

        self._tasks.start(look, partial(self._take, menu), self._banner.error)

    def choose(self, vae: str) -> None:
        """Work by this file or folder from the next edit on, if it fits the model; "" for the model's own."""
        model = self._document.state.draft.model
        if not vae:
            self._document.adjust(update_draft(vae=""))
            return

        def check() -> None:
            from core.models.vae.choice import check_vae

            check_vae(vae, model)

        self._tasks.start(check, lambda _: self._use(vae, model), self._banner.error)

    def choose_file(self) -> None:
        """Ask for the file of a VAE."""
        files, begin = self.tr("VAEs (*.safetensors)"), self._store.settings.models_folder()
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("VAE File"), begin, files)
        if name:
            self.choose(name)

    def _use(self, vae: str, model: str) -> None:
        if self._document.state.draft.model == model:  # else another one was chosen meanwhile
            self._document.adjust(update_draft(vae=vae))

    def _take(self, menu: QMenu, found: tuple[str, tuple[Path, ...]]) -> None:
        if found != self._found:
            self._found = found
            self._show(menu)

    def _show(self, menu: QMenu) -> None:
        menu.clear()
        draft = self._document.state.draft
        model, found = self._found
        fitting = map(str, found if model == draft.model else ())
        for vae in dict.fromkeys(("", *fitting, draft.vae)):
            text = Path(vae).name.replace("&", "&&") if vae else self.tr("The Model's &Own")
            action = menu.addAction(text, partial(self.choose, vae))
            action.setData(vae)
            action.setCheckable(True)
            action.setChecked(vae == draft.vae)
            action.setToolTip(vae or self.tr("The VAE that comes with the model"))
        menu.addSeparator()
        action = menu.addAction(self.tr("&Choose a VAE File…"), self.choose_file)
        action.setToolTip(self.tr("A .safetensors file; it must be of the model's own family"))
