"""No window is larger than its screen, frame included, nor beside it, nor narrower than its own title."""

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QWindow

PLACED = (Qt.WindowType.Window, Qt.WindowType.Dialog, Qt.WindowType.Tool)  # by us or the user, not by Qt
SPREAD = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen  # the system sees to these
INSET = 12  # logical pixels between a dialog and the edges of what it lies in
FRILLS = 140  # logical pixels of what stands beside a title: icon and buttons


class ScreenFit(QObject):
    """Moves and shrinks windows and dialogs as they get the keyboard: by then their frame is known."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.focusWindowChanged.connect(self._fit)

    def _fit(self, window: QWindow | None) -> None:
        if window is None or window.type() not in PLACED or window.windowStates() & SPREAD:
            return
        room = window.screen().availableGeometry().marginsRemoved(window.frameMargins())
        now = window.geometry()
        placed = within(titled(now, window), room)
        if placed != now:
            window.setGeometry(placed)


def titled(rect: QRect, window: QWindow) -> QRect:
    """`rect` about the same middle, wide enough for a dialog's title, if the dialog may be so wide."""
    font = QGuiApplication.font()
    font.setBold(True)
    said = f"{window.title()} — {QGuiApplication.applicationDisplayName()}"
    width = min(window.maximumWidth(), QFontMetrics(font).horizontalAdvance(said) + FRILLS)
    missing = width - rect.width() if window.type() == Qt.WindowType.Dialog else 0
    return rect.adjusted(-(missing // 2), 0, missing - missing // 2, 0) if missing > 0 else rect


def within(rect: QRect, room: QRect) -> QRect:
    """`rect` moved, and where it must be made smaller, until it lies in `room`."""
    size = rect.size().boundedTo(room.size())
    x = min(max(rect.x(), room.x()), room.x() + room.width() - size.width())
    y = min(max(rect.y(), room.y()), room.y() + room.height() - size.height())
    return QRect(QPoint(x, y), size)


def beside(size: QSize, room: QRect, seen: QRect) -> QPoint:
    """Where a dialog comes to lie in a corner of `room`, the upper right one if it may be chosen: over as
    little of `seen` as there is a way to.
    """
    left, top = room.left() + INSET, room.top() + INSET
    right = room.x() + room.width() - size.width() - INSET
    bottom = room.y() + room.height() - size.height() - INSET
    corners = [QPoint(x, y) for y in (top, max(top, bottom)) for x in (max(left, right), left)]

    def hides(corner: QPoint) -> int:
        both = QRect(corner, size) & seen
        return both.width() * both.height()

    return min(corners, key=hides)
