"""Layers: what is drawn and its mask, composed exactly; opacity, order, hiding, variants, merging."""

import gc
import weakref
from dataclasses import replace
from functools import partial
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document import commands, several
from core.document import layer_commands as act
from core.document.composite import Composite
from core.document.drawn import Drawn, Undecided
from core.document.history import History
from core.document.layer import Layer, beneath, is_outdated, same_look
from core.document.order import Order
from core.document.state import State, arrays
from core.edit.method import Method
from core.errors import InputError
from core.photo import region
from core.photo.deep import Deep
from core.photo.masks.boxed import BoxedMask
from core.photo.space import SRGB, Space
from tests.core.profiles import PROPHOTO
from tests.core.stacks import REQUEST, arrived, layer, noise, noisy_photo, result, variant

SIZE = (96, 80)
BOXES = ((10, 10, 40, 30), (30, 20, 50, 40), (0, 0, 96, 80), (25, 5, 30, 60))


@pytest.fixture(autouse=True, scope="module")
def _small_tiles():
    """So that what is kept of them is used."""
    with mock.patch("core.document.composite.TILE", 32):
        yield


def stack(*visible: bool) -> tuple[Layer, ...]:
    shown = visible or (True,) * len(BOXES)
    return tuple(layer(box, 3 * n, visible=on) for n, (box, on) in enumerate(zip(BOXES, shown, strict=True)))


def by_hand(photo: np.ndarray, layers: tuple[Layer, ...]) -> np.ndarray:
    """Every pixel mixed in whole numbers, rounded to the nearest, by nothing of the program's."""
    values = photo.astype(np.int64)
    for one in layers:
        if one.visible:
            x, y, w, h = one.box
            mask = np.floor(one.variant.mask * one.opacity + 0.5).astype(np.int64)[..., None]
            part = values[y : y + h, x : x + w]
            part[:] = (2 * (part * (255 - mask) + one.variant.drawn.astype(np.int64) * mask) + 255) // 510
    return values.astype(np.uint8)


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.permutations(range(4)), st.integers(0, 251))
@settings(max_examples=40)
def test_order_opacity_and_hiding_are_exact(visible, order, opacity):
    photo = noisy_photo(SIZE)
    layers = tuple(stack(*visible)[n] for n in order)
    layers = (layers[0].with_(opacity=opacity / 251), *layers[1:])
    shown = Composite(photo, layers).whole()
    assert np.array_equal(shown, by_hand(photo.pixels, layers))


def test_opaque_edits_stacked_are_what_each_paste_made_of_the_one_before():
    photo = noisy_photo(SIZE)
    state, pasted = commands.open_photo(photo)(State()), photo.pixels
    for n, box in enumerate(BOXES):
        edit = result(box, SIZE, 5 * n)
        state = arrived(edit)(state)
        x, y, w, h = box
        pasted = pasted.copy()
        here = pasted[y : y + h, x : x + w]
        here[:] = region.paste(here, edit.drawn, edit.mask.values)
    assert np.array_equal(Composite(photo, state.layers).whole(), pasted)


def test_outside_of_every_mask_the_photo_stays_bit_for_bit_and_in_all_its_bits():
    photo = noisy_photo(SIZE)
    photo = replace(photo, deep=Deep(photo.pixels, noise(9, SIZE[1], SIZE[0], 3)))
    layers = tuple(one.with_(opacity=0.5) for one in stack()[:2])
    edited = Composite(photo, layers).photo()
    outside = np.ones(SIZE[::-1], bool)
    for one in layers:
        x, y, w, h = one.box
        outside[y : y + h, x : x + w] &= one.variant.mask == 0
    assert photo.deep is not None
    assert edited.deep is not None
    before, after = (deep.part((0, 0, *SIZE)) for deep in (photo.deep, edited.deep))
    assert 0 < outside.sum() < outside.size
    assert np.array_equal(after[outside], before[outside])
    assert np.array_equal(edited.pixels[outside], photo.pixels[outside])
    exact = before.astype(float)
    for one in layers:
        x, y, w, h = one.box
        share = np.rint(one.variant.mask / 2)[..., None] / 255
        exact[y : y + h, x : x + w] *= 1 - share
        exact[y : y + h, x : x + w] += share * one.variant.drawn * 257.0
    assert np.abs(after - exact).max() <= 1  # rounded once for each layer


