"""The main window: builds the parts, connects them, and owns what has to end when it closes."""

from functools import partial
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QToolBar, QWidget

from core.document.mask import Mask
from core.document.strokes import Mode
from core.edit.protocol import Edits
from core.edit.saved_preset import Presets
from core.project import recovery
from editor.able import Able
from editor.actions import LAYER
from editor.attention import Attention
from editor.autosave import Autosave
from editor.banner import Banner
from editor.brush import Brush
from editor.canvas.look import LookCover
from editor.canvas.view import Canvas
from editor.closing import Closing
from editor.docks import Docks
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.fits import ScreenFit
from editor.flows.files.files import Files
from editor.flows.files.menus import PictureMenus
from editor.flows.files.recovery import Recovery
from editor.flows.help.helps import Helps
from editor.flows.layers.layers import LayerMenu
from editor.flows.many.batches import Batches
from editor.flows.many.grids import Grids
from editor.flows.many.movies import Movies
from editor.flows.masks.click_look import ClickLook
from editor.flows.masks.kept import KeptMasks
from editor.flows.masks.line import MaskLine
from editor.flows.masks.masks import Masks
from editor.flows.masks.objects import Objects
from editor.flows.masks.operations import Operations
from editor.flows.masks.owned import Owned
from editor.flows.masks.wand import Wand
from editor.flows.models.menus import ModelMenus
from editor.flows.models.models import Models
from editor.flows.models.photographs import Photographs
from editor.flows.presets.own_presets import OwnPresets
from editor.flows.runs.again import Again
from editor.flows.runs.aside import TintAside
from editor.flows.runs.runs import Runs
from editor.flows.runs.tokens import Tokens
from editor.flows.runs.waiting import Waiting
from editor.furnishing import Furnishing
from editor.glance import Glance
from editor.icons import SIZE
from editor.jobs import Jobs
from editor.keys import Keys
from editor.late import Late
from editor.options import ToolOptions
from editor.pointing import Stand
from editor.qactions import Actions
from editor.selecting import Selecting
from editor.settings import MEGABYTE, Store
from editor.shortcuts import Shortcuts
from editor.statusbar import StatusBar
from editor.tasks import Tasks
from editor.theme import SHEET, Themer
from editor.tint import MaskView, Tint
from editor.title import Title
from editor.view_menu import ViewMenu
from editor.views import Views

if TYPE_CHECKING:
    from editor.flows.help.preferences import Preferences
    from editor.side import Side

QUEUE = ("queue-sooner", "queue-later", "queue-drop")


