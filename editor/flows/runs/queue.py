"""The edits that wait for their turn, and the one that has it."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.document import order as lists
from core.document.order import Order, Orders


class Queue(QObject):
    """What was asked for while something else ran, in the order in which it is drawn.

    waiting  the next one first;  running: the order under way, None for none

    changed: any of these
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.waiting: Orders = ()
        self.running: Order | None = None
        self._held: frozenset[str] = frozenset()

    @property
    def all(self) -> Orders:
        """The one under way, and those that wait."""
        return self.waiting if self.running is None else (self.running, *self.waiting)

    def is_held(self, order: Order) -> bool:
        """It waits, but doesn't begin by itself."""
        return order.id in self._held

    @property
    def held(self) -> bool:
        """Some of those that wait are held."""
        return any(map(self.is_held, self.waiting))

    def add(self, *orders: Order, first: bool = False) -> None:
        """They wait for their turn, in this order: after all others, or before them."""
        self._put((*orders, *self.waiting) if first else (*self.waiting, *orders))

    def take(self) -> Order | None:
        """The next one that isn't held has its turn now; None if there is none."""
        free = lists.without(self.waiting, self.is_held)
        if not free:
            return None
        self.running = free[0]
        self._put(lists.without(self.waiting, lambda order: order is free[0]))
        return self.running

    def resume(self, order: Order) -> None:
        """This one is under way, once more or as something else."""
        self.running = order
        self.changed.emit()

    def end(self) -> None:
        """The one under way is no longer."""
        self.running = None
        self.changed.emit()

    def move(self, order: str, place: int) -> None:
        """Another turn for one that waits: 0 is next. KeyError for one that doesn't wait (any more)."""
        self._put(lists.moved(self.waiting, order, place))

    def amend(self, change: Callable[[Order], Order]) -> None:
        """Put something else in the place of each that waits, or itself."""
        self._put(tuple(map(change, self.waiting)))

    def drop(self, unwanted: Callable[[Order], bool]) -> Orders:
        """Forget some of those that wait; which they were."""
        kept = lists.without(self.waiting, unwanted)
        gone = lists.without(self.waiting, lambda order: order in kept)
        self._put(kept)
        return gone

    def hold(self, held: bool) -> None:
        """Those that wait now don't begin by themselves, or go on; what is asked for later does."""
        self._held = frozenset(order.id for order in self.waiting if held)
        self.changed.emit()

    def _put(self, orders: Orders) -> None:
        if orders != self.waiting:
            self.waiting = orders
            self.changed.emit()
