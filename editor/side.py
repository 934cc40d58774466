"""The panels beside the canvas and the filmstrip below it, connected to what they wish for."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from editor.document.document import Document
from editor.flows.runs.runs import Runs
from editor.panels.advanced import AdvancedPanel
from editor.panels.combining import Combining
from editor.panels.filmstrip import Filmstrip
from editor.panels.guidance import GuidancePanel
from editor.panels.layers import LayersPanel
from editor.panels.mask import MaskPanel
from editor.panels.norms import NormsSection
from editor.panels.prompt import PromptPanel
from editor.panels.queue import QueuePanel
from editor.panels.resets import Resets, fields_of, fields_under
from editor.panels.run import RunPanel
from editor.panels.target import TargetSection
from editor.panels.weight_pages import WeightPages
from editor.settings import MANY, Store
from editor.widgets.section import Section

LEAST = 96  # logical pixels that prompts and settings keep when there is little room


class Column(QScrollArea):
    """What scrolls when there is no room for it. `grows`: it takes the room that is left."""

    def __init__(self, *, grows: bool) -> None:
        super().__init__()
        self._grows = grows
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        vertical = QSizePolicy.Policy.Expanding if grows else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Expanding, vertical)

    def add(self, widget: QWidget) -> None:
        """One more, below the others."""
        self._column.insertWidget(self._column.count() - 1, widget)
        self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's, of what is inside: a line that comes or goes there makes this higher or lower."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():  # lines break elsewhere
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        inside = self._inside
        width = self.viewport().width()
        height = inside.heightForWidth(width) if inside.hasHeightForWidth() else inside.sizeHint().height()
        return QSize(inside.sizeHint().width(), LEAST if self._grows else height)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._inside.minimumSizeHint().width(), LEAST)


class Side(QWidget):
    """Prompts and Repaint, always in sight; under them what scrolls. `build` makes them.

    Layers, queue and filmstrip are made here too, for docks of their own.
    """

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.above, self.below = Column(grows=False), Column(grows=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for widget, stretch in ((self.above, 0), (self.below, 1)):
            self._column.addWidget(widget, stretch)

    def build(self, store: Store) -> Iterator[None]:
        """Make the panels from above to below, as they were left; all is there at the end.

        A yield after each, and in mid-way of the large ones: together they take longer than a frame may.
        """
        document = self._document
        self.prompts = PromptPanel(document)
        self._remember_prompts(store)
        self.above.add(self.prompts)
        yield
        self.run = RunPanel(document)
        self._column.insertWidget(1, self.run)
        yield
        self.mask_panel = MaskPanel(document)
        self._set_in(self.mask_panel, self.mask_panel.edge, store)
        yield
        pages = WeightPages(document)
        yield
        self.guidance = GuidancePanel(document, pages)
        self._set_in(self.guidance, self.guidance.schedule, store)
        yield
        parts = Combining(document), TargetSection(document), NormsSection(document)
        yield
        self.advanced = AdvancedPanel(document, *parts)
        self._set_in(self.advanced, self.advanced.norms, store)
        yield
        self.layers = LayersPanel(document)
        yield
        self.queue = QueuePanel()
        yield
        self.filmstrip = Filmstrip()
        self.resets = self._resets()
        fields = self.prompts.reference, self.prompts.query, self.prompts.avoid, self.run.button
        for field, following in pairwise(fields):  # Tab leads from prompt to prompt, and to Repaint
            QWidget.setTabOrder(field, following)

    def _remember_prompts(self, store: Store) -> None:
        self.prompts.set_history(list(store.settings.prompts))
        self.prompts.historyChanged.connect(partial(_keep_prompts, store))

    def _set_in(self, section: Section, inner: Section, store: Store) -> None:
        """Under the others, folded as it was left before it is seen."""
        for one in (inner, section):
            one.folded = one.key in store.settings.folded
            one.foldedChanged.connect(partial(_fold, store, one.key))
        self.below.add(section)

    def _resets(self) -> Resets:
        guidance, target = fields_under("guidance"), fields_under("target")
        fields = {
            self.mask_panel: fields_of("mask", "edge"),
            self.mask_panel.edge: fields_of("edge"),
            self.guidance: guidance,
            self.guidance.schedule: tuple(field for field in guidance if field != "guidance.scale"),
            self.advanced: (*fields_of("edit", "combining"), *target),
            self.advanced.target: target,
        }
        return Resets(self._document, fields)

    def connect_runs(self, runs: Runs) -> None:
        """Wishes to the engine, and what it tells meanwhile."""
        self.prompts.submitted.connect(self.run.ask)
        self.prompts.removeRequested.connect(runs.asks.remove)
        runs.asks.wordsMissing.connect(self.prompts.reference.setFocus)
        self.mask_panel.findRequested.connect(runs.asks.find_by)
        self.mask_panel.closerRequested.connect(runs.asks.look_closer)
        self.run.rolled.connect(runs.variants.seeds.rolled)
        self.run.repaintRequested.connect(runs.asks.repaint)
        self.run.count.valueChanged.connect(runs.asks.draw_many)
        runs.asks.draw_many(self.run.count.value())
        self.advanced.freshChanged.connect(self.run.set_fresh)
        self.filmstrip.framePicked.connect(runs.steps.pick)
        self.filmstrip.frameReleased.connect(runs.release_frame)
        self._document.changed.connect(lambda _: self.filmstrip.release())
        runs.asks.asked.connect(self.prompts.commit)
        runs.begun.connect(self._begin)
        runs.taken.connect(self.prompts.remember)
        runs.steps.framed.connect(self.filmstrip.add_frame)
        runs.steps.cleared.connect(self.filmstrip.clear)
        runs.watching.traced.connect(self.advanced.norms.show_traces)
        runs.asks.queryMissing.connect(self.prompts.query.setFocus)
        runs.doubts.othersWanted.connect(self.prompts.choose_words)
        runs.queue.changed.connect(lambda: self.run.set_running(runs.busy))
        self.run.set_running(runs.busy)
        runs.signs.seeks.connect(self.mask_panel.show_search)

    def forget(self) -> None:
        """Another picture was opened: steps and norms belong to the one before."""
        self.filmstrip.clear()
        self.advanced.norms.clear_traces()

    def _begin(self) -> None:
        self.filmstrip.clear()
        self.advanced.norms.begin()


def _keep_prompts(store: Store, prompts: list[str]) -> None:
    """Remember this window's prompts, and after them what others have typed."""
    store.change(lambda now: {"prompts": tuple(dict.fromkeys((*prompts, *now.prompts)))[:MANY]})


def _fold(store: Store, key: str, folded: bool) -> None:
    """Remember one section's state; another window may have folded others."""
    store.change(lambda now: {"folded": (*(k for k in now.folded if k != key), *((key,) if folded else ()))})
