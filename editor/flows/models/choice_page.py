"""The chooser's page of one model: what it is good at, its licence, its size, whether it fits, and Get."""

import html

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.errors import CoreError
from editor.flows.models.choice import ModelChoice
from editor.flows.models.gate import Gate
from editor.flows.models.words import Words, gigabytes
from editor.widgets.filled import FilledButton


class ChoicePage(QWidget):
    """getRequested: the filled button, whatever it says;  fileChosen: of several in one repository."""

    getRequested = Signal()
    deleteRequested = Signal()
    fileChosen = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._choice: ModelChoice | None = None
        self._repo = ""  # shown last: a list that is made anew may show it again
        self._busy = self._signed_in = False
        self.title, self._good_at, self.said = QLabel(), QLabel(), QLabel()
        self.facts: dict[str, QLabel] = {}
        self.t5 = QCheckBox()
        self.file = QComboBox()
        self.gate = Gate()
        self.get, self.delete = FilledButton(), QPushButton(autoDefault=False)
        self._describe()
        self._arrange()
        self.get.clicked.connect(self.getRequested)
        self.delete.clicked.connect(self.deleteRequested)
        self.file.activated.connect(lambda row: self.fileChosen.emit(self.file.itemData(row)))
        self.t5.toggled.connect(lambda _: self._show())

    def show_choice(self, choice: ModelChoice | None) -> None:
        """Another one, or the same with more that is known of it."""
        self._choice = choice
        self.setVisible(choice is not None)
        if choice is None:
            return
        if choice.repo != self._repo:
            self._repo = choice.repo
            self.say(None)
            fits = choice.fits is None or choice.fits.fit.name in ("YES", "UNKNOWN")
            self.t5.setChecked(not choice.t5 or fits)
            self.verticals.verticalScrollBar().setValue(0)
        self._show_files(choice)
        self._show()

    def set_busy(self, busy: bool, *, signed_in: bool | None = None) -> None:
        """A model is on its way, or the hub is being asked;  signed_in: a token is kept."""
        self._busy = busy
        if signed_in is not None:
            self._signed_in = signed_in
        self._show()

    def say(self, error: CoreError | str | None) -> None:
        """What went wrong, or what is going on."""
        text = "" if error is None else str(error)
        self.said.setText(text)
        self.said.setVisible(bool(text))
        if text:
            self.verticals.ensureWidgetVisible(self.said)

    def _describe(self) -> None:
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        self.title.setFont(font)
        for label in (self.title, self._good_at, self.said):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)  # the hub's names may hold anything
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.t5.setToolTip(
            self.tr("The large text encoder: it reads long prompts better; without it less is fetched")
        )
        self.file.setToolTip(self.tr("This repository holds several models, each in a file of its own"))
        self.file.setAccessibleName(self.tr("File"))
        self.delete.setText(self.tr("Delete…"))

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        for key, name in (
            ("licence", self.tr("Licence")),
            ("bytes", self.tr("To fetch")),
            ("memory", self.tr("Memory")),
            ("fit", self.tr("This machine")),
            ("where", self.tr("Where it is")),
        ):
            label = QLabel(wordWrap=True, openExternalLinks=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
            label.setAccessibleName(name)
            self.facts[key] = label
            caption = QLabel(name)
            caption.setAlignment(Qt.AlignmentFlag.AlignTop)
            form.addRow(caption, label)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        for widget in (self.title, self._good_at):
            column.addWidget(widget)
        column.addLayout(form)
        for widget in (self.file, self.t5, self.gate, self.said):
            column.addWidget(widget)
        column.addStretch(1)
        self._form = form
        self.verticals = QScrollArea(widgetResizable=True)
        self.verticals.setFrameShape(QFrame.Shape.NoFrame)
        self.verticals.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticals.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticals.setWidget(inside)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.get, 1)
        buttons.addWidget(self.delete)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(8)
        outside.addWidget(self.verticals, 1)
        outside.addLayout(buttons)
        self.delete.setMinimumHeight(36)

    def _show(self) -> None:
        choice, words, t5 = self._choice, self._words, self.t5.isChecked()
        if choice is None:
            return
        self.title.setText(choice.title)
        self._good_at.setText(choice.good_at or choice.repo)
        link, name = html.escape(choice.link), html.escape(words.licence(choice))
        texts = {
            "licence": (f'<a href="{link}">{name}</a>' if link else name)
            + f"<br>{html.escape(choice.terms or words.commercial(choice))}",
            "bytes": html.escape(words.size(choice, t5=t5)),
            "memory": html.escape(words.memory(choice, t5=t5)),
            "fit": self._fit(choice, t5=t5),
            "where": html.escape(str(choice.where or "")),
        }
        for key, text in texts.items():
            self.facts[key].setText(text)
        fetched = choice.where is not None and choice.offer is None and not choice.link
        self._form.setRowVisible(self.facts["licence"], not fetched)
        self._form.setRowVisible(self.facts["bytes"], choice.where is None)
        self._form.setRowVisible(self.facts["memory"], not fetched)
        self._form.setRowVisible(self.facts["fit"], not fetched)
        self._form.setRowVisible(self.facts["where"], choice.where is not None)
        self.t5.setVisible(bool(choice.t5) and choice.where is None)
        self.t5.setText(self.tr("With the T5 text encoder ({size})").format(size=gigabytes(choice.t5)))
        self.gate.setVisible(choice.gated and choice.where is None)
        if choice.gated:
            self.gate.explain(choice.page, signed_in=self._signed_in)
        self._show_buttons(choice, t5=t5)

    def _fit(self, choice: ModelChoice, *, t5: bool) -> str:
        verdict = choice.verdict(t5=t5)
        dot = "" if verdict is None else f'<span style="color:{self._words.color_of(verdict)}">●</span> '
        return dot + html.escape(self._words.fit(choice, t5=t5))

    def _show_files(self, choice: ModelChoice) -> None:
        self.file.setVisible(bool(choice.files))
        self.file.clear()
        for path, count in choice.files:
            self.file.addItem(f"{path} ({gigabytes(count)})", path)
        self.file.setCurrentIndex(self.file.findData(choice.file) if choice.file else -1)
        self.file.setPlaceholderText(self.tr("Which file?"))

    def _show_buttons(self, choice: ModelChoice, *, t5: bool) -> None:
        begun = choice.on_disk or (choice.offer is not None and choice.left < choice.bytes)
        if choice.where is not None:
            text, tip = self.tr("Use It"), self.tr("Load it, and go on with the edit that was asked for")
        elif not choice.is_known:
            text, tip = (
                self.tr("Look It Up"),
                self.tr("Ask the hub for its licence and size"),
            )
        elif begun:
            text, tip = self.tr("Continue"), self.tr("Fetch what is still missing, then load it")
        else:
            size = gigabytes(choice.to_fetch(t5=t5))
            text = self.tr("Get ({size})").format(size=size)
            tip = self.tr("Fetch it, check it, load it, and go on with the edit that was asked for")
        if choice.kind == "segmenter" and choice.is_known:
            tip = self.tr("Select with it from now on; what is missing is fetched and checked first")
        self.get.setText(text)
        self.get.setToolTip(tip)
        self.get.setEnabled(not self._busy and not (choice.files and not choice.file))
        self.delete.setVisible(choice.own or bool(choice.on_disk))
        self.delete.setEnabled(not self._busy)
        self.delete.setToolTip(self.tr("Delete it from the disk, after asking"))
