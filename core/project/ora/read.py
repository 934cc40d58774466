"""A project opened: as it was saved, or as other programs have left it."""

from dataclasses import dataclass, replace
from pathlib import Path

from core.document.history import UndoEntry
from core.document.state import State
from core.photo.photo import Photo
from core.project.journal import Snapshot, snapshot_of
from core.project.ora.archive import Archive
from core.project.ora.others import Changes, based, changed

STEP = "Changes by another program"


@dataclass(frozen=True)
class Project:
    """What a file holds.

    path      where its photo was opened from, when it was; None for a pasted one
    notices   sentences the user should see once
    foreign   another program has changed it, or made it
    """

    photo: Photo
    snapshot: Snapshot
    path: Path | None = None
    notices: tuple[str, ...] = ()
    foreign: bool = False

    @property
    def state(self) -> State:
        """What is shown."""
        return self.snapshot.entries[self.snapshot.index].state


def open_project(path: Path) -> Project:
    """Open an OpenRaster file. InputError for what can't be, CoreError when memory runs out."""
    with Archive(Path(path)) as archive:
        stack = archive.stack()
        if archive.is_ours:
            stored = archive.project()
            photo = archive.photo(stored)
            if photo.size == stack.size:
                snapshot = snapshot_of(stored.history, photo, archive.array)
                source = Path(stored.source.path) if stored.source.path else None
                state = snapshot.entries[snapshot.index].state
                return _as_it_stands(photo, snapshot, source, changed(archive, stack, state))
        found = based(archive, stack, path.stem)
    state = found.state
    assert state.photo is not None
    return Project(
        state.photo, Snapshot((UndoEntry("", state),), 0, state.draft), None, found.notices, foreign=True
    )


def _as_it_stands(photo: Photo, snapshot: Snapshot, source: Path | None, found: Changes | None) -> Project:
    if found is None:
        return Project(photo, snapshot, source)
    entries = (*snapshot.entries[: snapshot.index + 1], UndoEntry(STEP, found.state))
    now = replace(snapshot, entries=entries, index=len(entries) - 1)
    return Project(photo, now, source, found.notices, foreign=True)
