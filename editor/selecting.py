"""How the selection tools of a window work, as it is set: canvas and tool options share this one."""

from PySide6.QtCore import QObject, Signal

from core.document.strokes import Mode
from editor.settings import Settings

MOST = 255  # of a tolerance: any colour


class Selecting(QObject):
    """What a selection does to the mask, what shapes, wand and gradient go by. changed: by whoever it was."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = Mode.REPLACE
        self._feather = 0.0
        self._tolerance = settings.wand_tolerance
        self._radial = settings.gradient_radial
        self._contiguous, self._as_shown = settings.wand_contiguous, settings.wand_as_shown

    @property
    def mode(self) -> Mode:
        """What every selection does, and what is found, unless Shift or Alt say otherwise."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        if mode is not self._mode:
            self._mode = mode
            self.changed.emit()

    def replace(self) -> None:
        self.mode = Mode.REPLACE

    def add(self) -> None:
        self.mode = Mode.ADD

    def subtract(self) -> None:
        self.mode = Mode.SUBTRACT

    def intersect(self) -> None:
        self.mode = Mode.INTERSECT

    @property
    def feather(self) -> float:
        """Over how many pixels of the photo, to either side of its edge, a shape drawn next fades; ≥ 0."""
        return self._feather

    @feather.setter
    def feather(self, feather: float) -> None:
        if feather != self._feather:
            self._feather = feather
            self.changed.emit()

    @property
    def tolerance(self) -> int:
        """By how much each value of a colour may differ, 0…255."""
        return self._tolerance

    @tolerance.setter
    def tolerance(self, tolerance: int) -> None:
        if tolerance != self._tolerance:
            self._tolerance = min(max(tolerance, 0), MOST)
            self.changed.emit()

    @property
    def contiguous(self) -> bool:
        """What hangs together with the pixel that is pressed, alone."""
        return self._contiguous

    @contiguous.setter
    def contiguous(self, contiguous: bool) -> None:
        if contiguous != self._contiguous:
            self._contiguous = contiguous
            self.changed.emit()

    @property
    def as_shown(self) -> bool:
        """By the colours of the picture with its layers; else by those of the photo as opened."""
        return self._as_shown

    @as_shown.setter
    def as_shown(self, as_shown: bool) -> None:
        if as_shown != self._as_shown:
            self._as_shown = as_shown
            self.changed.emit()

    @property
    def radial(self) -> bool:
        """A gradient goes round a point; else along a line."""
        return self._radial

    @radial.setter
    def radial(self, radial: bool) -> None:
        if radial != self._radial:
            self._radial = radial
            self.changed.emit()

    def remember(self) -> dict[str, object]:
        """The settings that it holds now. Mode and feather are none: they are chosen for a mask that is being
        made.
        """
        return {
            "wand_tolerance": self._tolerance,
            "wand_contiguous": self._contiguous,
            "wand_as_shown": self._as_shown,
            "gradient_radial": self._radial,
        }
