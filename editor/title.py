"""The window's title: which picture or project, and whether closing it would lose anything."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.files.projects import Projects


class Title(QObject):
    def __init__(self, document: Document, projects: Projects, window: QMainWindow) -> None:
        super().__init__(window)
        self._document, self._projects, self._window = document, projects, window
        document.changed.connect(self._follow)
        document.pending.choiceChanged.connect(self._show)
        document.pending.ordersChanged.connect(self._show)
        document.pending.haltedChanged.connect(self._show)
        self._show()

    def _follow(self, change: Changed) -> None:
        if change.what & (What.HISTORY | What.DRAFT):
            self._show()

    def _show(self) -> None:
        photo, project = self._document.state.photo, self._projects.path
        name = photo.name or self.tr("Pasted picture") if photo else ""
        name = project.name if project else name
        self._window.setWindowTitle(f"{name}[*] – Palimpsest" if name else "Palimpsest")
        self._window.setWindowModified(self._document.modified)
