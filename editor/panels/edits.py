"""The accepted edits, the last one on top: show, hide, delete, take their settings again."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
)

from core.document.commands import Command
from core.document.layer import Layer
from core.document.layer_commands import delete_layer, show_layer
from core.edit.request import EditRequest
from editor.document.document import Changed, Document, What
from editor.widgets.icons import IconButton, quiet
from editor.widgets.section import Section

ROW_HEIGHT = 28
ROWS = 5  # shown before it scrolls


class EditsPanel(Section):
    """A list like that of layers: the first edit is at the bottom."""

    def __init__(self, document: Document) -> None:
        super().__init__("edits")
        self.set_title(self.tr("Edits"))
        self._document = document
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Accepted edits"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setToolTip(self.tr("Every accepted edit; the tick shows or hides it (Space)."))
        self.empty = QLabel(
            self.tr(
                "Accepted edits gather here. Each can be hidden or deleted: "
                "the photo itself is "
                "never touched."
            )
        )
        self.empty.setWordWrap(True)
        quiet(self.empty)
        self.reuse = QPushButton(self.tr("Use these settings"))
        self.reuse.setToolTip(
            self.tr("Put the prompts and settings of the marked edit into the panels: its recipe.")
        )
        self.delete = IconButton(
            "trash",
            self.tr("Delete the edit"),
            self.tr("Delete the marked edit (Delete). Undo brings it back."),
        )
        self._arrange()
        self._bind()
        self._show()

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.reuse, 1)
        buttons.addWidget(self.delete)
        self.rows.addWidget(self.empty)
        self.rows.addWidget(self.list)
        self.rows.addLayout(buttons)

    def _bind(self) -> None:
        self.list.itemChanged.connect(self._toggle)
        self.list.currentRowChanged.connect(self._enable)
        self.reuse.clicked.connect(self._reuse)
        self.delete.clicked.connect(self._delete)
        key = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.list)
        key.setContext(Qt.ShortcutContext.WidgetShortcut)
        key.activated.connect(self._delete)
        self._document.changed.connect(self._hear)

    @property
    def _index(self) -> int:
        """The marked edit, counted from the first made; −1 for none."""
        row = self.list.currentRow()
        return -1 if row < 0 else self.list.count() - 1 - row

    def _hear(self, change: Changed) -> None:
        if change.what & (What.LAYERS | What.PHOTO):
            self._show()

    def _show(self) -> None:
        edits, row = self._document.state.layers, self.list.currentRow()
        grown = len(edits) > self.list.count()
        with QSignalBlocker(self.list):
            self.list.clear()
            for edit in reversed(edits):
                self.list.addItem(self._item(edit))
            self.list.setCurrentRow(0 if grown else min(row, len(edits) - 1))
        self.empty.setVisible(not edits)
        for widget in (self.list, self.reuse, self.delete):
            widget.setVisible(bool(edits))
        self.list.setFixedHeight(ROW_HEIGHT * min(ROWS, len(edits)) + 2 * self.list.frameWidth())
        self._enable()

    def _item(self, edit: Layer) -> QListWidgetItem:
        request = edit.variant.request
        item = QListWidgetItem(edit.name)
        item.setSizeHint(QSize(0, ROW_HEIGHT))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if edit.visible else Qt.CheckState.Unchecked)
        if request is None:
            return item
        item.setToolTip(
            self.tr(
                "{name}\n{method}, change {change:.0%}, {steps} steps, seed {seed}, scale {scale:g}"
            ).format(
                name=name(request),
                method=request.method.value,
                change=request.change,
                steps=request.steps,
                seed=request.seed,
                scale=request.guidance.scale,
            )
        )
        return item

    def _enable(self) -> None:
        for widget in (self.reuse, self.delete):
            widget.setEnabled(self._index >= 0)

    def _toggle(self, item: QListWidgetItem) -> None:
        layer = self._document.state.layers[self.list.count() - 1 - self.list.row(item)]
        shows = item.checkState() is Qt.CheckState.Checked
        if shows != layer.visible:
            text = self.tr("Show an edit") if shows else self.tr("Hide an edit")
            self._document.apply(show_layer(layer.id, shows), text, source=self)

    def _delete(self) -> None:
        if self._index >= 0:
            layer = self._document.state.layers[self._index]
            self._document.apply(delete_layer(layer.id), self.tr("Delete an edit"), source=self)

    def _reuse(self) -> None:
        if self._index >= 0:
            request = self._document.state.layers[self._index].variant.request
            if request is not None:
                text = self.tr("Use the settings of an edit")
                self._document.apply(reuse(request), text, source=self, settings=True)


def name(request: EditRequest) -> str:
    """An edit in a few words: “a horse → a zebra”."""
    return f"{request.reference} → {request.query}".strip()


def reuse(request: EditRequest) -> Command:
    """The request's settings as the draft's. Model and device stay the window's, the cut stays the mask's."""

    def settings(now: EditRequest) -> EditRequest:
        strength = request.find.strength if request.model == now.model else None
        cut = {name: getattr(now.find, name) for name in ("clamp", "threshold", "grow", "snap", "windows")}
        find = replace(request.find, strength=strength, **cut)
        area = request.area if isinstance(request.area, str) else "auto"  # placed anew, for the mask of now
        return request.with_(
            photo="",
            mask=None,
            kappa=None,
            threads=None,
            model_digest=None,
            embeddings=(),
            prediction=None,
            zero_snr=None,
            clip_skip=None,
            find=find,
            model=now.model,
            device=now.device,
            area=area,
        )

    return lambda state: state.with_(draft=settings(state.draft))
