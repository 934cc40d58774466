"""Several drawings of one edit that nobody has decided about: part of the work, though not of the picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.document.layer import Variant
from core.document.order import Order


@dataclass(frozen=True, eq=False)
class Drawn:
    """What came of an order.

    variant    as a layer shows it
    is_global  no region stood out;  notices: what there is to say of it once it is kept
    """

    order: Order
    variant: Variant
    is_global: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Undecided:
    """What there is to choose from.

    drawn   those that are finished
    places  the ids of all their orders as they lie side by side, of those that aren't finished too
    marked  the ids of those that are to be layers of their own;  shown: of the one on the picture
    """

    drawn: tuple[Drawn, ...] = ()
    places: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    shown: str | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Of the orders of those that are finished."""
        return frozenset(one.order.id for one in self.drawn)

    def arrays(self) -> Iterator[np.ndarray]:
        """Every array that the drawings keep alive."""
        for one in self.drawn:
            yield from one.variant.arrays()
