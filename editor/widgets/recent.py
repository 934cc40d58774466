"""Files opened before, as a row of small pictures to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QImage, QKeyEvent, QPainter, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from editor.icons import icon

TILE, PICTURE = QSize(136, 128), QSize(120, 90)  # logical pixels
GAP = 8
MOST = 5  # side by side
FADED = 0.35  # opacity of the picture of what is missing


@dataclass(frozen=True)
class RecentFile:
    """A file opened before.

    missing  it isn't where it was;  picture: small, None where none is known
    folder   the name of its folder, where that tells it from another file of its name
    """

    path: Path
    missing: bool = False
    picture: QImage | None = None
    folder: str = ""

    @property
    def called(self) -> str:
        """Its name among the others."""
        return f"{self.folder}/{self.path.name}" if self.folder else self.path.name

    @property
    def said(self) -> str:
        """With what there is to say of it."""
        return _tr("{name} (missing)").format(name=self.called) if self.missing else self.called


def elided(text: str, metrics: QFontMetrics, width: int) -> str:
    """A text for a button or a menu, in so many pixels."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width).replace("&", "&&")


def framed(file: RecentFile, size: QSize, over: QWidget) -> QPixmap:
    """The small picture in the middle of `size` logical pixels; a sign where there is none."""
    ratio = over.devicePixelRatioF()
    room = QRect(QPoint(), size * ratio)
    pixmap = QPixmap(room.size())
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(FADED if file.missing else 1.0)
    image = file.picture
    if image is None and not file.missing:
        faint = over.palette().color(QPalette.ColorRole.PlaceholderText).name()
        icon("image", faint).paint(painter, room)
    elif image is not None:
        small = image.scaled(
            room.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        place = small.rect()
        place.moveCenter(room.center())
        painter.drawImage(place, small)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class Tile(QToolButton):
    """Enter chooses it, as Space does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class RecentFiles(QWidget):
    """As many of the newest as have room. chosen: the path of one."""

    chosen = Signal(Path)

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._files: Sequence[RecentFile] = ()
        self.tiles: list[Tile] = []  # one for each file; those without room are hidden
        self._row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)  # what has no room is hidden
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(TILE.height())

    def show_files(self, files: Sequence[RecentFile]) -> None:
        """Show these, newest first. The keyboard stays at its place in the row."""
        if files == self._files:
            return
        self._files = files
        held = next((i for i, tile in enumerate(self.tiles) if tile.hasFocus()), None)
        for tile in self.tiles:
            tile.hide()
            tile.deleteLater()
        self.tiles = [self._tile(file) for file in files[:MOST]]
        while self._row.count():
            self._row.takeAt(0)
        self._row.addStretch()
        for tile in self.tiles:
            self._row.addWidget(tile)
        self._row.addStretch()
        self._fit()
        if held is not None and held < len(self.tiles):
            self.tiles[held].setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = (self.width() + GAP) // (TILE.width() + GAP)
        for i, tile in enumerate(self.tiles):
            tile.setVisible(i < room)

    def _tile(self, file: RecentFile) -> Tile:
        tile = Tile(self)
        tile.setAutoRaise(True)
        tile.setFixedSize(TILE)
        tile.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        tile.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        tile.setIconSize(PICTURE)
        pixmap = framed(file, PICTURE, self)
        if file.missing:
            painter = QPainter(pixmap)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QRect(QPoint(), PICTURE), Qt.AlignmentFlag.AlignCenter, self.tr("missing"))
            painter.end()
        tile.setIcon(QIcon(pixmap))
        tile.setText(elided(file.called, tile.fontMetrics(), TILE.width() - GAP))
        tile.setAccessibleName(file.said)
        tile.setToolTip(str(file.path))
        tile.clicked.connect(lambda _=False, path=file.path: self.chosen.emit(path))
        return tile


def _tr(text: str) -> str:
    return QCoreApplication.translate("Recent", text)
