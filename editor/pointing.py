"""How the tool that selects objects stands, as its options say it."""

from enum import Enum

from PySide6.QtCore import QObject, Signal


class Standing(Enum):
    """What the tool is at."""

    READY = "ready"
    READING = "reading"  # the segmentation model reads the picture, once
    WAITING = "waiting"  # an edit is under way, which comes first
    LACKING = "lacking"  # there is no segmentation model on this machine


class Stand(QObject):
    """changed: by whoever found out."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage = Standing.READY

    @property
    def stage(self) -> Standing:
        return self._stage

    @stage.setter
    def stage(self, stage: Standing) -> None:
        if stage is not self._stage:
            self._stage = stage
            self.changed.emit()