def test_without_layers_the_picture_is_the_photo_itself():
    photo = noisy_photo(SIZE)
    hidden = stack(False, False, False, False)
    composite = Composite(photo, (*hidden, layer(BOXES[0], opacity=0.0)))
    assert composite.is_photo
    assert composite.whole() is photo.pixels
    assert composite.photo() is photo


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 7)), max_size=6), st.data())
@settings(max_examples=60)
def test_a_part_composed_after_any_changes_is_that_of_the_whole(changes, data):
    photo = noisy_photo(SIZE)
    boxes = [(0, 0, 96, 80), (50, 40, 30, 30), (60, 0, 20, 70), (0, 15, 10, 9)]
    state = commands.open_photo(photo)(State())
    state = state.with_(layers=tuple(layer(box, n) for n, box in enumerate(boxes)))
    composite = Composite(photo, state.layers)
    for kind, index, amount in changes:
        one = state.layers[index].id
        paint = partial(act.erase_layer, one, (58, 40, 12, 12), np.full((12, 12), 30 * amount, np.uint8))
        command = (
            act.show_layer(one, amount % 2 == 0),
            act.set_opacity(one, amount / 7),
            several.move([one], amount),
            paint(),
            act.rename_layer(one, "another"),
            act.show_variant(one, variant(boxes[index], amount)),
        )[kind]
        before, state = state, command(state)
        following = composite.under(state.layers)
        touched = following.differs(composite)
        if data.draw(st.booleans()):
            following.whole()
        x, y, w, h = touched
        changed = np.argwhere(following.whole() != composite.whole()) if amount % 3 == 0 else []
        assert all(y <= row < y + h and x <= column < x + w for row, column, *_ in changed)
        assert (touched == (0, 0, 0, 0)) or not same_look(before.layers, state.layers)
        composite = following
    fresh = Composite(photo, state.layers).whole()
    left, top = data.draw(st.tuples(st.integers(0, 60), st.integers(0, 50)))
    assert np.array_equal(composite.crop((left, top, 36, 30)), fresh[top : top + 30, left : left + 36])
    assert np.array_equal(composite.crop((0, 0, *SIZE)), fresh)
    assert np.array_equal(composite.whole(), fresh)


@pytest.mark.parametrize("step", [1, 3, 40])
def test_some_of_its_pixels_are_those_of_the_whole(step):
    photo, layers = (
        noisy_photo((90, 70)),
        (layer((5, 8, 60, 50)), replace(layer((50, 30, 40, 40), 2), opacity=0.4)),
    )
    composite = Composite(photo, layers)
    for left, top in ((0, 0), (7, 20), (70, 5)):
        rows, columns = np.arange(top, 70, step), np.arange(left, 90, step)
        assert np.array_equal(composite.sampled(rows, columns), composite.whole()[np.ix_(rows, columns)])


def test_what_lies_below_a_dragged_opacity_is_pasted_once(monkeypatch):
    layers, pasted = stack(), []
    composite = Composite(noisy_photo(SIZE), layers)
    paste = region.paste_into
    monkeypatch.setattr(region, "paste_into", lambda *given: (pasted.append(given[1]), paste(*given))[1])
    for opacity in (0.9, 0.8, 0.7, 0.6):
        pasted.clear()
        composite = composite.under((*layers[:3], layers[3].with_(opacity=opacity)))
        composite.crop(layers[3].box)
        others = [drawn for drawn in pasted if not np.shares_memory(drawn, layers[3].variant.drawn)]
        assert bool(others) == (opacity == 0.9)
        assert len(others) < len(pasted)


def test_what_a_run_has_pasted_is_not_pasted_again(monkeypatch):
    photo, layers = noisy_photo(SIZE), stack()
    x, y, w, h = BOXES[3]
    composite = Composite(photo, layers[:3])
    pixels = region.paste(composite.crop(BOXES[3]), layers[3].variant.drawn, layers[3].variant.mask)
    fresh = Composite(photo, layers).whole()
    with monkeypatch.context() as patch:
        patch.setattr(region, "paste_into", mock.Mock(side_effect=AssertionError))
        following = composite.under(layers, (BOXES[3], pixels))
        part = following.crop((x + 3, y + 2, w - 9, h - 5))
        assert np.array_equal(part, fresh[y + 2 : y + h - 3, x + 3 : x + w - 6])
        assert np.shares_memory(part, pixels)
    assert np.array_equal(following.crop((0, 0, *SIZE)), fresh)
    dimmed = (*layers[:3], layers[3].with_(opacity=0.5))
    assert np.array_equal(following.under(dimmed).crop(BOXES[3]), Composite(photo, dimmed).crop(BOXES[3]))