class MainWindow(QMainWindow):
    """furnished: panels and icons are there, which are made after the first paint;  closed: for good."""

    furnished = Signal()
    closed = Signal()

    def __init__(
        self, document: Document, jobs: Jobs, store: Store, themer: Themer, engine: Edits | None = None
    ) -> None:
        """engine: that of `jobs`, for what can be asked of it from any thread."""
        super().__init__()
        self._engine = engine
        self.document, self.jobs, self._store, self._themer = document, jobs, store, themer
        self.quiet = True  # every thread has ended
        self._build()
        self._build_files()
        self._build_runs()
        self._build_many()
        self._build_actions()
        self._fill()
        self._bind()
        self._dress()
        self.views.restore()
        ScreenFit(self)
        document.limit_undo(store.settings.undo_limit * MEGABYTE)
        self._keys = Keys(self, self.canvas, self._let_go)
        self._show_document(Changed(What.ALL))

    def _join(self, panels: "Side") -> None:
        """The panels and the rest of the window, connected."""
        self.panels = panels
        panels.connect_runs(self.runs)
        self.canvas.card.asking.connect(panels.run.button.give_way)
        self.canvas.pressed.connect(panels.filmstrip.release)
        panels.guidance.add_own = self.presets.add_guidance
        panels.mask_panel.keepRequested.connect(self._keep_mask)
        panels.mask_panel.set_modes({mode: self.actions_[f"mode-{mode}"] for mode in Mode})
        panels.mask_panel.set_mode(self.selecting.mode)
        panels.mask_panel.set_frame_tool(self.actions_["area"])
        self.operations.shown.connect(panels.mask_panel.try_mask)
        self.selecting.changed.connect(lambda: panels.mask_panel.set_mode(self.selecting.mode))
        panels.layers.fill_menu = partial(self.actions_.add_to, name=LAYER)
        panels.layers.wished.connect(lambda name: self.actions_[name].trigger())
        panels.queue.wished.connect(lambda name: self.actions_[name].trigger())
        panels.queue.fill_menu = lambda menu: menu.addActions([self.actions_[name] for name in QUEUE])
        self.waiting.furnish(panels.queue)
        self.models.ways.started.connect(panels.resets.begin_with)
        self.tokens.read.connect(panels.prompts.show_understood)
        for news in (self.files.opened, self.files.closed):
            news.connect(panels.forget)
            news.connect(panels.prompts.forget)
        self._themer.changed.connect(self.actions_.tint)
        self._late.bring(panels.guidance)
        if not self._store.settings.layout:  # the window has its size by now
            self.docks.share()
        self.furnished.emit()

    def _build(self) -> None:
        """What there is to see, and what works beside it."""
        self.tasks = Tasks(self)
        self.lookups = Tasks(self)  # for models, among many files: nobody's picture waits for them
        self.status = StatusBar()
        settings = self._store.settings
        self.brush, self.tint = Brush(settings, self), Tint(settings, self)
        self.selecting, self.stand = Selecting(settings, self), Stand(self)
        self.canvas = Canvas(self.document, self.brush, self.tint, self.selecting)
        self.cover = LookCover(self.canvas)
        self.banner = Banner(self.canvas)
        self.banner.placed.connect(self.canvas.leave_above)
        self._late = Late(self.lookups, self.banner.error, self)
        self.setCentralWidget(self.canvas)
        self.setStatusBar(self.status)
        self.docks = Docks(self)

    def _build_files(self) -> None:
        """What comes in and goes out, and what is kept of it for the case of a crash."""
        document, tasks, banner = self.document, self.tasks, self.banner
        self.files = files = Files(document, tasks, self._store, banner, self)
        Title(document, files.projects, self)
        self.line = line = MaskLine(document, tasks, banner, self)
        self.masks = Masks(document, line, tasks, banner, files.folder, self)
        self.operations = Operations(document, line, banner, self.canvas, self)
        self.owned = Owned(document, self)
        self.kept = KeptMasks(document, self.selecting, line, tasks, banner, self)
        self.wand = Wand(document, self.selecting, line, self)
        self.click_look = ClickLook(document, self.selecting, banner.error, self)
        self.pictures = PictureMenus(files.recent, files.open_sample, self)
        root = recovery.home()
        limit = self._store.settings.autosave_limit * MEGABYTE
        self.autosave = Autosave(document, root, limit, lambda: files.path, lambda: files.projects.path, self)
        self.recovery = Recovery(root, files, self.autosave, tasks, banner, self)

    def _build_runs(self) -> None:
        """What edits, and with which model."""
        document, jobs, banner = self.document, self.jobs, self.banner
        self.presets = OwnPresets(document, Presets(), banner, self)
        self.layers = LayerMenu(document, self.tint, banner, self)
        self.tokens = Tokens(document, jobs)
        self.models = Models(document, jobs, self.lookups, self._store, banner, self.status, self)
        wand, look, line = self.wand, self.click_look, self.line
        self.objects = Objects(
            document, jobs, self.models, wand, look, self.canvas, self.stand, line, banner, self
        )
        self.photographs = Photographs(
            document, self.files, self.models, jobs, self.canvas.card, self.lookups, self._store, banner
        )
        words, photographs, tasks = self.tokens, self.photographs, self.tasks
        self.runs = Runs(document, jobs, self.canvas, banner, self.status, words, photographs, tasks)
        self.again = Again(document, self.runs)
        self.waiting = Waiting(document, self.runs, photographs, jobs, self.lookups, banner)
        self._aside = TintAside(document, self.tint)
        Attention(document, self.files, self.runs, self.canvas, self.cover, self.status, self)

    def _build_many(self) -> None:
        document, jobs, folder = self.document, self.jobs, self.files.folder
        self.grids = Grids(document, jobs, self.models, self.banner, self, folder)
        self.movies = Movies(document, jobs, self, folder)
        self.batches = Batches(document, self, folder)
        many = self.grids, self.movies, self.batches
        self.closing = Closing(self.files, many, self.tasks, self.banner, self)

    def _build_actions(self) -> None:
        self.view = ViewMenu(self.canvas, self.tint, self)
        self.shortcuts = Shortcuts(self._store, self)
        self.actions_ = Actions(self, self.shortcuts)
        original = self.actions_["original"]
        self._glance = Glance(self.document, self.shortcuts, original, self.canvas, self)
        self.options = ToolOptions(self.actions_, self.brush, self.tint, self.selecting, self.stand)
        self.furnishing = Furnishing(
            self.document,
            self.docks,
            self.actions_,
            self.options,
            self._store,
            self.tasks,
            self.banner,
            self,
        )
        self.views = Views(self.docks, self.actions_, self._store, self._themer, self)
        reached: list[QWidget] = [self.docks.side, self.docks.layers, self.options]
        self.helps = Helps(self.actions_, self.shortcuts, lambda: reached, self._preferences, self)

    def _fill(self) -> None:
        """Menus and tool bar from the table."""
        actions = self.actions_
        actions.fill_menus(self.menuBar())
        bar = QToolBar(self.tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(SIZE, SIZE))
        actions.fill_toolbar(bar)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.options)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, bar)
        for name, fill in (
            ("recent", self.pictures.fill_recent),
            ("samples", self.pictures.fill_samples),
            ("theme", self.views.fill_themes),
            ("presets", self.presets.fill),
            ("vaes", self.models.vaes.fill),
        ):
            menu = actions.submenus[name]
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(partial(fill, menu))
        ModelMenus(self.models, self.lookups, self._store, self.status, actions, self.banner.error)
        works = self.files, self.layers, self.models, self.runs, self.waiting, self.tokens
        Able(self.document, actions, *works, self)
        self._show_tint()

    def _bind(self) -> None:
        self.furnishing.made.connect(self._join)
        self._themer.changed.connect(self._dress)
        self.document.changed.connect(self._show_document)
        self.jobs.modelReady.connect(lambda info, _: self.canvas.set_resolution(info.pixels))
        self.jobs.modelReady.connect(
            lambda info, _: self.document.model.meet(info.guided, info.pixels, info.notices)
        )
        self.runs.taken.connect(lambda _: self.layers.work_on_mask(False))
        for news in (self.files.opened, self.files.closed):
            news.connect(self._glance.end)
        self.files.left.connect(self.runs.leave)
        self.runs.accepted.connect(self._aside.step)
        self.runs.variants.covering.connect(self._aside.show)
        self.runs.variants.strip.gridChanged.connect(self.actions_["variants-grid"].setChecked)
        self.files.exports.when_settled = self.runs.when_settled
        self.files.projects.when_kept = self.runs.when_kept
        self.runs.accepted.connect(self.photographs.tell_size)
        self.tasks.busyChanged.connect(self._show_waiting)
        self.tint.changed.connect(self._show_tint)
        self.grids.repaintWanted.connect(self.runs.asks.repaint)
        self.canvas.zoomChanged.connect(self.status.show_zoom)
        self.canvas.dropped.connect(self.files.drop)
        self.canvas.picked.connect(self.wand.pick)
        self.canvas.drawn.connect(self.line.draw)
        self.line.settled.connect(self.canvas.clear_lines)
        self.line.settled.connect(self.canvas.set_down)
        self.line.nothing.connect(self.canvas.tell)
        self.line.owned.connect(self.owned.say)
        self.line.moved.connect(lambda: self.status.set_masking(self.line.busy))
        self.runs.asks.when_masked = self.line.after
        self.canvas.placed.connect(self.operations.place)
        self.owned.told.connect(self.canvas.tell)
        self.operations.shown.connect(self._try_mask)
        self.canvas.empty.openRequested.connect(self.files.open)
        self.canvas.empty.sampleRequested.connect(self.files.open_sample)
        self.canvas.empty.recent.chosen.connect(self.files.recent.open)
        self.files.recent.changed.connect(self._show_recent)
        self.furnished.connect(self.files.recent.look)  # for its pictures: icons are there by then
        self.status.stopRequested.connect(self.runs.stop_any)
        self.status.queueRequested.connect(partial(self.views.show_queue, True))
        self.waiting.counted.connect(self.status.set_waiting)
        self.waiting.changed.connect(self._show_many)
        self._show_many()
        self.status.fitRequested.connect(self.canvas.fit)
        self.status.zoomRequested.connect(self._zoom)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.furnishing.begun:
            QTimer.singleShot(0, self.furnishing.begin)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._glance.uses(event, pressed=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._glance.uses(event, pressed=False):
            super().keyReleaseEvent(event)

    def _keep_mask(self) -> None:
        """By its button, which goes with it: the keyboard is where the mask is seen."""
        self.canvas.setFocus()
        self.masks.own()

    def _try_mask(self, mask: Mask | None) -> None:
        """What a number would make of the mask is looked at, which is seen by that, or no longer."""
        if mask is not None:
            self.tint.visible = True
        self.canvas.try_mask(mask)

    def undo(self) -> None:
        """Take back what the hand has begun on the picture, or is on its way, or else what was done last."""
        if not (self.canvas.let_go() or self.objects.drop() or self.line.take_back()):
            self.document.undo()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Wait for what is being written, ask about unsaved work, then stop what runs, all of it.

        It has a moment to do so: then it is given up, and `quiet` is False. None of it can lose anything.
        """
        if not self.closing.ready():
            event.ignore()
            return
        self.furnishing.end()
        self.keep()
        self.hide()
        self.recovery.close()
        self.files.projects.forget()
        ended = [self.autosave.close(drop=self.files.safe or not self.closing.ended)]
        parts = (
            self.grids,
            self.movies,
            self.batches,
            self.models,
            self.jobs,
            self.files.recent,
            self.operations,
            self.click_look,
            self.lookups,
            self.tasks,
        )
        ended += [part.close() for part in parts]
        self.quiet = all(ended)
        super().closeEvent(event)
        self.closed.emit()

    def keep(self) -> None:
        """Write down what is remembered between two starts."""
        parts = self.views, self.brush, self.selecting, self.tint
        self._store.update(**{name: value for part in parts for name, value in part.remember().items()})

    def _preferences(self, over: QWidget) -> "Preferences":
        from editor.flows.help.preferences import Preferences

        data = platformdirs.user_data_path("palimpsest")
        return Preferences(
            self._store,
            self.document,
            self.views,
            self.view.choose_color,
            self.tint,
            self.autosave,
            self._engine,
            data,
            over,
        )

    def _show_recent(self) -> None:
        self.canvas.empty.show_recent(self.files.recent.files)

    def _zoom(self, zoom: float) -> None:
        self.canvas.zoom = zoom

    def _let_go(self) -> bool:
        """Escape: what the hand has begun, the card over the picture, what is said over it unless something
        runs, which is stopped; the frame shown in its place.
        """
        if self.canvas.let_go() or self.photographs.dismiss():
            return True
        if not self.runs.signs.stoppable and self.banner.dismiss():
            return True
        if self.document.chosen.masked is not None:
            self.layers.work_on_mask(False)
            return True
        picked = self.runs.steps.picked
        if picked:
            self.panels.filmstrip.release()
        return picked

    def _show_document(self, change: Changed) -> None:
        if change.what & What.PHOTO and self.document.state.photo is None:
            self.status.show_zoom(None)

    def _dress(self) -> None:
        self.setStyleSheet(SHEET)

    def _show_tint(self) -> None:
        tint = self.tint
        self.actions_["overlay"].setChecked(tint.visible)
        looks = {MaskView.TINT: "mask-tint", MaskView.ANTS: "ants", MaskView.ALONE: "mask-alone"}
        self.actions_[looks[tint.look]].setChecked(True)

    def _show_many(self) -> None:
        self.status.show_many("" if self.runs.signs.stoppable else self.waiting.many)

    def _show_waiting(self, waiting: bool) -> None:
        """Large files take a moment: the pointer says so, the window stays usable."""
        if waiting:
            self.setCursor(Qt.CursorShape.BusyCursor)
        else:
            self.unsetCursor()
