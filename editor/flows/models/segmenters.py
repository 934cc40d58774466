"""Which segmentation model selects: the one that was chosen, else the first on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from editor.banner import Banner
from editor.settings import Store
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.models.show import Shown


class Segmenters(QObject):
    """changed: another one is used, or it is known now whether there is one."""

    changed = Signal()

    def __init__(self, tasks: Tasks, store: Store, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks, self._store, self._banner = tasks, store, banner
        self.folder: str | None = None  # of the one that is used, "" where there is none; None: not known

    def look(self) -> None:
        """See which there are: the chosen one may have gone, another one come."""
        from core.models.segment.folders import segmenters

        settings = self._store.settings
        given = [Path(settings.segmenter)] if settings.segmenter else []
        home = Path(settings.models_home) if settings.models_home else None
        self._tasks.start(lambda: segmenters(given, home), self._take, self._banner.error)

    def choose(self, shown: "Shown") -> None:
        """Use this one from now on, next time too."""
        self._store.update(segmenter=str(shown.path))
        self._use(str(shown.path))
        self._banner.notice(shown.sentence, shown.hint)

    def _take(self, found: list[Path]) -> None:
        self._use(str(found[0]) if found else "")

    def _use(self, folder: str) -> None:
        if folder != self.folder:
            self.folder = folder
            self.changed.emit()
