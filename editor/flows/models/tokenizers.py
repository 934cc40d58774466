"""A tokenizer that single files lack, got in the window: from the hub, or from a folder on this machine."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import CoreError
from editor.banner import Banner, Bar
from editor.flows.models.fetch import Fetch
from editor.settings import Store
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.models.hub.named import Offer
    from core.models.text.tokenizer_places import TokenizerKind

T = TypeVar("T")


class Tokenizers(QObject):
    """came: what this model lacked is here, and it can be opened."""

    came = Signal(str)
    _answered = Signal()  # by the hub

    def __init__(self, tasks: Tasks, store: Store, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._tasks, self._store, self._banner, self._window = tasks, store, banner, window
        self._hub = Tasks(self)  # what asks the hub: a look at the disk doesn't wait for it
        self._fetch = Fetch(self)
        self._model = ""  # for which it is being fetched
        self._fetch.got.connect(lambda _: self.came.emit(self._model))
        self._fetch.failed.connect(banner.error)

    def offer(self, error: CoreError, model: str) -> Bar:
        """A model can't be opened for want of one (`error.lacks`), or is without a part: the ways to it."""
        from core.models.text.tokenizer_places import KINDS

        kind = KINDS[error.lacks]
        hint = self.tr("It is fetched once ({size}), or taken from the folder {part} of {owner}.")
        bar = self._banner.ask(
            error.message, hint=hint.format(size=kind.size, part=kind.part, owner=kind.owner)
        )
        tip = self.tr("Ask the hub for its licence and size; nothing is fetched yet")
        bar.add(self.tr("Get It…"), tip, partial(self._look, kind, model), close=False)
        tip = self.tr("Take it from a folder on this machine")
        bar.add(self.tr("Choose a Folder…"), tip, partial(self._choose, kind, model), close=False)
        return bar.until(self.came)

    def close(self) -> bool:
        """Stop what is being fetched; whether all has ended within a moment."""
        return all([self._fetch.close(), self._hub.close()])

    def _look(self, kind: "TokenizerKind", model: str) -> None:
        if self._fetch.running:
            return

        def look() -> "Offer":
            from core.models.hub.tokenizers import offer_tokenizer

            return offer_tokenizer(kind)

        says = self.tr("Asking the hub for the tokenizer of {name}…").format(name=kind.name)
        self._banner.notice(says).until(self._answered)
        tell, fail = partial(self._ask, kind, model), self._banner.error
        self._hub.start(look, partial(self._answer, tell), partial(self._answer, fail))

    def _answer(self, tell: Callable[[T], object], answer: T) -> None:
        self._answered.emit()
        tell(answer)

    def _ask(self, kind: "TokenizerKind", model: str, offer: "Offer") -> None:
        from core.models.memory.machine import size

        said = self.tr("The tokenizer of {name} comes from {repo}.").format(name=kind.name, repo=offer.repo)
        get = self.tr("Get ({size})").format(size=size(offer.bytes))
        bar = self._banner.ask(said, (get, partial(self._get, kind, model, offer)), hint=offer.terms.sentence)
        bar.until(self.came)

    def _get(self, kind: "TokenizerKind", model: str, offer: "Offer") -> None:
        from core.models.hub.transfer import download

        if self._fetch.running:
            return
        self._model = model
        self._fetch.start(partial(download, offer))
        bar = self._banner.notice(self.tr("Fetching the tokenizer of {name}…").format(name=kind.name))
        bar.add(self.tr("Stop"), self.tr("Stop fetching; what has come stays"), self._fetch.stop)
        for end in (self._fetch.got, self._fetch.stopped, self._fetch.failed):
            bar.until(end)

    def _choose(self, kind: "TokenizerKind", model: str) -> None:
        title = self.tr("Folder with the tokenizer of {name}").format(name=kind.name)
        name = QFileDialog.getExistingDirectory(self._window, title, self._store.settings.models_folder())
        if not name:
            return

        def keep() -> None:
            from core.models.text.tokenizer_places import keep_tokenizer

            keep_tokenizer(kind, Path(name))

        self._tasks.write(keep, lambda _: self.came.emit(model), self._banner.error)
