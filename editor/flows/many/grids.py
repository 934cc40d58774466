"""Tools → Grid: many edits in the worker, a sheet in a dialog, the settings of one cell into the document."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.document import commands
from core.document.state import State
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.many.many import Many
from editor.flows.models.models import Models
from editor.jobs import Jobs

if TYPE_CHECKING:
    from core.grid.plan import Plan
    from core.grid.run import Cell
    from editor.flows.many.grid_dialog import GridDialog


class Grids(Many["GridDialog"]):
    """On the picture as shown; takes what is picked there. The window stays free to edit on: edits go between
    two cells.

    repaintWanted  what was taken shall be drawn
    """

    repaintWanted = Signal()

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        models: Models,
        banner: Banner,
        window: QWidget | None,
        folder: Callable[[], Path] = Path.home,
    ) -> None:
        super().__init__(document, window, folder)
        self._jobs, self._models, self._banner = jobs, models, banner
        self._typed: tuple[tuple[str, str], tuple[str, str]] | None = None  # into the dialog before

    def _make(self) -> "GridDialog | None":
        document = self._document
        picture = document.composite
        if picture is None:
            bar = self._banner.notice(self.tr("Open a picture first."))
            bar.until(document.changed, lambda _: document.state.photo is not None)
            return None
        from editor.flows.many.grid_dialog import GridDialog

        dialog = GridDialog(
            document.request(),
            picture,
            document.mask(),
            self._jobs,
            self._window,
            guided=document.model.guided,
            folder=self._folder,
        )
        if self._typed is not None:
            dialog.columns.recall(self._typed[0])
            dialog.rows.recall(self._typed[1])
        dialog.taken.connect(self._take_here)
        dialog.wanted.connect(self.repaintWanted)
        return dialog

    def _stops(self) -> str:
        return self.tr(
            "A grid is being drawn. Quitting loses its cells; stop it first to save them as a sheet."
        )

    def _follow(self, dialog: "GridDialog") -> None:
        """The next grid is drawn of what is there then."""
        document = self._document
        if document.composite is not None:
            dialog.follow(document.request(), document.composite, document.mask(), document.model.guided)

    def _keep(self, dialog: "GridDialog") -> None:
        self._typed = dialog.columns.typed(), dialog.rows.typed()

    def _take_here(self, plan: "Plan", cell: "Cell") -> None:
        """A region of another picture is none of this one."""
        here = self._dialog is not None and self._dialog.photo is self._document.state.photo
        self.take(plan, cell if here else replace(cell, heat=None))

    def take(self, plan: "Plan", cell: "Cell") -> None:
        """The cell's settings become the draft, and a region found for it the mask: one undo entry.

        Corrections by hand stay, as they do when Find is pressed.
        """
        model, device = self._document.request().model, self._document.request().device
        taken = plan.request(cell.row, cell.column)

        def command(state: State) -> State:
            state = state.with_(draft=taken)
            if cell.heat is not None:  # searched anew: the mask that was there had no part in it
                return commands.set_heat(cell.heat)(state)
            return commands.set_threshold(taken.find.threshold)(state)

        self._document.apply(command, self.tr("Take from grid"), settings=True)
        if (taken.model, taken.device) != (model, device):
            self._models.choose(taken.model, taken.device, remember=False)
