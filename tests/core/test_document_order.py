"""An order is drawn from its start alone, and what comes of it has a place in the document of now."""

from dataclasses import replace

import numpy as np
import pytest

from core.document import commands, several
from core.document import layer_commands as act
from core.document import order as lists
from core.document.composite import Composite
from core.document.layer import is_outdated
from core.document.order import Order
from core.document.state import State
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from tests.core.stacks import layer, noisy_photo, result

SIZE = (80, 60)
REQUEST = EditRequest(photo="", query="a zebra")
DAB = np.full((5, 5), 255, np.uint8)
HEAT = HeatMap(np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8))


def stack(*names: str) -> State:
    """A photo under layers of these names, side by side, the lowest first."""
    layers = tuple(layer((10 * n, 10, 8, 8), n + 1, name) for n, name in enumerate(names))
    return State(noisy_photo(SIZE)).with_(
        mask=commands.open_photo(noisy_photo(SIZE))(State()).mask, layers=layers
    )


def order(state: State, **more: object) -> Order:
    assert state.photo is not None
    return Order.of(state, Composite(state.photo, state.layers), REQUEST).with_(**more)


def named(state: State, name: str) -> str:
    return next(layer.id for layer in state.layers if layer.name == name)


def names(state: State) -> list[str]:
    return [layer.name for layer in state.layers]


def test_a_result_lies_over_what_it_was_drawn_over_and_over_what_came_since():
    asked = stack("a", "b")
    now = asked.with_(layers=(*asked.layers, layer((0, 30, 9, 9), 9, "since")))
    arrived = order(asked).arrives(result((20, 20, 9, 9), SIZE))(now)
    assert names(arrived) == ["a", "b", "since", "a zebra"]
    assert is_outdated(arrived.layers, 3)  # not what it was drawn over


def test_it_is_over_its_layers_as_long_as_they_are_seen_as_they_were():
    asked = stack("a", "b")
    one, lower = order(asked), named(asked, "a")
    assert one.is_over(asked.layers)
    assert one.is_over((*asked.layers, layer((0, 30, 9, 9), 9, "since")))
    assert one.is_over(act.rename_layer(lower, "other")(asked).layers)
    for change in (
        act.show_layer(lower, False),
        act.set_opacity(lower, 0.5),
        act.delete_layer(lower),
        several.move([lower], 1),
    ):
        assert not one.is_over(change(asked).layers)


def test_a_result_doesn_t_mind_what_it_was_drawn_over_being_gone():
    asked = stack("a", "b")
    arrived = order(asked).arrives(result((20, 20, 9, 9), SIZE))(asked.with_(layers=()))
    assert names(arrived) == ["a zebra"]
    assert is_outdated(arrived.layers, 0)


def test_it_is_not_outdated_where_nothing_has_changed():
    asked = stack("a", "b")
    arrived = order(asked).arrives(result((20, 20, 9, 9), SIZE))(asked)
    assert not is_outdated(arrived.layers, 2)


def test_run_again_draws_in_its_layer_s_place_wherever_that_is():
    asked = stack("a", "b", "c")
    asked_for = order(asked, again=named(asked, "b"))
    assert [layer.name for layer in asked_for.over] == ["a"]
    now = several.move([named(asked, "b")], 2)(asked)
    arrived = asked_for.arrives(result((20, 20, 9, 9), SIZE))(now)
    assert names(arrived) == ["a", "c", "b"]
    assert len(arrived.layers[2].others) == 1


def test_run_again_of_a_layer_that_went_lies_where_that_had_been():
    asked = stack("a", "b", "c")
    gone = act.delete_layer(named(asked, "b"))(asked)
    now = gone.with_(layers=(gone.layers[0], layer((0, 30, 9, 9), 9, "since"), gone.layers[1]))
    arrived = order(asked, again=named(asked, "b")).arrives(result((20, 20, 9, 9), SIZE))(now)
    assert names(arrived) == ["a", "since", "a zebra", "c"]


def test_the_same_words_from_the_same_start_are_variants_of_one_layer():
    asked = stack("a")
    first, second = order(asked), order(asked)
    drawn = [result((20, 20, 9, 9), SIZE, seed, REQUEST.with_(seed=seed)) for seed in (1, 2)]
    now = second.arrives(drawn[1])(first.arrives(drawn[0])(asked))
    assert names(now) == ["a", "a zebra"]
    variants = now.layers[1].variant, *now.layers[1].others
    assert [one.request.seed for one in variants if one.request is not None] == [2, 1]
    other = order(asked, request=REQUEST.with_(query="a cow"))
    cow = result((20, 20, 9, 9), SIZE, 3, other.request)
    assert names(other.arrives(cow)(now)) == ["a", "a zebra", "a cow"]
    later = order(now.with_(layers=now.layers[:1]), request=REQUEST.with_(reference="a horse"))
    assert len(later.arrives(drawn[0])(now).layers) == 3


