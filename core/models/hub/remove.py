"""Removing models that were fetched. No torch."""

import os
import shutil
from pathlib import Path

from core.errors import CoreError, InputError
from core.models.hub.repository import BESIDE, MARKS, home_of, is_hub_name, rooms
from core.models.offered import known_model
from core.text import expanded


def space(model: str, home: Path | None = None) -> int:
    """Bytes that removing a model frees. InputError as in `remove`."""
    place = _fetched(model, home)
    return sum(path.stat().st_size for path in (place, *place.rglob("*")) if path.is_file())


def remove(model: str, home: Path | None = None) -> int:
    """Delete a model that was fetched, whole or begun. Returns the bytes that this frees.

    model: its name on the hub or in the list that is offered, its folder or its file;  home: where models go,
    if not in `models_home()`. InputError for one that is anywhere but where this program keeps what it
    fetches; CoreError when the disk refuses.
    """
    place, freed = _fetched(model, home), space(model, home)
    try:
        if place.is_dir():
            for mark in MARKS:
                (place / mark).unlink(missing_ok=True)  # first: what is left of it is no model
            shutil.rmtree(place)
        else:
            place.unlink()
            if not any(place.parent.iterdir()):
                place.parent.rmdir()
    except OSError as error:
        raise CoreError(
            f"{model} can't be removed: {error.strerror or error}.", "Close what uses it, then try again."
        ) from error
    return freed


def _fetched(model: str, home: Path | None) -> Path:
    """The folder or file of a model below `home`, or in the program's own place."""
    known, places = known_model(model), rooms(home)
    repo = known.repo if known is not None else model
    if is_hub_name(repo) and (known is not None or not expanded(model).exists()):
        homes = [home_of(repo, room) for room in places]
        place = next((one for one in homes if one.exists()), homes[0])
    else:
        place = Path(os.path.abspath(expanded(model)))  # noqa: PTH100 - links are not followed
    inside = _is_home(place, places) or (_is_home(place.parent, places) and place.is_file())
    if not inside and place.exists():
        raise InputError(
            f"{model} was not fetched by this program, so it doesn't remove it.", f"Delete {place} yourself."
        )
    if place.is_symlink() or place.parent.is_symlink():
        raise InputError(f"{model} is a link to another place.", f"Delete {place} yourself.")
    if not place.exists():
        raise InputError(f"There is no fetched model “{model}”.", "“palimpsest models” lists what there is.")
    return place


def _is_home(place: Path, places: tuple[Path, ...]) -> bool:
    """Whether a path is the folder of a fetched repository."""
    return place.parent in places and place.name not in BESIDE.values() and place not in places
