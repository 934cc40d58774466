"""What is said over the canvas before, during and after a run, for as long as it is true."""

from collections.abc import Callable

from PySide6.QtCore import QObject, SignalInstance

from core.document.order import Orders
from core.document.state import State
from core.document.strokes import Mode
from core.edit.removing import title
from core.errors import CoreError
from editor.banner import Banner, Bar
from editor.document.changes import What
from editor.document.combined import gone, lacking
from editor.document.document import Document
from editor.flows.runs.queue import Queue


class Sentences(QObject):
    """The notices and questions of runs, each with its ways on, gone when its cause is."""

    def __init__(self, document: Document, banner: Banner) -> None:
        super().__init__(banner)
        self._document, self._banner = document, banner

    def open_first(self) -> None:
        bar = self._banner.notice(self.tr("Open a picture first."))
        self._until(bar, lambda state: state.photo is not None)

    def query_first(self) -> None:
        bar = self._banner.notice(
            self.tr("Say first what it should be."),
            self.tr("For instance “a zebra”, where the picture shows a horse."),
        )
        self._until(bar, lambda state: bool(state.draft.query.strip()))

    def words_first(self) -> None:
        bar = self._banner.notice(
            self.tr("Say first what is to be found."),
            self.tr("For instance “the horse”, as what is there."),
        )
        self._until(bar, lambda state: bool((state.draft.query + state.draft.reference).strip()))

    def lacking(self, mode: Mode, find: Callable[[], None]) -> Bar:
        """A search by this mode would come to nothing."""
        bar = self._banner.ask(
            lacking(mode),
            (self.tr("Find It"), find),
            hint=self.tr("Find It makes what is found the mask, this once."),
        )
        self._until(bar, lambda state: not state.mask.awake(state.draft).is_empty)
        return bar

    def gone(self, mode: Mode) -> None:
        """What was found has left nothing of the mask."""
        bar = self._banner.notice(gone(mode), self.tr("Another threshold cuts it otherwise."))
        self._until(bar, self._other_words_or_mask())

    def told_first(self, error: CoreError) -> None:
        """Neither words nor a mask say what shall go."""
        bar = self._banner.notice(error.message, error.hint)
        self._until(bar, lambda state: bool(state.draft.reference.strip() or state.mask.is_touched))

    def noticed(self, sentences: tuple[str, ...]) -> None:
        """What was noticed of an edit, in one place, while the edit stands."""
        if sentences:
            bar = self._banner.notice(sentences[0], " ".join(sentences[1:]))
            self._until(bar, self._other_edits())

    def same(self) -> None:
        """A search came to nothing: the prompts don't differ."""
        bar = self._banner.notice(
            self.tr("The two prompts mean the same to this model: nothing was found."),
            self.tr("Say more exactly what is there and what it should be, or paint the mask."),
        )
        self._until(bar, self._other_words_or_mask())

    def unclear(self) -> None:
        """A search came to nothing above the threshold."""
        bar = self._banner.notice(
            self.tr("No clear region was found."),
            self.tr("Lower the threshold, paint the mask, or repaint the whole picture."),
        )
        self._until(bar, self._other_words_or_mask())

    def everywhere(self, edit_whole: Callable[[], None], closer: Callable[[], None] | None = None) -> None:
        """No region stands out: no mask will hold this edit, so offer the method that has none.

        closer: looks for something small, which isn't seen in all of a large picture either
        """
        hint = self.tr("No region stands out from the rest, so a mask can't hold it.")
        if closer is not None:
            hint = self.tr("No region stands out from the rest. What is small may not be seen in all of it.")
        bar = self._banner.notice(self.tr("This edit seems to change the whole picture."), hint)
        self._until(bar, self._other_edits())
        self._until(bar, self._other_words())
        if closer is not None:
            tip = self.tr("Find it anew, its place first: where something small is meant")
            bar.add(self.tr("Look Closer"), tip, closer)
        bar.add(
            self.tr("Edit the Whole Picture"),
            self.tr("Turn to the method without a mask (encode–decode) and repaint the picture as it was."),
            edit_whole,
        )

    def empty(self, text: str, find: Callable[[], None], whole: Callable[[], None]) -> None:
        """There is no region to repaint, as `text` says."""
        bar = self._banner.ask(
            text or self.tr("The mask is empty."),
            (self.tr("Find It"), find),
            (self.tr("Whole Picture"), whole),
            hint=self.tr("Find the region by the prompts, repaint the whole picture, or paint a mask."),
        )
        self._until(bar, self._other_words_or_mask())

    def found_late(self, take: Callable[[], None], why: str = "") -> None:
        """A search is finished, but the mask that it was for is another by now. why: it can't be put there"""
        bar = self._banner.ask(
            why or self.tr("The mask changed while it was searched for."),
            (self.tr("Take What Was Found"), take),
            hint=self.tr("Your mask is as you made it."),
        )
        self._until(bar, self._other_words())

    def failed(self, query: str, error: CoreError) -> None:
        """An edit has failed that was asked for with other words than are there now."""
        said = self.tr("“{query}”: {why}").format(query=query, why=error.message)
        shown = type(error)(said, error.hint)
        shown.__cause__ = error
        self._banner.error(shown)

    def repeated(self, changed: SignalInstance, over: Callable[[], bool]) -> None:
        """The same search is asked for a second time, before the first one is done."""
        bar = self._banner.notice(self.tr("This very search is under way, or waits for its turn."))
        bar.until(changed, over)
        bar.until(self._document.changed, lambda change: bool(change.what & What.DRAFT))

    def dropped(self, orders: Orders) -> None:
        """These waited for a picture that is no longer open."""
        if not orders:
            return
        photo = orders[0].start.photo
        name = photo.name if photo is not None else ""
        text = (
            self.tr("An edit that waited for “{name}” was dropped.")
            if len(orders) == 1
            else self.tr("{n} edits that waited for “{name}” were dropped.")
        )
        self._banner.notice(
            text.format(n=len(orders), name=name or self.tr("the pasted picture")),
            self.tr("They belonged to the picture that was open: {queries}.").format(
                queries=", ".join(f"“{title(order.request)}”" for order in orders)
            ),
        )

    def waiting_again(self, queue: Queue, go_on: Callable[[], None]) -> None:
        """Edits wait that were asked for before the picture was closed."""
        n = len(queue.waiting)
        text = (
            self.tr("One edit waits in the queue, as you left it.")
            if n == 1
            else self.tr("{n} edits wait in the queue, as you left them.").format(n=n)
        )
        bar = self._banner.ask(
            text,
            (self.tr("Go On"), go_on),
            hint=self.tr("Nothing is drawn before you press Go On. Window → Queue shows what waits."),
        )
        bar.until(queue.changed, lambda: not queue.held)

    def held(self, queue: Queue, go_on: Callable[[], None]) -> None:
        """The engine was lost: nothing that waits is tried by itself."""
        n = len(queue.waiting)
        bar = self._banner.ask(
            (
                self.tr("One edit still waits in the queue.")
                if n == 1
                else self.tr("{n} edits still wait in the queue.").format(n=n)
            ),
            (self.tr("Go On"), go_on),
            hint=self.tr("The engine had ended. Nothing that you asked for is lost; Go On draws it."),
        )
        bar.until(queue.changed, lambda: not queue.held)

    def stopped(self, i: int, n: int, keep: Callable[[], None], *, found: bool) -> Bar:
        """A run was stopped after i of n steps of its stage. found: its mask was, and stays."""
        dropped = (
            self.tr("Drop leaves the picture as it was; the mask that was found stays, until it is undone.")
            if found
            else self.tr("Drop leaves everything as it was.")
        )
        return self._banner.ask(
            self.tr("Stopped at step {i} of {n}.").format(i=i, n=n),
            (self.tr("Keep"), keep),
            (self.tr("Drop"), lambda: None),
            hint=" ".join((self.tr("Keep takes what is shown, as far as it was drawn."), dropped)),
        )

    def _until(self, bar: Bar, over: Callable[[State], bool]) -> None:
        """Close it once the document is so that it isn't true any more."""
        bar.until(self._document.changed, lambda _: over(self._document.state))

    def _other_words(self) -> Callable[[State], bool]:
        then = _words(self._document.state)
        return lambda now: _words(now) != then

    def _other_words_or_mask(self) -> Callable[[State], bool]:
        """Whether it is for other words, or there is something to repaint."""
        words = self._other_words()
        return lambda now: words(now) or now.mask.is_usable

    def _other_edits(self) -> Callable[[State], bool]:
        then = _names(self._document.state)
        return lambda now: _names(now) != then


def _names(state: State) -> tuple[str, ...]:
    return tuple(layer.id for layer in state.layers)


def _words(state: State) -> tuple[str, str]:
    return state.draft.reference, state.draft.query
