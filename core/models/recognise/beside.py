"""What a file beside a model says of it: the YAML that trainers put there, as A1111 and ComfyUI read it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from core.models.files.documents import read_yaml


def prediction_beside(path: Path) -> str:
    """What the network predicts by the YAML of the same name: "epsilon", "v", or "" where it says nothing.

    InputError for a YAML that can't be read.
    """
    beside = path.with_suffix(".yaml")
    if not beside.is_file():
        return ""
    said = dict(leaves(read_yaml(beside)))
    told = said.get("parameterization")
    if isinstance(told, str) and told:
        return "v" if told == "v" else "epsilon"
    texts = (value for value in said.values() if isinstance(value, str))
    return "v" if any("VScaling" in text for text in texts) else ""  # SDXL's way to say it


def leaves(root: object) -> Iterator[tuple[str, object]]:
    """Each value of a tree, with the key it stands under; a branch that stands in many places comes once."""
    waiting, seen = [root], set[int]()
    while waiting:
        tree = waiting.pop()
        if id(tree) in seen:
            continue
        seen.add(id(tree))
        branches: Iterable[tuple[object, object]] = ()
        if isinstance(tree, dict):
            branches = cast("dict[object, object]", tree).items()
        elif isinstance(tree, list):
            branches = enumerate(cast("list[object]", tree))
        for key, value in branches:
            yield str(key), value
            waiting.append(value)
