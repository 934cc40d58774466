"""A selection combined with what it is put into, and why one comes to nothing, with the way out."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.document.layer import Variant
from core.document.mask import Mask
from core.document.plane import Plane
from core.document.strokes import Mode


def tr(text: str) -> str:
    return QCoreApplication.translate("Combined", text)


@dataclass(frozen=True)
class Combined:
    """after: what becomes of the mask, or of the layer with it; None where it stays as it is.
    why: a sentence where nothing is selected then, else ""
    """

    after: Mask | Variant | None
    why: str = ""


def combined(subject: Mask | Variant, plane: Plane, mode: Mode) -> Combined:
    """On any thread. What comes to nothing changes nothing, but for what takes all of the mask away."""
    if mode.needs_mask and subject.is_empty:
        return Combined(None, lacking(mode))
    if plane.is_empty:
        return Combined(None, tr("Nothing of the picture is selected by this: the mask is as it was."))
    after = subject.selected(plane, mode)
    return Combined(after, gone(mode) if after.is_empty else "")


def lacking(mode: Mode) -> str:
    """Why nothing comes of a mode that needs a mask."""
    return {
        Mode.SUBTRACT: tr("The mask is empty: nothing to subtract from. Choose the mode Replace or Add."),
        Mode.INTERSECT: tr("The mask is empty: nothing to intersect with. Choose the mode Replace or Add."),
    }[mode]


def gone(mode: Mode) -> str:
    """Why nothing is left of the mask."""
    if mode is Mode.SUBTRACT:
        return tr("Nothing is left of the mask: the selection covers all of it. Undo brings it back.")
    return tr("Nothing is left of the mask: the selection lies beside it. Undo brings it back.")
