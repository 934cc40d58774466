"""What of the work files hold, and what they lack of it."""

from dataclasses import dataclass, replace

from core.document.drawn import Undecided
from core.document.layer import Layer, same_look, shown
from core.document.order import Orders
from core.document.state import State
from core.document.strokes import Strokes
from core.project.journal import Snapshot


@dataclass(frozen=True, eq=False)
class Filed:
    """Of one picture, from its opening on.

    saved     the state of the history that its project's file holds; None: there is no project
    exported  the visible layers that an export holds;  strokes: of the mask that a file holds
    orders    the ids of the edits that the project's file holds, which wait;  choice: of the drawings there
              that nobody has decided about
    """

    saved: State | None = None
    exported: tuple[Layer, ...] = ()
    strokes: Strokes | None = None
    orders: frozenset[str] = frozenset()
    choice: frozenset[str] = frozenset()

    @staticmethod
    def of(snapshot: Snapshot, saved: bool | None) -> "Filed":
        """saved: a project's file holds it as it is; False: as it was before; None: no file does"""
        if saved:
            return Filed().with_saved(snapshot)
        state = snapshot.entries[snapshot.index].state
        return Filed(None if saved is None else state.with_())  # none of the history

    def with_saved(self, snapshot: Snapshot) -> "Filed":
        """The project's file holds this."""
        orders = frozenset(order.id for order in snapshot.orders)
        state = snapshot.entries[snapshot.index].state
        return replace(self, saved=state, orders=orders, choice=snapshot.choice.ids)

    def with_exported(self, layers: tuple[Layer, ...]) -> "Filed":
        """What these show is on disk."""
        return replace(self, exported=shown(layers))

    def with_mask(self, strokes: Strokes) -> "Filed":
        """The mask with these strokes is on disk."""
        return replace(self, strokes=strokes)

    def lacks_picture(self, state: State, kept: State) -> bool:
        """Visible layers that no export holds; where there is a project, whatever has changed in it.

        state: as it is shown;  kept: as it is in the history
        """
        if self.saved is not None:
            return kept is not self.saved
        now = shown(state.layers)
        return bool(now) and not same_look(now, self.exported)

    def lacks_mask(self, state: State, kept: State) -> bool:
        """Strokes that no file holds and no edit was made with."""
        mask = state.mask
        if kept is self.saved or mask.strokes.is_empty or mask.is_empty:
            return False
        variants = (one for layer in state.layers for one in (layer.variant, *layer.others))
        held = (self.strokes, *(one.made_with for one in variants))
        return not any(mask.strokes.same(strokes) for strokes in held if strokes is not None)

    def lacks_orders(self, waiting: Orders) -> bool:
        """One of these is in no file."""
        return any(order.id not in self.orders for order in waiting)

    def lacks_choice(self, choice: Undecided) -> bool:
        """One of these is in no file, or the project's holds one that has gone."""
        return choice.ids != self.choice
