"""Undo and redo: whatever was done, taken back and brought back, every byte is as it was."""

import hashlib
from functools import partial

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document import commands, several
from core.document import layer_commands as act
from core.document.plane import Plane
from core.document.state import State
from core.document.strokes import Mode
from core.errors import InputError
from editor.document.document import Document
from tests.core.stacks import arrived, noise, noisy_photo, result, variant

SIZE = (40, 32)
BOXES = ((4, 4, 20, 12), (10, 2, 25, 30), (0, 0, 40, 32))
numbers = st.integers(0, 11)
deeds = st.lists(st.tuples(st.integers(0, 21), numbers, numbers), max_size=12)


def fingerprint(document: Document) -> str:
    """Of all that the user made, but for the settings: what is shown, and what lies behind it."""
    state, found = document.state, hashlib.sha256(document.composite.whole().tobytes())
    found.update(state.mask.array().tobytes())
    for layer in state.layers:
        found.update(f"{layer.id} {layer.name} {layer.visible} {layer.opacity}".encode())
        for one in (layer.variant, *layer.others):
            found.update(f"{one.id} {one.box} {one.beneath}".encode())
            found.update(one.drawn.tobytes() + one.soft(one.box).tobytes())
    return found.hexdigest()


def command(state: State, kind: int, which: int, amount: int) -> commands.Command:
    """One of all that can be done to this state."""
    box, dab = BOXES[which % 3], noise(amount, 8, 8)
    if kind > 8 and not state.layers:
        kind %= 9
    layer = state.layers[which % len(state.layers)] if state.layers else None
    others = layer.others if layer else ()
    if kind > 19 and not others:
        kind -= 8
    one, other = layer.id if layer else "", others[amount % len(others)].id if others else ""
    return (
        lambda: arrived(result(box, SIZE, amount)),
        lambda: arrived(result(box, SIZE, amount), over=()),
        lambda: commands.paint((amount, which, 8, 8), dab),
        lambda: commands.erase((amount, which, 8, 8), dab),
        commands.invert_mask,
        commands.clear_mask,
        lambda: commands.select(Plane.from_array(noise(amount, 32, 40)), tuple(Mode)[amount % 4]),
        lambda: commands.select(Plane(), Mode.REPLACE),
        partial(commands.import_mask, noise(amount, 32, 40)),
        lambda: act.show_layer(one, amount % 2 == 0),
        lambda: act.set_opacity(one, amount / 11),
        lambda: act.rename_layer(one, f"name {amount}"),
        lambda: several.move([one], amount),
        lambda: act.duplicate_layer(one, "twin"),
        lambda: act.delete_layer(one),
        lambda: act.merge_down(one),
        lambda: act.paint_layer(one, (amount, which, 8, 8), dab),
        lambda: act.erase_layer(one, (amount, which, 8, 8), dab),
        lambda: arrived(result(box, SIZE, amount), again=one),
        lambda: act.show_variant(one, variant(box, amount)),
        lambda: act.drop_variant(one, other) if amount % 2 else act.next_variant(one),
        lambda: act.keep_variant(one, other, "kept"),
    )[kind]()


@given(deeds, st.lists(st.booleans(), max_size=30))
@settings(max_examples=80)
def test_any_commands_undone_and_redone_are_byte_identical(done, steps):
    document = Document()
    document.open(noisy_photo(SIZE))
    seen = [fingerprint(document)]
    for kind, which, amount in done:
        deed = command(document.state, kind, which, amount)
        merge = (kind, which) if kind == 10 else None  # an opacity that is dragged
        try:
            document.apply(deed, "deed", merge=merge)
        except InputError:  # nothing to merge with
            continue
        at = document._history._index  # the same as before where entries merge
        seen[at:] = [fingerprint(document)]
    at = len(seen) - 1
    for back in [True] * at + [False] * at + steps:
        at = max(0, at - 1) if back else min(len(seen) - 1, at + 1)
        (document.undo if back else document.redo)()
        assert fingerprint(document) == seen[at]


def test_a_dragged_opacity_is_one_undo():
    document = Document()
    document.open(noisy_photo(SIZE))
    document.apply(arrived(result(BOXES[0], SIZE)), "Repaint")
    layer, before = document.state.layers[0].id, document.composite.whole()
    for opacity in (0.8, 0.6, 0.4):
        document.apply(act.set_opacity(layer, opacity), "Opacity", merge=("opacity", layer))
    assert document.state.layers[0].opacity == 0.4
    document.undo()
    assert document.undo_text == "Repaint"
    assert np.array_equal(document.composite.whole(), before)
