"""One field of a request changed: an engine that has worked on others draws what a fresh one draws.

What a warm engine keeps (texts, latents, draws, trajectories, weights with a LoRA in them) is kept by what
decided it. A field that was forgotten there shows here.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from types import SimpleNamespace, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.diffusion.target import Target
from core.diffusion.weight import Rescale, Shape, Weight
from core.edit.engine import Engine
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.request import Blend, EditRequest, Embedding, Lora
from core.edit.result import EditResult
from core.edit.words.weighted import PromptStyle
from core.models.load import load
from core.photo.masks.click import Click
from tests.core.tiny import tiny_vae

FIND = MaskRequest(draws=2, settle=0, snap=False, threshold=0.3)
BASE = EditRequest(
    photo="", query="a zebra", reference="a horse", device="cpu", steps=3, find=FIND, guidance=Weight(3.0)
)
ATTENTION = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"


@dataclass(frozen=True)
class Change:
    """`to`, of one field, from a base that differs from BASE by `given`; painted: with the mask given.

    idle: the bytes of the base are expected again, so that only warm and fresh are compared.
    """

    to: object
    given: dict[str, object] = field(default_factory=dict)
    painted: bool = True
    idle: bool = False


def found(to: object, **given: object) -> Change:
    """A change that is seen where the mask is found."""
    return Change(to, {name.replace("__", "."): value for name, value in given.items()}, painted=False)


def drawn(to: object, **given: object) -> Change:
    """A change that is seen with a painted mask."""
    return Change(to, {name.replace("__", "."): value for name, value in given.items()})


BLEND = Blend("a cow", 0.5, seed=5, seed_share=0.5)
CLICK = Click(30, 25, keep=False)
AIM = Target(colour="#d01020", strength=0.7)
CHANGES: dict[str, list[Change]] = {
    "photo": [Change("another picture")],
    "query": [drawn("a cow"), found("a cow")],
    "reference": [drawn("a dog"), found("a dog")],
    "avoid": [drawn("stripes")],
    "mask": [Change("another mask"), Change(None)],
    "method": [drawn(method) for method in Method if method is not Method.DIFFEDIT],
    "steps": [drawn(4, solver=solver) for solver in Solver],
    "change": [
        *(drawn(0.4, solver=solver) for solver in Solver),
        *(drawn(1.0, solver=solver) for solver in (Solver.EDIT_FRIENDLY, Solver.DPM)),
    ],
    "solver": [drawn(solver) for solver in Solver if solver is not Solver.EDIT_FRIENDLY],
    "iterations": [drawn(3, solver=Solver.FIXED_POINT)],
    "variation": [drawn(0.5), drawn(0.5, solver=Solver.DDIM)],
    "remove": [drawn(True), found(True), drawn(True, method=Method.MASKED_SDEDIT)],
    "seed": [drawn(1), found(1), drawn(1, method=Method.MASKED_SDEDIT)],
    "find.draws": [found(3)],
    "find.strength": [found(0.9)],
    "find.rule": [found(Rule.DIFFERENCE)],
    "find.clamp": [found(clamp) for clamp in Clamp if clamp is not Clamp.RANGE],
    "find.threshold": [found(0.5)],
    "find.grow": [found(3.0)],
    "find.snap": [found(True, find__threshold=0.1)],
    "find.windows": [found((0.05,), find__snap=True, find__threshold=0.1)],
    "find.settle": [found(0.5, find__draws=6)],
    "find.clicks": [found((Click(5, 5), Click(30, 25, keep=False)))],
    "find.clicks.x": [found((Click(20, 5), CLICK), find__clicks=(Click(5, 5), CLICK))],
    "find.clicks.y": [found((Click(5, 20), CLICK), find__clicks=(Click(5, 5), CLICK))],
    "find.clicks.keep": [found((Click(5, 5, keep=False),), find__clicks=(Click(5, 5),))],
    "find.look_in": [found(LookIn.WHOLE, area=(0, 0, 32, 32))],
    "find.centre": [found(False, query="")],
    "feather": [drawn(3.0)],
    "time_shift": [drawn(0.2)],
    "pseudo_guidance": [drawn(True), drawn(True, method=Method.MASKED_FLOWEDIT, flow__source_guidance=2.0)],
    "flow.source_guidance": [drawn(3.0, method=Method.MASKED_FLOWEDIT)],
    "flow.n_avg": [drawn(2, method=Method.MASKED_FLOWEDIT)],
    "flow.n_min": [drawn(1, method=Method.MASKED_FLOWEDIT)],
    "guidance.scale": [drawn(5.0)],
    "guidance.decay": [drawn(1.0)],
    "guidance.decay_to": [drawn(0, guidance__decay=1.0)],
    "guidance.shape": [drawn(Shape.EXPONENTIAL, guidance__decay=1.0, steps=4)],
    "guidance.interval": [drawn((0.0, 0.4))],
    "guidance.curve": [drawn(((0.0, 5.0), (1.0, 1.0)))],
    "rescale": [drawn(rescale, kappa=0.2) for rescale in Rescale if rescale is not Rescale.OFF],
    "kappa": [drawn(0.3, rescale=Rescale.UPDATE)],
    "model": [Change("another model")],
    "device": [Change("auto", idle=True)],
    "version": [],  # there is but one
    "blend": [drawn(BLEND), Change(None, {"blend": BLEND})],
    "blend.query": [drawn("a dog", blend=BLEND)],
    "blend.share": [drawn(1.0, blend=BLEND)],
    "blend.spherical": [drawn(True, blend=BLEND)],
    "blend.seed": [drawn(6, blend=BLEND), drawn(None, blend=BLEND)],
    "blend.seed_share": [drawn(1.0, blend=BLEND)],
    "blend.chunks": [drawn(3, blend=BLEND)],
    "vae": [Change("another"), Change("", {"vae": "another"}), Change("another", painted=False)],
    "loras": [Change(("one",)), Change((), {"loras": ("one",)}), Change(("one",), painted=False)],
    "loras.file": [Change(("other",), {"loras": ("one",)})],
    "loras.weight": [Change((("one", 0.5),), {"loras": ("one",)})],
    "area": [drawn("auto"), drawn((0, 0, 32, 32)), found((0, 0, 32, 32))],
    "projection.eta": [drawn(1.0, rescale=Rescale.PROJECTED)],
    "projection.radius": [drawn(1.0, rescale=Rescale.PROJECTED)],
    "skip": [drawn(0.0)],
    "target.colour": [drawn("#101020", target=AIM)],
    "target.brightness": [drawn(0.9)],
    "target.strength": [drawn(0.2, target=AIM)],
    "target.until": [drawn(1.0, target=AIM)],
    "threads": [Change(1, idle=True)],
    "model_digest": [Change("0" * 64, idle=True)],
    "prediction": [drawn("v"), found("v"), Change("epsilon", idle=True)],
    "zero_snr": [drawn(True, prediction="v"), Change(False, idle=True)],
    "clip_skip": [drawn(2), found(2), Change(1, idle=True)],
    "prompt_style": [
        drawn(PromptStyle.PLAIN, query="a (zebra:1.5)"),
        found(PromptStyle.PLAIN, query="a (zebra:1.5)"),
        drawn(PromptStyle.PLAIN, avoid="a [zebra]"),
        Change(PromptStyle.PLAIN, idle=True),
    ],
    "embeddings": [Change((Embedding("a", "0" * 64),), idle=True)],
    "embeddings.name": [Change((Embedding("b", "0" * 64),), idle=True)],
    "embeddings.digest": [Change((Embedding("a", "1" * 64),), idle=True)],
}


def leaves(kind: type, before: str = "") -> Iterator[str]:
    """Dotted names of all fields; of an optional or repeated part both the part's own and those in it."""
    for name, hint in get_type_hints(kind).items():
        held = get_args(hint) if get_origin(hint) in (Union, UnionType, tuple) else (hint,)
        inner = next((one for one in held if isinstance(one, type) and is_dataclass(one)), None)
        if inner is not hint:
            yield before + name
        if inner is not None:
            yield from leaves(inner, f"{before}{name}.")


