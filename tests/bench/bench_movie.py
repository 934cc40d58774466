"""Flicker of season movies: how much neighbouring frames differ where the truth stands still.

Storybook trees (unseen in training) go from spring to winter over the whole picture (encode–decode), three
ways: every frame from the same encoded picture, chained, and with fresh noise for every frame. What stands
still is known: pixels in which the four true seasons are the same.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np

from core.edit.engine import Engine
from core.edit.method import Method
from core.models.catalog import folder_of
from core.movie import film
from core.movie.drift import to_lab
from core.movie.film import MovieStep
from core.movie.make import make
from core.movie.request import MovieRequest, Steady
from core.movie.spacing import even
from resources.starter.world import JUDGING_SEEDS, Change, Scene, edit, render
from resources.starter.world.scene import SEASONS, Subject
from tests.bench import results
from tests.bench.course import Course
from tests.bench.storybook import study

SIZE = 64
PROMPTS = tuple(f"a tree in {season}" for season in SEASONS)
WAYS = (
    "same picture",
    "chained",
    "chained, colours not held",
    "fresh noise a frame",
    "same picture, in the tree's mask",
)
FULL = (12, 4)  # scenes, and frames from one season to the next


def movie(frames_a_way: int, **changes: object) -> MovieRequest:
    whole = study.request(reference=PROMPTS[0], method=Method.ENCODE_DECODE)
    return MovieRequest(whole, PROMPTS, seconds=1.0, fps=frames_a_way).with_(**changes)


def frames(engine: Engine, scene: Scene, way: str, frames_a_way: int) -> tuple[list[np.ndarray], int]:
    """The frames of one way to make the movie, and the evaluations that it took."""
    photo, masks = render(scene, SIZE)
    request, mask = movie(frames_a_way), None
    if way.startswith("chained"):
        request = request.with_(steady=Steady.CHAINED)
    elif "mask" in way:
        request, mask = movie(frames_a_way, edit=request.edit.with_(method=Method.DIFFEDIT)), _grown(masks[0])
    elif way == "fresh noise a frame":
        asked = [request.at(place) for place in even(request.ways, frames_a_way)]
        fresh = (one.with_(method=Method.SDEDIT, seed=seed) for seed, one in enumerate(asked))
        drawn = [engine.run(one, photo) for one in fresh]
        return [one.pixels for one in drawn], sum(one.evaluations.total for one in drawn)
    free = way == "chained, colours not held"
    loose = patch.object(film, "hold", lambda drawn, *_: drawn) if free else nullcontext()
    with tempfile.TemporaryDirectory() as folder, loose:
        kept: list[tuple[float, np.ndarray]] = []
        made = make(request, engine, photo, mask, Path(folder) / "m.gif", lambda step: _keep(step, kept))
    return [pixels for _, pixels in sorted(kept, key=lambda pair: pair[0])], made.evaluations.total


def _keep(step: MovieStep, kept: list[tuple[float, np.ndarray]]) -> None:
    if step.frame is not None:
        kept.append((step.frame.place, step.frame.pixels))


def _grown(mask: np.ndarray) -> np.ndarray:
    from scipy.ndimage import binary_dilation

    return binary_dilation(mask, iterations=3).astype(np.uint8) * 255


def still(scene: Scene) -> np.ndarray:
    """Boolean (SIZE, SIZE): pixels that are the same in all four true seasons."""
    seasons = [render(edit(scene, Change(look=look)), SIZE)[0].astype(int) for look in SEASONS]
    return np.all([np.abs(one - seasons[0]).max(axis=-1) == 0 for one in seasons[1:]], axis=0)


def judge(pictures: Sequence[np.ndarray], still_: np.ndarray) -> dict[str, float]:
    """flicker and drift: mean |ΔRGB| (of 255) where nothing changes, neighbours and first to last;
    colour: distance of the Lab means there, first to last; moving: mean |ΔRGB| of neighbours elsewhere."""
    rgb = [picture.astype(float) for picture in pictures]
    steps = [np.abs(a - b).mean(axis=-1) for a, b in pairwise(rgb)]
    first, last = (to_lab(pictures[i])[still_].mean(axis=0) for i in (0, -1))
    return {
        "flicker": float(np.mean([step[still_].mean() for step in steps])),
        "drift": float(np.abs(rgb[0] - rgb[-1])[still_].mean()),
        "colour": float(np.linalg.norm(last - first)),
        "moving": float(np.mean([step[~still_].mean() for step in steps])),
    }


def measure(course: Course, scenes: int, frames_a_way: int) -> None:
    engine, rows = Engine(), list[results.Figures]()
    course.figures |= {"scenes": scenes, "frames": 3 * frames_a_way + 1, "ways": rows}
    trees = [Scene(seed, (Subject("tree", "spring"),), "meadow") for seed in JUDGING_SEEDS[:scenes]]
    for way in WAYS:
        judged, cost = [], 0
        for scene in course.each(way, trees):
            pictures, evaluations = frames(engine, scene, way, frames_a_way)
            judged.append(judge(pictures, still(scene)))
            cost += evaluations
        mean = {name: round(float(np.mean([one[name] for one in judged])), 3) for name in judged[0]}
        rows.append({"way": way, **mean, "evaluations_a_frame": round(cost / scenes / len(pictures), 1)})
        course.found(str(rows[-1]))


def text(figures: results.Figures) -> str:
    header = [
        "every frame from",
        "flicker",
        "first to last",
        "colour, ΔE",
        "where it moves",
        "evaluations a frame",
    ]
    rows = [
        [
            row["way"],
            *(f"{row[name]:.2f}" for name in ("flicker", "drift", "colour", "moving")),
            f"{row['evaluations_a_frame']:g}",
        ]
        for row in figures["ways"]
    ]
    return "\n\n".join(
        (
            "## Movies: flicker",
            f"Trees of Storybook (scenes: {figures['scenes']}, none of them trained on) go from spring"
            f" to winter in {figures['frames']} frames. Flicker is the mean difference of neighbouring"
            " frames, of 255, where the four true seasons are the same; beside it the same from the first"
            " frame to the last, the distance of the mean colours there in Lab, and the difference of"
            " neighbours elsewhere.",
            results.table(header, rows),
            results.origin(figures),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL[0]} scenes, and write docs/results")
    chosen = parser.parse_args()
    scenes, frames_a_way = FULL if chosen.full else (1, 2)
    with Course(dict.fromkeys(WAYS, 1.0 * scenes * (3 * frames_a_way + 1))) as course:
        measure(course, scenes, frames_a_way)
        figures = course.figures
        figures["made"] = results.made("movie", course.began, folder_of("starter"))
    results.save("movie", figures, published=chosen.full)
    print(f"\n{text(figures)}")
    if chosen.full:
        results.publish("movie", text(figures))


if __name__ == "__main__":
    main()
