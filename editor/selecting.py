"""How the selection tools of a window work, as it is set: canvas and tool options share this one."""

from PySide6.QtCore import QObject

from core.document.strokes import Mode
from editor.observed import Observable, Observed
from editor.settings import Settings

MOST = 255  # of a tolerance: any colour


class Selecting(Observable):
    """What a selection does to the mask, what shapes, wand and gradient go by. changed: by whoever it was.

    mode        what every selection does, and what is found, unless Shift or Alt say otherwise
    feather     over how many pixels of the photo, to either side of its edge, a shape drawn next fades; ≥ 0
    tolerance   by how much each value of a colour may differ, 0…255
    contiguous  what hangs together with the pixel that is pressed, alone
    as_shown    by the colours of the picture with its layers; else by those of the photo as opened
    radial      a gradient goes round a point; else along a line
    """

    mode = Observed(Mode.REPLACE)
    feather = Observed(0.0)
    tolerance = Observed(0)
    contiguous = Observed(True)
    as_shown = Observed(True)
    radial = Observed(False)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tolerance, self.radial = settings.wand_tolerance, settings.gradient_radial
        self.contiguous, self.as_shown = settings.wand_contiguous, settings.wand_as_shown

    def replace(self) -> None:
        self.mode = Mode.REPLACE

    def add(self) -> None:
        self.mode = Mode.ADD

    def subtract(self) -> None:
        self.mode = Mode.SUBTRACT

    def intersect(self) -> None:
        self.mode = Mode.INTERSECT

    def remember(self) -> dict[str, object]:
        """The settings that it holds now. Mode and feather are none: they are chosen for a mask that is being
        made.
        """
        return {
            "wand_tolerance": self.tolerance,
            "wand_contiguous": self.contiguous,
            "wand_as_shown": self.as_shown,
            "gradient_radial": self.radial,
        }
