"""What the user can do to masks kept by name. Each function returns a command, State → State; KeyError where
none has the id.
"""

from collections.abc import Callable
from dataclasses import replace

from core.document.commands import Command
from core.document.kept_mask import KeptMask
from core.document.plane import Plane
from core.document.state import State
from core.errors import InputError


def keep_mask(name: str, plane: Plane) -> Command:
    """Keep a mask under a name. InputError for one of nothing."""

    def command(state: State) -> State:
        if plane.is_empty:
            raise InputError("There is no mask that could be kept.", "Make one first, or find it.")
        return state.with_(kept=(*state.kept, KeptMask(name, plane, state.mask.size)))

    return command


def rename_kept(kept: str, name: str) -> Command:
    """Call it otherwise."""
    return _each(kept, lambda one: (replace(one, name=name),))


def drop_kept(kept: str) -> Command:
    """Forget it."""
    return _each(kept, lambda _: ())


def _each(kept: str, change: Callable[[KeptMask], tuple[KeptMask, ...]]) -> Command:
    def command(state: State) -> State:
        if all(one.id != kept for one in state.kept):
            raise KeyError(kept)
        some = (change(one) if one.id == kept else (one,) for one in state.kept)
        return state.with_(kept=tuple(one for few in some for one in few))

    return command
