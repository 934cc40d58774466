"""Which area the model works on: one of the named ones, or the frame that is drawn on the canvas."""

from PySide6.QtCore import QCoreApplication, Qt, Signal

from core.edit.parameter import Option
from core.photo.rect import Rect
from editor.widgets.choice import Choice

FRAME = "frame"  # the entry's data


class AreaChoice(Choice):
    """A choice with one entry more while there is a frame: choosing another one takes the frame away."""

    valueChanged = Signal()

    def __init__(self, name: str, tip: str, options: tuple[Option, ...]) -> None:
        super().__init__(name, tip, options)
        self._frame: Rect | None = None
        self.currentIndexChanged.connect(self._told)

    def value(self) -> str | Rect:
        chosen = self.currentData()
        return self._frame if chosen == FRAME and self._frame is not None else chosen

    def setValue(self, value: str | Rect) -> None:
        frame = None if isinstance(value, str) else value
        if frame is None:
            self.setCurrentIndex(self.findData(value))
            self._forget()
            return
        at, self._frame = self.findData(FRAME), frame
        if at < 0:
            at = self.count()
            self.addItem("", FRAME)
            tip = QCoreApplication.translate("AreaChoice", "The frame that is drawn on the picture.")
            self.setItemData(at, tip, Qt.ItemDataRole.ToolTipRole)
        text = QCoreApplication.translate("AreaChoice", "The frame, {width} × {height}")
        self.setItemText(at, text.format(width=frame[2], height=frame[3]))
        self.setCurrentIndex(at)

    def _told(self) -> None:
        if self.currentData() != FRAME:
            self._forget()
        self.valueChanged.emit()

    def _forget(self) -> None:
        """The frame is no more: it may be another photo's by the time that it is wanted again."""
        at, self._frame = self.findData(FRAME), None
        if at >= 0:
            self.removeItem(at)
