"""A grid before it runs: the requests, which of them share a mask or an inversion, the cost."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace

from core.diffusion.solver import Solver
from core.diffusion.weight import Guided, needs
from core.edit.evaluations import AT_ONCE, Evaluations
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.errors import InputError
from core.grid.parameters import Axis, check_axes

LARGEST = 400  # cells: 20 × 20 is more than one can look at


@dataclass(frozen=True)
class Plan:
    """base: what all cells share; x: the columns; y: the rows, None for a single row."""

    base: EditRequest
    x: Axis
    y: Axis | None = None

    def __post_init__(self) -> None:
        """InputError for axes that exclude each other, a value out of range, or more than 400 cells."""
        check_axes(self.x, self.y)
        if self.columns * self.rows > LARGEST:
            raise InputError(
                f"A grid of {self.columns} × {self.rows} cells is too large.", f"At most {LARGEST} cells."
            )
        for row, column in self.order():
            if not self.request(row, column).query.strip():
                raise InputError(
                    "What should it be?", "Every cell needs a prompt: name it, or vary it along an axis."
                )

    @property
    def columns(self) -> int:
        return len(self.x)

    @property
    def rows(self) -> int:
        return 1 if self.y is None else len(self.y)

    def request(self, row: int, column: int) -> EditRequest:
        """The request of one cell."""
        request = self.x.put(self.base, column)
        return request if self.y is None else self.y.put(request, row)

    def order(self) -> list[tuple[int, int]]:
        """All (row, column), row by row, but one model after the other: loading one drops the other."""
        cells = [(row, column) for row in range(self.rows) for column in range(self.columns)]
        requests = [self.request(row, column) for row, column in cells]
        models = list(dict.fromkeys((request.model, request.device) for request in requests))
        places = [models.index((request.model, request.device)) for request in requests]
        return [cell for _, cell in sorted(zip(places, cells, strict=True), key=lambda pair: pair[0])]

    def check_painted(self) -> None:
        """InputError for an axis that a given mask makes idle: all its cells would be the same."""
        for axis in (self.x, self.y):
            if axis is not None and axis.field.startswith("find."):
                raise InputError(
                    f"A mask is given, so that {axis.name} would change nothing.",
                    "Leave the mask out, or vary something else: a given mask is not cut from a heat map.",
                )

    def cost(self, painted: bool = False, guided: Guided = Guided.PROMPTS) -> Evaluations:
        """Evaluations of the network for the whole grid.

        painted: a mask is given, so that none is looked for;  guided: what guides the base's model. Of others
        that an axis names it isn't known: they count as guided by prompts, which costs most.
        Of edit-friendly inversions of several lengths as a processor shares them (docs/decisions/041); a
        graphics card takes more levels at once, and asks anew for more of them.
        """
        draws: dict[Hashable, int] = {}  # each prompt's predictions under one noise are made once
        encoded: dict[Hashable, int] = {}  # the longest inversion so far
        blocks: dict[Hashable, int] = {}  # of edit-friendly ones: each begins and ends where it does
        encode = decode = 0
        for row, column in self.order():
            request = self.request(row, column)
            by = request.guided_by(guided if request.model == self.base.model else Guided.PROMPTS)
            alone = request.cost(by)
            if alone.mask and not painted:
                for query in ("", request.query):
                    draws[_draws_key(request.with_(query=query))] = request.find.draws
            key = _encoding_key(request, painted=painted)
            known = encoded.get(key, 0)
            if request.method.flows:
                blocks |= _source_blocks(request, key, by)
            elif request.solver is Solver.EDIT_FRIENDLY:
                blocks |= {(key, block): len(block) for block in _blocks(alone.encode)}
            elif alone.encode > known:
                # a longer inversion goes on from a shorter one, but for DPM's
                encode += alone.encode - (0 if request.solver is Solver.DPM else known)
                encoded[key] = alone.encode
            decode += alone.decode
        return Evaluations(sum(draws.values()), encode + sum(blocks.values()), decode)


def finding_key(request: EditRequest) -> Hashable:
    """Equal for two requests over one picture whose heat maps are the same.

    What is known not to matter is taken out; whatever else a request holds is taken to matter.
    """
    blank = EditRequest(photo=request.photo, query="")
    cut = MaskRequest()
    look_in = request.find.look_in if request.looks_again else LookIn.AREA
    find = replace(
        request.find, threshold=cut.threshold, grow=cut.grow, snap=cut.snap, clicks=(), look_in=look_in
    )
    return request.with_(
        find=find,
        avoid=blank.avoid,
        method=blank.method,
        solver=blank.solver,
        iterations=blank.iterations,
        flow=blank.flow,
        time_shift=blank.time_shift,
        pseudo_guidance=blank.pseudo_guidance,
        area=request.searched or blank.area,
        steps=blank.steps,
        change=blank.change,
        variation=blank.variation,
        feather=blank.feather,
        guidance=blank.guidance,
        rescale=blank.rescale,
        kappa=blank.kappa,
        projection=blank.projection,
        skip=blank.skip,
        target=blank.target,
    )


def _draws_key(request: EditRequest) -> Hashable:
    """Equal for two requests over one picture that share predictions of the search."""
    plain = MaskRequest()
    after = {name: getattr(plain, name) for name in ("rule", "clamp", "centre", "windows", "settle")}
    return finding_key(request.with_(find=replace(request.find, **after)))


def _blocks(levels: int) -> Iterator[range]:
    """The levels, or FlowEdit's draws, that are asked for at once."""
    for first in range(0, levels, AT_ONCE):
        yield range(first, min(first + AT_ONCE, levels))


def _source_blocks(request: EditRequest, key: Hashable, guided: Guided) -> dict[Hashable, int]:
    """FlowEdit's source: what each prompt is asked for at once, and at which scale."""
    weight = request.source_scale(guided)
    need = needs(weight, request.rescale)
    away_from = [request.away_from if weight >= 1 else ""] * need.unconditional
    asked = [(prompt, 1.0) for prompt in (*away_from, *[request.reference] * need.conditional)]
    if guided is not Guided.PROMPTS:
        asked = [(request.reference, weight)]
    blocks = list(_blocks(request.flow.draws(request.decode_steps)))
    return {(key, *one, block): len(block) for one in asked for block in blocks}


def _encoding_key(request: EditRequest, *, painted: bool) -> Hashable:
    """Equal for two requests over one picture of whose inversions the shorter is the other's beginning."""
    how: tuple[Hashable, ...] = (request.solver,)
    if request.method.flows:
        how = (request.flow.n_avg, request.flow.n_min, request.seed)
    elif request.solver is Solver.FIXED_POINT:
        how = (*how, request.iterations)
    elif request.solver is Solver.EDIT_FRIENDLY:
        how = (*how, request.seed, request.reference, request.time_shift)
    read = request.prompt_style, request.prediction, request.zero_snr, request.clip_skip
    view = _view(request, painted=painted)
    return request.model, request.device, request.loras, read, request.steps, how, view


def _view(request: EditRequest, *, painted: bool) -> Hashable:
    """What decides the part of the photo that the model sees: with "auto" all that decides the mask."""
    if request.area == "whole" or not request.method.masked:
        return None
    if request.area != "auto":
        return request.area
    return request.feather, None if painted else (finding_key(request), request.find)
