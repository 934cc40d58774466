"""How the chooser is laid out: search, list and page, folder, progress."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from editor.flows.models.choice_list import ChoiceList
from editor.flows.models.choice_page import ChoicePage
from editor.flows.models.words import Words
from editor.widgets.path_field import PathField

PARTS = 1000  # of the progress bar: Qt counts in ints of 32 bits, files are longer


class ChooserForm(QDialog):
    """The widgets of the chooser, each with its words."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._words = Words(self)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.look_for = QPushButton(self.tr("Search"), autoDefault=False)
        self.list = ChoiceList(self._words)
        self.page = ChoicePage(self._words)
        self.folder = PathField(
            self.tr("Folder for models"), self.tr("Where what is fetched goes; remembered for the next time")
        )
        self.bar = QProgressBar(textVisible=False)
        self.says = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.stop, self.closing = QPushButton(), QPushButton(self.tr("Close"), autoDefault=False)
        self._describe()
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typed = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not (typed and isinstance(self.focusWidget(), QLineEdit)):  # it means what is typed, not Get
            super().keyPressEvent(event)

    def _describe(self) -> None:
        self._say_for(selects=False)
        self.resize(840, 560)
        self.search.setPlaceholderText(self.tr("Search the hub: words, owner/model, or a page's address"))
        self.search.setToolTip(self.tr("Nothing is asked before Enter; emptied, the list comes back"))
        self.search.setAccessibleName(self.tr("Search the hub"))
        self.look_for.setToolTip(self.tr("Ask the hub for models of that name"))
        self.bar.setFixedHeight(4)
        self.bar.setRange(0, PARTS)
        self.bar.setAccessibleName(self.tr("Progress of the transfer"))
        self.stop.setText(self.tr("Stop"))
        self.stop.setAutoDefault(False)
        self.stop.setToolTip(self.tr("Stop the transfer; what has come stays, and is gone on with next time"))
        self.closing.setToolTip(self.tr("Close; a transfer is stopped, and what has come stays"))
        self.page.get.setDefault(True)

    def _say_for(self, *, selects: bool) -> None:
        """What the first models of the list are for."""
        self.setWindowTitle(
            self.tr("Models for Select Object") if selects else self.tr("Models for Photographs")
        )

    def _arrange(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(8)
        above.addWidget(self.search, 1)
        above.addWidget(self.look_for)
        across = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        across.addWidget(self.list)
        across.addWidget(self.page)
        across.setHandleWidth(16)
        across.setStretchFactor(1, 1)
        across.setSizes([320, 480])
        self.list.setMinimumWidth(180)
        self.page.setMinimumWidth(220)
        into = QHBoxLayout()
        into.setSpacing(8)
        label = QLabel(self.tr("&Into"))
        label.setBuddy(self.folder)
        into.addWidget(label)
        into.addWidget(self.folder, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.says, 1)
        below.addWidget(self.stop)
        below.addWidget(self.closing)
        for widget in (self.bar, self.stop):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # nothing moves when it comes
            widget.setSizePolicy(policy)
            widget.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(above)
        column.addWidget(across, 1)
        column.addLayout(into)
        column.addWidget(self.bar)
        column.addLayout(below)
