"""Two-way binding of a control to one field of the document's draft, without echo.

`bind(document, "draft.steps", widget)`: what the user sets goes into the draft, and what changes in the draft
shows in the widget. A value that is there already is never written, and a control never hears its own change.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject, QSignalBlocker, SignalInstance
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from core.document.commands import Command
from core.document.state import State
from editor.document.changes import Changed, What
from editor.document.document import Document


class Valued(Protocol):
    """Any control with Qt's own three: value, setValue, valueChanged."""

    valueChanged: SignalInstance

    def value(self) -> Any: ...
    def setValue(self, value: Any) -> None: ...


class Binding(QObject):
    """One bound control; it lives as long as its widget.

    command  makes the change, when it takes more than setting the field
    undo     the text of the undo entry, "" for a field that has an undo of its own. Changes between two
             gestures (drags, entries) of the widget make one; without gestures each makes one.
    """

    def __init__(
        self,
        document: Document,
        path: str,
        widget: QWidget,
        command: Callable[[Any], Command] | None = None,
        undo: str = "",
    ) -> None:
        super().__init__(widget)
        self._document = document
        self._path = path
        self._widget = widget
        self._command = command or (lambda value: _setter(path, value))
        self._undo = undo
        self._gesture = 0
        self._read, self._write, signal = _port(widget)
        self._show()
        signal.connect(self._take)
        started = getattr(widget, "gestureStarted", None)
        self._merges = started is not None
        if started is not None:
            started.connect(self._begin)
        document.changed.connect(self._hear)

    def _begin(self) -> None:
        self._gesture += 1

    def _take(self, *_: object) -> None:
        old = _get(self._document.state, self._path)
        value = self._read()
        if not isinstance(old, tuple) and not isinstance(value, tuple):
            value = type(old)(value)  # a combo box hands an enum back as a plain string
        if value == old:
            return
        if self._undo:
            merge = (id(self), self._gesture) if self._merges else None
            self._document.apply(
                self._command(value), self._undo, merge=merge, source=self._widget, settings=True
            )
        else:
            self._document.adjust(self._command(value), source=self._widget)

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT and change.source is not self._widget:
            self._show()

    def _show(self) -> None:
        value = _get(self._document.state, self._path)
        if self._read() != value:
            with QSignalBlocker(self._widget):
                self._write(value)


def bind(
    document: Document,
    path: str,
    widget: QWidget,
    *,
    command: Callable[[Any], Command] | None = None,
    undo: str = "",
) -> Binding:
    """Bind `widget` to `path` ("draft.guidance.scale"). TypeError for a widget that can't be bound."""
    return Binding(document, path, widget, command, undo)


def _port(widget: QWidget) -> tuple[Callable[[], Any], Callable[[Any], None], SignalInstance]:
    """How a widget is read and written, and the signal of its change."""
    match widget:
        case _ if hasattr(widget, "setValue") and hasattr(widget, "valueChanged"):
            valued: Valued = widget  # type: ignore[assignment]
            return valued.value, valued.setValue, valued.valueChanged
        case QComboBox():
            return widget.currentData, _selector(widget), widget.currentIndexChanged
        case QLineEdit():
            return widget.text, widget.setText, widget.textChanged
        case QPlainTextEdit():
            return widget.toPlainText, partial(_rewrite, widget), widget.textChanged
        case QAbstractButton():
            return widget.isChecked, widget.setChecked, widget.toggled
        case _:
            raise TypeError(f"{type(widget).__name__} can't be bound")


def _rewrite(edit: QPlainTextEdit, text: str) -> None:
    """Another text, which the field's own undo takes back: what was typed is never lost."""
    cursor = edit.textCursor()
    cursor.select(cursor.SelectionType.Document)
    cursor.insertText(text)


def _selector(combo: QComboBox) -> Callable[[Any], None]:
    return lambda value: combo.setCurrentIndex(combo.findData(value))


def _get(state: State, path: str) -> Any:
    value: Any = state
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _setter(path: str, value: object) -> Command:
    return lambda state: _replaced(state, path.split("."), value)


def _replaced(owner: Any, names: list[str], value: object) -> Any:
    """A frozen dataclass with a field of a field of it changed."""
    name, *rest = names
    return replace(owner, **{name: _replaced(getattr(owner, name), rest, value) if rest else value})
