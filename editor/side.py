"""The panels beside the canvas and the filmstrip below it, connected to what they wish for."""

from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from editor.document.document import Document
from editor.flows.runs.runs import Runs
from editor.jobs import Jobs
from editor.panels.advanced import AdvancedPanel
from editor.panels.filmstrip import Filmstrip
from editor.panels.guidance import GuidancePanel
from editor.panels.layers import LayersPanel
from editor.panels.mask import MaskPanel
from editor.panels.prompt import PromptPanel
from editor.panels.resets import Resets, fields_of, fields_under
from editor.panels.run import RunPanel
from editor.settings import MANY, Store

LEAST = 96  # logical pixels that prompts and settings keep when there is little room


class Column(QScrollArea):
    """What scrolls when there is no room for it. `grows`: it takes the room that is left."""

    def __init__(self, *widgets: QWidget, grows: bool) -> None:
        super().__init__()
        self._grows = grows
        self._inside = inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        vertical = QSizePolicy.Policy.Expanding if grows else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Expanding, vertical)

    def sizeHint(self) -> QSize:
        inside = self._inside
        width = self.viewport().width()
        height = inside.heightForWidth(width) if inside.hasHeightForWidth() else inside.sizeHint().height()
        return QSize(inside.sizeHint().width(), LEAST if self._grows else height)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._inside.minimumSizeHint().width(), LEAST)


class Side(QWidget):
    """Prompts and Repaint, always in sight; under them what scrolls.

    Layers and filmstrip are made here too, for docks of their own.
    """

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.prompts = PromptPanel(document)
        self.run = RunPanel(document)
        self.mask_panel = MaskPanel(document)
        self.guidance = GuidancePanel(document)
        self.advanced = AdvancedPanel(document)
        self.layers = LayersPanel(document)
        self.filmstrip = Filmstrip()
        top, mask, guidance, advanced = self.prompts, self.mask_panel, self.guidance, self.advanced
        self._sections = (mask, mask.edge, guidance, guidance.schedule, advanced, advanced.norms)
        self.above, self.below = Column(top, grows=False), Column(mask, guidance, advanced, grows=True)
        self.resets = self._resets()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((self.above, 0), (self.run, 0), (self.below, 1)):
            column.addWidget(widget, stretch)
        fields = self.prompts.reference, self.prompts.query, self.prompts.avoid, self.run.button
        for field, following in pairwise(fields):  # Tab leads from prompt to prompt, and to Repaint
            QWidget.setTabOrder(field, following)

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

    def connect_runs(self, runs: Runs, jobs: Jobs) -> None:
        """Wishes to the engine, and what it tells meanwhile."""
        self.prompts.submitted.connect(self.run.ask)
        self.mask_panel.findRequested.connect(runs.find)
        self.run.repaintRequested.connect(runs.repaint)
        self.run.stopRequested.connect(runs.stop)
        self.advanced.freshChanged.connect(self.run.set_fresh)
        self.filmstrip.framePicked.connect(runs.steps.pick)
        self.filmstrip.frameReleased.connect(runs.release_frame)
        self._document.changed.connect(lambda _: self.filmstrip.release())
        runs.asked.connect(self.prompts.commit)
        runs.begun.connect(self._begin)
        runs.taken.connect(self.prompts.remember)
        runs.steps.framed.connect(self.filmstrip.add_frame)
        runs.traced.connect(self.advanced.norms.show_traces)
        runs.queryMissing.connect(self.prompts.query.setFocus)
        runs.doubts.othersWanted.connect(self.prompts.query.setFocus)
        for panel in (self.mask_panel, self.run):
            jobs.busyChanged.connect(panel.set_running)
            panel.set_running(jobs.busy)

    def connect_store(self, store: Store) -> None:
        """Earlier prompts and folded sections, as they were left."""
        self.prompts.set_history(list(store.settings.prompts))
        self.prompts.historyChanged.connect(partial(_keep_prompts, store))
        for section in self._sections:
            section.folded = section.key in store.settings.folded
            section.foldedChanged.connect(partial(_fold, store, section.key))

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
