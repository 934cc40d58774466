"""Libraries that are needed in a while: brought in the background once the panels stand."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from core.errors import CoreError
from core.photo.lazy import csgraph, ndimage
from editor.tasks import Tasks

if TYPE_CHECKING:
    from editor.panels.guidance import GuidancePanel


class Late(QObject):
    """What draws curves (a third of a second), once one is seen, and what cuts masks (half a second)."""

    def __init__(self, tasks: Tasks, failed: Callable[[CoreError], object], parent: QObject) -> None:
        super().__init__(parent)
        self._tasks, self._failed = tasks, failed

    def bring(self, guidance: "GuidancePanel") -> None:
        """The panels stand."""
        guidance.plotWanted.connect(partial(self._plot, guidance), Qt.ConnectionType.SingleShotConnection)
        if guidance.isVisible():
            guidance.plotWanted.emit()
        self._tasks.start(_bring_masks, lambda _: None, self._failed)

    def _plot(self, guidance: "GuidancePanel") -> None:
        """Make the curve once its library is there."""
        self._tasks.start(_bring_plots, lambda _: guidance.build_plot(), self._failed)


def _bring_plots() -> None:
    import editor.panels.curve  # noqa: F401  # pyright: ignore[reportUnusedImport]


def _bring_masks() -> None:
    """What cuts them, then what clicks go by."""
    ndimage()
    csgraph()
