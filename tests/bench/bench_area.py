"""Is a small subject found, in the whole page, in a place that is looked for, and in a frame round it?

`make bench-area` asks for local edits of Storybook's pages whose one subject stands anywhere, by its width as
a share of the page's: IoU of what is found with what must change. `--widths`, `--formats`, `--pages` and
`--model` say of what; `--publish` writes docs/results, where lines of other widths and formats stay.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.models.catalog import folder_of
from core.photo import rect as rects
from core.photo.area import framed
from core.photo.rect import Rect
from resources import STARTER
from resources.starter.world import JUDGING_SEEDS, Edit, Scene, edits, sample
from resources.starter.world.place import SMALLEST, places
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook.cases import pages

SEEDS = JUDGING_SEEDS[600_000:]  # no other bench uses these
NEAR = 0.02  # of a width
ROUND = (1.7, 2.5)  # sides of a frame, in widths
ASPECTS = {"1:1": 1.0, "3:2": 3 / 2, "16:9": 16 / 9, "9:16": 9 / 16}
FORMATS = ("1:1 1024", "3:2 1024", "16:9 1024", "9:16 1024", "1:1 4096")  # with the longer side in pixels
SECONDS = 25.0  # of a page
DRAWN = 1024  # pixels that a page is drawn in at most; a larger one is that, enlarged


def chosen(width: float, count: int) -> list[tuple[Scene, Edit]]:
    """Scenes with one whole subject of about that width, each with a local edit of it."""
    found: list[tuple[Scene, Edit]] = []
    for seed in SEEDS[round(width * 100_000) :]:
        scene = replace(sample(seed), placing="anywhere")
        local = [one for one in edits(scene) if one.local]
        if len(scene.subjects) != 1 or not local:
            continue
        place = places(scene)[0]
        whole = place.width / 2 < place.x < 1 - place.width / 2 and place.base < 1
        if whole and abs(place.width - width) < NEAR:
            found.append((scene, local[int(np.random.default_rng([seed, 45]).integers(len(local)))]))
        if len(found) == count:
            break
    return found


def cropped(region: np.ndarray, aspect: float, rng: np.random.Generator) -> Rect:
    """Of a square page a largest part of that aspect that holds what must change, anywhere in it."""
    size = len(region)
    w, h = round(size * min(1.0, aspect)), round(size * min(1.0, 1 / aspect))
    x, y, across, down = rects.bounding_box(region) or rects.whole((size, size))
    return _start(x, across, w, size, rng), _start(y, down, h, size, rng), w, h


def _start(begin: int, length: int, room: int, size: int, rng: np.random.Generator) -> int:
    """Where a stretch of `room` begins that lies in `size` and holds this one, or lies in it."""
    low, high = sorted((begin + length - room, begin))
    return int(rng.integers(max(0, low), min(size - room, high) + 1))


def ways(page: np.ndarray, region: np.ndarray) -> dict[str, tuple[str | Rect, LookIn]]:
    """How the region is looked for: the area, and where."""
    found: dict[str, tuple[str | Rect, LookIn]] = {
        "whole page": ("whole", LookIn.WHOLE),
        "closer": ("whole", LookIn.ZOOM),
        "place": ("whole", LookIn.PLACE),
    }
    x, y, w, h = rects.bounding_box(region) or rects.whole((page.shape[1], page.shape[0]))
    for times in ROUND:
        half, (cx, cy) = times * max(w, h) / 2, (x + w / 2, y + h / 2)
        frame = framed((cx - half, cy - half), (cx + half, cy + half), (page.shape[1], page.shape[0]))
        found[f"frame of {times:g}"] = (frame, LookIn.AREA)
    return found


def enlarged(scene: Scene, one: Edit, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The square page, uint8 (size, size, 3), and what must change, bool (size, size)."""
    page, _, truth = pages(scene, one, min(size, DRAWN))
    if size > DRAWN:
        page = np.asarray(Image.fromarray(page).resize((size, size), Image.Resampling.LANCZOS))
        truth = np.asarray(Image.fromarray(truth).resize((size, size), Image.Resampling.NEAREST))
    return page, truth


