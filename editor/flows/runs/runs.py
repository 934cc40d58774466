"""Searches and edits: from the order, through the queue, to what comes of it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.document.mask import Mask
from core.document.order import Order, Orders
from core.document.strokes import Mode
from core.edit.result import EditResult, FindResult
from core.errors import CoreError, LostError
from editor.banner import Banner, Kind
from editor.canvas.tools.selection import AT_ONCE
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.flows.models.photographs import Photographs
from editor.flows.runs.arrivals import Arrivals
from editor.flows.runs.asks import Asks
from editor.flows.runs.doubts import Doubts
from editor.flows.runs.halfway import Halfway
from editor.flows.runs.queue import Queue
from editor.flows.runs.run_state import RunState
from editor.flows.runs.sentences import Sentences
from editor.flows.runs.signs import Signs
from editor.flows.runs.steps import Steps
from editor.flows.runs.tokens import Tokens
from editor.flows.runs.undone import Undone
from editor.flows.runs.variants import Variants
from editor.flows.runs.watching import Watching
from editor.jobs import Jobs
from editor.statusbar import StatusBar
from editor.tasks import Tasks


class Runs(QObject):
    """One search or edit at a time, the others wait. Results go into the document, progress onto canvas and
    status bar.

    asks      where they are asked for
    taken     some were asked for; whether one of them is under way at once, else they wait for their turn
    begun     a search or an edit begins: what the last one showed is out of date
    accepted  an edit is in the document
    """

    taken = Signal(bool)
    begun = Signal()
    accepted = Signal()

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        canvas: Canvas,
        banner: Banner,
        status: StatusBar,
        words: Tokens,
        photographs: Photographs,
        tasks: Tasks,
    ) -> None:
        super().__init__(canvas)
        self.queue = Queue(self)
        self.doubts = Doubts(document, words, banner)
        self.steps = Steps(canvas)
        self._undone = Undone(document, self.steps)
        self._document, self._jobs, self._tasks = document, jobs, tasks
        self._banner, self._status = banner, status
        self._photographs = photographs
        self._says = Sentences(document, banner)
        self.variants = Variants(document, self.queue, canvas, banner)
        self.asks = Asks(document, canvas, self._says, self.queue, self.variants, photographs)
        self._arrivals = Arrivals(document, banner, self._says, self.variants, self.asks)
        self._run = RunState()
        self._under_way = False  # the worker is at it, even if its picture is closed
        self._doubted: Orders = ()  # of the group that was asked about last
        self._halfway = Halfway(document.pending, jobs, self._says, self.variants)
        self.queue.changed.connect(
            lambda: document.pending.keep_orders(self.queue.running, self.queue.waiting)
        )
        self.asks.wanted.connect(lambda orders: self.line_up(*orders))
        self._arrivals.accepted.connect(self.accepted)
        jobs.found.connect(self._found)
        jobs.edited.connect(self._edited)
        jobs.stopped.connect(self._stopped)
        self._halfway.awaited.connect(self._await)
        self._halfway.kept.connect(self._edited)
        self._halfway.dropped.connect(self._dropped)
        self._halfway.failed.connect(self._failed)
        jobs.failed.connect(self._failed)
        jobs.disturbed.connect(self._disturbed)
        self.signs = Signs(self.queue, jobs, photographs, status, lambda: self.busy, lambda: self._run)
        self.watching = Watching(
            document, canvas, status, self.steps, self.variants, self.signs, lambda: self._run, self._shows
        )
        jobs.progressed.connect(self.watching.follow)
        self.variants.stopWanted.connect(self.stop)
        self.variants.restUnwanted.connect(self._leave)
        self.variants.covering.connect(lambda covers: self.steps.cover(covers, running=self.busy))

    def line_up(self, *orders: Order) -> None:
        """These are wanted: at once if nothing runs, else after what was asked for before."""
        busy = self.busy
        if not busy:
            for kind in Kind:
                self._banner.clear(kind)
        self.queue.add(*orders)
        self._next()
        self.taken.emit(self.busy and not busy)

    @property
    def busy(self) -> bool:
        """A search or an edit is under way."""
        return self._under_way or self.queue.running is not None

    def stop(self) -> None:
        """Within one evaluation; what was decoded so far can be kept. The next one waits for that."""
        if self.signs.stoppable:
            self.stop_any()

    def stop_any(self) -> None:
        """The edit under way, and other variants of it, or the one that waits for the model; where there is
        none, a movie or a grid.
        """
        running = self.queue.running
        if running is not None and running.group:
            self.queue.drop(lambda order: order.group == running.group)
        if self._halfway.asks:
            self._halfway.drop()
        elif running is not None and not self._under_way:  # its words wait to be read
            self.queue.end()
            self._next()
        elif running is None and self._photographs.waits:
            self._photographs.give_up()
        else:
            self._stop_job()

    def _stop_job(self) -> None:
        if self._jobs.busy:
            self._status.set_stopping(True)
            self._jobs.stop()

    def hold(self, held: bool) -> None:
        """Let nothing that waits begin, or go on with it."""
        self.queue.hold(held)
        self._next()

    def when_kept(self, go: Callable[[], object]) -> None:
        """`go`, with what a stopped edit had reached, if it is seen and nobody has decided about it."""
        self._halfway.when_kept(go)

    def when_settled(self, go: Callable[[], object]) -> None:
        """`go`, once the document's picture is the one that is seen: what lies over it is kept."""

        def settle() -> None:
            self.variants.settle()
            go()

        self._halfway.when_kept(settle)

    def release_frame(self) -> None:
        """Back to what is going on: the newest step while running, else the picture."""
        self.steps.release(running=self.busy or self._halfway.asks)

    def wait(self, opening: bool) -> None:
        """Nothing begins while another picture is being opened."""
        self.asks.opening = opening
        self._next()

    def forget(self) -> None:
        """Another picture was opened: what runs is stopped, nothing of it is told or kept, and what waits is
        dropped.
        """
        dropped = self.queue.drop(lambda _: True)
        self._give_up()
        self._banner.clear(Kind.QUESTION)
        self._says.dropped(dropped)

    def leave(self) -> None:
        """The picture goes: what is under way on it isn't wanted."""
        if self.queue.running is not None:
            self._give_up()

    def _give_up(self) -> None:
        """What is under way is stopped, and nothing of it is told or kept."""
        self._run = RunState()
        self.queue.end()
        if self._under_way:
            self._stop_job()
        self._undone.forget()
        self._halfway.forget()
        self.steps.begin(everywhere=False)

    def _leave(self, group: str) -> None:
        """Nothing more of a group is wanted, and nothing is asked about it."""
        if self._run.order is not None and self._run.order.group == group:
            self._halfway.drop()
        self.queue.drop(lambda order: order.group == group)
        if self.queue.running is not None and self.queue.running.group == group:
            self._give_up()

    def bring_back(self, orders: Orders) -> None:
        """These waited when the work was saved, or the program ended: they wait on, until they may begin."""
        if orders:
            self.queue.add(*orders)
            self.queue.hold(True)
            self._says.waiting_again(self.queue, partial(self.hold, False))

    def _next(self) -> None:
        """Begin with what waits, if it is free to begin."""
        if self.busy or self.asks.opening or self._halfway.asks:
            return
        order = self.queue.take()
        if order is None:
            self._run = RunState()  # its start is no longer needed
            return
        if order.again is not None:
            self._begin(order)
        else:
            go, doubted, anyway = (partial(do, order) for do in (self._begin, self._doubt, self._insist))
            self.doubts.when_clear(order, go, doubted, anyway)

    def _doubt(self, order: Order) -> None:
        """It may not be meant: others go on meanwhile."""
        if self.queue.running is order:
            self._doubted = self.queue.drop(lambda other: other.group == order.group != "")
            self.queue.end()
            self._next()

    def _insist(self, order: Order) -> None:
        """It is meant, and so are those of its group."""
        self.line_up(order, *(other for other in self._doubted if other.group == order.group))

    def _begin(self, order: Order) -> None:
        if self.queue.running is not order:
            return
        self._under_way, self._run = True, RunState(order)
        self._status.begin()
        method = order.request.method
        self.steps.begin(everywhere=not method.masked, flows=method.flows)
        self._undone.forget()
        self.variants.begin(order)
        self.begun.emit()
        if order.searches or order.goes_on:
            self._jobs.find(order.request, order.picture)
        else:
            self._jobs.run(order.request, order.picture, order.mask)

    def _shows(self) -> bool:
        """Steps lie over the picture, or the one that a stopped edit had reached."""
        return self._under_way or self._halfway.asks

    def _end(self) -> Order | None:
        """The worker is at nothing of ours; what it was, unless its picture is closed."""
        self._under_way = False
        self.queue.end()
        self._status.set_stopping(False)
        if self._run.order is not None:
            self.steps.wipe()
        return self._run.order

    def _found(self, result: FindResult) -> None:
        order, (width, height) = self._run.order, self._document.state.mask.size
        joins = order is not None and order.searches and order.mode is not Mode.REPLACE
        if order is not None and joins and width * height > AT_ONCE:
            self._prepare(order, result)
        else:
            self._arrive(result)

    def _prepare(self, order: Order, result: FindResult) -> None:
        """Put a large mask together beside the window; once more, if it has become another meanwhile."""
        state = self._document.state

        def ready(_: None) -> None:
            if self._run.order is order and self._document.state.mask is not state.mask:
                self._prepare(order, result)
            else:
                self._arrive(result)

        self._tasks.start(partial(self._arrivals.prepare, order, result.heat, state), ready, self._failed)

    def _arrive(self, result: FindResult) -> None:
        order = self._run.order
        if order is not None and order.goes_on:
            self.steps.wipe()
            mask = self._arrivals.take_found(order, result.heat)
            if not mask.is_empty:
                self._go_on(order, mask)
                return
            self._end()
            self._arrivals.tell_found(order, result.heat)
        elif self._end() is not None:
            assert order is not None
            self._arrivals.take_found(order, result.heat)
            self._undone.follow_found(result.heat)
            self._arrivals.tell_found(order, result.heat)
        self._next()

    def _go_on(self, order: Order, mask: Mask) -> None:
        """The region was found, with the strokes over it: now the edit that was asked for."""
        state = order.start.with_(mask=mask, draft=order.request)
        order = order.through(mask, self.asks.placed(order.request, state))
        self._run.order, self._run.found = order, True
        self.queue.resume(order)
        self.variants.begin(order)
        self.queue.amend(self.variants.frozen)
        self._jobs.run(order.request, order.picture, order.mask)

    def _edited(self, result: EditResult) -> None:
        order, before = self._end(), self._document.state
        if order is not None:
            self._arrivals.accept(order, result, is_global=self._run.is_global)
            if not order.group:
                self._undone.follow_drawn(before)
            self.queue.amend(self.variants.frozen)
            if result.traces:
                self._run.traces = list(result.traces)
                self.watching.trace()
        self._next()

    def _stopped(self, has_partial: bool) -> None:
        last = self.steps.last
        order = self._end()
        if order is not None and has_partial and last is not None:
            self.watching.show(last)
            found = self._arrivals.leaves_found(order, self._run)
            self._halfway.ask(order, last.i, last.n, found=found)
            return
        if order is not None:
            self._drop(order)
        elif has_partial:
            self._jobs.drop()  # it holds the picture
        self._next()

    def _await(self, order: Order) -> None:
        """What the stopped run had reached is wanted, and on its way."""
        self._under_way = True
        self.queue.resume(order)

    def _dropped(self) -> None:
        """It isn't wanted."""
        if self._run.order is not None:
            self._drop(self._run.order)
        self._next()

    def _drop(self, order: Order) -> None:
        """Nothing is kept of the edit, but a search that was finished before is not lost."""
        self.steps.wipe()
        if order.seeks and self._run.heat is not None:
            self._arrivals.take_found(order, self._run.heat)

    def _failed(self, error: CoreError) -> None:
        order = self._end()
        if order is not None:
            self._arrivals.tell_failed(order, self._run.heat, error)
            if order.group and not isinstance(error, LostError):
                self.queue.drop(lambda other: other.group == order.group)  # they would fail as well
        self._stumble(error)
        self._next()

    def _disturbed(self, error: CoreError) -> None:
        """Something beside has failed; an order that waited for it waits on."""
        self._banner.error(error)
        order = self.queue.running
        if order is not None and not self._under_way:
            self.queue.end()
            self.queue.add(order, first=True)
        self._stumble(error)

    def _stumble(self, error: CoreError) -> None:
        """Without an engine nothing that waits is tried."""
        if isinstance(error, LostError) and self.queue.waiting:
            self.queue.hold(True)
            self._says.held(self.queue, partial(self.hold, False))
