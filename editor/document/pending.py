"""What of the open picture is asked for and not finished: part of the work, as long as it is open."""

from PySide6.QtCore import QObject, Signal

from core.document.drawn import Undecided
from core.document.order import Order, Orders


class Pending(QObject):
    """Edits that wait for their turn, one that was stopped, and drawings that nobody has decided about.

    offered  these were decided about, and undo offers them again;  decided: redo takes them away once more
    """

    ordersChanged = Signal()
    choiceChanged = Signal()
    haltedChanged = Signal()
    offered = Signal(Undecided)
    decided = Signal(Undecided)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._orders: Orders = ()
        self._waiting: Orders = ()
        self._choice = Undecided()
        self._halted = False

    @property
    def orders(self) -> Orders:
        """Edits that were asked for and aren't finished, the next one first."""
        return self._orders

    @property
    def waiting(self) -> Orders:
        """Of these, all but the one under way."""
        return self._waiting

    @property
    def running(self) -> Order | None:
        """The one under way."""
        return self.orders[0] if len(self._orders) > len(self._waiting) else None

    @property
    def choice(self) -> Undecided:
        """Drawings over the picture, to be chosen from."""
        return self._choice

    @property
    def halted(self) -> bool:
        """An edit was stopped, and whether what it had reached is wanted is asked."""
        return self._halted

    def begin(self, orders: Orders, choice: Undecided) -> None:
        """Another picture is opened, with these. No news: everything is another."""
        self._orders = self._waiting = orders
        self._choice, self._halted = choice, False

    def keep_orders(self, running: Order | None, waiting: Orders) -> None:
        """These are asked for and not finished."""
        before = self._orders, self._waiting
        self._orders, self._waiting = waiting if running is None else (running, *waiting), waiting
        if (self._orders, self._waiting) != before:
            self.ordersChanged.emit()

    def keep_choice(self, choice: Undecided) -> None:
        """These are to be chosen from."""
        if choice != self._choice:
            self._choice = choice
            self.choiceChanged.emit()

    def halt(self, halted: bool) -> None:
        """One was stopped, and is asked about, or is no longer."""
        if halted != self._halted:
            self._halted = halted
            self.haltedChanged.emit()
