"""How the mask shows over the picture of a window: canvas, panel and menu share this one."""

from enum import Enum, auto

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor

from editor.observed import Observable, Observed
from editor.settings import Settings


class MaskView(Enum):
    """A tint over it, dashes that march along its edge, or the mask by itself, white on black."""

    TINT = auto()
    ANTS = auto()
    ALONE = auto()


class Tint(Observable):
    """Colour, strength, what of it is shown, and how. changed: by whoever it was.

    unsure  where the model was unsure of it is shown with it
    """

    unsure = Observed(False)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._color, self._opacity = QColor(settings.overlay_color), settings.overlay_opacity
        self._visible = True
        self._look = self._beside = MaskView.ANTS if settings.overlay_ants else MaskView.TINT

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
    def look(self) -> MaskView:
        """How the mask is shown."""
        return self._look

    @look.setter
    def look(self, look: MaskView) -> None:
        """It is seen by that."""
        if (look, True) != (self._look, self._visible):
            self._look, self._visible = look, True
            if look is not MaskView.ALONE:
                self._beside = look
            self.changed.emit()

    @property
    def ants(self) -> bool:
        """Dashes march along the mask's edge."""
        return self._look is MaskView.ANTS

    @property
    def alone(self) -> bool:
        """The mask is shown by itself, white on black."""
        return self._look is MaskView.ALONE

    def turn_alone(self) -> None:
        """The mask by itself, or again as it was shown over the picture."""
        self.look = self._beside if self.alone and self._visible else MaskView.ALONE

    def remember(self) -> dict[str, object]:
        """The settings that it holds now."""
        look = {"overlay_color": self._color.name(), "overlay_opacity": self._opacity}
        return {**look, "overlay_ants": self._beside is MaskView.ANTS}

    def _set(self, color: QColor, opacity: float, visible: bool) -> None:
        if (color, opacity, visible) != (self._color, self._opacity, self._visible):
            self._color, self._opacity, self._visible = color, opacity, visible
            self.changed.emit()
