"""Sentences above the canvas: errors, notices and questions. Never a dialog in the way of work."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.errors import CoreError
from editor.icons import SIZE, icon
from editor.log import details
from editor.widgets.icons import IconButton

MOST = 3  # more would push the picture away; the oldest notice goes first


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
    """One sentence with its buttons. Escape or × closes it."""

    closed = Signal(QWidget)

    def __init__(self, kind: Kind, text: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.text = text
        name, color = LOOK[kind]
        self.setObjectName("bar")
        self.setStyleSheet(
            f"#bar {{ background: palette(base); border-left: 4px solid {color};"
            " border-bottom: 1px solid palette(midlight); }"
        )
        self.setAccessibleName(f"{text} {hint}".strip())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sign = QLabel()
        sign.setPixmap(icon(name, color).pixmap(SIZE, SIZE))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 8, 8, 8)
        self._row.setSpacing(8)
        self._row.addWidget(sign)
        self._row.addLayout(self._sentences(text, hint), 1)
        self._row.addWidget(self._cross())

    def add(self, text: str, tip: str, do: Callable[[], None], *, close: bool = True) -> QPushButton:
        """A button before the ×; pressing it also closes the bar unless `close` is False."""
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: do())
        if close:  # last: who hears of it may look at what was done
            button.clicked.connect(self.close)
        self._row.insertWidget(self._row.count() - 1, button)
        return button

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
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
        cross = IconButton("x", self.tr("Close message"), self.tr("Close this message"))
        cross.clicked.connect(self.close)
        return cross


class Banner(QWidget):
    """The bars that are open, oldest on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.bars: list[Bar] = []  # open, oldest first

    def error(self, error: CoreError) -> Bar:
        """What happened, what to do, and the details for a report."""
        bar = self._open(Kind.ERROR, error.message, error.hint)
        tip = self.tr("Copy the technical details to the clipboard")
        bar.add(
            self.tr("Copy details"),
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

    def clear(self, kind: Kind) -> None:
        """Close every bar of a kind: errors, once the next run begins."""
        for bar in tuple(self.bars):
            if bar.kind is kind:
                bar.close()

    def _open(self, kind: Kind, text: str, hint: str) -> Bar:
        for bar in tuple(self.bars):
            if (bar.kind, bar.text) == (kind, text):
                bar.close()  # the same again: say it once, last
        others = [bar for bar in self.bars if bar.kind is not Kind.QUESTION]  # an offer is never pushed out
        if len(others) >= MOST:
            others[0].close()
        bar = Bar(kind, text, hint)
        bar.closed.connect(self._forget)
        self.bars.append(bar)
        self._column.addWidget(bar)
        return bar

    def _forget(self, bar: Bar) -> None:
        if bar not in self.bars:  # a button may close its bar by what it does, before it closes it itself
            return
        self.bars.remove(bar)
        self._column.removeWidget(bar)
        bar.deleteLater()
