"""What the strip of variants holds: drawings that nobody has decided about, and which of them is shown."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from core.document.drawn import Drawn, Undecided
from core.document.order import Order, Orders
from editor.flows.runs import looks
from editor.widgets.image import of_rgb


@dataclass(eq=False)
class Drawing:
    """One of them, and what has come of it so far.

    order    what was asked for
    share    of it that is done, while it is being drawn; None before and after
    preview  uint8 (h, w, 3), small, of the whole photo: what it looks like meanwhile
    halted   it was stopped, and nobody has said yet whether that is wanted which it had reached
    drawn    what came of it;  image: that, small
    marked   to be kept as a layer of its own
    """

    order: Order
    share: float | None = None
    preview: np.ndarray | None = None
    drawn: Drawn | None = None
    image: QImage | None = None
    marked: bool = False
    halted: bool = False

    def finish(self, drawn: Drawn) -> None:
        """Something came of it."""
        self.order, self.share, self.preview, self.drawn = drawn.order, None, None, drawn
        self.halted = False
        self.image = of_rgb(looks.of_variant(drawn.order.picture, drawn.variant)).copy()


class Drawings:
    """In the order in which they were asked for. at: the one that is shown; it follows what is being drawn
    until somebody chooses another.
    """

    def __init__(self) -> None:
        self.all: list[Drawing] = []
        self.at = 0
        self._follows = True

    @staticmethod
    def of_choice(choice: Undecided, unfinished: Orders) -> "Drawings":
        """Those of a choice; what isn't finished of it is among `unfinished`, or will not be drawn."""
        drawings = Drawings()
        orders = {order.id: order for order in (*unfinished, *(one.order for one in choice.drawn))}
        drawings.add(*(orders[id_] for id_ in choice.places if id_ in orders))
        for drawn in choice.drawn:
            drawings.finish(drawn)
        for at, one in enumerate(drawings.all):
            one.marked = one.order.id in choice.marked and one.drawn is not None
            if one.order.id == choice.shown:
                drawings.at, drawings._follows = at, one.drawn is None
        return drawings

    @property
    def choice(self) -> Undecided:
        """All that is to be kept of them."""
        return self.choice_of(self.all)

    def choice_of(self, some: Collection[Drawing]) -> Undecided:
        """Of some of them, with the places that all have."""
        return Undecided(
            tuple(one.drawn for one in some if one.drawn is not None),
            tuple(one.order.id for one in self.all),
            tuple(one.order.id for one in some if one.marked),
            None if self.shown is None else self.shown.order.id,
        )

    def __len__(self) -> int:
        return len(self.all)

    @property
    def shown(self) -> Drawing | None:
        return self.all[self.at] if self.all else None

    @property
    def finished(self) -> list[Drawing]:
        return [one for one in self.all if one.drawn is not None]

    def of(self, order: Order) -> Drawing | None:
        """The one that this was asked for, if it is here."""
        return next((one for one in self.all if one.order.id == order.id), None)

    def group(self, name: str) -> list[Drawing]:
        """Those of one start."""
        return [one for one in self.all if one.order.group == name]

    def add(self, *orders: Order) -> None:
        """They are to be drawn. What is looked at stays, unless it only follows."""
        if not self.all:
            self.at, self._follows = 0, True
        self.all += [Drawing(order) for order in orders if self.of(order) is None]

    def begin(self, order: Order) -> None:
        """It is being drawn from now on."""
        self.add(order)
        one = self.of(order)
        assert one is not None
        one.order, one.share = order, 0.0
        if self._follows:
            self.at = self.all.index(one)

    def finish(self, drawn: Drawn) -> None:
        """Something came of one."""
        self.add(drawn.order)
        one = self.of(drawn.order)
        assert one is not None
        one.finish(drawn)

    def offer(self, choice: Undecided) -> None:
        """Those that are finished of a choice, in their places again, with the one shown that was."""
        back = {one.order.id: one for one in choice.drawn}
        at = 0
        for id_ in choice.places:
            here = next((i for i, one in enumerate(self.all) if one.order.id == id_), None)
            if here is None and id_ in back:
                self.all.insert(at, Drawing(back[id_].order, marked=id_ in choice.marked))
                self.all[at].finish(back[id_])
                here = at
            at = at if here is None else here + 1
        shown = choice.shown if choice.shown in back else next(iter(back), None)
        self.select(next((i for i, one in enumerate(self.all) if one.order.id == shown), self.at))

    def select(self, at: int) -> None:
        """Show this one; from one that is being drawn it goes on to those after it."""
        if 0 <= at < len(self.all):
            self.at = at
            self._follows = self.all[at].share is not None

    def mark(self, at: int) -> None:
        """Keep this one as a layer of its own, too, or no longer. Nothing for one that isn't finished."""
        if 0 <= at < len(self.all) and self.all[at].drawn is not None:
            self.all[at].marked = not self.all[at].marked

    def drop(self, unwanted: Callable[[Drawing], bool]) -> None:
        """Forget some; what is shown stays, or else the one that comes into its place is."""
        shown, before = self.shown, sum(not unwanted(one) for one in self.all[: self.at])
        self.all = [one for one in self.all if not unwanted(one)]
        self.at = self.all.index(shown) if shown in self.all else max(0, min(before, len(self.all) - 1))
