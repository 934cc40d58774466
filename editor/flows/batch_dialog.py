"""The dialog of a batch: which pictures, where to, with which settings; how far it is, and what failed."""

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QThread, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.batch.pictures import OPENED, gather
from core.batch.run import Batch, Tally
from core.commands.batch import local
from core.edit.report import read_recipe
from core.edit.request import EditRequest
from core.errors import CoreError, InputError
from editor.log import fault
from editor.statusbar import clock

log = logging.getLogger(__name__)
QUALITY = 95


class BatchThread(QThread):
    """Watches over the processes that do the work."""

    told = Signal(Tally)
    noticed = Signal(str)
    failed = Signal(CoreError)

    def __init__(
        self, request: EditRequest, pictures: list[str], output: Path, workers: int, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._given = request, pictures, output, workers

    def run(self) -> None:
        request, pictures, output, workers = self._given
        try:
            gathered = gather(pictures, output)
            for sentence in gathered.notices:
                self.noticed.emit(sentence)
            batch = Batch(request, gathered, output)
            batch.run(
                local(batch.request, workers or None, QUALITY), self.told.emit, self.isInterruptionRequested
            )
        except CoreError as error:
            self.failed.emit(error)
        except Exception as error:
            log.exception("a batch failed")
            self.failed.emit(fault(error))


class BatchDialog(QDialog):
    """Not modal: the window can be used beside a batch."""

    def __init__(self, request: EditRequest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Batch"))
        self.resize(640, 520)
        self._request = request
        self._thread: BatchThread | None = None
        self._tally: Tally | None = None
        self._stopped = False
        self._error = ""
        self._build()
        self._arrange()
        self._bind()
        self._judge()

    def _build(self) -> None:
        self.pictures = self._line(
            self.tr("Pictures"),
            self.tr("A folder, a file, a pattern such as photos/*.jpg, or a .txt list of these"),
        )
        self.output = self._line(self.tr("Results"), self.tr("The folder for results, manifest and reports"))
        self.recipe = self._line(
            self.tr("Recipe"), self.tr("A report or recipe, JSON; empty: the window's settings")
        )
        self.recipe.setPlaceholderText(self.tr("the settings of the window"))
        self.workers = QSpinBox()
        self.workers.setRange(0, 64)
        self.workers.setSpecialValueText(self.tr("auto"))
        self.workers.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.workers.setAccessibleName(self.tr("Workers"))
        self.workers.setToolTip(self.tr("Processes that work side by side; auto: one for each GPU, else one"))
        self.save_recipe = QPushButton(self.tr("Save Recipe…"))
        self.save_recipe.setToolTip(self.tr("Write the settings of the window for “palimpsest batch”"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("What failed or was left out"))
        self.list.setToolTip(self.tr("Pictures that failed or were left out, each with its reason"))
        self.list.setWordWrap(True)
        self.start = QPushButton(self.tr("Start"))
        self.start.setToolTip(self.tr("Edit every picture that is not done yet; an earlier run is continued"))
        self.start.setDefault(True)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setToolTip(self.tr("Stop now: what is done stays, and Start goes on from there"))
        self.closing = QPushButton(self.tr("Close"))
        self.closing.setToolTip(self.tr("Close; a batch that runs is stopped (Esc)"))

    def _line(self, name: str, tip: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setToolTip(tip)
        return line

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for label, line, ask in (
            (self.tr("Pictures"), self.pictures, self._ask_pictures),
            (self.tr("Results"), self.output, self._ask_output),
            (self.tr("Recipe"), self.recipe, self._ask_recipe),
        ):
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(line, 1)
            browse = QPushButton(self.tr("Browse…"))
            browse.setAutoDefault(False)
            browse.setToolTip(self.tr("Choose in the system's dialog"))
            browse.setAccessibleName(self.tr("Browse for {what}").format(what=label))
            browse.clicked.connect(ask)
            row.addWidget(browse)
            form.addRow(label, row)
        row = QHBoxLayout()
        row.addWidget(self.workers)
        row.addStretch(1)
        row.addWidget(self.save_recipe)
        form.addRow(self.tr("Workers"), row)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.closing, self.stop, self.start):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.list, 1)
        column.addWidget(self.bar)
        column.addWidget(self.state)
        column.addLayout(buttons)

    def _bind(self) -> None:
        for line in (self.pictures, self.output):
            line.textChanged.connect(self._judge)
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self._stop)
        self.closing.clicked.connect(self.reject)
        self.save_recipe.clicked.connect(self._save_recipe)

    @property
    def running(self) -> bool:
        return self._thread is not None

    def begin(self) -> None:
        """Start, or go on with an earlier run's folder."""
        try:
            request = self._asked()
        except CoreError as error:
            self.state.setText(str(error))
            return
        self.list.clear()
        self._stopped, self._error, self._tally = False, "", None
        self.bar.setRange(0, 0)
        self.state.setText(self.tr("starting…"))
        output = Path(self.output.text().strip()).expanduser()
        self._thread = BatchThread(
            request, [self.pictures.text().strip()], output, self.workers.value(), self
        )
        self._thread.told.connect(self._told)
        self._thread.noticed.connect(self.list.addItem)
        self._thread.failed.connect(self._failed)
        self._thread.finished.connect(self._finished)
        self._thread.start()
        self._judge()

    def end(self) -> None:
        """Stop and wait."""
        if self._thread is not None:
            self._thread.requestInterruption()
            self._thread.wait()

    def reject(self) -> None:
        self.end()
        super().reject()

    def _asked(self) -> EditRequest:
        name = self.recipe.text().strip()
        request = self._request
        if name:
            try:
                request = read_recipe(Path(name).expanduser().read_bytes())
            except OSError as error:
                raise InputError(f"The recipe {name} can't be read: {error.strerror}.") from error
        if not request.query.strip():
            raise InputError(
                self.tr("Say first what it should be."),
                self.tr("Close this, and type it in the panel at the right."),
            )
        return request

    def _judge(self) -> None:
        ready = bool(self.pictures.text().strip() and self.output.text().strip())
        self.start.setEnabled(ready and not self.running)
        self.stop.setEnabled(self.running and not self._stopped)
        for control in (self.pictures, self.output, self.recipe, self.workers):
            control.setEnabled(not self.running)
        if not self.running and self._tally is None and not self._error:
            self.state.setText(
                self.tr("The same edit for every picture: “{to}”").format(to=self._request.query)
                if self._request.query
                else self.tr("The same edit for every picture.")
            )

    def _told(self, tally: Tally) -> None:
        self._tally = tally
        self.bar.setRange(0, tally.total)
        self.bar.setValue(tally.total - tally.left)
        if tally.last is not None and tally.last.error:
            self.list.addItem(f"{tally.last.name}: {tally.last.error}")
        text = self.tr("{done} of {total} pictures").format(done=tally.total - tally.left, total=tally.total)
        if tally.rate is not None and tally.seconds_left is not None and tally.left:
            more = self.tr(" · {rate} a minute · {time} left")
            text += more.format(rate=f"{tally.rate:.1f}", time=clock(tally.seconds_left))
        self.state.setText(text)

    def _failed(self, error: CoreError) -> None:
        self._error = str(error)

    def _finished(self) -> None:
        self._thread = None
        tally = self._tally
        if self.bar.maximum() == 0:
            self.bar.setRange(0, 1)
        if self._error:
            self.state.setText(self._error)
        elif self._stopped:
            self.state.setText(self.tr("Stopped. What is done stays; Start goes on from there."))
        elif tally is not None and tally.failed:
            self.state.setText(
                self.tr("{done} pictures done, {failed} failed.").format(
                    done=tally.done + tally.skipped, failed=tally.failed
                )
            )
        elif tally is not None:
            self.state.setText(self.tr("All {n} pictures are done.").format(n=tally.total))
        self._judge()

    def _stop(self) -> None:
        self._stopped = True
        if self._thread is not None:
            self._thread.requestInterruption()
        self.state.setText(self.tr("stopping…"))
        self._judge()

    def _ask_pictures(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, self.tr("Folder of pictures ({kinds})").format(kinds=" ".join(OPENED))
        )
        if name:
            self.pictures.setText(name)

    def _ask_output(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder for the results"))
        if name:
            self.output.setText(name)

    def _ask_recipe(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Recipe"), "", "JSON (*.json)")
        if name:
            self.recipe.setText(name)

    def _save_recipe(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save Recipe"), "recipe.json", "JSON (*.json)")
        if name:
            self.write_recipe(Path(name))

    def write_recipe(self, path: Path) -> None:
        """The window's settings, for any picture."""
        from core.batch.run import recipe_for
        from core.photo.atomic import write_atomic

        data = recipe_for(self._request).to_json()
        try:
            write_atomic(path, lambda file: file.write(data))
        except CoreError as error:
            self.state.setText(str(error))
        else:
            self.state.setText(self.tr("Written: {name}").format(name=path.name))
