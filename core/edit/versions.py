"""Recipes of earlier versions, in the terms of today."""

from typing import cast

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.edit.look_in import LookIn
from core.edit.method import Method
from core.edit.words.weighted import PromptStyle

VERSION = 9
EARLIER = (1, 2, 3, 4, 5, 6, 7, 8)  # versions that are still read


def upgraded(fields: object) -> object:
    """A recipe of an earlier version in the terms of today: with the values that give the pixels of then."""
    if not isinstance(fields, dict):
        return fields
    then = cast("dict[str, object]", fields)
    if then.get("version") not in EARLIER:
        return then
    version = cast("int", then["version"])
    edit, search = dict[str, object](), dict[str, object](look_in=LookIn.AREA.value)
    if version < 8:
        search |= {"centre": False}
    if version < 7:
        search |= {"look_in": LookIn.WHOLE.value}
    if version < 6:
        search |= {"rule": Rule.DIFFERENCE.value}
    if version < 5:
        edit |= {"prompt_style": PromptStyle.PLAIN.value}
    if version < 4:
        search |= {"settle": 0.05, "clamp": Clamp.PEAK.value, "threshold": 0.3, "windows": [0.22]}
    if version < 3:
        edit |= {"solver": Solver.DPM.value}
        search |= {"clamp": Clamp.MEAN.value, "threshold": 0.5}
        walked = then.get("method") in (Method.SDEDIT, Method.MASKED_SDEDIT)
        if walked and then.get("solver") == Solver.EDIT_FRIENDLY:
            then = {**then, "solver": Solver.DDIM.value}  # which is how it walked without an inversion
    if version < 2:
        edit |= {"solver": Solver.DDIM.value, "steps": 20}
        search |= {"snap": False, "settle": 0.0, "strength": 0.5}
    find = then.get("find", {})
    if isinstance(find, dict):
        find = search | cast("dict[str, object]", find)
    return {**edit, **then, "version": VERSION, "find": find}
