"""What the user can do to several layers at once, given by their ids, the lowest first. Each function returns
one command; KeyError where no layer has an id.
"""

from collections.abc import Callable, Sequence

from core.document.commands import Command
from core.document.layer_commands import merge_down
from core.document.state import State
from core.errors import InputError


def each(layers: Sequence[str], change: Callable[[str], Command]) -> Command:
    """The same to each of them."""

    def command(state: State) -> State:
        for layer in layers:
            state = change(layer)(state)
        return state

    return command


def merge(layers: Sequence[str]) -> Command:
    """Make one layer of them, which keeps the lowest one's name and place; see `core.document.merging`.

    InputError when another one lies between them, or one of them is hidden.
    """

    def command(state: State) -> State:
        places = [state.index(layer) for layer in layers]
        if places != list(range(places[0], places[0] + len(places))):
            raise InputError("Another layer lies between the chosen ones.", "Move them together first.")
        return each(layers[1:], merge_down)(state)

    return command


def move(layers: Sequence[str], index: int) -> Command:
    """Put them, in their order, at another place among the others: 0 is the lowest, beyond the last the
    topmost.
    """

    def command(state: State) -> State:
        moved = tuple(state.layers[state.index(layer)] for layer in layers)
        rest = tuple(layer for layer in state.layers if layer.id not in layers)
        return state.with_(layers=(*rest[:index], *moved, *rest[index:]))

    return command
