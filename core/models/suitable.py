"""Which model of this machine can edit a photograph. Headers only; no torch but the machine's."""

from collections.abc import Iterable
from pathlib import Path

from core.models.catalog import CatalogEntry, catalog
from core.models.memory.machine import Fit, Machine, fits
from core.models.offered import known_model
from resources import STARTER

BEST = (Fit.YES, Fit.TIGHT, Fit.UNKNOWN)


def suitable(given: Iterable[Path], machine: Machine) -> CatalogEntry | None:
    """The model on this machine that suits photographs best; None where there is none.

    given: folders and files that were used before, newest first; they come before equally good others.
    What can't be used, knows a small world only or doesn't fit is left out, and so is what is known to be
    made for anything but photographs.
    """
    able = [entry for entry in catalog(given) if _is_able(entry)]
    for fit in BEST:
        for entry in able:
            if fits(entry.parts, machine).fit is fit:
                return entry
    return None


def _is_able(entry: CatalogEntry) -> bool:
    known = known_model(entry.name)
    return (
        entry.kind != STARTER and not (entry.problem or entry.knows) and (known is None or known.photographs)
    )
