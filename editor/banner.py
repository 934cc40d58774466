"""Sentences over the canvas: errors, notices and questions. Never a dialog in the way of work."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QEvent, QMetaObject, QObject, Qt, QUrl, Signal, SignalInstance
from PySide6.QtGui import QCloseEvent, QDesktopServices, QGuiApplication, QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from core.errors import CoreError
from editor.icons import SIZE, icon
from editor.log import details
from editor.widgets.icons import IconButton, quiet

MOST = 3  # of one kind that wait for each other; the oldest goes first
WIDTH, INSET = 640, 6  # logical pixels of a bar, and from the canvas's edges


class Kind(StrEnum):
    ERROR = "error"
    NOTICE = "notice"
    QUESTION = "question"


LOOK = {
    Kind.ERROR: ("warning-circle", "#c8324a"),
    Kind.NOTICE: ("info", "#8a8a8a"),
    Kind.QUESTION: ("question", "#2f6fd6"),
}
Choice = tuple[str, Callable[[], None]]


class Bar(QFrame):
    """One sentence with its buttons. Escape or × closes it, and so does what ends its truth."""

    closed = Signal(QWidget)

    def __init__(self, kind: Kind, text: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.text = text
        self._ties: list[QMetaObject.Connection] = []
        name, color = LOOK[kind]
        self.setObjectName("bar")
        self.setStyleSheet(
            f"#bar {{ background: palette(base); border: 1px solid palette(light); border-radius: 6px;"
            f" border-left: 4px solid {color}; }}"
        )
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # or a brush would paint under it
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(f"{text} {hint}".strip())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sign = QLabel()
        sign.setPixmap(icon(name, color).pixmap(SIZE, SIZE))
        self._others = QLabel()
        quiet(self._others)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 4, 4)
        self._row.setSpacing(8)
        self._row.addWidget(sign)
        self._row.addLayout(self._sentences(text, hint), 1)
        self._row.addWidget(self._others)
        self._row.addWidget(self._cross())
        self.show_others(0)

    def add(self, text: str, tip: str, do: Callable[[], None], *, close: bool = True) -> QPushButton:
        """A button before the ×; pressing it also closes the bar unless `close` is False."""
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: do())
        if close:  # last: who hears of it may look at what was done
            button.clicked.connect(self.close)
        self._row.insertWidget(self._row.count() - 1, button)
        return button

    def until(self, signal: SignalInstance, over: Callable[..., bool] = lambda *_: True) -> "Bar":
        """Close it at the first `signal` whose arguments `over` says yes to: it is true no longer."""

        def hear(*news: object) -> None:
            if isValid(self) and over(*news):  # the clipboard outlives every window
                self.close()

        self._ties.append(signal.connect(hear))
        return self

    def show_others(self, count: int) -> None:
        """How many of its kind come back once it is closed."""
        self._others.setText(self.tr("{n} earlier").format(n=count))
        self._others.setToolTip(self.tr("Earlier messages, which come back when this one is closed"))
        self._others.setVisible(count > 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        while self._ties:
            QObject.disconnect(self._ties.pop())
        self.closed.emit(self)

    def _sentences(self, text: str, hint: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2)
        for line in filter(None, (text, hint)):
            label = QLabel(line)
            label.setTextFormat(Qt.TextFormat.PlainText)  # file names may hold anything
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if line is hint:
                label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            column.addWidget(label)
        return column

    def _cross(self) -> IconButton:
        cross = IconButton("x", self.tr("Close message"), self.tr("Close this message (Esc)"))
        cross.clicked.connect(self.close)
        return cross


class Banner(QWidget):
    """Lies over the upper edge of `canvas`, which keeps its size and can be told what is `placed` over it.
    One bar of each kind is shown.

    bars    all that are open, the oldest first: an earlier one of a kind comes back when the newest is closed
    placed  so many logical pixels from the canvas's upper edge are taken by them
    """

    placed = Signal(int)

    def __init__(self, canvas: QWidget | None = None) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.bars: list[Bar] = []
        self.hide()
        if canvas is not None:
            canvas.installEventFilter(self)

    def error(self, error: CoreError) -> Bar:
        """What happened, what to do, and the details for a report."""
        bar = self._open(Kind.ERROR, error.message, error.hint)
        tip = self.tr("Copy the technical details to the clipboard")
        bar.add(
            self.tr("Copy Details"),
            tip,
            lambda: QGuiApplication.clipboard().setText(details(error)),
            close=False,
        )
        return bar

    def notice(self, text: str, hint: str = "") -> Bar:
        return self._open(Kind.NOTICE, text, hint)

    def ask(self, text: str, *choices: Choice, hint: str = "") -> Bar:
        """A question that stays until it is answered or closed; each choice is a button and what it does."""
        bar = self._open(Kind.QUESTION, text, hint)
        for label, do in choices:
            bar.add(label, label, do)
        return bar

    def written(self, text: str, path: Path, *notices: str) -> Bar:
        """A file was written: where it is, and the way there. text: with its {name}."""
        where = self.tr("In {folder}.").format(folder=path.parent)
        bar = self.notice(text.format(name=path.name), " ".join([where, *notices]))
        tip = self.tr("Open the folder of {name}").format(name=path.name)
        bar.add(self.tr("Show in Folder"), tip, lambda: _open_folder(path), close=False)
        return bar

    def clear(self, kind: Kind) -> None:
        """Close every bar of a kind: errors, once the next run begins."""
        for bar in tuple(self.bars):
            if bar.kind is kind:
                bar.close()

    def dismiss(self) -> bool:
        """Close the newest, as its × does; whether there was one."""
        if not self.bars:
            return False
        self.bars[-1].close()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's: it stays at the canvas's upper edge."""
        if event.type() == QEvent.Type.Resize and watched is self._canvas:
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _open(self, kind: Kind, text: str, hint: str) -> Bar:
        for bar in tuple(self.bars):
            if (bar.kind, bar.text) == (kind, text):
                bar.close()  # the same again: say it once, last
        others = [bar for bar in self.bars if bar.kind is kind]
        if len(others) >= MOST and kind is not Kind.QUESTION:  # an offer is never pushed out
            others[0].close()
        bar = Bar(kind, text, hint)
        bar.closed.connect(self._forget)
        self.bars.append(bar)
        self._column.addWidget(bar)
        self._show()
        return bar

    def _forget(self, bar: Bar) -> None:
        if bar not in self.bars:  # a button may close its bar by what it does, before it closes it itself
            return
        self.bars.remove(bar)
        self._column.removeWidget(bar)
        bar.deleteLater()
        self._show()

    def _show(self) -> None:
        """Of each kind the newest alone."""
        for kind in Kind:
            mine = [bar for bar in self.bars if bar.kind is kind]
            for bar in mine:
                bar.setVisible(bar is mine[-1])
                bar.show_others(len(mine) - 1)
        self.setVisible(bool(self.bars))
        self.raise_()
        self._place()

    def _place(self) -> None:
        if self._canvas is None:
            return
        room = self._canvas.width()
        width = max(1, min(WIDTH, room - 2 * INSET))
        height = self._column.heightForWidth(width)
        height = self._column.sizeHint().height() if height < 0 else height
        self.setGeometry((room - width) // 2, INSET, width, height)
        self.placed.emit(INSET + height if self.bars else 0)


def _open_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
