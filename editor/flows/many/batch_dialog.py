"""The dialog of a batch: which pictures, where to, with which settings; how far it is, and what failed."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QListWidget, QVBoxLayout, QWidget

from core.batch.run import Tally, recipe_for
from core.edit.request import EditRequest
from core.errors import CoreError
from core.photo.files.atomic import write_atomic
from editor.flows.many.batch_form import BatchForm
from editor.flows.many.batch_thread import BatchThread, Finished
from editor.flows.many.many_dialog import ManyDialog
from editor.statusbar import clock
from editor.widgets.hint import Hint
from editor.widgets.player import PictureView
from editor.widgets.scrolled import Scrolled


class BatchDialog(ManyDialog):
    """Not modal: the window can be used beside a batch. settings: those of the window, when asked."""

    def __init__(
        self,
        settings: Callable[[], EditRequest],
        parent: QWidget | None = None,
        *,
        folder: Callable[[], Path] = Path.home,
    ) -> None:
        """folder: where file dialogs begin."""
        super().__init__(self.tr("Batch"), QSize(720, 640), parent)
        self._settings, self._folder = settings, folder
        self._thread: BatchThread | None = None
        self._tally: Tally | None = None
        self._error = ""
        self.form = BatchForm(folder)
        self._build()
        self._arrange()
        self._bind()
        self.judge()

    def _build(self) -> None:
        self.picture = PictureView()
        self.picture.setAccessibleName(self.tr("The picture finished last"))
        self.empty = Hint(self.picture, self.tr("The picture finished last appears here"))
        self.caption = QLabel()
        self.caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.unlisted = Hint(self.list.viewport(), self.tr("What fails or is noticed is listed here"))
        self.list.setAccessibleName(self.tr("What failed or was noticed"))
        self.list.setToolTip(self.tr("Pictures that failed or were left out, and what was noticed"))
        self._name_buttons(
            (
                self.tr("Start"),
                self.tr("Edit every picture that is not done yet; an earlier run is continued"),
            ),
            self.tr("Stop now: what is done stays, and Start goes on from there"),
            self.tr("Stop what runs, then close (Esc)"),
        )

    def _arrange(self) -> None:
        shown = QVBoxLayout()
        shown.setSpacing(8)
        shown.addWidget(self.picture, 1)
        shown.addWidget(self.caption)
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addLayout(shown, 3)
        across.addWidget(self.list, 2)
        self._lay_out((Scrolled(self.form), 0), (across, 1))

    def _bind(self) -> None:
        self.form.changed.connect(self._corrected)
        self.list.model().rowsInserted.connect(self.unlisted.hide)
        self.form.save_recipe.clicked.connect(self._save_recipe)

    def begin(self) -> None:
        """Start with the settings of now, or go on with an earlier run's folder."""
        try:
            order = self.form.order(self._settings)
        except CoreError as error:
            self.says.setText(str(error))
            return
        self.list.clear()
        self.unlisted.show()
        self._error, self._tally = "", None
        self._begin(0)
        self._thread = thread = BatchThread(order, self)
        thread.told.connect(self._told)
        thread.noticed.connect(self.list.addItem)
        thread.shown.connect(self._show)
        thread.failed.connect(self._failed)
        thread.finished.connect(self._finished)
        thread.start()

    def end(self, patience: int | None = None) -> bool:
        """Stop what runs, and wait for it, or so many milliseconds; whether it has ended."""
        if self._thread is None:
            return True
        self._stop()
        return self._thread.wait() if patience is None else self._thread.wait(patience)

    def reject(self) -> None:
        """As any; what was stopped is waited for."""
        if self._stopped or not self.running:
            self.end()
        super().reject()

    def _corrected(self) -> None:
        self._error = ""  # it spoke of what stood there before
        self.judge()

    def judge(self) -> None:
        """Say what would be done by the settings of now, unless there is news of a batch."""
        ready = bool(self.form.pictures.text and self.form.output.text)
        self.start.setEnabled(ready and not self.running)
        self.stop.setEnabled(self.running and not self._stopped)
        self.form.setEnabled(not self.running)
        if self.running or self._tally is not None or self._error:
            return
        query = "" if self.form.recipe.text else self._settings().query
        if query:
            self.says.setText(self.tr("The same edit for every picture: “{to}”").format(to=query))
        else:
            self.says.setText(self.tr("The same edit for every picture."))

    def _show(self) -> None:
        for finished in () if self._thread is None else self._thread.pictures.take():
            assert isinstance(finished, Finished)
            self.empty.hide()
            self.picture.show_pixmap(QPixmap.fromImage(finished.image))
            self.caption.setText(finished.name)

    def _told(self, tally: Tally) -> None:
        self._tally = tally
        self.bar.setRange(0, tally.total)
        self.bar.setValue(tally.total - tally.left)
        if tally.last is not None:
            for said in (tally.last.error, *tally.last.notices):
                if said:
                    self.list.addItem(f"{tally.last.name}: {said}")
        text = self.tr("{done} of {total} pictures").format(done=tally.total - tally.left, total=tally.total)
        if tally.rate is not None and tally.seconds_left is not None and tally.left:
            more = self.tr(" · {rate} a minute · {time} left")
            text += more.format(rate=f"{tally.rate:.1f}", time=clock(tally.seconds_left))
        self.says.setText(text)

    def _failed(self, error: CoreError) -> None:
        self._error = str(error)

    def _finished(self) -> None:
        self._thread, self.running = None, False
        tally = self._tally
        if self.bar.maximum() == 0:
            self.bar.setRange(0, 1)
        if self._error:
            self.says.setText(self._error)
        elif self._stopped:
            self.says.setText(self.tr("Stopped. What is done stays; Start goes on from there."))
        elif tally is not None and tally.failed:
            self.says.setText(
                self.tr("{done} pictures done, {failed} failed.").format(
                    done=tally.done + tally.skipped, failed=tally.failed
                )
            )
        elif tally is not None:
            self.says.setText(self.tr("All {n} pictures are done.").format(n=tally.total))
        self.judge()

    def _halt(self) -> None:
        if self._thread is not None:
            self._thread.requestInterruption()

    def _show_buttons(self) -> None:
        self.judge()

    def _save_recipe(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save Recipe"), str(self._folder() / "recipe.json"), "JSON (*.json)"
        )
        if name:
            self.write_recipe(Path(name))

    def write_recipe(self, path: Path) -> None:
        """The window's settings, for any picture."""
        data = recipe_for(self._settings()).to_json()
        try:
            write_atomic(path, lambda file: file.write(data))
        except CoreError as error:
            self.says.setText(str(error))
        else:
            self.says.setText(self.tr("Written: {name}").format(name=path.name))
