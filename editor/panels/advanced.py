"""What few need, folded: how the picture is drawn, how guidance is combined, a target, what was measured."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from editor.document.document import Document
from editor.panels.combining import Combining
from editor.panels.controls import Controls
from editor.panels.norms import NormsSection
from editor.panels.target import TargetSection
from editor.widgets.section import Section


class AdvancedPanel(Section):
    """`freshChanged`: whether every repaint shall have a seed of its own."""

    freshChanged = Signal(bool)

    def __init__(
        self, document: Document, combining: Combining, target: TargetSection, norms: NormsSection
    ) -> None:
        super().__init__("advanced")
        self.set_title(self.tr("Advanced"))
        self.controls = Controls(document, "edit", parent=self)
        self.fresh = QCheckBox(self.tr("Another seed for every repaint"))
        self.fresh.setToolTip(
            self.tr("Each repaint rolls the seed first. Without it, equal settings give equal pictures.")
        )
        self.combining, self.target, self.norms = combining, target, norms
        for widget in (*self.controls.holders(), self.fresh, self.combining, self.target, self.norms):
            self.rows.addWidget(widget)
        self.fresh.toggled.connect(self.freshChanged)
