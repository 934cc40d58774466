"""The two prompts that say the edit, and what to avoid."""

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.document.commands import update_draft
from core.document.state import now_shown
from core.edit.without_effect import IDLE
from core.edit.words.instruction import Instruction, taken_apart
from core.edit.words.notices import AVOID, THERE, WANTED
from editor.bind import bind
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.icons import SIZE
from editor.panels.way_on import WayOn
from editor.widgets.icons import IconButton, quiet, small
from editor.widgets.one_line import OneLine
from editor.widgets.prompt import PromptField

REMEMBERED = 100
STEP = 0.1  # of a weight, by the keys
SAID = 18  # logical pixels of what is said of the prompts


class PromptPanel(QWidget):
    """`submitted`: Enter in a field, the wish to find or repaint. `removeRequested`: what is there shall go.
    `historyChanged`: for the shell to keep."""

    submitted = Signal()
    removeRequested = Signal()
    historyChanged = Signal(list)  # list[str], the newest first

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
        self.swap.setFixedHeight(SIZE)  # no line is higher for it: a low window has little room
        self.remove = QToolButton()
        self.remove.setText(self.tr("Remove"))
        self.remove.setToolTip(
            self.tr(
                "Remove what is masked or, without a mask, what these words name: its rim and shadow go with "
                "it, and what is round it is continued and repainted."
            )
        )
        self.remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.remove.setFixedHeight(SIZE)
        self.apart = WayOn(
            self.tr("Undo"),
            self.tr("Put the prompts back as they were typed, and take them at their word."),
            self.tr("Undo: prompts as typed"),
        )
        self.shown = WayOn(
            self.tr("Take Over"),
            self.tr(
                "What it should be becomes what is there, for the next edit; what it should be then is yours "
                "to say. Undo brings both back."
            ),
            self.tr("Take over: what it should be becomes what is there"),
        )
        self.read = tuple(self._quiet_line() for _ in range(3))  # as understood, in one row under the fields
        self._typed: tuple[str, str] | None = None  # reference and query before they were taken apart
        self._literal = ""  # an instruction that was taken apart; brought back, it is meant as it stands
        self._describe()
        self._arrange()
        self._bind()
        self._hear(Changed(What.PHOTO))

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

    def show_understood(self, prompts: tuple[str, ...]) -> None:
        """A line for each field: how its prompt is understood, what of it isn't; "" takes it away."""
        for line, text in zip(self.read, prompts, strict=True):
            line.setText(text)
            line.setVisible(bool(text))
        self.apart.set_brief(any(prompts))  # how it was read is seen in the fields

    def choose_words(self, name: str, words: tuple[str, ...]) -> None:
        """Into the prompt of that name (as in notices), with these words selected: typing replaces them."""
        fields = {THERE: self.reference, WANTED: self.query, AVOID: self.avoid}
        fields[name].setFocus(Qt.FocusReason.OtherFocusReason)
        fields[name].choose(words)

    def more_weight(self) -> None:
        """A tenth more for the word under the cursor, or for what is selected."""
        self._reweigh(STEP)

    def less_weight(self) -> None:
        """A tenth less for the word under the cursor, or for what is selected."""
        self._reweigh(-STEP)

    def _reweigh(self, by: float) -> None:
        for field in (self.reference, self.query, self.avoid):
            if field.hasFocus():
                field.reweigh(by)

    def _quiet_line(self) -> OneLine:
        line = OneLine()
        line.hide()
        small(line)
        return line

    def commit(self) -> None:
        """The prompts are meant as they stand: one that instructs is taken apart into both fields."""
        for field in (self.query, self.reference):
            parts = taken_apart(field.text())
            if parts is not None and field.text() != self._literal:
                self._take_apart(field, parts)
                return

    def forget(self) -> None:
        """Another picture was opened: what was said about the prompts before is over."""
        self._typed, self._literal = None, ""
        self.apart.hide()

    def _take_apart(self, field: PromptField, parts: Instruction) -> None:
        self._typed = self.reference.text(), self.query.text()
        self._literal = field.text()
        there = parts.there or ("" if field is self.reference else self.reference.text())
        self._put(there, parts.wanted)
        read = f"{there} → {parts.wanted}".strip()
        self.apart.say(self.tr("Read as: {parts}").format(parts=read))

    def _bring_back(self) -> None:
        if self._typed is not None:
            self._put(*self._typed)
        self.apart.hide()

    def _put(self, reference: str, query: str) -> None:
        for field, text in ((self.reference, reference), (self.query, query)):
            if field.text() != text:
                field.replace(text)

    def _hear(self, change: Changed) -> None:
        """The line is about the prompts that it made, and goes with them; some models avoid nothing."""
        if change.what & What.PHOTO:
            self.remove.setEnabled(self._document.state.photo is not None)
        if change.what & What.DRAFT:
            takes = "avoid" not in IDLE[self._document.model.edit_guided]
            self.avoid.setEnabled(takes)
            example = self.tr("e.g. a frame – may stay empty")
            self.avoid.setPlaceholderText(example if takes else self.tr("This model avoids nothing"))
        if change.what & What.DRAFT and not self.apart.isHidden():
            parts = taken_apart(self._literal)
            if parts is None or self.query.text() != parts.wanted:
                self.apart.hide()
        if change.what & (What.PHOTO | What.LAYERS | What.DRAFT):
            self._tell_what_is_shown()

    def _tell_what_is_shown(self) -> None:
        """Once an edit is done, what is there is no longer what the first prompt says."""
        if shown := now_shown(self._document.state):
            self.apart.hide()  # it was for this edit
            self.shown.say(self.tr("The picture shows {what} now.").format(what=shown))
        else:
            self.shown.hide()

    def _take_over(self) -> None:
        """The next edit begins with what this one has drawn."""
        what = self._document.state.draft.query
        self._document.apply(
            update_draft(reference=what, query=""), self.tr("Take over the words"), settings=True, source=self
        )
        self.query.setFocus(Qt.FocusReason.OtherFocusReason)

    def _describe(self) -> None:
        self._dress(
            self.reference,
            self.tr("What is there"),
            self.tr("e.g. a horse – may stay empty"),
            self.tr(
                "What the picture shows where it should change. Naming it makes the found "
                "region sharper. "
                "DiffEdit's reference text R."
            ),
        )
        self._dress(
            self.query,
            self.tr("What it should be"),
            self.tr("e.g. a zebra"),
            self.tr("What should be there instead. DiffEdit's query text Q."),
        )
        self._dress(
            self.avoid,
            self.tr("Avoid"),
            self.tr("e.g. a frame – may stay empty"),
            self.tr("What must not be drawn. Stands in for the empty text in guidance: the negative prompt."),
        )

    def _dress(self, field: PromptField, name: str, example: str, tip: str) -> None:
        field.setAccessibleName(name)
        field.setAccessibleDescription(tip)
        field.setPlaceholderText(example)
        field.setToolTip(tip)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 3, 12, 4)
        column.setSpacing(4)
        self._add(column, self.reference, self.remove)
        self._add(column, self.query, self.swap)
        self.avoid_label = self._label(self.avoid)
        quiet(self.avoid_label)
        avoided = QHBoxLayout()
        avoided.setSpacing(8)
        avoided.addWidget(self.avoid_label)
        avoided.addWidget(self.avoid, 1)
        column.addLayout(avoided)
        said = QWidget()  # its room is always there: nothing moves while one types
        said.setFixedHeight(SAID)
        lines = QHBoxLayout(said)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(12)
        for line in (*self.read, self.apart, self.shown):
            lines.addWidget(line, 1)
        column.addWidget(said)

    def _add(self, column: QVBoxLayout, field: PromptField, *buttons: QToolButton) -> None:
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self._label(field), 1)
        for button in buttons:
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(field)
        column.addSpacing(4)

    @staticmethod
    def _label(field: PromptField) -> QLabel:
        label = QLabel(field.accessibleName())
        label.setBuddy(field)
        label.setToolTip(field.toolTip())
        return label

    def _bind(self) -> None:
        bind(self._document, "draft.reference", self.reference)
        bind(self._document, "draft.query", self.query)
        bind(self._document, "draft.avoid", self.avoid)
        for field in (self.reference, self.query, self.avoid):
            field.submitted.connect(self.submitted)
            field.committed.connect(self.commit)
        self.apart.pressed.connect(self._bring_back)
        self.shown.pressed.connect(self._take_over)
        self._document.changed.connect(self._hear)
        self.remove.clicked.connect(self.removeRequested)
        self.swap.clicked.connect(self.swap_prompts)

    def swap_prompts(self) -> None:
        draft = self._document.state.draft
        self._document.apply(
            update_draft(reference=draft.query, query=draft.reference),
            self.tr("Swap the prompts"),
            settings=True,
            source=self,
        )
