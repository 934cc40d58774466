"""Models for photographs: a short list that fits this machine, the hub's own by search, and fetching one."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.errors import CoreError
from editor.flows.models import choice as choices
from editor.flows.models.choice import ModelChoice
from editor.flows.models.chooser_form import PARTS, ChooserForm
from editor.flows.models.fetch import Fetch
from editor.flows.models.words import gigabytes
from editor.settings import Store
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.models.memory.machine import Machine

T = TypeVar("T")


class ModelChooser(ChooserForm):
    """got: a folder or file that is whole, to be loaded;  removed: one that was deleted."""

    got = Signal(str)
    removed = Signal(str)

    def __init__(self, store: Store, tasks: Tasks, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._store, self._tasks = store, tasks
        self._hub = Tasks(self)  # what asks the hub: a look at the disk doesn't wait for it
        self.fetch = Fetch(self)
        self._machine: Machine | None = None
        self._shelf: tuple[ModelChoice, ...] = ()
        self._wanted: str | None = ""  # to be selected once the list is there: "" is the first, None as it is
        self._selects = False  # it was opened for one that selects: these come first
        self._asking = 0  # questions to the hub that are not answered yet
        self._fetching: ModelChoice | None = None
        self._bind()
        self.page.show_choice(None)

    def show_models(self, repo: str = "", *, selects: bool = False) -> None:
        """Open it, or bring it to the front, with what is true now, and that of `repo` selected. It begins
        with what draws, or with what `selects`.
        """
        if not self.fetch.running:
            now = self.list.current()
            self._wanted = repo or (now.repo if now is not None and now.selects is selects else "")
            self._selects = selects
            if repo:
                self.search.clear()
            self._say_for(selects=selects)
            self._list_shelf()
        self.show()
        self.raise_()
        self.activateWindow()
        if not self.fetch.running:
            self.refresh()
        self.list.setFocus()

    def refresh(self) -> None:
        """Look anew what fits and what is here."""
        if not self._shelf:
            self.says.setText(self.tr("Looking at this machine…"))
        home = self._home
        self._tasks.start(lambda: (*choices.gathered(home), choices.signed_in()), self._take, self._fail)

    def close_for_good(self) -> bool:
        """Stop everything; whether all has ended within a moment."""
        return all([self.fetch.close(), self._hub.close()])

    def closeEvent(self, event: QCloseEvent) -> None:
        """× and Close: a transfer is stopped, and what has come stays."""
        self.fetch.stop()
        self.done(0)
        event.accept()

    def reject(self) -> None:
        """The first Escape stops a transfer, as in the window; the next one closes."""
        if self.fetch.running:
            self._stop()
        else:
            super().reject()

    def _bind(self) -> None:
        self.search.returnPressed.connect(self._search)
        self.look_for.clicked.connect(self._search)
        self.search.textChanged.connect(lambda text: None if text.strip() else self._show_shelf())
        self.list.picked.connect(self.page.show_choice)
        self.page.getRequested.connect(self._get)
        self.page.deleteRequested.connect(self._ask_delete)
        self.page.fileChosen.connect(self._choose_file)
        self.page.gate.given.connect(self._sign_in)
        self.folder.asked.connect(self._browse)
        self.folder.line.editingFinished.connect(self._move)
        self.stop.clicked.connect(self._stop)
        self.closing.clicked.connect(self.close)
        self.fetch.moved.connect(self._moved)
        self.fetch.got.connect(self._got)
        self.fetch.stopped.connect(self._stopped)
        self.fetch.failed.connect(self._fail_fetch)

    # -- the list

    @property
    def _home(self) -> Path | None:
        """Where models go, None for the program's own place."""
        chosen = self._store.settings.models_home
        return Path(chosen) if chosen else None

    def _take(self, found: "tuple[Machine, tuple[ModelChoice, ...], bool]") -> None:
        first = self._machine is None
        self._machine, self._shelf, signed_in = found
        if first:
            self.says.setText("")
        if not self.folder.line.hasFocus():
            self.folder.setText(self._shown_home)
        self.page.set_busy(self._busy, signed_in=signed_in)
        self._list_shelf()

    def _list_shelf(self) -> None:
        """Unless what was found is listed."""
        if not self.search.text().strip():
            self._show_shelf()

    def _show_shelf(self) -> None:
        now = self.list.current()
        repo = self._wanted if self._wanted is not None else now.repo if now else ""
        self.list.show_choices(self._shelf, "", repo, selects=self._selects)
        if self._shelf:
            self._wanted = None

    def _search(self) -> None:
        text = self.search.text().strip()
        if not text:
            return
        if choices.looks_like_a_name(text):
            try:
                choice = choices.named(text)
            except CoreError as error:
                self._fail(error)
                return
            self.list.show_choices((choice,), "")
            self._look(choice)
            return
        self._ask(partial(choices.found, text), partial(self._show_found, text), self.tr("Asking the hub…"))

    def _show_found(self, text: str, found: tuple[ModelChoice, ...]) -> None:
        if self.search.text().strip() == text:
            nothing = self.tr("No model that draws pictures from words is called that.")
            self.list.show_choices(found, nothing)
            self.list.setFocus()

    # -- one model

    def _get(self) -> None:
        choice = self.list.current()
        if choice is None or self._busy:
            return
        if choice.where is not None:
            self._use(choice.where)
        elif choice.is_known:
            self._look(choice, then=True)
        else:
            self._look(choice)

    def _look(self, choice: ModelChoice, *, then: bool = False) -> None:
        """Ask the hub what there is;  then: fetch it at once, for its licence and size were read before."""
        machine, home, t5 = self._machine, self._home, self.page.t5.isChecked()
        if machine is None:
            return
        self.page.say(None)

        def show(told: ModelChoice) -> None:
            self._learn(told)
            if then and told.offer is not None:
                self._start(told)

        self._ask(
            partial(choices.looked, choice, machine, home, t5=t5),
            show,
            self.tr("Asking the hub about {name}…").format(name=choice.title),
        )

    def _learn(self, told: ModelChoice) -> None:
        """More is known of a choice now."""
        self.list.replace(told)
        now = self.list.current()
        if now is not None and now.repo == told.repo:
            self.page.show_choice(told)

    def _choose_file(self, file: str) -> None:
        choice = self.list.current()
        if choice is not None:
            chosen = choices.of_file(choice, file)
            self._learn(chosen)
            self._look(chosen)

    def _use(self, where: Path) -> None:
        self.got.emit(str(where))
        self.accept()

    # -- fetching

    @property
    def _busy(self) -> bool:
        return self.fetch.running or self._asking > 0

    def _start(self, choice: ModelChoice) -> None:
        self._fetching = choice
        self.fetch.start(choices.fetcher(choice))
        self.bar.setValue(0)
        self._moved(choice.bytes - choice.left, choice.bytes)
        self._show_busy()
        self.stop.setFocus()

    def _moved(self, here: int, whole: int) -> None:
        assert self._fetching is not None
        self.bar.setValue(round(PARTS * here / max(1, whole)))
        text = self.tr("{name}: {progress}")
        progress = self._words.progress(here, whole, self.fetch.speed)
        self.says.setText(text.format(name=self._fetching.title, progress=progress))

    def _got(self, model: Path) -> None:
        self._show_busy()
        self.says.setText("")
        self._use(model)

    def _stop(self) -> None:
        self.fetch.stop()
        self.stop.setEnabled(False)
        self.says.setText(self.tr("Stopping…"))

    def _stopped(self) -> None:
        self._show_busy()
        self.says.setText(self.tr("Stopped. What has come stays, and is gone on with next time."))
        self._relook()

    def _fail_fetch(self, error: CoreError) -> None:
        self._show_busy()
        self.says.setText("")
        self._fail(error)
        self._relook()

    def _relook(self) -> None:
        """Some of it has come: how much is left is seen on the disk."""
        if self._fetching is not None and self._fetching.repo not in {one.repo for one in self._shelf}:
            self._learn(choices.with_what_came(self._fetching))
        self._fetching = None
        self.list.setFocus()
        self.refresh()

    # -- deleting

    def _ask_delete(self) -> None:
        choice = self.list.current()
        if choice is None:
            return
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Delete Model"), "", parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = self.tr("Delete {name}? This frees {size}.")
        box.setText(text.format(name=choice.title, size=gigabytes(choice.on_disk)))
        box.setInformativeText(self.tr("It can be fetched again."))
        yes = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        yes.clicked.connect(partial(self._delete, choice))
        box.open()

    def _delete(self, choice: ModelChoice) -> None:
        def done(freed: int) -> None:
            if choice.where is not None:
                self.removed.emit(str(choice.where))
            text = self.tr("{name} is deleted: {size} are free again.")
            self.says.setText(text.format(name=choice.title, size=gigabytes(freed)))
            self._learn(choices.without_files(choice))
            self.refresh()

        self._tasks.write(partial(choices.deleted, choice, self._home), done, self._fail)

    # -- the folder, the token

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder for Models"), self.folder.text)
        if name:
            self.folder.setText(name)
            self._move()

    def _move(self) -> None:
        """Another folder: from now on models go there. Those that are elsewhere stay where they are."""
        chosen = "" if self.folder.path is None else str(self.folder.path.absolute())
        if chosen != self._shown_home:
            self._store.update(models_home=chosen)
            self.refresh()

    @property
    def _shown_home(self) -> str:
        return self._store.settings.models_home or choices.own_place()

    def _sign_in(self, token: str) -> None:
        self._ask(partial(choices.sign_in, token), lambda _: self._knows_token(), self.tr("Asking the hub…"))

    def _knows_token(self) -> None:
        self.page.set_busy(self._busy, signed_in=True)
        self.page.say(self.tr("The hub knows this token."))

    # -- questions to the hub

    def _ask(self, work: Callable[[], T], done: Callable[[T], object], says: str) -> None:
        self._asking += 1
        self.says.setText(says)
        self._show_busy()

        def answered(tell: Callable[[], object]) -> None:
            self._asking -= 1
            self.says.setText("")
            self._show_busy()
            tell()

        self._hub.start(
            work,
            lambda value: answered(partial(done, value)),
            lambda error: answered(partial(self._fail, error)),
        )

    def _fail(self, error: CoreError) -> None:
        from core.models.hub.faults import GatedError

        choice = self.list.current()
        if choice is None:
            self.says.setText(str(error))
        elif isinstance(error, GatedError):
            self._learn(replace(choice, gated=True, link=choice.link or error.page))
            self.page.say(error.message)
        else:
            self.page.say(error)

    def _show_busy(self) -> None:
        running = self.fetch.running
        self.bar.setVisible(running)
        self.stop.setVisible(running)
        self.stop.setEnabled(True)
        self.folder.setEnabled(not running)
        self.look_for.setEnabled(not self._busy)
        self.page.set_busy(self._busy)
