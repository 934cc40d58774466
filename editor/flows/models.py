"""Which model runs, and on what: chosen in the status bar, loaded in the worker, remembered."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.edit.progress import ModelInfo
from core.edit.request import STARTER
from core.errors import CoreError
from editor.banner import Banner
from editor.document.commands import update_draft
from editor.document.document import Document
from editor.flows.files import Files
from editor.jobs import Jobs
from editor.settings import FOLDERS, Store, first
from editor.statusbar import StatusBar

DEVICES = ("auto", "cpu", "cuda", "mps")


class Models(QObject):
    """The draft names model and device; a choice that fails goes back to the one before."""

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        store: Store,
        files: Files,
        banner: Banner,
        status: StatusBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._jobs, self._store, self._files = document, jobs, store, files
        self._banner, self._status, self._window = banner, status, window
        self._good: tuple[str, str] | None = None  # model and device that loaded last
        self._asked = (STARTER, "auto")  # chosen last, loaded or not
        self._waiting: list[tuple[tuple[str, str], bool]] = []  # being loaded, in order; to be remembered?
        self._devices: tuple[str, ...] = ("cpu",)
        self.info: ModelInfo | None = None
        self._menus()
        jobs.modelReady.connect(self._ready)
        jobs.modelFailed.connect(self._failed)
        files.opened.connect(lambda _: self._tell_limits())

    def choose(self, model: str, device: str, *, remember: bool = True) -> None:
        """Load a model; the window stays usable meanwhile. `remember`: as the choice for the next start."""
        self._asked = (model, device)
        self._waiting.append((self._asked, remember))
        self._document.adjust(update_draft(model=model, device=device))
        self._status.model.setText(f"{self.name(model)} ▾")
        self._status.device.setText(f"{device.upper() if device != 'auto' else self.tr('Auto')} ▾")
        self._status.state.setText(self.tr("loading the model…"))
        self._jobs.load(model, device)

    def add_folder(self) -> None:
        """Ask for the folder of a model."""
        name = QFileDialog.getExistingDirectory(
            self._window, self.tr("Folder of a diffusers model (Stable Diffusion 1.x or 2.x)")
        )
        if name:
            self.choose(name, self._asked[1])

    def name(self, model: str) -> str:
        """A model's short name for the bar."""
        return self.tr("Starter") if model == STARTER else Path(model).name

    def _menus(self) -> None:
        for button, fill in (
            (self._status.model, self._fill_models),
            (self._status.device, self._fill_devices),
        ):
            menu = QMenu(button)
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(partial(fill, menu))
            button.setMenu(menu)

    def _fill_models(self, menu: QMenu) -> None:
        menu.clear()
        folders = [name for name in self._store.settings.folders if Path(name).is_dir()]
        for model in (STARTER, *folders):
            action = menu.addAction(self.name(model), partial(self.choose, model, self._asked[1]))
            action.setCheckable(True)
            action.setChecked(model == self._asked[0])
            action.setToolTip(
                self.tr("The small model that comes with the program") if model == STARTER else model
            )
        menu.addSeparator()
        menu.addAction(self.tr("Add Folder…"), self.add_folder)

    def _fill_devices(self, menu: QMenu) -> None:
        menu.clear()
        names = {
            "auto": self.tr("Auto: the best there is"),
            "cpu": self.tr("CPU: the processor"),
            "cuda": self.tr("CUDA: an NVIDIA graphics card"),
            "mps": self.tr("MPS: Apple's graphics"),
        }
        for device in DEVICES:
            action = menu.addAction(names[device], partial(self.choose, self._asked[0], device))
            action.setCheckable(True)
            action.setChecked(device == self._asked[1])
            action.setEnabled(device in ("auto", *self._devices))

    def _ready(self, info: ModelInfo, devices: tuple[str, ...]) -> None:
        self.info, self._devices = info, devices
        (model, device), remember = self._waiting.pop(0)
        self._good = (model, device)
        if not self._waiting:
            self._status.device.setText(f"{info.device.upper()} ▾")
            self._status.state.setText(self.tr("ready"))
        self._status.model.setToolTip(
            self.tr("{name}, trained at {pixels} × {pixels} px, {precision}").format(
                name=info.name, pixels=info.pixels, precision=info.precision
            )
        )
        if remember:
            folders = self._store.settings.folders
            if model != STARTER:
                folders = first(model, folders, FOLDERS)
            self._store.update(model=model, device=device, folders=folders)
        self._tell_limits()

    def _failed(self, error: CoreError) -> None:
        failed, _ = self._waiting.pop(0)
        self._banner.error(error)
        if self._waiting:
            return
        back = self._good or (STARTER, "auto")
        if back == failed:  # not even the starter
            self._status.state.setText(self.tr("no model"))
            return
        if self._good is None:
            self._banner.notice(self.tr("The starter model is loaded instead."))
        self.choose(*back, remember=False)

    def _tell_limits(self) -> None:
        """A model of a small world, and a picture from outside it."""
        foreign = self._document.state.photo is not None and not self._files.sample
        if foreign and self.info is not None and self.info.knows:
            text = self.tr("The {name} model knows a small world only: {knows}.")
            hint = self.tr("For photographs, add the folder of a Stable Diffusion model (below left).")
            self._banner.notice(text.format(name=self.info.name, knows=self.info.knows.rstrip(".")), hint)
