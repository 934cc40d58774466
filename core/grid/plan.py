"""A grid before it runs: the requests, which of them share a mask or an inversion, the cost."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

from core.edit.request import EditRequest, Evaluations, MaskRequest
from core.errors import InputError
from core.grid.parameters import Axis, check_apart

LARGEST = 400  # cells: 20 × 20 is more than one can look at


@dataclass(frozen=True)
class Plan:
    """base: what all cells share; x: the columns; y: the rows, None for a single row."""

    base: EditRequest
    x: Axis
    y: Axis | None = None

    def __post_init__(self) -> None:
        """InputError for axes that exclude each other, a value out of range, or more than 400 cells."""
        check_apart(self.x, self.y)
        if self.columns * self.rows > LARGEST:
            raise InputError(
                f"A grid of {self.columns} × {self.rows} cells is too large.", f"At most {LARGEST} cells."
            )
        for row, column in self.order():
            if not self.request(row, column).query.strip():
                raise InputError("What should it be?", 'Say it with --to "a zebra".')

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

    def cost(self, painted: bool = False) -> Evaluations:
        """UNet evaluations of the whole grid. painted: a mask is given, so that none is looked for."""
        draws: dict[Hashable, int] = {}  # each prompt's predictions under one noise are made once
        encode: dict[Hashable, int] = {}
        decode = 0
        for row, column in self.order():
            request = self.request(row, column)
            alone = request.cost()
            if alone.mask and not painted:
                for query in ("", request.query):
                    draws[finding_key(request.with_(query=query))] = request.find.draws
            key = _encoding_key(request)
            encode[key] = max(encode.get(key, 0), alone.encode)
            decode += alone.decode
        return Evaluations(sum(draws.values()), sum(encode.values()), decode)


def finding_key(request: EditRequest) -> Hashable:
    """Equal for two requests over one picture whose heat maps are the same.

    What is known not to matter is taken out; whatever else a request holds is taken to matter.
    """
    blank = EditRequest(photo=request.photo, query="")
    cut = MaskRequest()
    find = replace(request.find, threshold=cut.threshold, grow=cut.grow, snap=cut.snap)
    return request.with_(
        find=find,
        avoid=blank.avoid,
        method=blank.method,
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


def _encoding_key(request: EditRequest) -> Hashable:
    return request.model, request.device, request.steps