def test_a_layer_over_what_is_kept_is_all_that_is_pasted(monkeypatch):
    layers, pasted = stack(), []
    composite = Composite(noisy_photo(SIZE), layers[:2]).under(layers[:3])
    composite.crop(BOXES[2])
    following = composite.under(layers)
    paste = region.paste_into
    monkeypatch.setattr(region, "paste_into", lambda *given: (pasted.append(given[1]), paste(*given))[1])
    following.crop(BOXES[3])
    lower = [drawn for drawn in pasted for one in layers[:2] if np.shares_memory(drawn, one.variant.drawn)]
    assert pasted
    assert not lower


def test_what_is_kept_of_the_layers_below_goes_with_them():
    layers = stack()
    composite = Composite(noisy_photo(SIZE), layers)
    for opacity in (0.5, 0.4):
        composite = composite.under((*layers[:3], layers[3].with_(opacity=opacity)))
        composite.crop((0, 0, *SIZE))
    lowest = weakref.ref(layers[0].variant)
    composite = composite.under(layers[1:])
    del layers
    gc.collect()
    assert lowest() is None


def test_the_brush_and_the_eraser_work_on_a_layers_own_mask():
    state = commands.open_photo(noisy_photo(SIZE))(State())
    state = state.with_(layers=(layer((10, 10, 40, 30)),))
    one = state.layers[0]
    dab = np.full((20, 20), 200, np.uint8)
    erased = act.erase_layer(one.id, (0, 0, 20, 20), dab)(state).layers[0]
    assert erased.variant.mask is one.variant.mask  # the strokes are kept apart
    soft = erased.variant.soft(one.box)
    wanted = one.variant.mask.copy()
    wanted[:10, :10] = np.minimum(wanted[:10, :10], 55)
    assert np.array_equal(soft, wanted)
    back = act.paint_layer(one.id, (10, 10, 40, 30), np.full((30, 40), 255, np.uint8))
    state = back(act.erase_layer(one.id, (0, 0, 20, 20), dab)(state))
    assert state.layers[0].variant.soft(one.box).min() == 255
    beyond = act.paint_layer(one.id, (60, 60, 20, 20), dab)(state)
    assert beyond.layers[0].variant is state.layers[0].variant


def test_an_edit_drawn_over_what_has_changed_since_says_so():
    state = commands.open_photo(noisy_photo(SIZE))(State())
    state = arrived(result((10, 10, 30, 30), SIZE, 1))(state)
    state = arrived(result((20, 20, 30, 30), SIZE, 5))(state)
    lower, upper = (one.id for one in state.layers)

    def outdated(state: State) -> list[bool]:
        return [is_outdated(state.layers, n) for n in range(len(state.layers))]

    assert outdated(state) == [False, False]
    assert outdated(act.rename_layer(lower, "other")(state)) == [False, False]
    assert outdated(act.set_opacity(upper, 0.5)(state)) == [False, False]
    assert outdated(act.set_opacity(lower, 0.5)(state)) == [False, True]
    assert outdated(act.show_layer(lower, False)(state)) == [False, True]
    assert outdated(several.move([upper], 0)(state)) == [True, True]
    dab = np.full((5, 5), 255, np.uint8)
    assert outdated(act.erase_layer(lower, (12, 12, 5, 5), dab)(state)) == [False, True]
    assert outdated(act.delete_layer(lower)(state)) == [True]
    hidden = act.show_layer(lower, False)(state)
    assert outdated(act.show_layer(lower, True)(hidden)) == [False, False]
    made = state.layers[:1]
    late = arrived(result((50, 50, 9, 9), SIZE, 8, REQUEST.with_(query="a cow")), over=made)(state)
    assert outdated(late) == [False, False, True]


def test_what_the_model_did_not_see_is_nothing_that_it_was_drawn_over():
    one = layer((10, 10, 20, 20))
    assert beneath((one,), (40, 40, 30, 30)) == beneath((), None) == ""
    assert beneath((one,), (20, 20, 30, 30)) == beneath((one,), None) != ""


