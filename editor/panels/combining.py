"""How the two predictions of a step are combined, and when one of them is enough."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from editor.document.document import Document
from editor.panels.controls import Controls


class Combining(QWidget):
    """Rescale, the numbers of the projection while it is chosen, and the adaptive skip."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.controls = Controls(document, "combining", parent=self)
        for widget in self.controls.holders():
            column.addWidget(widget)
        if "skip" in self.controls:
            slider = self.controls["skip"].slider
            slider.origin = slider.maximum()  # 1 is never
