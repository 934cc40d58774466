"""A layer's recipe: its few words, what of it differs from the settings of now, and taking it up."""

from dataclasses import replace

from core.diffusion.clamp import Clamp
from core.diffusion.weight import Shape, Weight
from core.document import commands
from core.document.recipe import UNSAID, lines, named, reuse
from core.document.state import State
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.request import EditRequest

RECIPE = EditRequest(
    "photo", "a zebra", "a horse", "", "mask", Method.MASKED_SDEDIT, seed=7, guidance=Weight(3), kappa=0.1,
    prediction="v", zero_snr=True, clip_skip=2,
    find=MaskRequest(clamp=Clamp.MEAN, threshold=0.5, draws=4, snap=False),
)  # fmt: skip


def test_reuse_leaves_the_cut_to_the_mask():
    state = commands.set_threshold(0.3)(State())
    draft = reuse(RECIPE)(state).draft
    assert (draft.method, draft.seed, draft.guidance) == (Method.MASKED_SDEDIT, 7, Weight(3))
    assert draft.find == MaskRequest(threshold=0.3, draws=4)
    assert (draft.kappa, draft.photo, draft.mask) == (None, "", None)
    assert (draft.prediction, draft.zero_snr, draft.clip_skip) == (None, None, None)


def test_reuse_keeps_a_noise_strength_for_the_model_it_was_measured_on():
    recipe = EditRequest("photo", "a zebra", find=MaskRequest(strength=0.7), model="/models/its own")
    state = State()
    assert reuse(recipe)(state).draft.find.strength is None
    assert reuse(recipe.with_(model=state.draft.model))(state).draft.find.strength == 0.7


def test_an_edit_is_named_by_its_prompts():
    assert named(EditRequest("", "a zebra", "a horse")) == "a horse → a zebra"
    assert named(EditRequest("", "a zebra")) == "→ a zebra"


def test_the_list_tells_every_setting_and_what_differs_now():
    now = RECIPE.with_(seed=8, guidance=Weight(3, decay=0.5, decay_to=0, shape=Shape.COSINE))
    found = {line.parameter.field: line for line in lines(RECIPE, now)}
    assert (found["seed"].value, found["seed"].now) == ("7", "8")
    assert found["query"].value == "a zebra"
    assert found["method"].value not in ("", Method.MASKED_SDEDIT.value)  # in words
    assert found["avoid"].value == UNSAID
    differing = {field for field, line in found.items() if line.differs}
    assert differing == {"seed", "guidance.decay", "guidance.shape", "guidance.decay_to"}
    assert not any(line.differs for line in lines(RECIPE, RECIPE))
    assert not any(line.left for line in lines(RECIPE, RECIPE))
    engine = RECIPE.with_(find=replace(RECIPE.find, strength=0.7))
    assert [line.parameter.field for line in lines(engine, RECIPE) if line.left] == ["find.strength"]
    assert not any(line.differs for line in lines(engine, RECIPE.with_(prediction=None, zero_snr=None)))
    curve = RECIPE.with_(guidance=Weight(curve=((0.0, 7.5), (1.0, 1.0))))
    assert {line.parameter.field: line for line in lines(curve, now)}["guidance.curve"].value == "0:7.5 1:1"