def test_run_again_keeps_what_was_there_until_it_is_dropped():
    state = commands.open_photo(noisy_photo(SIZE))(State())
    first = result((10, 10, 30, 30), SIZE, 1)
    state = arrived(first, name="mine")(state)
    layer_id, before = state.layers[0].id, state.layers[0].variant
    state = act.erase_layer(layer_id, (10, 10, 4, 4), np.full((4, 4), 255, np.uint8))(state)
    state = act.set_opacity(layer_id, 0.5)(state)
    again = replace(first, drawn=noise(77, 30, 30, 3))
    state = arrived(again, again=layer_id)(state)
    (one,) = state.layers
    assert (one.id, one.name, one.opacity) == (layer_id, "mine", 0.5)
    assert one.variant.soft((10, 10, 4, 4)).max() == 0  # through the same mask: the correction stays
    assert [other.id for other in one.others] == [before.id]
    state = arrived(result((5, 5, 50, 50), SIZE, 3), again=layer_id)(state)
    assert state.layers[0].variant.retouch.is_empty  # through another mask
    for _ in range(2):
        state = act.next_variant(layer_id)(state)
    (one,) = state.layers
    assert one.variant.drawn is before.drawn
    assert len(one.others) == 2
    state = act.drop_variant(layer_id, one.others[0].id)(state)
    kept = state.layers[0].others[0]
    state = act.keep_variant(layer_id, kept.id, "kept")(state)
    assert [(one.name, one.visible, len(one.others)) for one in state.layers] == [
        ("mine", True, 0),
        ("kept", False, 0),
    ]
    assert state.layers[1].variant is kept
    with pytest.raises(KeyError):
        act.drop_variant(layer_id, "unknown")(state)
    with pytest.raises(KeyError):
        act.show_layer("unknown", True)(state)


@pytest.mark.parametrize(("name", "drawn"), [
    (None, ["a zebra", "a cow", "a zebra"]),
    ("a zebra, seed 0", ["a zebra, seed 0", "a cow, seed 7", "a zebra, seed 0"]),
    ("the one on the left", ["the one on the left"] * 3),
])  # fmt: skip
def test_a_layer_is_called_by_what_it_shows_until_the_user_names_it(name, drawn):
    state = commands.open_photo(noisy_photo(SIZE))(State())
    state = arrived(result((10, 10, 30, 30), SIZE, 1), name=name)(state)
    one = state.layers[0].id
    names = [state.layers[0].name]
    cow = REQUEST.with_(query="a cow", seed=7)
    state = arrived(result((10, 10, 30, 30), SIZE, 2, cow), again=one)(state)
    names.append(state.layers[0].name)
    assert act.drop_shown_variant(one)(state).layers[0].name == drawn[0]
    names.append(act.next_variant(one)(state).layers[0].name)
    assert names == drawn


def test_moving_and_duplicating():
    state = commands.open_photo(noisy_photo(SIZE))(State()).with_(layers=stack())
    names = [one.name for one in state.layers]
    up = several.move([state.layers[0].id], 2)(state)
    assert [one.name for one in up.layers] == [names[1], names[2], names[0], names[3]]
    down = several.move([state.layers[3].id], 0)(state)
    assert [one.name for one in down.layers] == [names[3], *names[:3]]
    top = several.move([state.layers[1].id], 99)(state)
    assert [one.name for one in top.layers][-1] == names[1]
    twice = act.duplicate_layer(state.layers[1].id, "twin")(state)
    assert [one.name for one in twice.layers][:3] == [*names[:2], "twin"]
    assert len({one.id for one in twice.layers}) == 5


