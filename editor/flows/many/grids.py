"""Tools → Grid: many edits in the worker, a sheet in a dialog, the settings of one cell into the document."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.document import commands
from core.document.state import State
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.models.models import Models
from editor.jobs import Jobs

if TYPE_CHECKING:
    from core.grid.plan import Plan
    from core.grid.run import Cell
    from editor.flows.many.grid_dialog import GridDialog


class Grids(QObject):
    """Opens the dialog on the picture as shown, and takes what is picked there.

    repaintWanted  what was taken shall be drawn
    """

    repaintWanted = Signal()

    def __init__(
        self, document: Document, jobs: Jobs, models: Models, banner: Banner, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._jobs, self._models = document, jobs, models
        self._banner, self._window = banner, window
        self._typed: tuple[tuple[str, str], tuple[str, str]] | None = None  # into the dialog before

    def open(self) -> "GridDialog | None":
        """The dialog, shown; None without a picture, or while something runs."""
        document = self._document
        picture = document.composite
        if self._jobs.busy:
            bar = self._banner.notice(
                self.tr("Something is still running."), self.tr("Wait for it, or stop it.")
            )
            bar.until(self._jobs.busyChanged)
            return None
        if picture is None:
            bar = self._banner.notice(self.tr("Open a picture first."))
            bar.until(document.changed, lambda _: document.state.photo is not None)
            return None
        from editor.flows.many.grid_dialog import GridDialog

        dialog = GridDialog(document.request(), picture, document.mask(), self._jobs, self._window)
        if self._typed is not None:
            dialog.columns.recall(self._typed[0])
            dialog.rows.recall(self._typed[1])
        dialog.taken.connect(self.take)
        dialog.wanted.connect(self.repaintWanted)
        dialog.finished.connect(lambda: self._remember(dialog))
        dialog.open()
        return dialog

    def _remember(self, dialog: "GridDialog") -> None:
        self._typed = dialog.columns.typed(), dialog.rows.typed()

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
