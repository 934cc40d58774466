"""Undo and redo: a line of states, capped by the bytes they keep alive."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from core.document.drawn import Undecided
from core.document.state import State, arrays
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.errors import InputError

CAP = 1 << 30  # bytes


@dataclass(frozen=True)
class UndoEntry:
    """A state, and what was done to reach it.

    drafts: the settings before and after, when changing them was the point of it; else they are left alone.
    decided: drawings that it took away from those to be chosen from; undo offers them again
    """

    text: str
    state: State
    merge: object = None
    drafts: tuple[EditRequest, EditRequest] | None = None
    decided: Undecided | None = None


class History:
    """`entries[0]` is where undo ends; `index` points at the state being shown.

    States share most of their arrays, so each distinct array is counted once. Past `cap` bytes the oldest
    entry goes, but one undo always stays.
    """

    def __init__(self, state: State, cap: int = CAP) -> None:
        self._cap = cap
        self._entries = [UndoEntry("", state)]
        self._index = 0
        self._sealed = True
        self._holders: Counter[int] = Counter()
        self._nbytes = 0
        self._hold(self._entries[0])

    @staticmethod
    def of(entries: Sequence[UndoEntry], index: int, cap: int = CAP) -> "History":
        """A history as it was, at least one entry, with the one at `index` shown."""
        history = History(entries[0].state, cap)
        for entry in entries[1:]:
            history._hold(entry)
        history._entries, history._index = list(entries), index
        history._prune()
        return history

    @property
    def entries(self) -> tuple[UndoEntry, ...]:
        """All of them, oldest first."""
        return tuple(self._entries)

    @property
    def kept(self) -> tuple[tuple[UndoEntry, ...], int]:
        """Those that change the state, and which of them is shown: for files, which hold no decisions."""
        pairs = zip(self._entries, [None, *self._entries], strict=False)
        changes = [before is None or one.state is not before.state for one, before in pairs]
        kept = tuple(entry for entry, keep in zip(self._entries, changes, strict=True) if keep)
        return kept, sum(changes[: self._index + 1]) - 1

    @property
    def index(self) -> int:
        """Which of them is shown."""
        return self._index

    @property
    def state(self) -> State:
        """The state of the entry that is shown."""
        return self.entry.state

    def limit(self, cap: int) -> None:
        """Another cap, in bytes, from now on."""
        self._cap = cap
        self._prune()

    @property
    def nbytes(self) -> int:
        """Bytes of the distinct arrays that all entries keep alive."""
        return self._nbytes

    @property
    def undo_text(self) -> str | None:
        """What the next undo takes back, None when there is nothing."""
        return self._entries[self._index].text if self._index else None

    @property
    def redo_text(self) -> str | None:
        """What the next redo brings back, None when there is nothing."""
        return self._entries[self._index + 1].text if self._index + 1 < len(self._entries) else None

    @property
    def entry(self) -> UndoEntry:
        """The one that is shown: what the next undo takes back."""
        return self._entries[self._index]

    def push(
        self,
        text: str,
        state: State,
        merge: object = None,
        drafts: tuple[EditRequest, EditRequest] | None = None,
        decided: Undecided | None = None,
    ) -> None:
        """A new entry; redo ends here. The top entry is replaced if it has the same `merge` key."""
        for entry in self._entries[self._index + 1 :]:
            self._release(entry)
        del self._entries[self._index + 1 :]
        if merge is not None and not self._sealed and self._entries[-1].merge == merge:
            replaced = self._entries.pop()
            self._release(replaced)
            if drafts is not None and replaced.drafts is not None:
                drafts = (replaced.drafts[0], drafts[1])
        self._entries.append(UndoEntry(text, state, merge, drafts, decided))
        self._hold(self._entries[-1])
        self._index = len(self._entries) - 1
        self._sealed = False
        self._prune()

    def slip_in(
        self,
        text: str,
        state: State,
        command: Callable[[State], State],
        drafts: tuple[EditRequest, EditRequest] | None = None,
    ) -> None:
        """A new entry that came by itself, and not by the hand: what can be redone stays, each with it.

        command: what made `state`; where it can't be done to a later state, redo ends there
        """
        later, before, following = self._entries[self._index + 1 :], self.state, state
        self.push(text, state, drafts=drafts)
        for entry in later:
            try:
                following = following if entry.state is before else command(entry.state)
            except (InputError, KeyError):
                break
            before = entry.state
            self._entries.append(replace(entry, state=following, merge=None))
            self._hold(self._entries[-1])
        self._prune()

    def undo(self) -> State:
        """One entry back. IndexError when there is none."""
        return self._move(-1)

    def redo(self) -> State:
        """One entry forth. IndexError when there is none."""
        return self._move(1)

    def _move(self, step: int) -> State:
        if not 0 <= self._index + step < len(self._entries):
            raise IndexError("the history ends here")
        self._index += step
        self._sealed = True  # a drag after an undo is a new entry, even with the old entry's merge key
        return self.state

    def _prune(self) -> None:
        while self._nbytes > self._cap and len(self._entries) > 2 and self._index > 1:
            self._release(self._entries.pop(0))
            self._index -= 1

    def _hold(self, entry: UndoEntry) -> None:
        for key, nbytes in _sizes(entry).items():
            self._nbytes += 0 if self._holders[key] else nbytes
            self._holders[key] += 1

    def _release(self, entry: UndoEntry) -> None:
        for key, nbytes in _sizes(entry).items():
            self._holders[key] -= 1
            if not self._holders[key]:
                del self._holders[key]
                self._nbytes -= nbytes


def _sizes(entry: UndoEntry) -> dict[int, int]:
    """Bytes of each distinct array by its identity, which holds for as long as an entry keeps it alive."""
    decided = () if entry.decided is None else entry.decided.arrays()
    return {id(array): array.nbytes for array in (*arrays(entry.state), *decided)}


def taken_back(now: EditRequest, then: EditRequest, since: EditRequest) -> EditRequest:
    """`now` with what differs from `then` to `since` as it was then; of the search field by field."""
    changes = {
        field.name: getattr(then, field.name)
        for field in fields(EditRequest)
        if field.name != "find" and getattr(then, field.name) != getattr(since, field.name)
    }
    found = {
        field.name: getattr(then.find, field.name)
        for field in fields(MaskRequest)
        if getattr(then.find, field.name) != getattr(since.find, field.name)
    }
    return now.with_(find=replace(now.find, **found), **changes)
