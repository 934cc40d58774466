"""What the canvas shows before there is a picture: what to do first."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from editor.icons import icon
from editor.widgets.icons import quiet
from editor.widgets.recent import RecentFile, RecentFiles

ICON = 56  # logical pixels
GAP = 24  # logical pixels round the files opened before


class EmptyState(QWidget):
    """An invitation to drop, open or try a sample; under it, where there is room, the files opened before."""

    openRequested = Signal()
    sampleRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painted = False
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._icon.setFixedHeight(ICON)
        self._open = QPushButton(self.tr("&Open…"))
        self._sample = QPushButton(self.tr("Try a &Sample"))
        self._invitation = QVBoxLayout()
        self._again = QLabel(self.tr("Opened before"), alignment=Qt.AlignmentFlag.AlignCenter)
        self.recent = RecentFiles()
        self._describe()
        self._arrange()
        self._open.clicked.connect(self.openRequested)
        self._sample.clicked.connect(self.sampleRequested)

    def show_recent(self, files: Sequence[RecentFile]) -> None:
        """Offer these, newest first."""
        self.recent.show_files(files)
        for before, after in pairwise((self._sample, *self.recent.tiles)):
            QWidget.setTabOrder(before, after)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._painted:
            QTimer.singleShot(0, self, self._draw_icon)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._draw_icon)

    def _describe(self) -> None:
        self._open.setToolTip(self.tr("Open a picture from a file"))
        self._open.setAccessibleName(self.tr("Open a picture"))
        self._sample.setToolTip(self.tr("Open a picture that comes with the program and suits its model"))
        self._sample.setAccessibleName(self.tr("Try a sample picture"))

    def _arrange(self) -> None:
        title = QLabel(self.tr("Drop a picture here"), alignment=Qt.AlignmentFlag.AlignCenter)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        title.setFont(font)
        hint = QLabel(
            self.tr("PNG, JPEG, WebP, TIFF or AVIF. It stays on this machine."),
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        quiet(hint)
        quiet(self._again)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for button in (self._open, self._sample):
            button.setMinimumSize(120, 32)
            buttons.addWidget(button)
        buttons.addStretch()
        self._invitation.setSpacing(0)
        for item, gap in ((self._icon, 16), (title, 8), (hint, 24)):
            self._invitation.addWidget(item)
            self._invitation.addSpacing(gap)
        self._invitation.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.addStretch()
        layout.addLayout(self._invitation)
        layout.addSpacing(GAP)
        layout.addWidget(self._again)
        layout.addWidget(self.recent)
        layout.addStretch()
        self._fit()

    def _fit(self) -> None:
        """The invitation comes first: what was opened before is there only where it has room as well."""
        heights = (part.sizeHint().height() for part in (self._invitation, self._again))
        room = self.height() - sum(heights) - self.recent.height() - 3 * GAP
        for part in (self._again, self.recent):
            part.setVisible(bool(self.recent.tiles) and room >= 0)

    def _draw_icon(self) -> None:
        """After the first paint: the icon font takes a while to load."""
        color = self.palette().color(self.palette().ColorRole.PlaceholderText)
        pixmap = icon("image", color.name()).pixmap(ICON, ICON)
        if isValid(self._icon):  # it took long enough for the window to be gone
            self._icon.setPixmap(pixmap)
