"""A layer's recipe as a list, beside the settings of now."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QStandardItem
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from core.document.recipe import Line, lines
from core.edit.carried import a1111
from core.edit.request import EditRequest
from editor.flows.help.table import Table
from editor.panels.controls import said
from editor.widgets.button import button_box, push_button
from editor.widgets.icons import quiet


class RecipeDialog(QDialog):
    """`use`: takes the recipe up as settings."""

    def __init__(
        self, name: str, request: EditRequest, now: EditRequest, use: Callable[[], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Recipe of “{name}”").format(name=name))
        self._request = request
        found = lines(request, now)
        labels = [self.tr("Setting"), self.tr("This layer"), self.tr("Now")]
        self.table = Table([_row(line) for line in found], labels)
        self.table.setAccessibleName(self.tr("Recipe"))
        self.table.setToolTip(
            self.tr(
                "What decides the layer's pixels. Bold: the settings of now differ. Italic: they leave it to "
                "the model, which settles it when it draws."
            )
        )
        self.summary = QLabel(self._says(found))
        quiet(self.summary)
        self.copy = push_button(
            self.tr("&Copy as JSON"),
            self.tr("The whole recipe, as “palimpsest edit --recipe” reads it, to the clipboard"),
        )
        self.copy_line = push_button(
            self.tr("Copy as &Line"),
            self.tr(
                "Prompts and settings as Automatic1111 writes them, for other programs, to the clipboard"
            ),
        )
        self.use = push_button(
            self.tr("&Use These Settings"), self.tr("They become the settings of the next edit")
        )
        self.copy.clicked.connect(self._copy)
        self.copy_line.clicked.connect(self._copy_line)
        self.use.clicked.connect(use)
        self.use.clicked.connect(self.accept)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(560, 520)

    def _says(self, found: list[Line]) -> str:
        differing, left = sum(line.differs for line in found), sum(line.left for line in found)
        if differing == 0:
            said = self.tr("The settings of now are the same.")
        elif differing == 1:
            said = self.tr("One setting of now differs, in bold.")
        else:
            said = self.tr("{n} settings of now differ, in bold.").format(n=differing)
        if left:
            said += " " + self.tr("Left to the model now, in italics: {n}.").format(n=left)
        return said

    def _arrange(self) -> None:
        buttons = button_box(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setToolTip(self.tr("Close the list"))
        for button in (self.copy, self.copy_line, self.use):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.summary, self.table, buttons):
            column.addWidget(widget)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._request.to_json().decode())

    def _copy_line(self) -> None:
        QGuiApplication.clipboard().setText(a1111.line(self._request))


def _row(line: Line) -> list[QStandardItem]:
    """Name, the layer's value, the value of now; bold where they differ, italic what is left to the model."""
    row = [QStandardItem(text) for text in (said(line.parameter.label), line.value, line.now)]
    for item in row:
        item.setToolTip(f"{item.text()}\n{said(line.parameter.tip)}")
        if line.differs or line.left:
            font = item.font()
            font.setBold(line.differs)
            font.setItalic(line.left)
            item.setFont(font)
    for item in row[1:]:
        item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter)
    return row