@pytest.mark.parametrize(("profile", "least"), [(None, 1), (PROPHOTO, 3)])
def test_merged_down_two_layers_look_as_before(profile, least):
    """Each of the two was rounded to 255 levels, and so is the one: in sRGB it is at most one level off."""
    space = SRGB if profile is None else Space.of(profile)
    photo = replace(noisy_photo(SIZE), icc=profile)
    lower, upper = layer((10, 10, 40, 30), 1, opacity=0.7), layer((30, 20, 50, 40), 5, opacity=0.9)
    if profile is not None:  # colours that both spaces have
        lower, upper = (
            one.with_(variant=replace(one.variant, drawn=one.variant.drawn // 3 + 80))
            for one in (lower, upper)
        )
    state = commands.open_photo(photo)(State()).with_(layers=(lower, upper))
    one = act.merge_down(upper.id)(state)
    assert [(merged.id, merged.name) for merged in one.layers] == [(lower.id, lower.name)]
    assert photo.space == space
    two, merged = (Composite(photo, s.layers).whole().astype(int) for s in (state, one))
    assert np.abs(two - merged).max() <= least
    outside = np.ones(SIZE[::-1], bool)
    outside[10:40, 10:50] = outside[20:60, 30:80] = False
    assert np.array_equal(merged[outside], photo.pixels[outside])


def test_several_are_changed_at_once_and_moved_in_their_order():
    state = commands.open_photo(noisy_photo(SIZE))(State()).with_(layers=stack())
    one, two, three, four = (layer.id for layer in state.layers)
    hidden = several.each((one, three), lambda layer: act.show_layer(layer, False))(state)
    assert [layer.visible for layer in hidden.layers] == [False, True, False, True]
    gone = several.each((two, four), act.delete_layer)(state)
    assert gone.layers == (state.layers[0], state.layers[2])
    orders = ((0, [one, three, two, four]), (1, [two, one, three, four]), (9, [two, four, one, three]))
    for index, order in orders:
        moved = several.move((one, three), index)(state)
        assert [layer.id for layer in moved.layers] == order
    for change in (several.merge, lambda ids: several.move(ids, 0)):
        with pytest.raises(KeyError):
            change((one, "unknown"))(state)


def test_several_merged_look_as_before_and_have_to_lie_together():
    state = commands.open_photo(noisy_photo(SIZE))(State()).with_(layers=stack())
    ids = [layer.id for layer in state.layers]
    one = several.merge(ids[:3])(state)
    assert [layer.id for layer in one.layers] == [ids[0], ids[3]]
    before, after = (Composite(s.photo, s.layers).whole().astype(int) for s in (state, one))
    assert np.abs(before - after).max() <= 2  # rounded once more for each
    with pytest.raises(InputError, match="lies between"):
        several.merge([ids[0], ids[2]])(state)
    dark = act.show_layer(ids[1], False)(state)
    with pytest.raises(InputError, match="hidden"):
        several.merge(ids[:3])(dark)


def test_merging_needs_two_visible_layers():
    state = commands.open_photo(noisy_photo(SIZE))(State()).with_(layers=stack(True, False, True, True))
    for at, message in ((0, "no layer below"), (1, "hidden"), (2, "hidden")):
        with pytest.raises(InputError, match=message):
            act.merge_down(state.layers[at].id)(state)


def test_opacity_stays_between_nothing_and_all():
    for opacity in (-0.1, 1.1):
        with pytest.raises(ValueError, match="opacity"):
            layer(BOXES[0]).with_(opacity=opacity)


def test_an_edit_of_another_size_is_refused():
    state = commands.open_photo(noisy_photo(SIZE))(State())
    with pytest.raises(InputError, match="another size"):
        arrived(result((0, 0, 5, 5), (50, 40)))(state)


def test_a_history_counts_what_variants_keep():
    photo = noisy_photo(SIZE)
    state = commands.open_photo(photo)(State())
    history = History(state)
    state = arrived(result((10, 10, 30, 30), SIZE, 1))(state)
    history.push("edit", state)
    held = history.nbytes
    state = arrived(result((10, 10, 30, 30), SIZE, 4), again=state.layers[0].id)(state)
    history.push("again", state)
    assert history.nbytes == held + 30 * 30 * 4


def test_a_history_counts_what_was_drawn_and_not_kept():
    state = commands.open_photo(noisy_photo(SIZE))(State())
    history = History(state, cap=1)
    held = history.nbytes
    drawn = arrived(result((10, 10, 30, 30), SIZE, 1))(state).layers[0].variant
    order = Order(REQUEST, state, Composite(state.photo))
    history.push("none", state, decided=Undecided((Drawn(order, drawn),), (order.id,)))
    assert history.nbytes == held + 30 * 30 * 4
    history.push("next", state)
    history.push("next", state)  # one undo always stays
    assert history.nbytes == held


def test_a_layer_knows_the_region_that_it_was_drawn_in(heat):
    size = (640, 400)
    state = commands.open_photo(noisy_photo(size))(State())
    region = BoxedMask(np.full((8, 8), 255, np.uint8), (12, 12, 8, 8), size)
    edit = result((10, 10, 12, 12), size)
    unmasked = replace(edit, request=edit.request.with_(method=Method.SDEDIT))
    painted, found, whole = (
        arrived(edit, region=region)(state),
        arrived(replace(edit, heat=heat))(state),
        arrived(unmasked, region=region)(state),
    )
    assert painted.layers[0].variant.region is region
    cut = found.layers[0].variant.region
    assert cut is not None
    assert np.array_equal(cut.whole(), found.mask.array())
    assert whole.layers[0].variant.region is None
    assert any(array is region.values for array in arrays(painted))


def test_which_of_a_layer_s_drawings_is_shown_goes_up_by_one_and_round():
    one = layer(BOXES[0]).with_(others=tuple(layer(BOXES[0]).variant for _ in range(3)))
    state = commands.open_photo(noisy_photo(SIZE))(State()).with_(layers=(one,))
    places = []
    for _ in range(5):
        places.append(state.layers[0].place)
        state = act.next_variant(one.id)(state)
    assert places == [(places[0] + n - 1) % 4 + 1 for n in range(5)]
    assert set(places) == {1, 2, 3, 4}
    assert layer(BOXES[0]).place == 1
