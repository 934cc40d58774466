"""A movie from request to file: frames drawn and kept, then written; an interrupted one goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import core
from core.causes import in_words, is_out_of_memory
from core.edit.evaluations import Evaluations
from core.edit.progress import Cancel
from core.edit.protocol import SeriesEngine
from core.edit.words.lora_tags import without_tags
from core.errors import Cancelled, CoreError, InputError
from core.models.identity import identity_of
from core.models.lora.named import with_loras_of, with_named_loras
from core.movie.film import Film, MovieStep
from core.movie.request import MovieRequest
from core.movie.store import FrameStore
from core.movie.writer import Look, check_output, write_movie
from core.photo.files.atomic import check_writable
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo, digest
from core.photo.rect import Size
from core.text import to_json


@dataclass(frozen=True)
class Movie:
    """A finished movie.

    request      with the digests of photo and mask filled in
    places       of the frames on the way from the first prompt (0) to the last, in the movie's order
    resumed      frames that an earlier run had finished
    evaluations  of this run;  altogether  of every run that had a part in it
    notices      what was noticed while the frames were drawn, each once
    """

    request: MovieRequest
    output: Path
    places: tuple[float, ...]
    resumed: int
    evaluations: Evaluations
    altogether: Evaluations
    seconds: float
    notices: tuple[str, ...] = ()


def make(
    request: MovieRequest,
    engine: SeriesEngine,
    photo: Photo | np.ndarray | None,
    mask: BoxedMask | np.ndarray | None,
    output: Path,
    on_step: Callable[[MovieStep], None] | None = None,
    cancel: Cancel | None = None,
) -> Movie:
    """Draw every frame that isn't kept already, write the movie, and drop the kept frames.

    photo: or uint8 (H, W, 3) in sRGB, None for a movie from the model alone; mask: or uint8 (H, W), None to
    find it. Raises InputError before anything is drawn for what can't be made or written, Cancelled, or a
    CoreError that says where the finished frames are.
    """
    photo, mask = None if photo is None else Photo.of(photo), None if mask is None else BoxedMask.of(mask)
    check(request, output, request.size if photo is None else photo.size)
    if output.suffix:
        check_writable(output)
    look = None if photo is None else Look(photo.profile, photo.alpha)
    began = time.perf_counter()
    request = _named(request, photo, mask)
    identity = identity_of(request.edit, prompts=request.texts)
    store = FrameStore(output, request, identity.digest if identity else "")
    store.prepare()
    film = Film(request, engine, store, photo, mask, on_step or _ignore, cancel or Cancel())
    try:
        places = film.places()
        write_movie(output, map(store.read, places), request.fps, look)
    except Cancelled:
        raise
    except Exception as error:  # also a fault of the program must not hide that the frames are there
        if not store.frames:
            raise
        raise _with_kept(error, store, request) from error
    finally:
        store.leave()
    seconds = time.perf_counter() - began
    movie = Movie(request, output, tuple(places), film.resumed, film.cost, store.cost, seconds, store.notices)
    store.remove()
    return movie


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
        "evaluations_of_all_runs": movie.altogether.as_dict(),
        "seconds": round(movie.seconds, 3),
        "notices": movie.notices,
    }
    return to_json(fields, readable=True)


def check(request: MovieRequest, output: Path, size: Size | None = None) -> None:
    """Raise InputError for what no movie can be made of, as far as its frames' (width, height) is known."""
    check_output(output, request.fps, size)
    if request.seed_is_idle:
        raise InputError(
            "The second seed would change nothing: this method starts from the picture's own noise.",
            "Add some variation, choose the edit-friendly solver or a method that draws anew, "
            "or leave the second seed out.",
        )


def _with_kept(error: Exception, store: FrameStore, request: MovieRequest) -> CoreError:
    """The error as a sentence, and where the finished frames are."""
    kept = f"{len(store.frames)} of {request.frames} frames are kept in “{store.folder.name}”"
    goes_on = f"{kept}; making the same movie again goes on from there."
    if isinstance(error, CoreError):
        return type(error)(error.message, f"{error.hint} {goes_on}".lstrip())
    if is_out_of_memory(error):
        return CoreError("There is not enough memory to go on.", f"Close other programs. {goes_on}")
    return CoreError(f"{in_words(error)}.", goes_on)


def _named(request: MovieRequest, photo: Photo | None, mask: BoxedMask | None) -> MovieRequest:
    """The request with its photo and its painted mask named by their digests, and LoRAs by their files.

    A model's weights are the same from the first frame to the last: so are the LoRAs of all its prompts.
    """
    name = "" if photo is None else photo.digest
    painted = None if mask is None or not request.edit.method.masked else digest(mask.whole())
    edit = with_loras_of(with_named_loras(request.edit), request.prompts)
    edit = edit.with_(photo=name, mask=painted, blend=None)
    return request.with_(edit=edit, prompts=tuple(map(without_tags, request.prompts)))


def _ignore(_: MovieStep) -> None:
    """Nobody watches."""