def test_every_field_has_its_changes():
    assert sorted(CHANGES) == sorted(leaves(EditRequest))
    assert [name for name, changes in CHANGES.items() if not changes] == ["version"]


CASES = [
    pytest.param(name, change, id=f"{name}-{n}")
    for name, some in CHANGES.items()
    for n, change in enumerate(some)
]


@pytest.mark.parametrize(("name", "change"), CASES)
def test_a_warm_engine_draws_what_a_fresh_one_draws(bench, name, change):
    before = bench.before(change)
    after = bench.after(name, before, change.to)
    base = bench.fresh(before)
    if bench.last != before:
        assert_equal(bench.warm(before), base)
    expected = bench.fresh(after)
    assert changed(expected, base) != change.idle, "this change shows nothing"
    assert_equal(bench.warm(after), expected)
    assert_equal(bench.warm(before), base)


Inputs = tuple[EditRequest, str, str | None]  # the request, and which picture and mask it comes with


class Bench:
    """A warm engine for all tests, fresh ones, and what they work on."""

    def __init__(self, folder: Path, models: dict[str, Path], picture: np.ndarray, loading: Any) -> None:
        self._models, self._known = models, dict[Inputs, EditResult]()
        other = np.ascontiguousarray(picture[::-1, ::-1])
        self._pictures = {"": picture, "another picture": other}
        self._masks = {"": _stripe(picture, 0, 20), "another mask": _stripe(picture, 12, 40)}
        self._loras = {name: _lora(folder / f"{name}.safetensors", len(name)) for name in ("one", "other")}
        self._vae = _vae(folder / "vae")
        self._warm, self.last = Engine(), None
        self._networks = dict[tuple[Any, ...], Any]()
        # A fresh engine for every request would spend its time on reading files and collecting garbage.
        loading.setattr("core.edit.engine.load", lambda name, _, told: deepcopy(self._loaded(name, told)))
        loading.setattr("core.edit.engine.gc", SimpleNamespace(collect=lambda: 0))

    def _loaded(self, *named: Any) -> Any:
        if named not in self._networks:
            name, told = named
            self._networks[named] = load(name, "cpu", told)
        return self._networks[named]

    def before(self, change: Change) -> Inputs:
        request = BASE.with_(model=str(self._models[""]))
        for name, value in change.given.items():
            request = self._put(request, name, value)
        return request, "", "" if change.painted else None

    def after(self, name: str, before: Inputs, to: Any) -> Inputs:
        request, picture, mask = before
        if name == "photo":
            return request, to, mask
        if name == "mask":
            return request, picture, to
        return self._put(request, name, to), picture, mask

    def _put(self, request: EditRequest, name: str, value: Any) -> EditRequest:
        if name == "model":
            value = str(self._models[value])
        if name == "vae":
            value = value and self._vae
        if name.startswith("loras"):
            pairs = [one if isinstance(one, tuple) else (one, 1.0) for one in value]
            return request.with_(loras=tuple(Lora(self._loras[file], weight) for file, weight in pairs))
        part, _, inner = name.partition(".")
        if inner.startswith("clicks"):
            inner = "clicks"
        if not inner or part == "embeddings":
            return request.with_(**{part: value})
        if name == "target.brightness":
            return request.with_(target=Target(brightness=value))
        return request.with_(**{part: replace(getattr(request, part), **{inner: value})})

    def warm(self, inputs: Inputs) -> EditResult:
        self.last = inputs
        return self._run(self._warm, inputs)

    def fresh(self, inputs: Inputs) -> EditResult:
        if inputs not in self._known:
            self._known[inputs] = self._run(Engine(), inputs)
        return self._known[inputs]

    def _run(self, engine: Engine, inputs: Inputs) -> EditResult:
        request, picture, mask = inputs
        return engine.run(request, self._pictures[picture], None if mask is None else self._masks[mask])


