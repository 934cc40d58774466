"""Which model runs, and on what: chosen in the status bar, loaded in the worker, remembered."""

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.edit.result import ModelInfo
from core.errors import CoreError, InputError
from editor.banner import Banner
from editor.document.commands import update_draft
from editor.document.document import Document
from editor.flows.files.files import Files
from editor.flows.models.hub_dialog import HubDialog
from editor.flows.models.lora_dialog import LoraDialog
from editor.jobs import Jobs
from editor.settings import FOLDERS, Store, first
from editor.statusbar import StatusBar
from editor.tasks import Tasks
from resources import STARTER

if TYPE_CHECKING:
    from core.models.show import Shown

DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class ModelLine:
    """A line of the menu: a name, why it can't be used or "", and once looked up what it is and needs."""

    name: str
    problem: str = ""
    facts: str = ""


def _look(given: list[Path]) -> dict[str, ModelLine]:
    """What lies on this machine, by what a request names it by. It reads many files."""
    from core.models.catalog import catalog
    from core.models.machine import size

    return {
        entry.model: ModelLine(
            entry.name,
            entry.problem,
            f"{entry.family}, {size(entry.bytes)}\n{entry.needs}" if entry.needs else "",
        )
        for entry in catalog(given)
    }


class Models(QObject):
    """The draft names model and device; a choice that fails goes back to the one before."""

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        tasks: Tasks,
        store: Store,
        files: Files,
        banner: Banner,
        status: StatusBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._jobs, self._store, self._files = document, jobs, store, files
        self._tasks = tasks
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
            self._window, self.tr("Folder of a diffusers model (Stable Diffusion 1.x, 2.x, XL or 3)")
        )
        if name:
            self.open(name)

    def add_file(self) -> None:
        """Ask for a model in a single file."""
        models = self.tr("Models (*.safetensors *.gguf *.ckpt)")
        name, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Model file"), "", f"{models};;{self.tr('All files (*)')}"
        )
        if name:
            self.open(name)

    def open(self, name: str) -> None:
        """Look what a file or folder is, then load it; one that is no model is told for what it is."""
        from core.models.show import show

        self._tasks.start(lambda: show(name), self._shown, self._banner.error)

    def get(self) -> None:
        """Download a model from the hub, then load it."""
        dialog = HubDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.got.connect(lambda folder: self.choose(folder, self._asked[1]))
        dialog.open()

    def choose_loras(self, *files: str) -> None:
        """Which LoRA files are fused for the next edits; `files` are proposed beside those that are."""
        dialog = LoraDialog(self._document.state.draft.loras, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.offer(*files)
        dialog.accepted.connect(lambda: self._document.adjust(update_draft(loras=dialog.loras)))
        dialog.open()

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
        """What is known, at once; what else lies on this machine is added when it has been looked for."""
        folders = [name for name in self._store.settings.folders if os.path.exists(name)]  # noqa: PTH110 - any name
        self._show_models(
            menu, {STARTER: ModelLine(self.name(STARTER)), **{f: ModelLine(self.name(f)) for f in folders}}
        )
        given = [Path(name) for name in folders]
        self._tasks.start(lambda: _look(given), partial(self._found_models, menu), self._banner.error)

    def _found_models(self, menu: QMenu, found: dict[str, ModelLine]) -> None:
        if menu.isVisible() or not menu.isEmpty():
            starter = replace(found[STARTER], name=self.name(STARTER))
            self._show_models(menu, {**found, STARTER: starter})

    def _show_models(self, menu: QMenu, models: dict[str, ModelLine]) -> None:
        """models: by what a request names each by."""
        menu.clear()
        for model, known in models.items():
            action = menu.addAction(known.name, partial(self.choose, model, self._asked[1]))
            action.setCheckable(True)
            action.setChecked(model == self._asked[0])
            action.setEnabled(not known.problem)
            tip = self.tr("The small model that comes with the program") if model == STARTER else model
            action.setToolTip("\n".join(filter(None, (tip, known.facts, known.problem))))
        menu.addSeparator()
        for text, tip, ask in (
            (self.tr("Add Folder…"), self.tr("The folder of a diffusers model"), self.add_folder),
            (self.tr("Open Model File…"), self.tr("One .safetensors file, original layout"), self.add_file),
            (self.tr("Download from the Hub…"), self.tr("A model by its name on the hub"), self.get),
        ):
            menu.addAction(text, ask).setToolTip(tip)
        menu.addSeparator()
        loras = menu.addAction(self._lora_text(), lambda: self.choose_loras())
        loras.setToolTip(self.tr("LoRA files that are fused into the model for the next edits"))

    def _lora_text(self) -> str:
        count = len(self._document.state.draft.loras)
        return self.tr("LoRA Files ({count})…").format(count=count) if count else self.tr("LoRA Files…")

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

    def _shown(self, shown: "Shown") -> None:
        """Load what can be loaded, propose a LoRA as one, and say of anything else why not."""
        file = str(shown.path)
        if shown.is_model:
            self.choose(file, self._asked[1])
        elif shown.usable and shown.is_lora:
            add = (self.tr("Add as LoRA…"), partial(self.choose_loras, file))
            self._banner.ask(shown.sentence, add, hint=shown.hint)
        elif shown.usable:
            self._banner.notice(shown.sentence, shown.hint)
        else:
            self._banner.error(InputError(shown.why, shown.hint))

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
            self._store.update(model=model, device=device)
            if model != STARTER:
                self._store.change(lambda now: {"folders": first(model, now.folders, FOLDERS)})
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
            hint = self.tr("For photographs, add a Stable Diffusion model (below left).")
            self._banner.notice(text.format(name=self.info.name, knows=self.info.knows.rstrip(".")), hint)
