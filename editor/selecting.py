"""How the selection tools of a window work, as it is set: canvas and tool options share this one."""

from PySide6.QtCore import QObject, Signal

from core.document.strokes import Mode


class Selecting(QObject):
    """What a selection does to the mask. changed: by whoever it was."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = Mode.REPLACE

    @property
    def mode(self) -> Mode:
        """What it does unless Shift or Alt say otherwise."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        if mode is not self._mode:
            self._mode = mode
            self.changed.emit()
