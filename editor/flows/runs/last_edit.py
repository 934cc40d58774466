"""The Edits menu: the newest edit shown, hidden, deleted. Each is one undo entry."""

from PySide6.QtCore import QObject

from core.document.layer_commands import delete_layer, show_layer
from editor.document.document import Document


class LastEdit(QObject):
    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document

    def toggle_last(self) -> None:
        layers = self._document.state.layers
        if layers:
            text = self.tr("Hide edit") if layers[-1].visible else self.tr("Show edit")
            self._document.apply(show_layer(layers[-1].id, not layers[-1].visible), text)

    def delete_last(self) -> None:
        layers = self._document.state.layers
        if layers:
            self._document.apply(delete_layer(layers[-1].id), self.tr("Delete edit"))
