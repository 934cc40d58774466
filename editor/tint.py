"""How the mask shows over the picture of a window: canvas, panel and menu share this one."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from editor.settings import Settings


class Tint(QObject):
    """Colour, strength, what of it is shown. changed: by whoever it was."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._color, self._opacity = QColor(settings.overlay_color), settings.overlay_opacity
        self._visible, self._unsure = True, False
        self._ants, self._alone = settings.overlay_ants, False

    @property
    def color(self) -> QColor:
        return QColor(self._color)

    @color.setter
    def color(self, color: QColor) -> None:
        self._set(QColor(color.rgb()), self._opacity, self._visible)

    @property
    def opacity(self) -> float:
        """Strength where the mask is full, 0…1."""
        return self._opacity

    @opacity.setter
    def opacity(self, opacity: float) -> None:
        self._set(self._color, min(max(opacity, 0.0), 1.0), self._visible)

    @property
    def visible(self) -> bool:
        """The mask is shown."""
        return self._visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        self._set(self._color, self._opacity, visible)

    @property
    def unsure(self) -> bool:
        """Where the model was unsure of it is shown."""
        return self._unsure

    @unsure.setter
    def unsure(self, unsure: bool) -> None:
        if unsure != self._unsure:
            self._unsure = unsure
            self.changed.emit()

    @property
    def ants(self) -> bool:
        """Dashes march along the mask's edge instead of the tint."""
        return self._ants

    @ants.setter
    def ants(self, ants: bool) -> None:
        if ants != self._ants:
            self._ants = ants
            self.changed.emit()

    @property
    def alone(self) -> bool:
        """The mask is shown by itself, white on black."""
        return self._alone

    @alone.setter
    def alone(self, alone: bool) -> None:
        if alone != self._alone:
            self._alone, self._visible = alone, self._visible or alone
            self.changed.emit()

    def remember(self) -> dict[str, object]:
        """The settings that it holds now."""
        look = {"overlay_color": self._color.name(), "overlay_opacity": self._opacity}
        return {**look, "overlay_ants": self._ants}

    def _set(self, color: QColor, opacity: float, visible: bool) -> None:
        if (color, opacity, visible) != (self._color, self._opacity, self._visible):
            self._color, self._opacity, self._visible = color, opacity, visible
            self.changed.emit()
