"""What of the work files hold, and what they lack of it."""

from dataclasses import dataclass, field, replace

from core.document.layer import Layer, same_look, shown
from core.document.mask import Mask
from core.document.state import State
from core.document.strokes import Strokes
from core.edit.request import EditRequest
from core.project.journal import Snapshot
from editor.document.pending import Pending


@dataclass(frozen=True)
class Lack:
    """What would be lost with the open picture; false when that is nothing.

    project   there is one, and its file is older
    layers    edits, shown or hidden;  exported: a file holds what they show, though not them
    mask      what the hand made of the mask;  kept: masks by name
    choice    drawings to be chosen from, or the project's file holds some that have gone
    orders    edits that wait for their turn
    drawing   one is being drawn
    halted    one was stopped, and nobody has said whether what it had reached is wanted
    """

    project: bool = False
    layers: bool = False
    exported: bool = False
    mask: bool = False
    kept: bool = False
    choice: bool = False
    orders: bool = False
    drawing: bool = False
    halted: bool = False

    def __bool__(self) -> bool:
        work = self.project, self.layers, self.mask, self.kept, self.choice
        return any((*work, self.orders, self.drawing, self.halted))


@dataclass(frozen=True, eq=False)
class Filed:
    """Of one picture, from its opening on.

    saved     the state of the history that its project's file holds; None: there is no project
    draft     the settings in that file
    exported  the visible layers that an export shows;  mask: the one that a file holds
    orders    the ids of the edits that the project's file holds, which wait;  choice: of the drawings there
              that nobody has decided about
    """

    saved: State | None = None
    draft: EditRequest | None = None
    exported: tuple[Layer, ...] = ()
    mask: Mask | None = None
    orders: frozenset[str] = field(default_factory=frozenset[str])
    choice: frozenset[str] = field(default_factory=frozenset[str])

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
        return replace(self, saved=state, draft=snapshot.draft, orders=orders, choice=snapshot.choice.ids)

    def with_exported(self, layers: tuple[Layer, ...]) -> "Filed":
        """What these show is on disk."""
        return replace(self, exported=shown(layers))

    def with_mask(self, mask: Mask) -> "Filed":
        """This mask is on disk."""
        return replace(self, mask=mask)

    def lacks(self, state: State, kept: State, pending: Pending) -> Lack:
        """An export holds no layers, no masks and no settings: only a project does. What is as it was opened
        is nothing to lose, nor is a mask that is only found, and can be found again. What is being drawn is,
        for somebody waits for it.

        state: as it is shown;  kept: as it is in the history
        """
        orders = any(order.id not in self.orders for order in pending.waiting)
        running = pending.running
        drawing = running is not None and not running.searches and running.id not in self.orders
        undecided = pending.choice.ids != self.choice
        asked = Lack(choice=undecided, orders=orders, drawing=drawing, halted=pending.halted)
        if self.saved is not None:
            changed = kept is not self.saved or undecided or self._has_other_words(state)
            return replace(asked, project=changed)
        now = shown(state.layers)
        return replace(
            asked,
            layers=bool(state.layers),
            exported=bool(now) and same_look(now, self.exported),
            mask=self._lacks_mask(state),
            kept=bool(state.kept),
        )

    def _has_other_words(self, state: State) -> bool:
        """Than the project's file; the other settings follow the model that is loaded, too."""
        return self.draft is not None and _words(state.draft) != _words(self.draft)

    def _lacks_mask(self, state: State) -> bool:
        """Strokes and clicks that no file holds and no edit was made with."""
        mask, clicks = state.mask, state.draft.find.clicks
        clicks = () if mask.auto is None else clicks
        if (mask.strokes.is_empty and not clicks) or mask.is_empty:
            return False
        if self.mask is not None and _same(self.mask.strokes, mask.strokes):
            return bool(clicks) and self.mask.auto is not mask.auto
        made = (one for layer in state.layers for one in (layer.variant, *layer.others))
        return not any(
            one.made_with is not None
            and _same(one.made_with, mask.strokes)
            and (not clicks or (one.request is not None and one.request.find.clicks == clicks))
            for one in made
        )


def _same(one: Strokes, other: Strokes) -> bool:
    return one.same(other) or (one.is_empty and other.is_empty)


def _words(draft: EditRequest) -> tuple[str, str, str]:
    return draft.reference, draft.query, draft.avoid
