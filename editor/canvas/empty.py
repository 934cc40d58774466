"""What the canvas shows before there is a picture: what to do first."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

ICON = 56  # logical pixels


class EmptyState(QWidget):
    """An invitation to drop, open or try a sample."""

    openRequested = Signal()
    sampleRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painted = False
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._icon.setFixedHeight(ICON)
        self._open = QPushButton(self.tr("&Open…"))
        self._sample = QPushButton(self.tr("Try a &sample"))
        self._describe()
        self._arrange()
        self._open.clicked.connect(self.openRequested)
        self._sample.clicked.connect(self.sampleRequested)

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
        hint.setForegroundRole(hint.palette().ColorRole.PlaceholderText)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for button in (self._open, self._sample):
            button.setMinimumSize(120, 32)
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.addStretch()
        for item, gap in ((self._icon, 16), (title, 8), (hint, 24)):
            layout.addWidget(item)
            layout.addSpacing(gap)
        layout.addLayout(buttons)
        layout.addStretch()

    def _draw_icon(self) -> None:
        """After the first paint: the icon font takes a third of a second to load."""
        import qtawesome

        if not isValid(self):  # the import took long enough for the window to be gone
            return
        color = self.palette().color(self.palette().ColorRole.PlaceholderText)
        pixmap = qtawesome.icon("ph.image", color=color).pixmap(ICON, ICON)
        if isValid(self._icon):  # and so did the font
            self._icon.setPixmap(pixmap)
