"""Recipes of earlier versions, in the terms of today."""

from typing import cast

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.edit.look_in import LookIn
from core.edit.method import Method
from core.edit.weighted import PromptStyle

VERSION = 7
EARLIER = (1, 2, 3, 4, 5, 6)  # versions that are still read


def upgraded(fields: object) -> object:
    """A recipe of an earlier version in the terms of today: with the values that give the pixels of then."""
    if not isinstance(fields, dict):
        return fields
    then = cast("dict[str, object]", fields)
    if then.get("version") not in EARLIER:
        return then
    edit, search = dict[str, object](), dict[str, object](look_in=LookIn.WHOLE.value)
    if then["version"] != 6:
        search |= {"rule": Rule.DIFFERENCE.value}
    if then["version"] not in (5, 6):
        edit |= {"prompt_style": PromptStyle.PLAIN.value}
    if then["version"] not in (4, 5, 6):
        search |= {"settle": 0.05, "clamp": Clamp.PEAK.value, "threshold": 0.3, "windows": [0.22]}
    if then["version"] not in (3, 4, 5, 6):
        edit |= {"solver": Solver.DPM.value}
        search |= {"clamp": Clamp.MEAN.value, "threshold": 0.5}
        walked = then.get("method") in (Method.SDEDIT, Method.MASKED_SDEDIT)
        if walked and then.get("solver") == Solver.EDIT_FRIENDLY:
            then = {**then, "solver": Solver.DDIM.value}  # which is how it walked without an inversion
    if then["version"] == 1:
        edit |= {"solver": Solver.DDIM.value, "steps": 20}
        search |= {"snap": False, "settle": 0.0, "strength": 0.5}
    find = then.get("find", {})
    if isinstance(find, dict):
        find = search | cast("dict[str, object]", find)
    return {**edit, **then, "version": VERSION, "find": find}
