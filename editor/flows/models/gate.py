"""What to do about a model behind a gate: its page, and a field for a token of the hub."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

TOKENS = "https://huggingface.co/settings/tokens"


class Gate(QWidget):
    """given: a token was typed or pasted; it stays in huggingface_hub's store alone."""

    given = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._why = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText, openExternalLinks=True)
        self._why.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.token = QLineEdit(echoMode=QLineEdit.EchoMode.Password, placeholderText="hf_…")
        self.token.setAccessibleName(self.tr("Token of the hub"))
        self.token.setToolTip(
            self.tr("A token that may read; huggingface_hub keeps it in its own store, this program nowhere")
        )
        self.keep = QPushButton(self.tr("Keep Token"), autoDefault=False)
        self.keep.setToolTip(self.tr("Ask the hub whether it knows this token, and keep it"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.token, 1)
        row.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._why)
        column.addLayout(row)
        self.keep.clicked.connect(self._give)
        self.token.returnPressed.connect(self._give)
        self.token.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        self.keep.setEnabled(False)

    def explain(self, page: str, *, signed_in: bool) -> None:
        """page: where the terms are accepted;  signed_in: a token is kept already."""
        text = self.tr(
            'Its authors ask for an account: accept the terms on <a href="{page}">its page</a>, then paste a '
            '<a href="{tokens}">token</a> here.'
        )
        has = self.tr(" A token is kept on this machine already; another one takes its place.")
        self._why.setText(text.format(page=page, tokens=TOKENS) + (has if signed_in else ""))

    def _give(self) -> None:
        token = self.token.text().strip()
        self.token.clear()
        if token:
            self.given.emit(token)