def test_what_was_drawn_from_the_same_start_is_known_beside_another_variant_too():
    asked = stack("a")
    one = result((20, 20, 9, 9), SIZE, 1)
    now = order(asked).arrives(one)(asked)
    top = now.layers[1].id
    low, high = now.layers
    below = now.with_(layers=(low, layer((0, 30, 9, 9), 9, "since"), high))
    now = order(below, again=top).arrives(result((20, 20, 9, 9), SIZE, 2))(below)
    assert names(order(asked).arrives(one)(now)) == ["a", "since", "a zebra"]


def test_several_of_a_layer_that_went_are_one_layer_s():
    asked = stack("a", "b")
    gone = act.delete_layer(named(asked, "b"))(asked)
    now = gone
    for seed in (1, 2):
        drawn = result((20, 20, 9, 9), SIZE, seed, REQUEST.with_(seed=seed))
        now = order(asked, again=named(asked, "b")).arrives(drawn)(now)
    assert names(now) == ["a", "a zebra"]


def test_the_same_words_over_something_else_are_a_layer_of_their_own():
    asked = stack("a")
    before = order(asked).arrives(result((20, 20, 9, 9), SIZE))(asked)
    hidden = act.show_layer(named(asked, "a"), False)(asked)
    now = order(hidden).arrives(result((20, 20, 9, 9), SIZE))(before)
    assert names(now) == ["a", "a zebra", "a zebra"]


def found(box=(20, 20, 9, 9)):
    return replace(result(box, SIZE), heat=HEAT)


def test_what_was_found_becomes_the_mask_of_a_document_that_has_none():
    asked = stack()
    assert order(asked).seeks
    arrived = order(asked).arrives(found())(asked)
    assert arrived.mask.heat is HEAT
    cow = order(asked, request=REQUEST.with_(query="a cow"))
    assert cow.leaves_mask(arrived.mask)  # found for the one before, not made by hand


@pytest.mark.parametrize(
    "change", [commands.paint((5, 5, 5, 5), DAB), commands.erase((5, 5, 5, 5), DAB), commands.invert_mask()]
)
def test_what_was_found_leaves_a_mask_that_the_hand_has_changed(change):
    asked = stack()
    now = change(asked)
    assert order(asked).arrives(found())(now).mask is now.mask


def test_a_mask_changed_back_is_the_one_that_it_was():
    asked = commands.paint((5, 5, 5, 5), DAB)(stack())
    now = asked.with_(mask=asked.mask.painted((30, 30, 5, 5), DAB))
    assert not order(asked).leaves_mask(now.mask)
    assert order(asked).leaves_mask(asked.mask)
    anew = commands.paint((5, 5, 5, 5), DAB)(stack())  # the same by other objects, as after a restart
    assert order(asked).leaves_mask(anew.mask)


def test_an_order_goes_on_with_its_own_strokes_over_what_is_found():
    asked = commands.erase((40, 0, 40, 60), np.full((60, 40), 255, np.uint8))(stack())
    one = order(asked)
    assert one.goes_on
    assert not order(asked, searches=True).goes_on
    mask = asked.mask.with_heat(HEAT, 0.5, 0)
    through = one.through(mask, REQUEST)
    assert not through.seeks
    assert through.made_with is asked.mask.strokes
    assert through.mask is not None
    assert not through.mask.whole()[:, 45:].any()


def test_orders_are_moved_and_left_out():
    asked = stack()
    a, b, c = (order(asked) for _ in range(3))
    assert lists.moved((a, b, c), c.id, 0) == (c, a, b)
    assert lists.moved((a, b, c), a.id, 1) == (b, a, c)
    assert lists.moved((a, b, c), a.id, 99) == (b, c, a)
    assert lists.moved((a, b, c), b.id, -1) == (b, a, c)
    assert lists.without((a, b, c), lambda one: one is b) == (a, c)
    with pytest.raises(KeyError):
        lists.moved((a, b), c.id, 0)


def test_a_composite_in_small_is_what_it_is_in_large():
    layers = (layer((5, 5, 40, 30), 1), layer((30, 20, 40, 30), 3, opacity=0.5), layer((70, 50, 10, 10), 5))
    picture = Composite(noisy_photo(SIZE), layers)
    rows, columns = np.array([0, 7, 22, 33, 59]), np.array([1, 6, 31, 44, 69, 79])
    assert np.array_equal(picture.sampled(rows, columns), picture.whole()[np.ix_(rows, columns)])


def test_an_order_repeats_another_while_nothing_has_changed():
    state = stack("a")
    one = order(state)
    assert order(state).repeats(one)
    assert not order(state, searches=True).repeats(one)
    assert not order(state, again=named(state, "a")).repeats(one)
    assert not order(state, request=REQUEST.closer).repeats(one)
    assert not order(commands.update_draft(seed=4)(state)).repeats(one)
    assert not order(commands.paint((5, 5, 5, 5), DAB)(state)).repeats(one)
    assert not order(act.show_layer(named(state, "a"), False)(state)).repeats(one)
