"""Several drawings of one edit: from which seeds, what they share, where they belong."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.diffusion.solver import Solver
from core.document import commands
from core.document import layer_commands as act
from core.document.layer import Layer
from core.document.state import State
from core.document.strokes import Strokes
from core.document.twin import draws_again, only_reseeded, seeds, twin
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.request import LARGEST_SEED, EditRequest
from core.edit.result import HeatMap
from core.edit.variants import REROLLED, cost, reseeded, series
from core.photo.masks.boxed import BoxedMask
from tests.core.stacks import noisy_photo, variant
from tests.core.tiny import tiny_inpainting

ASKED = EditRequest(photo="", query="a zebra", reference="a horse", steps=4, device="cpu")
SIZE = (96, 80)
BOX = (10, 10, 40, 30)


# -- seeds and what they cost


def test_a_series_begins_with_the_request_itself_and_leaves_out_what_is_drawn():
    edits = series(ASKED.with_(seed=5), 3, drawn={6, 9})
    assert [edit.seed for edit in edits] == [5, 7, 8]
    assert edits[0] == ASKED.with_(seed=5)
    assert [edit.seed for edit in series(ASKED.with_(seed=LARGEST_SEED), 2)] == [LARGEST_SEED, 0]


@pytest.mark.parametrize("solver", list(Solver))
@pytest.mark.parametrize("method", list(Method))
def test_another_seed_is_given_variation_where_it_would_change_nothing(solver, method):
    asked = ASKED.with_(solver=solver, method=method)
    alike = method.inverts and solver is not Solver.EDIT_FRIENDLY
    assert reseeded(asked, 9) == asked.with_(seed=9, variation=REROLLED if alike else 0.0)
    assert reseeded(asked.with_(variation=0.1), 9).variation == 0.1


# -- what they share, counted at the networks


class Counted:
    """An engine whose networks are counted: samples through the U-Net, texts read, pictures encoded."""

    def __init__(self, model: str) -> None:
        self.engine, self.count = Engine(), Counter()
        self.engine.load(model, "cpu")
        backbone = self.engine._model
        for name in ("predict", "text", "encode"):
            self._count(backbone, name)

    def _count(self, backbone, name):
        whole = getattr(backbone, name)

        def counted(x, *more):
            self.count[name] += len(x) if name == "predict" else 1
            return whole(x, *more)

        setattr(backbone, name, counted)

    def run(self, request, picture, mask=None):
        self.count.clear()
        return self.engine.run(request, picture, mask)


@pytest.mark.parametrize("solver", list(Solver))
def test_variants_ask_the_network_for_what_depends_on_the_seed_alone(tiny, picture, solver):
    find = MaskRequest(draws=2, settle=0, snap=False)
    asked = ASKED.with_(model=str(tiny), solver=solver, find=find, seed=3)
    edits = series(asked, 3)
    counted = Counted(str(tiny))
    first = counted.run(edits[0], picture)
    asked_of = counted.count.copy()
    assert first.evaluations == asked.cost()
    mask = first.heat.mask(asked.find, first.mask.size)
    results = [first]
    for edit in edits[1:]:
        results.append(counted.run(edit, picture, mask))
        asked_of["predict"] += counted.count["predict"]
        assert (counted.count["text"], counted.count["encode"]) == (0, 0)
    assert asked_of["predict"] == cost(asked, 3).total
    shared = solver is not Solver.EDIT_FRIENDLY
    for result in results[1:]:
        assert result.evaluations.as_dict() == {
            **asked.with_(mask="m").cost().as_dict(),
            **({"encode": 0, "total": asked.cost().decode} if shared else {}),
        }
    assert len({result.drawn.tobytes() for result in results}) == 3
    alone = Engine().run(edits[1], picture, mask)
    assert alone.pixels.tobytes() == results[1].pixels.tobytes()
    again = Engine().run(edits[0], picture, mask)  # through the frozen mask the first is what it was
    assert again.pixels.tobytes() == first.pixels.tobytes()


@pytest.mark.parametrize("method", [Method.SDEDIT, Method.MASKED_SDEDIT, Method.ENCODE_DECODE])
def test_so_they_do_by_every_other_method(tiny, picture, method):
    asked = ASKED.with_(model=str(tiny), method=method, solver=Solver.DPM)
    mask = np.full(picture.shape[:2], 255, np.uint8)
    counted = Counted(str(tiny))
    total = 0
    for n, edit in enumerate(series(asked, 3)):
        counted.run(edit, picture, mask)
        total += counted.count["predict"]
        assert n == 0 or (counted.count["text"], counted.count["encode"]) == (0, 0)
    assert total == cost(asked.with_(mask="m"), 3).total


def test_what_an_inpainting_model_is_told_is_encoded_once(tmp_path, picture):
    folder = str(tiny_inpainting(tmp_path / "inpainting"))
    asked = ASKED.with_(model=folder)
    counted = Counted(folder)
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :16] = 255
    one, two = series(asked, 2)
    counted.run(one, picture, mask)
    second = counted.run(two, picture, mask)
    assert counted.count["encode"] == 0
    assert Engine().run(two, picture, mask).pixels.tobytes() == second.pixels.tobytes()
    elsewhere = counted.run(two, picture, mask[:, ::-1])
    assert counted.count["encode"] == 1
    assert Engine().run(two, picture, mask[:, ::-1]).pixels.tobytes() == elsewhere.pixels.tobytes()


# -- where they belong


def masked(box=BOX) -> BoxedMask:
    return BoxedMask(np.full((box[3], box[2]), 255, np.uint8), box, SIZE)


def drawn(request=ASKED, box=BOX, **more) -> Layer:
    return Layer("a zebra", replace(variant(box), request=request, region=masked(box)), **more)


def state(*layers: Layer) -> State:
    return commands.open_photo(noisy_photo(SIZE))(State()).with_(layers=layers)


@pytest.mark.parametrize(
    ("request_", "mask", "same"),
    [
        (ASKED.with_(seed=8), masked(), True),
        (ASKED.with_(steps=20), masked((12, 12, 40, 30)), True),  # corrected a little
        (ASKED, None, True),  # to be found anew
        (ASKED.with_(query=" a  zebra"), masked(), True),
        (ASKED.with_(query="a zebra <lora:x>"), masked(), True),
        (ASKED.with_(query="a cow"), masked(), False),
        (ASKED.with_(reference="a zebra"), masked(), False),
        (ASKED.with_(avoid="grass"), masked(), False),
        (ASKED.with_(method=Method.SDEDIT), None, False),
        (ASKED, masked((55, 40, 40, 30)), False),  # another horse
        (ASKED, masked((10, 10, 12, 12)), False),  # a part of it that is to be mended
    ],
)
def test_the_same_words_in_the_same_place_draw_the_layer_again(request_, mask, same):
    layer = drawn()
    assert draws_again(request_, mask, layer.variant.request, layer.variant.region) is same
    assert twin(state(layer), request_, mask, None) is (layer if same else None)


def test_it_is_the_chosen_layer_or_else_the_topmost_and_none_that_is_hidden():
    low, top = drawn(), drawn()
    assert twin(state(low, top), ASKED, masked(), low.id) is low
    assert twin(state(low, top), ASKED, masked(), None) is top
    other = drawn(ASKED.with_(query="a cow"))
    assert twin(state(other, top), ASKED, masked(), other.id) is top
    assert twin(state(low, other), ASKED, masked(), None) is None
    assert twin(state(low, drawn(visible=False)), ASKED, masked(), None) is None
    assert twin(state(Layer("pasted", replace(variant(BOX), request=None))), ASKED, masked(), None) is None


def test_seeds_are_told_that_would_draw_the_same_once_more():
    asked = ASKED.with_(seed=1)
    others = tuple(
        replace(variant(BOX), request=one, region=masked())
        for one in (asked.with_(seed=2), asked.with_(seed=3, steps=9))
    )
    others = (*others, replace(variant(BOX), request=asked.with_(seed=4), region=masked((10, 10, 39, 30))))
    layer = drawn(asked.with_(mask="m", photo="p", kappa=0.2), others=others)
    assert seeds(layer, asked.with_(seed=7), masked()) == {1, 2}
    assert seeds(layer, asked.with_(seed=7), masked((10, 10, 39, 30))) == {4}  # another mask, another picture
    assert seeds(layer, asked.with_(seed=7), None) == {2, 4}  # theirs was found, too
    walk = asked.with_(solver=Solver.DDIM)
    assert only_reseeded(reseeded(walk, 4), walk)
    assert not only_reseeded(walk, walk.with_(variation=0.3))


# -- what is kept of them


def test_one_becomes_the_topmost_layer_and_others_hidden_ones_above_it():
    before = state(drawn())
    one, two = variant(BOX, 5), variant(BOX, 7)
    heat = HeatMap(np.eye(8, dtype=np.float32))
    after = act.take_drawn(one, [("another", two)], name="a zebra", found=(heat, ASKED))(before)
    low, kept, aside = after.layers
    assert low is before.layers[0]
    assert (kept.name, kept.variant, kept.others, kept.visible) == ("a zebra", one, (), True)
    assert (aside.name, aside.variant, aside.visible) == ("another", two, False)
    assert after.mask.heat is heat
    under = act.take_drawn(one, [("another", two)], name="a zebra", at=0)(before)
    assert [layer.variant for layer in under.layers] == [one, two, low.variant]


def test_in_a_layer_s_place_what_was_there_is_kept_beside_it():
    mask = np.full((30, 40), 255, np.uint8)
    retouch = Strokes().painted(BOX, mask)
    first, second, third = (replace(variant(BOX, n), mask=mask) for n in (1, 5, 7))
    low = Layer("a zebra", replace(first, retouch=retouch), opacity=0.5)
    before = state(low, drawn())
    after = act.take_drawn(second, name="no matter", place=low.id, others=(third,))(before)
    again, over = after.layers
    assert (again.id, again.name, again.opacity) == (low.id, "a zebra", 0.5)
    assert again.variant.drawn is second.drawn
    assert again.variant.retouch is retouch
    assert again.others == (third, low.variant)
    assert over is before.layers[1]
    gone = act.take_drawn(second, name="a zebra", place="gone")(before)
    assert [layer.name for layer in gone.layers] == ["a zebra"] * 3


def test_masks_are_the_same_by_their_pixels_whatever_their_boxes_are():
    wide = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    wide[10:40, 10:50] = 255
    assert masked((10, 10, 40, 30)).same(BoxedMask.of(wide))
    assert not masked((10, 10, 40, 30)).same(masked((11, 10, 40, 30)))
    assert not masked((10, 10, 40, 30)).same(masked((10, 10, 40, 29)))
    assert BoxedMask.of(wide * 0).same(masked((3, 3, 0, 0)))
    wide[10, 10] = 254
    assert not masked((10, 10, 40, 30)).same(BoxedMask.of(wide))
