"""Whether a model knows the world that a picture is of: both front ends warn where it doesn't. No torch."""

from pathlib import Path

from resources import samples_folder


def is_sample(path: Path | None) -> bool:
    """Whether a picture is one of those that ship, which are of the starter's world."""
    return path is not None and path.absolute().parent.resolve() == samples_folder().resolve()


def out_of_place(knows: str, path: Path | None) -> bool:
    """Whether a picture is none of the small world that a model knows, which makes nothing of it.

    knows  the model's own sentence of it (`core.edit.result.ModelInfo.knows`), "" when it knows all the world
    path   the picture's file; None for one that was pasted
    """
    return bool(knows) and not is_sample(path)


def world(knows: str) -> str:
    """What the small world is, in a few words, without the list of what is in it."""
    return knows.partition(":")[0].rstrip(".")
