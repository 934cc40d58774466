"""How the canvas shows: the mask's tint, the view's angle."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QWidget

from editor.canvas.view import Canvas
from editor.tint import MaskView, Tint

ANGLE = 15.0  # degrees


class ViewMenu(QObject):
    """What the View menu does to the canvas."""

    def __init__(self, canvas: Canvas, tint: Tint, window: QWidget) -> None:
        super().__init__(window)
        self._canvas, self._tint, self._window = canvas, tint, window

    def rotate_left(self) -> None:
        self._canvas.rotate_view(-ANGLE)

    def rotate_right(self) -> None:
        self._canvas.rotate_view(ANGLE)

    def show_overlay(self, shown: bool) -> None:
        self._tint.visible = shown

    def show_tint(self) -> None:
        self._tint.look = MaskView.TINT

    def show_ants(self) -> None:
        self._tint.look = MaskView.ANTS

    def show_alone(self) -> None:
        self._tint.turn_alone()

    def show_unsure(self, shown: bool) -> None:
        """Over the mask, which is seen by that."""
        self._tint.unsure = shown
        if shown:
            self._tint.visible = True

    def choose_color(self) -> None:
        """One dialog for colour and opacity; it shows on the canvas while being chosen."""
        before = self._tint.color
        before.setAlphaF(self._tint.opacity)
        dialog = QColorDialog(before, self._window)
        dialog.setWindowTitle(self.tr("Mask Colour"))
        dialog.setOption(QColorDialog.ColorDialogOption.ShowAlphaChannel)
        dialog.currentColorChanged.connect(self._take)
        if not dialog.exec():
            self._take(before)
        dialog.deleteLater()

    def _take(self, color: QColor) -> None:
        self._tint.color, self._tint.opacity = color, color.alphaF()
