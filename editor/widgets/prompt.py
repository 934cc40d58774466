"""A prompt: one line that grows, Enter sends it off, earlier prompts are found as one types."""

import re

from PySide6.QtCore import QEvent, QMimeData, QStringListModel, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QApplication, QCompleter, QPlainTextEdit, QSizePolicy

from core.edit.words.reweight import Marked, reweighted
from core.edit.words.vocabulary import WORD

LINES = 4  # it scrolls beyond
AWAY = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)  # it comes back
ARTICLE = re.compile(r"\b(?:an?|the)\s+$", re.IGNORECASE)
SENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptField(QPlainTextEdit):
    """`committed`: the text is meant as it stands: by Enter, by leaving the field, by a paste. `submitted`:
    Enter was pressed. ↓ in the last line, typing, or the context menu open the history.
    """

    committed = Signal()
    submitted = Signal()

    def __init__(self, history: QStringListModel) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._history = history
        self._completer = QCompleter(history, self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        popup = self._completer.popup()
        assert popup is not None  # a completer makes its own
        self._popup = popup
        self._completer.activated.connect(self.replace)
        layout = self.document().documentLayout()
        layout.documentSizeChanged.connect(self._grow)  # heard where textChanged is blocked, too
        self._grow()

    def text(self) -> str:
        """What was typed, without the blanks round it."""
        return self.toPlainText().strip()

    def replace(self, text: str) -> None:
        """Put another prompt here; the field's own undo brings the old one back."""
        cursor = self.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
        self.setTextCursor(cursor)

    def choose(self, words: tuple[str, ...]) -> None:
        """Select from the first of these words, in lower case, to the last, an article before them too, for
        others are typed with their own; the whole text where none is.
        """
        text = self.toPlainText()
        found = [match.span() for match in WORD.finditer(text) if match[0].lower() in words]
        start, end = (found[0][0], found[-1][1]) if found else (0, len(text))
        article = ARTICLE.search(text[:start])
        self._select(text, article.start() if article else start, end)

    def _select(self, text: str, start: int, end: int) -> None:
        """From one sign of the text that is here to another."""
        cursor = self.textCursor()
        cursor.setPosition(_place(text, start))
        cursor.setPosition(_place(text, end), cursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def reweigh(self, by: float) -> None:
        """Change the weight of the word under the cursor, or of what is selected; undo takes it back."""
        cursor, text = self.textCursor(), self.toPlainText()
        start, end = (_index(text, place) for place in (cursor.selectionStart(), cursor.selectionEnd()))
        found = reweighted(Marked(text, start, end), by)
        if found.text != text:
            self.replace(found.text)
            self._select(found.text, found.start, found.end)

    def show_history(self, prefix: str = "") -> None:
        """Offer the earlier prompts that hold `prefix`."""
        self._completer.setCompletionPrefix(prefix)
        if self._completer.completionCount():
            self._completer.complete()

    def event(self, event: QEvent) -> bool:
        """Keys that were pressed while the history was open may come when it is closed and another field has
        the keyboard, by Tab for example: Qt hands them to this one still.
        """
        here = QApplication.focusWidget()
        if isinstance(event, QKeyEvent) and here not in (self, None) and not self._popup.isVisible():
            return QApplication.sendEvent(here, event)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._popup
        if popup.isVisible() and popup.currentIndex().isValid() and event.key() in (*SENDS, Qt.Key.Key_Tab):
            event.ignore()  # the completer takes the marked line
        elif event.key() in SENDS:
            popup.hide()
            self.committed.emit()
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Down and self._in_last_line():
            self.show_history(self.text() if popup.isVisible() else "")
        else:
            before = self.toPlainText()
            super().keyPressEvent(event)
            if self.toPlainText() != before:
                self._suggest()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        menu.addSeparator()
        earlier = menu.addAction(self.tr("Earlier Prompts"), lambda: self.show_history())
        earlier.setEnabled(self._history.rowCount() > 0)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insertPlainText(" ".join(source.text().split()))  # a prompt has no lines
        self.committed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in AWAY:
            self.committed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def _suggest(self) -> None:
        text = self.text()
        self._completer.setCompletionPrefix(text)
        count = self._completer.completionCount()
        if text and count and self._completer.currentCompletion().casefold() != text.casefold():
            self._completer.complete()
        else:
            self._popup.hide()

    def _in_last_line(self) -> bool:
        cursor = self.textCursor()
        return not cursor.movePosition(cursor.MoveOperation.Down)

    def _grow(self, _: object = None) -> None:
        lines = min(LINES, max(1, round(self.document().size().height())))
        margin = round(2 * self.document().documentMargin()) + 2 * self.frameWidth()
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + margin + 4)


def _place(text: str, index: int) -> int:
    """Where a sign of a text stands for Qt, which counts some signs (emoji) as two."""
    return len(text[:index].encode("utf-16-le", "surrogatepass")) // 2


def _index(text: str, place: int) -> int:
    """Which sign of a text stands at a place of Qt's."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * place].decode("utf-16-le", "ignore"))