def measure(
    engine: Engine, model: str, scene: Scene, one: Edit, size: int, aspect: float
) -> dict[str, float]:
    """IoU by the way that it was looked for, and the evaluations of the place."""
    square, truth = enlarged(scene, one, size)
    here = rects.slices(cropped(truth, aspect, np.random.default_rng([scene.geometry, 46])))
    page, region = np.ascontiguousarray(square[here]), truth[here]
    row: dict[str, float] = {}
    for name, (area, look_in) in ways(page, region).items():
        find = MaskRequest(look_in=look_in)
        words = EditRequest(
            photo="", reference=one.reference, query=one.query, seed=scene.geometry, model=model, find=find
        )
        found = engine.find(words.with_(area=area), page)
        mask = found.heat.mask(find, (page.shape[1], page.shape[0])).whole() >= 128
        row[name] = float((mask & region).sum() / max(1, (mask | region).sum()))
        if look_in is LookIn.PLACE:
            row["evaluations"] = found.evaluations.mask
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--widths", type=float, nargs="+", default=[0.16, 0.25, 0.35, 0.6])
    parser.add_argument("--formats", nargs="+", default=FORMATS, help="aspect and longer side: '16:9 1024'")
    parser.add_argument("--pages", type=int, default=4, help="of each width and format")
    parser.add_argument("--model", default=STARTER)
    parser.add_argument("--publish", action="store_true", help="write docs/results")
    parser.add_argument("--note", default="", help="what is to be said of these figures")
    given = parser.parse_args()
    kinds = [
        (one, width)
        for one in given.formats
        for width in given.widths
        if width * min(1.0, ASPECTS[one.split()[0]]) >= SMALLEST
    ]
    with Course({f"{one}, {width:g}": SECONDS * given.pages for one, width in kinds}) as course:
        engine, figures = Engine(), course.figures
        figures["rows"] = []
        figures["rows"].extend(row(course, engine, given, *kind) for kind in kinds)
        figures["made"] = results.made("area", course.began, folder_of(given.model))
    figures["note"] = given.note
    if given.publish:
        figures["rows"] = beside_others(figures["rows"])
    results.save("area", figures, published=given.publish)
    print(text(figures))
    if given.publish:
        results.publish("area", text(figures))


def beside_others(rows: list[Figures]) -> list[Figures]:
    """These lines and those that are published of other pages and widths, in the order of FORMATS."""
    known = {(one["page"], one["width"]): one for one in results.load("area")["rows"]}
    known |= {(one["page"], one["width"]): one for one in rows}
    return sorted(known.values(), key=lambda one: (FORMATS.index(str(one["page"])), one["width"]))


def row(
    course: Course, engine: Engine, given: argparse.Namespace, page: str, width: float
) -> dict[str, str | float]:
    """The table's line of pages of one format with subjects of one width."""
    named, size = page.split()
    aspect, name = ASPECTS[named], f"{page}, {width:g}"
    some = chosen(width * min(1.0, aspect), given.pages)
    found = [
        measure(engine, given.model, scene, edit, int(size), aspect)
        for scene, edit in course.each(name, some)
    ]
    means = {key: float(np.mean([one[key] for one in found])) for key in found[0]}
    course.found(f"{name}: {means}")
    return {"page": page, "width": width, "pages": len(found), **means}


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    rows = figures["rows"]
    scores = [key for key in max(rows, key=len) if key not in ("page", "width", "pages")]
    lines = [
        (
            row["page"],
            f"{row['width']:g}",
            str(row["pages"]),
            *(_said(row.get(key), 0 if key == "evaluations" else 2) for key in scores),
        )
        for row in rows
    ]
    named = ("evaluations of it" if one == "evaluations" else one for one in scores)
    return "\n".join(
        (
            "## Small subjects on large pages",
            "",
            "Storybook pages, by aspect and longer side in pixels, with one whole subject anywhere, by its "
            "width as a share of the page's: mean IoU of the found mask with what must change. It was looked "
            "for in the whole page, once; and closer, in frames round what was found, as is the default; at "
            "a place that the program looks for first (`--look-in place`, with its evaluations); and in a "
            f"frame drawn round the true place, of so many widths. Pages of more than {DRAWN} pixels are "
            "drawn in as many and enlarged.",
            "",
            results.table(["page", "width", "pages", *named], lines),
            "",
            *filter(None, (figures.get("note"),)),
            results.origin(figures),
        )
    )


def _said(value: float | None, digits: int) -> str:
    """Lines that are older than a way to look have no figure of it."""
    return "" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
