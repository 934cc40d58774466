"""How far a change of the mask shall reach: asked in pixels of the picture."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from core.edit.parameter import Slide
from core.photo.rect import Size
from editor.widgets.button import button_box
from editor.widgets.number import NumberSlider

MOST = 1000.0  # pixels that can be typed
LEAST = 20.0  # pixels that the slider reaches in any picture
REACH, GROWTH = 0.1, 0.05  # of the slider: a share of the picture's shorter side, and of its own value


class AmountDialog(QDialog):
    """One number: `pixels`."""

    def __init__(
        self,
        title: str,
        label: str,
        tip: str,
        start: float,
        size: Size,
        parent: QWidget,
    ) -> None:
        """start: the number at first;  size: (W, H) of the picture"""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        reach = min(MOST, max(LEAST, round(REACH * min(size))))
        span = Slide(1, reach, 1, 0, self.tr("px"), growth=GROWTH)
        self.pixels = NumberSlider(label, span, tip, typed=(1, MOST))
        self.pixels.setValue(start)
        self.says = QLabel(
            self.tr("{what} In pixels of the picture, which has {width} × {height}.").format(
                what=tip, width=size[0], height=size[1]
            ),
            wordWrap=True,
        )
        buttons = button_box(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.says, self.pixels, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(420)
        self.pixels.entry.setFocus()
        self.pixels.entry.selectAll()
