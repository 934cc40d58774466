"""Get a model from the hub: its name, its size and needs, then a transfer that can be stopped."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from core.edit.progress import Cancel
from core.errors import Cancelled, CoreError
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.models.hub import Offer

PARTS = 1000  # of the progress bar: Qt counts in ints of 32 bits, files are longer


class HubDialog(QDialog):
    """Look first (size and needs), then download. `got` tells the folder of a whole model."""

    got = Signal(str)
    _moved = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tasks = Tasks(self)  # its own thread: a long transfer must not hold up opening and exporting
        self._cancel = Cancel()
        self._offer: Offer | None = None
        self._build()
        self._bind()

    def done(self, result: int) -> None:
        """Stop what runs and wait for it; what has come stays for the next time."""
        if not self._cancel.asked:
            self._cancel.ask()
            self._tasks.close()
        super().done(result)

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Download a Model"))
        self.setMinimumWidth(440)
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("owner/model"))
        self.name.setToolTip(self.tr("The repository's name on the hub, with its diffusers folder"))
        self.name.setAccessibleName(self.tr("Name on the hub"))
        self.state = QLabel(
            self.tr("Only safetensors weights are fetched; nothing starts before you see the size.")
        )
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(56)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedHeight(4)
        self.bar.setRange(0, PARTS)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing moves when it comes
        self.bar.setSizePolicy(policy)
        self.bar.setAccessibleName(self.tr("Progress of the download"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton(self.tr("Look Up"), QDialogButtonBox.ButtonRole.ActionRole)
        self.go.setToolTip(self.tr("Ask the hub for the size, then download"))
        buttons.rejected.connect(self.reject)
        label = QLabel(self.tr("&Name on the hub"))
        label.setBuddy(self.name)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for widget in (label, self.name, self.state, self.bar, buttons):
            column.addWidget(widget)
        self.go.setDefault(True)  # now that it stands in the dialog, which heeds it

    def _bind(self) -> None:
        self.go.clicked.connect(self._go)
        self.name.textChanged.connect(self._forget)
        self._moved.connect(lambda share: self.bar.setValue(round(share * PARTS)))
        self._forget()

    def _forget(self) -> None:
        self._offer = None
        self.bar.setValue(0)
        self.bar.hide()
        self.go.setText(self.tr("Look Up"))
        self.go.setEnabled(bool(self.name.text().strip()))

    def _go(self) -> None:
        """Look up first; the second press fetches."""
        self._set_running(True)
        if self._offer is None:
            repo = self.name.text().strip()
            self.state.setText(self.tr("Asking the hub…"))
            self._tasks.start(lambda: _look(repo), self._show, self._fail)
        else:
            self.state.setText(self.tr("Downloading {name}…").format(name=self._offer.repo))
            self._tasks.start(self._fetching(self._offer), self._finish, self._fail)

    def _fetching(self, offer: "Offer") -> "Callable[[], str | None]":
        from core.models.transfer import download

        def work() -> str | None:
            try:
                return str(
                    download(offer, lambda done, whole: self._moved.emit(done / whole), self._cancel.check)
                )
            except Cancelled:
                return None

        return work

    def _show(self, offer: "Offer") -> None:
        from core.models.machine import ROOM

        self._offer = offer
        self._set_running(False)
        self.bar.show()
        self.bar.setValue(round((1 - offer.left / max(1, offer.bytes)) * PARTS))
        text = self.tr(
            "{name}: {left} GB to fetch, {whole} GB on the disk, about {memory} GB of memory to run in the "
            "precision that it is stored in."
        )
        size = {"left": offer.left, "whole": offer.bytes, "memory": ROOM * offer.weights}
        self.state.setText(text.format(name=offer.repo, **{k: f"{v / 1e9:.2f}" for k, v in size.items()}))
        self.go.setText(self.tr("Download") if offer.left == offer.bytes else self.tr("Continue"))
        if not offer.left:
            self.go.setText(self.tr("Use It"))

    def _finish(self, folder: str | None) -> None:
        if folder is not None:
            self.got.emit(folder)
            self.accept()

    def _fail(self, error: CoreError) -> None:
        self._set_running(False)
        self.state.setText(str(error))
        self.name.setFocus()  # it lost it, and Cancel would be what Enter means
        self.name.selectAll()
        self.go.setDefault(True)

    def _set_running(self, running: bool) -> None:
        self.name.setEnabled(not running)
        self.go.setEnabled(not running)


def _look(text: str) -> "Offer":
    """What the hub offers under a name or an address, in the precision that this machine computes in."""
    from core.models.address import read_address
    from core.models.hub import look
    from core.models.machine import this_machine

    address = read_address(text)
    precision = this_machine().precision
    return look(address.repo, revision=address.revision, file=address.file, precision=precision)
