"""A photograph and a model of a small world: another model is offered before anything is run."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.edit.words.small_world import out_of_place, world
from editor.banner import Banner, Bar
from editor.canvas.card import PhotographCard
from editor.document.document import Document
from editor.flows.files.files import Files
from editor.flows.models.models import Models
from editor.jobs import Jobs
from editor.settings import Store
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.models.catalog import CatalogEntry


class Photographs(QObject):
    """Holds back what the loaded model can't do well, until there is one that can, or it is wanted anyway.

    An edit that is asked for is remembered, and goes on once a model that knows the world is loaded.

    waitsChanged  `waits` may have become another
    """

    waitsChanged = Signal()

    def __init__(
        self,
        document: Document,
        files: Files,
        models: Models,
        jobs: Jobs,
        card: PhotographCard,
        tasks: Tasks,
        store: Store,
        banner: Banner,
    ) -> None:
        super().__init__(models)
        self._document, self._files, self._models = document, files, models
        self._card, self._tasks, self._store, self._banner = card, tasks, store, banner
        self._asked: Callable[[], None] | None = None
        self._called: Callable[[], str] = str
        self._searches = False
        self._anyway = False  # for the picture that is open
        self._here: CatalogEntry | None = None  # a model on this machine that would do
        self._notice: Bar | None = None
        self._told = set[bool]()  # how small the model draws, after an edit and after a removal
        files.opened.connect(lambda _: self._open())
        files.closed.connect(self._open)
        files.carried.offered.connect(self._tell_later)
        jobs.modelLoading.connect(lambda _: card.put_away())
        jobs.modelReady.connect(lambda _info, _devices: self._meet())
        jobs.modelFailed.connect(lambda _: self._decide())
        models.ways.settled.connect(self._decide)
        card.getRequested.connect(models.get)
        card.hereRequested.connect(self._take)
        card.anywayRequested.connect(self._try)
        card.dismissed.connect(self.dismiss)
        card.asking.connect(lambda _: self.waitsChanged.emit())

    def when_suited(
        self, go: Callable[[], None], called: Callable[[], str] = str, *, searches: bool = False
    ) -> None:
        """`go`, once it is clear that the model can do it, or that it is wanted anyway. called: what it would
        do, by the words of now; searches: it finds a region and draws nothing.
        """
        self._asked, self._called, self._searches = go, called, searches
        self._decide()
        self.waitsChanged.emit()

    @property
    def waits(self) -> bool:
        """An edit was asked for, and waits for the model that is being loaded or looked at."""
        return self._asked is not None and self._card.isHidden()

    @property
    def name(self) -> str:
        """What waits, by the words of now: it will be asked for with those that are there then."""
        return self._called()

    def give_up(self) -> Callable[[], None] | None:
        """What waits is taken back; what puts it back, None where nothing waits."""
        if self._asked is None or not self.waits:
            return None
        again = partial(self.when_suited, self._asked, self._called, searches=self._searches)
        self._asked = None
        self.waitsChanged.emit()
        return again

    def dismiss(self) -> bool:
        """Put the card away, and with it the edit that was asked for; whether it was there."""
        shown = self._card.isVisible()
        if shown:
            self._asked = None
            self._card.put_away()
        return shown

    def tell_size(self) -> None:
        """After the first edit of a sample, and the first removal: how small the model draws, once, and where
        larger ones are.
        """
        info, layer = self._models.info, self._document.chosen.layer
        request = None if layer is None else layer.variant.request
        removed = request is not None and request.remove
        if removed in self._told or not self._files.sample or info is None or not info.knows:
            return
        self._told.add(removed)
        text = self.tr("{name} draws a small world, at {pixels} × {pixels} pixels.")
        if removed:
            text = self.tr(
                "{name} draws small, at {pixels} × {pixels} pixels: what it puts in the place of a removed "
                "thing is soft."
            )
        bar = self._banner.notice(text.format(name=info.name, pixels=info.pixels))
        bar.add(
            self.tr("Get a Model…"),
            self.tr("A short list of models for photographs, with size and licence"),
            self._models.get,
        )
        bar.until(self._models.chosen).until(self._files.opened).until(self._files.closed)

    @property
    def _out_of_place(self) -> bool:
        """The picture is none of the small world that the model knows."""
        info = self._models.info
        if self._document.state.photo is None or info is None:
            return False
        return out_of_place(info.knows, self._files.path)

    def _decide(self) -> None:
        """Go on with what was asked for, or ask about it; or wait for the model that is being loaded, and for
        what it begins with: an edit is drawn as the settings will say, not as they said before.
        """
        waits = self._models.loading and not (self._files.sample or self._anyway)
        if self._asked is None or waits or self._models.ways.looking:
            return
        if not self._out_of_place or self._anyway:
            go, self._asked = self._asked, None
            self._card.put_away()
            self.waitsChanged.emit()
            go()
            return
        self._look()
        self._forget_notice()
        info = self._models.info
        assert info is not None
        text = self.tr("{name} knows {what} only: it would smear a photograph.")
        hint = self.tr("Your edit is kept in mind, and goes on as soon as another model is there.")
        if self._searches:
            text = self.tr("{name} knows {what} only: what it finds in a photograph is a guess.")
            hint = self.tr("Your search is kept in mind, and goes on as soon as another model is there.")
        self._card.ask(text.format(name=info.name, what=world(info.knows)), hint)

    def _open(self) -> None:
        """Another picture or none: what was asked for was asked for on the one before."""
        self._asked, self._anyway = None, False
        self._card.put_away()
        self.waitsChanged.emit()
        self._tell()

    def _meet(self) -> None:
        """A model is loaded."""
        if not self._models.loading:
            self._tell()
            self._decide()

    def _tell_later(self, offer: Bar) -> None:
        """Once it is said whether the picture's own settings are wanted."""
        self._forget_notice()
        offer.closed.connect(lambda _: self._tell())

    def _tell(self) -> None:
        """What the model knows, before anything is tried; and what else there is, is looked for by then."""
        self._forget_notice()
        info = self._models.info
        if not self._out_of_place or info is None:
            return
        self._look()
        if self._files.carried.offer is not None:  # one thing after the other
            return
        text = self.tr("The {name} model knows a small world only: {knows}.")
        self._notice = self._banner.notice(
            text.format(name=info.name, knows=info.knows.rstrip(".")),
            self.tr("Photographs need another model."),
        )
        self._notice.closed.connect(self._drop_notice)
        self._notice.add(
            self.tr("Get a Model…"),
            self.tr("A short list of models for photographs, with size and licence"),
            self._models.get,
        )

    def _forget_notice(self) -> None:
        if self._notice is not None:
            self._notice.close()

    def _drop_notice(self) -> None:
        self._notice = None

    def _look(self) -> None:
        """Look for a model on this machine, in the background."""
        given = [Path(name) for name in self._store.settings.folders]

        def look() -> "CatalogEntry | None":
            from core.models.memory.machine import this_machine
            from core.models.suitable import suitable

            return suitable(given, this_machine())

        self._tasks.start(look, self._offer, lambda _: None)

    def _offer(self, here: "CatalogEntry | None") -> None:
        self._here = here
        self._card.offer("" if here is None else here.name)

    def _take(self) -> None:
        if self._here is not None:
            self._models.choose(self._here.model, self._models.asked[1])

    def _try(self) -> None:
        self._anyway = True
        self._decide()
