"""The brush of a window as it is set: canvas, panel and keys share this one."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from editor.settings import Settings

SMALLEST, LARGEST = 1.0, 2000.0  # diameter in photo pixels


@dataclass
class Tip:
    """What a stroke is made with: its diameter in photo pixels, and the share of the radius that is full.

    edges  it spreads no farther than the picture's edges
    """

    size: float
    hardness: float
    edges: bool = False


class Brush(QObject):
    """Size and hardness of brush and eraser. changed: by whoever it was."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        size = min(max(settings.brush_size, SMALLEST), LARGEST)
        self.tip = Tip(size, settings.brush_hardness, settings.brush_edges)

    @property
    def size(self) -> float:
        """Diameter in photo pixels, 1…2000."""
        return self.tip.size

    @size.setter
    def size(self, size: float) -> None:
        self._set(min(max(size, SMALLEST), LARGEST), self.tip.hardness)

    @property
    def hardness(self) -> float:
        """Share of the radius that is full, 0…1."""
        return self.tip.hardness

    @hardness.setter
    def hardness(self, hardness: float) -> None:
        self._set(self.tip.size, min(max(hardness, 0.0), 1.0))

    @property
    def edges(self) -> bool:
        """A stroke spreads no farther than the picture's edges."""
        return self.tip.edges

    @edges.setter
    def edges(self, edges: bool) -> None:
        if edges != self.tip.edges:
            self.tip.edges = edges
            self.changed.emit()

    def larger(self) -> None:
        """A fifth larger, by a pixel at least."""
        self.size = round(max(self.size * 1.2, self.size + 1))

    def smaller(self) -> None:
        """A sixth smaller, by a pixel at least."""
        self.size = round(min(self.size / 1.2, self.size - 1))

    def softer(self) -> None:
        self.hardness -= 0.1

    def harder(self) -> None:
        self.hardness += 0.1

    def remember(self) -> dict[str, object]:
        """The settings that it holds now."""
        return {"brush_size": self.size, "brush_hardness": self.hardness, "brush_edges": self.edges}

    def _set(self, size: float, hardness: float) -> None:
        if (size, hardness) != (self.tip.size, self.tip.hardness):
            self.tip.size, self.tip.hardness = size, hardness
            self.changed.emit()
