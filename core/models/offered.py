"""The models that newcomers are offered: what is known of each, and how it stands here. No torch."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from core.models.catalog import folder_of
from core.models.hub.repository import BESIDE, INDEX, SETTINGS, cached, home_of, models_home
from core.models.memory.machine import BYTES, Fit, Machine, Verdict, fits, judged, segmenting
from core.models.programs import model_files
from core.models.recognise.formats import Weights
from core.models.recognise.kinds import ModelKind
from core.models.segment.folders import is_segmenter
from resources import models_folder

Count = Annotated[int, msgspec.Meta(gt=0)]
ROOMS = {"model": "", "vae": BESIDE[ModelKind.VAE], "segmenter": BESIDE[ModelKind.SEGMENTER]}
ORDER = (Fit.YES, Fit.TIGHT, Fit.UNKNOWN, Fit.NO)


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of a model on the hub, as of `Shelf.known`.

    file           the one that is fetched, where the repository holds single files; else ""
    kind           "model", "vae" for one that takes the place of a model's own, or "segmenter"
    family         by the names of core.models.families (a segmenter's by none);  pixels: the side of a
                   picture that it was made for
    licence        its name, "" where it isn't known; licence_link: where it stands; terms: one sentence of it
    commercial     whether what it makes may be sold: "yes", "limited" (see terms), "no" or "unknown"
    gated          the hub asks for an account, and for its terms to be accepted
    bytes          to fetch in half precision;  numbers: its weights, of which the network has `network`
    t5             how many of `numbers` the T5 text encoder has, which this model can do without; 0: none
    """

    name: str
    repo: str
    family: str
    good_at: str
    photographs: bool
    licence: str
    licence_link: str
    commercial: Literal["yes", "limited", "no", "unknown"]
    bytes: Count
    numbers: Count
    network: Count
    pixels: Count
    file: str = ""
    kind: Literal["model", "vae", "segmenter"] = "model"
    terms: str = ""
    gated: bool = False
    t5: int = 0

    @property
    def lean(self) -> int:
        """Bytes to fetch without T5, in half precision."""
        return self.bytes - BYTES["half"] * self.t5

    def parts(self, *, t5: bool) -> dict[str, Weights]:
        """Its weights, with that text encoder or without; what isn't told apart counts as one."""
        parts = {"network": self.network, "t5": self.t5 * t5, "rest": self.numbers - self.network - self.t5}
        return {name: Weights(numbers) for name, numbers in parts.items()}


class Shelf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list that ships. known: when it was true, year and month."""

    known: str
    models: tuple[Known, ...]


@dataclass(frozen=True)
class Offered:
    """A model of the shelf on this machine.

    where      its folder or file, if it is here: what a request names it by; `own`: fetched by this program,
               so that it can be removed (core.models.hub.remove)
    begun      bytes that have come of one that isn't whole yet
    verdict    whether it fits;  lean: without T5, where the model can do without; None where it has none
    recommended    the first choice for photographs on this machine: at most one
    """

    known: Known
    where: Path | None
    own: bool
    begun: int
    verdict: Verdict
    lean: Verdict | None = None
    recommended: bool = False


def shelf() -> Shelf:
    """The list that ships with the program."""
    return msgspec.json.decode((models_folder() / "offered.json").read_bytes(), type=Shelf)


def offered(machine: Machine, home: Path | None = None) -> tuple[Offered, ...]:
    """The models of the shelf, best first for this machine: what fits, photographs, what draws none last.

    home: where models go, if not in `models_home()` alone. A processor is recommended the smallest; a
    graphics card the first that fits. Looks at the disk only.
    """
    told = sorted(
        (_here(known, machine, home) for known in shelf().models), key=lambda it: _rank(it, machine)
    )
    first = told[0]
    good = first.verdict.fit in (Fit.YES, Fit.TIGHT) and first.known.photographs
    return tuple(replace(it, recommended=good and it is first) for it in told)


def known_model(name: str) -> Known | None:
    """A model of the shelf by its name there or on the hub, however it is written; None for any other."""
    wanted = name.casefold()
    return next((it for it in shelf().models if wanted in (it.name.casefold(), it.repo.casefold())), None)


def known_fits(known: Known, machine: Machine, *, t5: bool = True) -> Verdict:
    """Whether a model of the shelf fits, with that text encoder or without."""
    if known.kind == "segmenter":
        return judged(segmenting(known.numbers), machine)
    return fits(known.parts(t5=t5), machine)


def _rank(it: Offered, machine: Machine) -> tuple[bool, int, bool, bool, int]:
    known = it.known
    slow = known.numbers if machine.device == "cpu" else 0
    fit = min(ORDER.index(verdict.fit) for verdict in (it.verdict, it.lean or it.verdict))
    return (known.kind != "model", fit, not known.photographs, known.gated, slow)


def _here(known: Known, machine: Machine, home: Path | None) -> Offered:
    homes = tuple(dict.fromkeys(filter(None, (home and home_of(known.repo, home), _home(known)))))
    where = next(_places(known, homes), None)
    own = where is not None and any(where in (mine, mine / known.file) for mine in homes)
    files = (file for mine in homes for file in mine.rglob("*") if file.is_file())
    begun = 0 if own else sum(file.stat().st_size for file in files)
    lean = known_fits(known, machine, t5=False) if known.t5 else None
    return Offered(known, where, own, begun, known_fits(known, machine), lean)


def _home(known: Known) -> Path:
    """Where it is fetched to, if nobody chose another place."""
    return home_of(known.repo, models_home() / ROOMS[known.kind])


def _places(known: Known, homes: tuple[Path, ...]) -> Iterator[Path]:
    """Where it lies whole: fetched, in the hub's cache, or as a file of another program."""
    if known.kind == "segmenter":
        yield from filter(is_segmenter, (*homes, *cached(known.repo.replace("/", "--"), SETTINGS)))
        return
    if known.file:
        mine = (home / known.file for home in homes)
        yield from (path for path in (*mine, *model_files()) if path.name == known.file and path.is_file())
        return
    yield from (path for path in (*homes, folder_of(known.repo)) if (path / INDEX).is_file())
