"""A movie from request to file: frames drawn and kept, then written; an interrupted one goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

import core
from core.edit.progress import Cancel
from core.edit.request import Evaluations
from core.errors import CoreError
from core.movie.film import Draws, Film, Step
from core.movie.request import MovieRequest
from core.movie.store import Store
from core.movie.writer import check_output, write_movie
from core.photo.photo import digest


@dataclass(frozen=True)
class Movie:
    """A finished movie.

    request      with the digests of photo and mask filled in
    places       of the frames on the way from the first prompt (0) to the last, in the movie's order
    evaluations  of this run;  resumed  frames that an earlier run had finished
    """

    request: MovieRequest
    output: Path
    places: tuple[float, ...]
    resumed: int
    evaluations: Evaluations
    seconds: float


def make(
    request: MovieRequest,
    engine: Draws,
    pixels: np.ndarray | None,
    mask: np.ndarray | None,
    output: Path,
    on_step: Callable[[Step], None] | None = None,
    cancel: Cancel | None = None,
) -> Movie:
    """Draw every frame that isn't kept already, write the movie, and drop the kept frames.

    pixels: uint8 (H, W, 3), None for a movie from the model alone; mask: uint8 (H, W), None to find it.
    Raises InputError before anything is drawn where the output can't be written, Cancelled, or a CoreError
    that says where the finished frames are.
    """
    check_output(output)
    began = time.perf_counter()
    request = _named(request, pixels, mask)
    store = Store(output, request)
    film = Film(request, engine, store, pixels, mask, on_step or _ignore, cancel or Cancel())
    try:
        places = film.places()
        write_movie(output, map(store.read, places), request.fps)
    except CoreError as error:
        if not store.frames:
            raise
        kept = f"{len(store.frames)} of {request.frames} frames are kept in “{store.folder.name}”"
        hint = f"{error.hint} {kept}; making the same movie again goes on from there.".lstrip()
        raise type(error)(error.message, hint) from error
    store.remove()
    seconds = time.perf_counter() - began
    return Movie(request, output, tuple(places), film.resumed, film.cost, seconds)


def movie_report(movie: Movie, model: str) -> bytes:
    """Readable JSON, UTF-8. model: the loaded model's name."""
    fields: dict[str, object] = {
        "palimpsest": core.__version__,
        "movie": movie.request,
        "model": model,
        "frames": len(movie.places),
        "resumed": movie.resumed,
        "places": [round(place, 6) for place in movie.places],
        "evaluations": movie.evaluations.as_dict(),
        "seconds": round(movie.seconds, 3),
    }
    return msgspec.json.format(msgspec.json.encode(fields), indent=2)


def _named(request: MovieRequest, pixels: np.ndarray | None, mask: np.ndarray | None) -> MovieRequest:
    """The request with its photo and its painted mask named by their digests."""
    photo = "" if pixels is None else digest(pixels)
    painted = None if mask is None or not request.edit.method.masked else digest(mask)
    return request.with_(edit=request.edit.with_(photo=photo, mask=painted, blend=None))


def _ignore(_: Step) -> None:
    """Nobody watches."""
