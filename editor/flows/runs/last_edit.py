"""The Edits menu: the newest edit shown, hidden, deleted. Each is one undo entry."""

from PySide6.QtCore import QObject

from core.document.commands import delete_edit, toggle_edit
from editor.document.document import Document


class LastEdit(QObject):
    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document

    def toggle_last(self) -> None:
        edits = self._document.state.edits
        if edits:
            text = self.tr("Hide edit") if edits[-1].visible else self.tr("Show edit")
            self._document.apply(toggle_edit(len(edits) - 1), text)

    def delete_last(self) -> None:
        edits = self._document.state.edits
        if edits:
            self._document.apply(delete_edit(len(edits) - 1), self.tr("Delete edit"))
