"""The two prompts that say the edit, and what to avoid."""

from PySide6.QtCore import QStringListModel, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from editor.bind import bind
from editor.document.commands import update_draft
from editor.document.document import Document
from editor.widgets.icons import IconButton, quiet
from editor.widgets.prompt import PromptField

REMEMBERED = 100


class PromptPanel(QWidget):
    """`submitted`: Enter in a field, the wish to find or repaint. `historyChanged`: for the shell to keep."""

    submitted = Signal()
    historyChanged = Signal(list)  # list[str], the newest first  # noqa: N815 - Qt's own spelling

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._history = QStringListModel(self)
        self.reference = PromptField(self._history)
        self.query = PromptField(self._history)
        self.avoid = PromptField(self._history)
        self.swap = IconButton(
            "arrows-down-up",
            self.tr("Swap the prompts"),
            self.tr("Swap: what is there becomes what it should be, and the other way round."),
        )
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        self.warning.hide()
        self._describe()
        self._arrange()
        self._bind()

    def history(self) -> list[str]:
        """The remembered prompts, the newest first."""
        return self._history.stringList()

    def set_history(self, prompts: list[str]) -> None:
        """Remembered prompts to offer, the newest first."""
        self._history.setStringList(prompts[:REMEMBERED])

    def remember(self) -> None:
        """Put the prompts as they are now on top of the history."""
        now = [field.text() for field in (self.query, self.reference, self.avoid) if field.text()]
        prompts = list(dict.fromkeys(now + self.history()))[:REMEMBERED]
        if prompts != self.history():
            self._history.setStringList(prompts)
            self.historyChanged.emit(prompts)

    def set_token_warning(self, text: str) -> None:
        """A line under the fields, for a prompt longer than the text encoder reads; "" takes it away."""
        self.warning.setText(text)
        self.warning.setVisible(bool(text))

    def _describe(self) -> None:
        self._dress(
            self.reference,
            self.tr("What is there"),
            self.tr("a horse (may stay empty)"),
            self.tr(
                "What the picture shows where it should change. Naming it makes the found "
                "region sharper. "
                "DiffEdit's reference text R."
            ),
        )
        self._dress(
            self.query,
            self.tr("What it should be"),
            self.tr("a zebra"),
            self.tr("What should be there instead. DiffEdit's query text Q."),
        )
        self._dress(
            self.avoid,
            self.tr("Avoid"),
            self.tr("nothing in particular"),
            self.tr("What must not be drawn. Stands in for the empty text in guidance: the negative prompt."),
        )

    def _dress(self, field: PromptField, name: str, example: str, tip: str) -> None:
        field.setAccessibleName(name)
        field.setAccessibleDescription(tip)
        field.setPlaceholderText(example)
        field.setToolTip(tip)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(4)
        self._add(column, self.reference)
        self._add(column, self.query, self.swap)
        self._add(column, self.avoid)
        column.addWidget(self.warning)
        quiet(self.avoid_label)

    def _add(self, column: QVBoxLayout, field: PromptField, *buttons: IconButton) -> None:
        label = QLabel(field.accessibleName())
        label.setBuddy(field)
        label.setToolTip(field.toolTip())
        recall = IconButton(
            "clock-counter-clockwise",
            self.tr("Earlier prompts: {name}").format(name=field.accessibleName()),
            self.tr("Earlier prompts (↓ in the field). Typing searches them."),
        )
        recall.clicked.connect(lambda: (field.setFocus(), field.show_history()))
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(label, 1)
        for button in (*buttons, recall):
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(field)
        column.addSpacing(4)
        if field is self.avoid:
            self.avoid_label = label

    def _bind(self) -> None:
        bind(self._document, "draft.reference", self.reference)
        bind(self._document, "draft.query", self.query)
        bind(self._document, "draft.avoid", self.avoid)
        for field in (self.reference, self.query, self.avoid):
            field.submitted.connect(self.submitted)
        self.swap.clicked.connect(self._swap)

    def _swap(self) -> None:
        draft = self._document.state.draft
        self._document.adjust(update_draft(reference=draft.query, query=draft.reference), source=self)
