"""The options of the selection tools: what a selection does to the mask, and what the tool in hand asks."""

from functools import partial

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from core.document.strokes import Mode
from editor.icons import SIZE
from editor.selecting import Selecting
from editor.widgets.icons import quiet

FINE = 4  # device pixels for one of the screen's at most: icons stay sharp at 400 %


class SelectOptions(QWidget):
    """Four modes, of which one is on, and a hint."""

    def __init__(self, selecting: Selecting) -> None:
        super().__init__()
        self._selecting = selecting
        self.modes = {mode: self._button(mode, *texts) for mode, texts in self._texts().items()}
        self.hint = QLabel()
        quiet(self.hint)
        group = QButtonGroup(self)
        box = QHBoxLayout(self)
        box.setContentsMargins(8, 0, 8, 0)
        box.setSpacing(2)
        for button in self.modes.values():
            group.addButton(button)
            box.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        box.addSpacing(14)
        box.addWidget(self.hint, 0, Qt.AlignmentFlag.AlignVCenter)
        box.addStretch(1)
        selecting.changed.connect(self._show)
        self._show()
        self._tint()

    def show_tool(self, tool: str) -> None:
        """What the tool of that name asks for."""
        self.hint.setText(self._hints()[tool])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._tint()

    def _hints(self) -> dict[str, str]:
        drag = self.tr("Drag. Shift while dragging: as wide as high; Alt: from the middle.")
        lasso = self.tr("Drag, or click from corner to corner. Enter closes it, Backspace goes back.")
        return {"rectangle": drag, "ellipse": drag, "lasso": lasso}

    def _texts(self) -> dict[Mode, tuple[str, str]]:
        return {
            Mode.REPLACE: (self.tr("Replace"), self.tr("The selection becomes the mask.")),
            Mode.ADD: (
                self.tr("Add"),
                self.tr("The mask holds the selection too (Shift held as it begins)."),
            ),
            Mode.SUBTRACT: (
                self.tr("Subtract"),
                self.tr("The selection is taken from the mask (Alt or the right mouse button as it begins)."),
            ),
            Mode.INTERSECT: (
                self.tr("Intersect"),
                self.tr("What is in both stays masked (Shift and Alt as it begins)."),
            ),
        }

    def _button(self, mode: Mode, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"mode-{mode.value}")
        button.setCheckable(True)
        button.setIconSize(QSize(SIZE, SIZE))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(name)
        button.setToolTip(f"{name}: {tip}")
        button.clicked.connect(partial(setattr, self._selecting, "mode", mode))
        return button

    def _show(self) -> None:
        self.modes[self._selecting.mode].setChecked(True)

    def _tint(self) -> None:
        for mode, button in self.modes.items():
            button.setIcon(_icon(mode, self.palette()))


def _icon(mode: Mode, palette: QPalette) -> QIcon:
    """Two squares, what becomes of them filled: in the palette's colours, on the accent too."""
    icon = QIcon()
    for role, state in (
        (QPalette.ColorRole.WindowText, QIcon.State.Off),
        (QPalette.ColorRole.HighlightedText, QIcon.State.On),
    ):
        pixmap = QPixmap(SIZE * FINE, SIZE * FINE)
        pixmap.setDevicePixelRatio(FINE)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setPen(QPen(palette.color(role), 1))
        painter.setBrush(palette.color(role))
        old, new = QPainterPath(), QPainterPath()
        old.addRect(QRectF(2.5, 2.5, 10, 10))
        new.addRect(QRectF(*((5, 5) if mode is Mode.REPLACE else (7.5, 7.5)), 10, 10))
        kept = {
            Mode.REPLACE: new,
            Mode.ADD: old.united(new),
            Mode.SUBTRACT: old.subtracted(new),
            Mode.INTERSECT: old.intersected(new),
        }
        painter.drawPath(kept[mode])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if mode is not Mode.REPLACE:
            painter.drawPath(old.united(new).simplified())
        painter.drawPath(kept[mode])
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon
