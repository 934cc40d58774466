"""The document: the one current State, its history, and the news of what changed."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.document.commands import Command, close_photo, open_photo
from core.document.composite import Composite
from core.document.drawn import Undecided
from core.document.history import CAP, History, taken_back
from core.document.layer import same_layers
from core.document.mask import Mask
from core.document.order import Order
from core.document.state import State
from core.edit.request import EditRequest
from core.edit.result import EditResult
from core.errors import InputError
from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.rect import Rect
from core.project.journal import Snapshot
from editor.document.changes import Changed, What, difference
from editor.document.chosen import ChosenLayer
from editor.document.filed import Filed, Lack
from editor.document.known_model import KnownModel
from editor.document.pending import Pending


class Document(QObject):
    """Holds the State. `apply` makes one undo entry; `adjust` changes prompts and settings without one.

    Undo and redo move photo, layers and mask, and those settings that an entry was about. The prompts stay as
    they are: their fields have an undo of their own. Threshold, grow, snap and clicks always tell how the
    mask was cut. A mask that was found, and that no hand has changed, belongs to the words it was found for:
    under others it sleeps (`Mask.meant_by`), whichever way they came.
    """

    changed = Signal(Changed)

    def __init__(self, parent: QObject | None = None, *, cap: int = CAP) -> None:
        super().__init__(parent)
        self._cap = cap
        self._state = State()
        self._history = History(self._state, cap)
        self._before: State | None = None  # the state before a live stroke
        self._touched: Rect | None = None  # photo pixels of the live stroke
        self._composite: Composite | None = None
        self._filed = Filed()
        self._revision = 0
        self.pending = Pending(self)
        self.model = KnownModel(lambda: self._state, self)
        self.model.met.connect(lambda: self.changed.emit(Changed(What.DRAFT)))
        self.chosen = ChosenLayer(lambda: self._state, self)

    @property
    def state(self) -> State:
        return self._state

    @property
    def composite(self) -> Composite | None:
        """The picture as shown, composed where it is asked for; None in an empty document."""
        return self._composite

    @property
    def revision(self) -> int:
        """Grows with every change of photo, picture or mask: what a job was asked on."""
        return self._revision

    @property
    def lacks(self) -> Lack:
        """What of it no file holds: what is lost with the picture, and what its title and every question
        before it goes are made from.
        """
        return self._filed.lacks(self._state, self._history.state, self.pending)

    @property
    def modified(self) -> bool:
        """Something of it is in no file."""
        return bool(self.lacks)

    @property
    def can_undo(self) -> bool:
        return self._before is not None or self._history.undo_text is not None

    @property
    def can_redo(self) -> bool:
        return self._history.redo_text is not None

    def limit_undo(self, cap: int) -> None:
        """Let the earlier states take `cap` bytes at most, for pictures that are opened later too."""
        self._cap = cap
        self._history.limit(cap)
        self.changed.emit(Changed(What.HISTORY))

    @property
    def undo_text(self) -> str:
        """What undo takes back, "" when there is nothing."""
        return self._history.undo_text or ""

    @property
    def redo_text(self) -> str:
        """What redo brings back, "" when there is nothing."""
        return self._history.redo_text or ""

    def open(self, photo: Photo, source: object = None) -> None:
        """Another photo: layers, mask and history start afresh; prompts and settings stay."""
        self._begin(open_photo(photo)(self._state), source)

    def close(self, source: object = None) -> None:
        """No photo, and nothing that was made of it; prompts and settings stay."""
        self._begin(close_photo()(self._state), source)

    def apply(
        self,
        command: Command,
        text: str,
        *,
        merge: object = None,
        rect: Rect | None = None,
        source: object = None,
        settings: bool = False,
        pasted: tuple[Rect, np.ndarray] | None = None,
        drafts: tuple[EditRequest, EditRequest] | None = None,
        decided: Undecided | None = None,
    ) -> None:
        """One undo entry called `text`, or none if only settings changed.

        With `settings` changing them is the point: there is an entry, and undo and redo move them too.
        The same `merge` key (not None) as the top entry's replaces that entry: a slider's drag is one undo.
        A live stroke that is under way becomes part of this entry. pasted: a box of the picture as it is
        then, if that is known. drafts: settings that were changed for it already, before and after: undo and
        redo move what differs between them. decided: drawings that it takes from those to be chosen from.
        """
        state = command(self._state)
        what = difference(self._state, state)
        if what & ~What.DRAFT or self._before is not None or (settings and what):
            if self._before is not None:
                rect, self._before = None, None
            drafts = (self._state.draft, state.draft) if settings else drafts
            self._history.push(text, state, merge, drafts, decided)
            what |= What.HISTORY
        self._show(state, what, rect, source, pasted)

    def decide(self, decided: Undecided, text: str) -> None:
        """One undo entry called `text`, of drawings that go and leave the picture as it is: undo offers them
        again, as long as the window is open.
        """
        self.commit(text)
        self._history.push(text, self._history.state, decided=decided)
        self.changed.emit(Changed(What.HISTORY))

    def adjust(self, command: Command, source: object = None) -> None:
        """Change prompts and settings, without an undo entry."""
        state = command(self._state)
        self._show(state, difference(self._state, state), None, source)

    def preview(self, command: Command, rect: Rect | None = None, source: object = None) -> None:
        """One more piece of a live stroke: shown, but no undo entry until `commit`."""
        if self._before is None:
            self._before, self._touched = self._state, rect
        else:
            self._touched = _around(self._touched, rect)
        state = command(self._state)
        self._show(state, difference(self._state, state), rect, source)

    def commit(self, text: str, source: object = None) -> None:
        """The live stroke ends: one undo entry. Nothing without one, or by one that has changed nothing."""
        before, self._before = self._before, None
        if before is None or not difference(before, self._state):
            return
        self._history.push(text, self._state)
        self.changed.emit(Changed(What.HISTORY, None, source))

    def rollback(self, source: object = None) -> None:
        """The live stroke is taken back as if it never was. Nothing without a live stroke."""
        if self._before is None:
            return
        before, self._before = self._before, None
        self._restore(before, self._touched, source)

    def undo(self, source: object = None, *, offers: bool = True) -> None:
        """One step back; a live stroke is rolled back instead. Nothing when there is nothing.

        offers: drawings that were decided about are to be chosen from again
        """
        if self._before is not None:
            self.rollback(source)
        elif self.can_undo:
            undone = self._history.entry
            self._restore(self._history.undo(), None, source, undone.drafts)
            if offers and undone.decided is not None:
                self.pending.offered.emit(undone.decided)

    def redo(self, source: object = None) -> None:
        """One step forth. Nothing when there is nothing, or during a live stroke."""
        if self._before is None and self.can_redo:
            state, redone = self._history.redo(), self._history.entry
            if redone.decided is not None:
                self.pending.decided.emit(redone.decided)
            self._restore(state, None, source, redone.drafts and (redone.drafts[1], redone.drafts[0]))

    def accept(
        self,
        order: Order,
        result: EditResult,
        text: str,
        drafts: tuple[EditRequest, EditRequest] | None = None,
    ) -> None:
        """Keep what was drawn for an order where it belongs. drafts: as for `apply`.

        InputError if its photo is no longer open.
        """
        state = self._state
        if order.start.photo is not state.photo:
            raise InputError(
                "This edit belongs to a picture that is no longer open.", "Repaint to make it anew."
            )
        on_top = order.again is None and same_layers(state.layers, order.start.layers)
        pasted = (result.box, result.pixels) if on_top else None
        self.receive(order.arrives(result), text, pasted, drafts)

    def receive(
        self,
        command: Command,
        text: str,
        pasted: tuple[Rect, np.ndarray] | None = None,
        drafts: tuple[EditRequest, EditRequest] | None = None,
    ) -> None:
        """One undo entry, as by `apply`, of something that came by itself: what was undone can be redone
        still.
        """
        if self._before is not None or not self.can_redo:
            self.apply(command, text, pasted=pasted, drafts=drafts)
            return
        state = command(self._state)
        what = difference(self._state, state)
        if what & ~What.DRAFT:
            self._history.slip_in(text, state, command, drafts)
            self._show(state, what | What.HISTORY, None, None, pasted)

    def snapshot(self) -> Snapshot:
        """Everything but the photo as it is now, what is being painted left out."""
        pending, draft = self.pending, self._state.draft
        return Snapshot(*self._history.kept, draft, pending.orders, pending.choice)

    def restore(
        self, photo: Photo, snapshot: Snapshot, source: object = None, *, saved: bool | None = None
    ) -> None:
        """Open a photo with everything that was made of it, undo and redo among it.

        saved: as of `Filed.of`
        """
        self._before, self._filed = None, Filed.of(snapshot, saved)
        self.pending.begin(snapshot.orders, snapshot.choice)
        self._history = History.of(snapshot.entries, snapshot.index, self._cap)
        self._show(self._history.state.with_(photo=photo, draft=snapshot.draft), What.ALL, None, source)

    def mark_saved(self, snapshot: Snapshot) -> None:
        """A project's file holds this, which may be older than what is shown."""
        self._filed = self._filed.with_saved(snapshot)
        self.changed.emit(Changed(What.HISTORY))

    def mark_exported(self) -> None:
        """What is shown now is on disk, though not what it is made of."""
        self._filed = self._filed.with_exported(self._state.layers)
        self.changed.emit(Changed(What.HISTORY))

    def mark_mask_exported(self, mask: Mask) -> None:
        """This mask is on disk."""
        self._filed = self._filed.with_mask(mask)
        self.changed.emit(Changed(What.HISTORY))

    def request(self) -> EditRequest:
        """The next edit as it is set now. The engine adds the digests of photo and mask."""
        return self._state.draft

    def mask(self) -> BoxedMask | None:
        """The mask to hand to the engine with the request; None when there is none, when the method uses
        none, and when a region is still to be found for these words."""
        return self.usable_mask() if self._state.draft.method.masked else None

    def usable_mask(self) -> BoxedMask | None:
        """The mask, whatever the method; None when there is none, or it was found for other words."""
        return self._state.mask.boxed() if self._state.mask.is_usable else None

    def _begin(self, state: State, source: object) -> None:
        """Afresh with this: it has no history, and no file holds anything of it."""
        self._before = None
        self._history = History(state, self._cap)
        self._filed = Filed()
        self.pending.begin((), Undecided())
        self.chosen.choose(None)
        self._show(state, What.ALL, None, source)

    def _restore(
        self,
        state: State,
        rect: Rect | None,
        source: object,
        drafts: tuple[EditRequest, EditRequest] | None = None,
    ) -> None:
        """Show a state of the history, with the settings of now.

        drafts: settings to go back to and those to come from, where changing them was the point: what differs
        between the two goes back, the rest stays as it is now.
        """
        draft = self._state.draft
        if drafts is not None:
            draft = taken_back(draft, *drafts)
        if state.mask.heat is not None:
            cut = state.draft.find
            find = replace(
                draft.find, threshold=cut.threshold, grow=cut.grow, snap=cut.snap, clicks=cut.clicks
            )
            draft = draft.with_(find=find)
        state = state.with_(draft=draft)
        self._show(state, difference(self._state, state) | What.HISTORY, rect, source)

    def _show(
        self,
        state: State,
        what: What,
        rect: Rect | None,
        source: object,
        pasted: tuple[Rect, np.ndarray] | None = None,
    ) -> None:
        mask = state.mask.meant_by(state.draft)
        layers, self._state = self._state.layers, state if mask is state.mask else state.with_(mask=mask)
        if what & What.PHOTO:
            self._composite = None if state.photo is None else Composite(state.photo, state.layers)
        elif what & What.PICTURE and self._composite is not None:
            before, self._composite = self._composite, self._composite.under(state.layers, pasted)
            rect = None if what & What.MASK else rect or self._composite.differs(before)
        if what & (What.PHOTO | What.PICTURE | What.MASK):
            self._revision += 1
        if mask is not state.mask:  # other words alone are no change of what a job was asked on
            what, rect = what | What.MASK, None
        if what & (What.LAYERS | What.MASK):
            self.chosen.follow(layers, mask=bool(what & What.MASK))
        if what:
            self.changed.emit(Changed(what, rect, source))


def _around(one: Rect | None, other: Rect | None) -> Rect | None:
    """The box round both; None is anywhere."""
    return None if one is None or other is None else rects.union(one, other)