@pytest.fixture(scope="module")
def bench(tiny: Path, tiny_v: Path, picture: np.ndarray, tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as loading:
        models = {"": tiny, "another model": tiny_v}
        yield Bench(tmp_path_factory.mktemp("loras"), models, picture, loading)


def assert_equal(one: EditResult, other: EditResult) -> None:
    assert one.request == other.request
    assert one.traces == other.traces
    assert not changed(one, other)


def changed(one: EditResult, other: EditResult) -> bool:
    return _bytes(one) != _bytes(other)


def _bytes(result: EditResult) -> list[bytes]:
    heat = () if result.heat is None else (result.heat.values,)
    return [part.tobytes() for part in (result.pixels, result.drawn, result.mask.whole(), *heat)]


def _stripe(picture: np.ndarray, left: int, right: int) -> np.ndarray:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, left:right] = 255
    return mask


def _vae(folder: Path) -> str:
    """Of the tiny model's build, with other weights."""
    torch.manual_seed(11)
    tiny_vae(4).save_pretrained(folder)
    return str(folder)


def _lora(path: Path, seed: int) -> str:
    """Of the layer by which the tiny network reads the prompt."""
    dice = torch.Generator().manual_seed(seed)
    down, up = torch.randn(2, 24, generator=dice), torch.randn(32, 2, generator=dice)
    save_file({f"{ATTENTION}.lora_A.weight": down, f"{ATTENTION}.lora_B.weight": up}, path)
    return str(path)
