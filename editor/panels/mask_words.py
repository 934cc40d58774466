"""What is said of the mask, and the way on where what was found may have been too small to be seen."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from editor.panels.way_on import HEIGHT, WayOn
from editor.widgets.icons import quiet
from editor.widgets.one_line import OneLine

LINES = 2


class MaskWords(QWidget):
    """In two lines, or in one over the way on: their room is always there, and nothing moves for either."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        self._line = OneLine()
        self.closer = WayOn(self.tr("Look Closer"), "", self.tr("Look closer: find it anew, its place first"))
        policy = QSizePolicy.Policy
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._lines, 1)
        for widget in (self._line, self.closer):
            widget.setSizePolicy(policy.Preferred, policy.Fixed)
            column.addWidget(widget)
        column.addStretch()
        for words in (self._lines, self._line):
            quiet(words)
        self._line.hide()
        metrics = self.fontMetrics()
        self.setMinimumHeight(max(LINES * metrics.lineSpacing(), metrics.height() + HEIGHT))

    def text(self) -> str:
        """What is said, whole."""
        return self._lines.text()

    def say(self, text: str) -> None:
        self._lines.setText(text)
        self._line.setText(text)

    def offer_closer(self, evaluations: int, before: int, key: str) -> None:
        """evaluations: of looking closer, at most; before: of the search that was; key: of the area tool"""
        self.closer.say(self.tr("Is it small in the picture?"))
        tip = self.tr(
            "Find it again, its place first, in windows of several sizes: up to {n} evaluations of the model "
            "instead of {m}. “Look in”, under Advanced, is “The place, by itself” until another picture "
            "is opened; undo takes back both. A frame that you draw round it is quicker: the area tool{key}, "
            "then Find It."
        )
        key = f" ({key})" if key else ""
        self.closer.button.setToolTip(tip.format(n=evaluations, m=before, key=key))
        self._show(closer=True)

    def offer_nothing(self) -> None:
        """It is no question, or not now."""
        self.closer.hide()
        self._show(closer=False)

    def _show(self, *, closer: bool) -> None:
        self._lines.setVisible(not closer)
        self._line.setVisible(closer)
