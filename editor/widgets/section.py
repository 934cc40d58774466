"""A part of the side panel that folds under its title."""

from PySide6.QtCore import QLineF, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

MARGIN = 12
GAP = 10  # from the title to its chevron
Role = QPalette.ColorRole


class SectionHeader(QAbstractButton):
    """A title and a chevron; checked means unfolded. A nested one is quieter and has no line above."""

    def __init__(self, nested: bool) -> None:
        super().__init__()
        self._nested = nested
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        font = self.font()
        font.setBold(not nested)
        self.setFont(font)
        self.reset = self._reset_button()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0 if nested else MARGIN - 4, 2)
        row.addStretch(1)
        row.addWidget(self.reset)

    def sizeHint(self) -> QSize:
        return QSize(120, 24 if self._nested else 36)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, middle = 0 if self._nested else MARGIN, self.height() / 2
        if not self._nested:
            painter.setPen(QPen(self.palette().color(Role.Midlight), 1))
            painter.drawLine(QLineF(0, 0.5, self.width(), 0.5))
        strong = self.underMouse() or self.hasFocus() or not self._nested
        painter.setPen(self.palette().color(Role.WindowText if strong else Role.PlaceholderText))
        text = self.rect().adjusted(left, 0, 0, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setPen(QPen(self.palette().color(Role.WindowText if strong else Role.PlaceholderText), 1.5))
        width = self.fontMetrics().horizontalAdvance(self.text())
        painter.drawPolyline(self._chevron(QPointF(left + width + GAP, middle)))
        if self.hasFocus():
            painter.setPen(self.palette().color(Role.Highlight))
            painter.drawRect(self.rect().adjusted(2, 4, -3, -4))

    def _reset_button(self) -> QToolButton:
        """Hidden until there is something to take back."""
        button = QToolButton()
        button.setText(self.tr("Reset"))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setForegroundRole(Role.PlaceholderText)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.hide()
        return button

    def _chevron(self, at: QPointF) -> QPolygonF:
        """Down when unfolded, right when folded."""
        down = ((-4, -2), (0, 2), (4, -2))
        points = down if self.isChecked() else tuple((y, x) for x, y in down)
        return QPolygonF([at + QPointF(x, y) for x, y in points])


class Section(QWidget):
    """`rows` takes the content. `folded` is for the shell to remember; `key` names it there.

    resetRequested  what is set here shall be as it was to begin with; offered while `offer_reset` says so
    """

    foldedChanged = Signal(bool)
    resetRequested = Signal()

    def __init__(self, key: str, title: str = "", *, nested: bool = False) -> None:
        super().__init__()
        self.key = key
        self.header = SectionHeader(nested)
        self.body = QWidget()
        self.rows = QVBoxLayout(self.body)
        side = 0 if nested else MARGIN
        self.rows.setContentsMargins(side, 4, side, side)
        self.rows.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.body)
        self.header.toggled.connect(self._fold)
        self.header.reset.clicked.connect(self.resetRequested)
        self.set_title(title)

    def set_title(self, title: str) -> None:
        """What stands in the header."""
        self.header.setText(title)
        self.header.setToolTip(self.tr("Fold or unfold “{title}”.").format(title=title))
        self.header.reset.setAccessibleName(self.tr("Reset “{title}”").format(title=title))
        self.header.reset.setToolTip(
            self.tr("Everything in “{title}” as an edit with this model begins.").format(title=title)
        )

    def offer_reset(self, offered: bool) -> None:
        """Something in it is other than to begin with."""
        self.header.reset.setVisible(offered)

    @property
    def folded(self) -> bool:
        return not self.header.isChecked()

    @folded.setter
    def folded(self, folded: bool) -> None:
        self.header.setChecked(not folded)

    def _fold(self, unfolded: bool) -> None:
        self.body.setVisible(unfolded)
        self.foldedChanged.emit(not unfolded)
