"""Which model runs, and on what: chosen in the menus, loaded in the worker, remembered."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.diffusion.weight import Guided
from core.document.commands import update_draft
from core.edit.request import Lora
from core.edit.result import ModelInfo
from core.errors import CoreError, InputError
from editor.banner import Banner, Bar
from editor.document.document import Document
from editor.flows.models.own_ways import OwnWays
from editor.flows.models.parts import ModelParts
from editor.flows.models.segmenters import Segmenters
from editor.flows.models.tokenizers import Tokenizers
from editor.flows.models.vaes import Vaes
from editor.jobs import Jobs
from editor.settings import FOLDERS, Store, first
from editor.statusbar import StatusBar
from editor.tasks import Tasks
from resources import STARTER

if TYPE_CHECKING:
    from core.models.show import Shown
    from editor.flows.models.chooser import ModelChooser


class Models(QObject):
    """The draft names model and device; a choice that fails goes back to the one before.

    chosen  a model, by hand
    """

    chosen = Signal()

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        tasks: Tasks,
        store: Store,
        banner: Banner,
        status: StatusBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._jobs, self._store = document, jobs, store
        self._tasks = tasks
        self._banner, self._status, self._window = banner, status, window
        self._good: tuple[str, str] | None = None  # model and device that loaded last
        self.asked = (STARTER, "auto")  # model and device that were chosen last, loaded or not
        self._waiting: list[tuple[tuple[str, str], bool]] = []  # being loaded, in order; to be remembered?
        self.devices: tuple[str, ...] = ("cpu",)  # that this machine has
        self.info: ModelInfo | None = None
        self._told: tuple[str, tuple[str, ...]] = ("", ())  # of which model what was said last
        self.ways = OwnWays(document, tasks, banner, self)
        self.segmenters = Segmenters(tasks, store, banner, self)
        self.vaes = Vaes(document, tasks, store, banner, window)
        self.tokenizers = Tokenizers(tasks, store, banner, window)
        self.parts = ModelParts(tasks, banner, window)
        self.parts.came.connect(self.open)
        self.tokenizers.came.connect(lambda model: self.choose(model, self.asked[1]))
        self.chooser: ModelChooser | None = None  # made when it is first wanted
        jobs.modelReady.connect(self._ready)
        jobs.modelFailed.connect(self._failed)
        jobs.lost.connect(self._reload)

    @property
    def loading(self) -> bool:
        """A model is on its way; `info` is still of the one before."""
        return bool(self._waiting)

    def choose(self, model: str, device: str, *, remember: bool = True) -> None:
        """Load a model; the window stays usable meanwhile. `remember`: as the choice for the next start."""
        self.asked = (model, device)
        if remember:
            self.chosen.emit()
        self._waiting.append((self.asked, remember))
        draft = self._document.state.draft
        vae = draft.vae if model == draft.model else ""  # it was chosen for the model before
        self._document.adjust(update_draft(model=model, device=device, vae=vae))
        self.ways.follow(say=remember)
        self._status.show_model(self.name(model))
        self._status.device.setText(f"{device.upper() if device != 'auto' else self.tr('Auto')} ▾")
        self._status.show_state(self.tr("loading the model…"), loading=True)
        self._jobs.load(model, device)

    def add_folder(self) -> None:
        """Ask for the folder of a model."""
        title = self.tr("Folder of a model, as diffusers writes it")
        name = QFileDialog.getExistingDirectory(self._window, title, self._store.settings.models_folder())
        if name:
            self.open(name)

    def add_file(self) -> None:
        """Ask for a model in a single file."""
        models = self.tr("Models (*.safetensors *.gguf *.ckpt)")
        kinds, begin = f"{models};;{self.tr('All files (*)')}", self._store.settings.models_folder()
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Model file"), begin, kinds)
        if name:
            self.open(name)

    def open(self, name: str) -> None:
        """Look what a file or folder is, then load it; one that is no model is told for what it is."""
        from core.models.show import show

        self._tasks.start(lambda: show(name), self._shown, self._banner.error)

    def get_segmenter(self) -> None:
        """Show what models can be got, those for selecting first."""
        from core.models.segment.folders import TINY

        self._choose(TINY, selects=True)

    def get(self) -> None:
        """Show what models can be got, those that draw first, and load the one that is chosen."""
        self._choose()

    def _choose(self, repo: str = "", *, selects: bool = False) -> None:
        if self.chooser is None:
            from editor.flows.models.chooser import ModelChooser

            self.chooser = ModelChooser(self._store, self._tasks, self._window)
            self.chooser.got.connect(self._got)
            self.chooser.removed.connect(self._removed)
        self.chooser.show_models(repo, selects=selects)

    def close(self) -> bool:
        """Stop what is being fetched; whether all has ended within a moment."""
        return all([self.tokenizers.close(), self.chooser is None or self.chooser.close_for_good()])

    def choose_loras(self, *files: str) -> None:
        """Which LoRA files are fused for the next edits; `files` are proposed beside those that are."""
        from editor.flows.models.lora_dialog import LoraDialog

        dialog = LoraDialog(self._document.state.draft.loras, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.offer(*files)
        dialog.accepted.connect(lambda: self._wear(dialog.loras))
        dialog.open()

    def choose_part(self) -> None:
        """Ask for the file of a part that the chosen model's own file lacks."""
        from core.models.catalog import folder_of

        model, _ = self.asked
        if folder_of(model).is_file():  # a name of the hub may be one too
            self.parts.choose(model)
        else:
            said = self.tr("{name} has all its parts: only a model in a single file lacks some.")
            self._banner.notice(said.format(name=self.name(model))).until(self.chosen)

    def say_ways(self) -> None:
        """What the chosen model usually draws with, to be looked at and said."""
        from core.models.catalog import folder_of
        from editor.flows.models.ways_dialog import WaysDialog

        model, device = self.asked
        draft = self._document.state.draft
        guided = Guided.PROMPTS if self._waiting else self._document.model.guided  # of one not yet loaded
        dialog = WaysDialog(folder_of(model), self.name(model), draft, self._window, guided)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self.choose(model, device)
        )  # what it says may change how it is loaded
        dialog.open()

    def name(self, model: str) -> str:
        """A model's short name for the bar."""
        return self.tr("Starter") if model == STARTER else Path(model).name

    def lora_text(self) -> str:
        """What the action that chooses LoRA files is called, with how many there are."""
        count = len(self._document.state.draft.loras)
        return self.tr("&LoRA Files ({count})…").format(count=count) if count else self.tr("&LoRA Files…")

    def _wear(self, loras: tuple[Lora, ...]) -> None:
        self._document.adjust(update_draft(loras=loras))
        self.ways.follow()

    def _shown(self, shown: "Shown") -> None:
        """Load what can be loaded, propose a LoRA as one, and say of anything else why not."""
        file = str(shown.path)
        if shown.is_model:
            self.choose(file, self.asked[1])
            return
        if shown.is_segmenter:
            self.segmenters.choose(shown)
            return
        if shown.usable and shown.is_lora:
            add = (self.tr("Add as LoRA…"), partial(self.choose_loras, file))
            bar = self._banner.ask(shown.sentence, add, hint=shown.hint)
        elif shown.usable:
            bar = self._banner.notice(shown.sentence, shown.hint)
        else:
            bar = self._refused(InputError(shown.why, shown.hint, shown.lacks), file)
        bar.until(self._jobs.modelLoading)

    def _got(self, name: str) -> None:
        """Load the model that was fetched; a VAE takes the place of the model's own."""
        from core.models.show import show

        def take(shown: "Shown") -> None:
            if shown.is_text_encoder:
                self._banner.notice(shown.sentence, shown.hint)
            elif shown.is_vae:
                self.vaes.choose(str(shown.path))
            else:
                self._shown(shown)

        self._tasks.start(lambda: show(name), take, self._banner.error)

    def _removed(self, model: str) -> None:
        """A model's files are gone: the one that is loaded isn't there for the next start."""
        if model == self.asked[0]:
            self.choose(STARTER, self.asked[1])
        self.segmenters.look()

    def _ready(self, info: ModelInfo, devices: tuple[str, ...]) -> None:
        self.info, self.devices = info, devices
        (model, device), remember = self._waiting.pop(0)
        self._good = (model, device)
        if not self._waiting:
            self._status.device.setText(f"{info.device.upper()} ▾")
            self._status.show_state(self.tr("ready"))
        said = self.tr("{name}, trained at {pixels} × {pixels} px, {precision}").format(
            name=info.name, pixels=info.pixels, precision=info.precision
        )
        self._status.model.setToolTip("\n".join([said, *info.notices]))
        self._tell(info)
        if remember:
            self._store.update(model=model, device=device)
            if model != STARTER:
                self._store.change(lambda now: {"folders": first(model, now.folders, FOLDERS)})

    def _tell(self, info: ModelInfo) -> None:
        """What is to be known of it before it runs, once: an engine that began anew says it again."""
        told = info.folder, info.notices
        if info.notices and told != self._told:
            notices = info.notices
            if info.lacks:
                notices = self._offer_lacking(info)
            if notices:
                first, *others = notices
                self._banner.notice(first, " ".join(others)).until(self._jobs.modelLoading)
        self._told = told

    def _offer_lacking(self, info: ModelInfo) -> tuple[str, ...]:
        """Offer the tokenizer that lets in what is left out; the notices that are still to be told."""
        from core.models.text.tokenizer_places import KINDS, by_command

        first, *others = info.notices
        self.tokenizers.offer(InputError(first, lacks=info.lacks), self.asked[0]).until(
            self._jobs.modelLoading
        )
        return tuple(notice for notice in others if notice != by_command(KINDS[info.lacks]))

    def _reload(self) -> None:
        """The engine starts anew, and without a model."""
        if self._good is not None and not self._waiting:
            self._waiting.append((self._good, False))
            self._status.show_state(self.tr("loading the model…"), loading=True)
            self._jobs.load(*self._good)

    def _refused(self, error: CoreError, model: str) -> Bar:
        """Say why a model can't be opened; what alone it lacks can be got."""
        if not error.lacks:
            return self._banner.error(error)
        from core.models.text.tokenizer_places import KINDS

        offers = self.tokenizers if error.lacks in KINDS else self.parts
        return offers.offer(error, model)

    def _failed(self, error: CoreError) -> None:
        failed, _ = self._waiting.pop(0)
        self._refused(error, failed[0]).until(self.chosen)
        if self._waiting:
            return
        back = self._good or (STARTER, "auto")
        if back == failed:  # not even the starter
            self._status.show_state(self.tr("no model"))
            return
        if self._good is None:
            self._banner.notice(self.tr("The starter model is loaded instead.")).until(self.chosen)
        self.choose(*back, remember=False)
