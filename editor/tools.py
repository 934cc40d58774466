"""How the canvas works and shows: the tool in hand, the brush, the mask's tint, the view's angle."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QWidget

from editor.canvas.view import Canvas
from editor.settings import Store

ANGLE = 15.0  # degrees


class Tools(QObject):
    """What the Edit and View menus do to the canvas."""

    def __init__(self, canvas: Canvas, store: Store, window: QWidget) -> None:
        super().__init__(window)
        self._canvas, self._store, self._window = canvas, store, window
        settings = store.settings
        canvas.brush_size, canvas.brush_hardness = settings.brush_size, settings.brush_hardness
        canvas.overlay_color = QColor(settings.overlay_color)
        canvas.overlay_opacity = settings.overlay_opacity

    def remember(self) -> dict[str, object]:
        """The settings that the canvas holds now."""
        canvas = self._canvas
        return {
            "brush_size": canvas.brush_size,
            "brush_hardness": canvas.brush_hardness,
            "overlay_color": canvas.overlay_color.name(),
            "overlay_opacity": canvas.overlay_opacity,
        }

    def pan(self) -> None:
        self._canvas.set_tool("pan")

    def brush(self) -> None:
        self._canvas.set_tool("brush")

    def eraser(self) -> None:
        self._canvas.set_tool("eraser")

    def softer(self) -> None:
        self._canvas.brush_hardness -= 0.1

    def harder(self) -> None:
        self._canvas.brush_hardness += 0.1

    def rotate_left(self) -> None:
        self._canvas.rotate_view(-ANGLE)

    def rotate_right(self) -> None:
        self._canvas.rotate_view(ANGLE)

    def show_overlay(self, shown: bool) -> None:
        self._canvas.overlay_visible = shown

    def show_original(self, shown: bool) -> None:
        self._canvas.show_original(shown)

    def choose_color(self) -> None:
        """One dialog for colour and opacity; it shows on the canvas while being chosen."""
        before = QColor(self._canvas.overlay_color)
        before.setAlphaF(self._canvas.overlay_opacity)
        dialog = QColorDialog(before, self._window)
        dialog.setWindowTitle(self.tr("Mask Colour"))
        dialog.setOption(QColorDialog.ColorDialogOption.ShowAlphaChannel)
        dialog.currentColorChanged.connect(self._tint)
        if not dialog.exec():
            self._tint(before)
        dialog.deleteLater()

    def _tint(self, color: QColor) -> None:
        self._canvas.overlay_color = QColor(color.rgb())
        self._canvas.overlay_opacity = color.alphaF()
