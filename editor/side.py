"""The panels beside the canvas and the filmstrip below it, connected to what they wish for."""

from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from editor.brush import Brush
from editor.document.document import Document
from editor.flows.runs.runs import Runs
from editor.jobs import Jobs
from editor.panels.edit import EditPanel
from editor.panels.edits import EditsPanel
from editor.panels.filmstrip import Filmstrip
from editor.panels.guidance import GuidancePanel
from editor.panels.mask import MaskPanel
from editor.panels.prompt import PromptPanel
from editor.settings import MANY, Store
from editor.tint import Tint


class Side(QWidget):
    """One column that scrolls, and under it, always in sight, the one filled button."""

    def __init__(self, document: Document, brush: Brush, tint: Tint) -> None:
        super().__init__()
        self._document = document
        self.prompts = PromptPanel(document)
        self.mask_panel = MaskPanel(document, brush, tint)
        self.guidance = GuidancePanel(document)
        self.edit = EditPanel(document)
        self.edits = EditsPanel(document)
        self.filmstrip = Filmstrip()
        self._arrange()
        fields = self.prompts.reference, self.prompts.query, self.prompts.avoid
        for field, following in pairwise(fields):  # Tab leads from prompt to prompt
            QWidget.setTabOrder(field, following)

    def connect_runs(self, runs: Runs, jobs: Jobs) -> None:
        """Wishes to the engine, and what it tells meanwhile."""
        self.prompts.submitted.connect(self.edit.ask)
        self.mask_panel.findRequested.connect(runs.find)
        self.edit.repaintRequested.connect(runs.repaint)
        self.edit.run_bar.stopRequested.connect(runs.stop)
        self.filmstrip.framePicked.connect(runs.steps.pick)
        self.filmstrip.frameReleased.connect(runs.release_frame)
        self._document.changed.connect(lambda _: self.filmstrip.release())
        runs.asked.connect(self.prompts.commit)
        runs.begun.connect(self._begin)
        runs.steps.framed.connect(self.filmstrip.add_frame)
        runs.traced.connect(self.guidance.show_traces)
        runs.queryMissing.connect(self.prompts.query.setFocus)
        runs.doubts.othersWanted.connect(self.prompts.query.setFocus)
        for panel in (self.mask_panel, self.edit):
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
        self.guidance.clear_traces()

    def _arrange(self) -> None:
        self._sections = (self.mask_panel, self.guidance, self.edit, self.edits)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for panel in (self.prompts, *self._sections):
            column.addWidget(panel)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        outside.addWidget(area, 1)
        bar = area.verticalScrollBar().sizeHint().width()
        self.edit.run_bar.setContentsMargins(12, 8, 12 + bar, 12)  # in line with the fields above it
        outside.addWidget(self.edit.run_bar)

    def _begin(self) -> None:
        self.forget()
        self.prompts.remember()


def _keep_prompts(store: Store, prompts: list[str]) -> None:
    """Remember this window's prompts, and after them what others have typed."""
    store.change(lambda now: {"prompts": tuple(dict.fromkeys((*prompts, *now.prompts)))[:MANY]})


def _fold(store: Store, key: str, folded: bool) -> None:
    """Remember one section's state; another window may have folded others."""
    store.change(lambda now: {"folded": (*(k for k in now.folded if k != key), *((key,) if folded else ()))})
