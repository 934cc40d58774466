"""What a large photograph costs by its size: `python tests/bench/bench_large.py`.

Opened, searched and edited in a part of it, with the starter model: seconds by the clock and of the
processor of each stage, without what the model's own parts take. `--megapixels` names the sizes; `--full`
writes docs/results/large.json and its section of docs/results.md.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.document.composite import Composite
from core.document.mask import Mask
from core.document.order import Order
from core.document.state import State
from core.edit.engine import Engine
from core.edit.progress import Stage
from core.edit.request import EditRequest
from core.models.backbone import Backbone
from core.photo.files.open import first_look, open_photo
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.mask import default_feather
from core.photo.photo import Photo
from resources import starter_folder
from tests.bench import results
from tests.bench.bench_memory import ellipse, photograph
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook.timing import model_of

Done = TypeVar("Done")
Spent = tuple[float, float | None]  # by the clock, and of the processor where it was asked
SIZES = (12.0, 24.0, 50.0)  # megapixels
SHARE = 0.05  # of the photograph, masked
STEPS = 4  # more are the network's alone
MODEL_PARTS = ("predict", "encode", "decode", "text")
PASTING = "pasting of the second edit"
AIMS = {  # (stage, megapixels) → at most how many seconds are aimed at
    ("first look", 24.0): 0.3,
    ("first look", 50.0): 0.3,
    ("open", 24.0): 0.8,
    ("open", 50.0): 1.5,
    ("first edit", 24.0): 0.5,
    (PASTING, 24.0): 0.2,
    ("show its box", 50.0): 0.033,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="+", default=SIZES)
    parser.add_argument("--full", action="store_true", help="write docs/results")
    options = parser.parse_args()
    engine = Engine()
    small = np.random.default_rng(0).integers(0, 256, (256, 384, 3), np.uint8)
    engine.run(asked(Photo(small)), small, ellipse((384, 256), 0.3))  # what is loaded and warmed late
    with Course({f"{size:g} MP": 3 + 0.3 * size for size in options.megapixels}) as course:
        for size in options.megapixels:
            course.part(f"{size:g} MP")
            course.figures[f"{size:g}"] = stages(engine, size)
        figures = {"sizes": {f"{size:g}": course.figures[f"{size:g}"] for size in options.megapixels}}
        figures["made"] = results.made("large", course.began, starter_folder())
    results.save("large", figures, published=options.full)
    print(text(figures))
    if options.full:
        results.publish("large", text(figures))


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    sizes: dict[str, dict[str, Spent]] = figures["sizes"]
    lines = [
        [name, *(_cell(name, float(size), rows[name]) for size, rows in sizes.items())]
        for name in next(iter(sizes.values()))
    ]
    return "\n\n".join(
        (
            "## Large photographs",
            f"Each stage without the model's own parts, {SHARE:.0%} of the photograph masked, in seconds by "
            "the clock (of the processor), beside the aim where there is one; an aim that is missed is bold.",
            results.table(["", *(f"{size} MP" for size in sizes)], lines),
            results.origin(figures),
        )
    )


def _cell(name: str, size: float, spent: Spent) -> str:
    wall, processor = spent
    aim = AIMS.get((name, size))
    said = f"{wall:.3f}" if processor is None else f"{wall:.3f} ({processor:.3f})"
    if aim is None:
        return said
    return f"{said}, ≤ {aim:g}" if wall <= aim else f"**{said}, ≤ {aim:g}**"


def stages(engine: Engine, megapixels: float) -> dict[str, Spent]:
    """Each stage's seconds by the clock and of the processor, outside the model."""
    clock = Clock(model_of(engine))
    with tempfile.TemporaryDirectory() as folder:
        path = photograph(Path(folder), "8 bits", megapixels)
        clock.time("first look", lambda: first_look(path))
        photo = clock.time("open", lambda: open_photo(path))
    clock.time("digest", lambda: photo.digest)
    side = (SHARE * 4 / np.pi) ** 0.5
    request, mask = asked(photo), ellipse(photo.size, side)
    clock.time("find", lambda: engine.find(request, photo))
    clock.time("find again", lambda: engine.find(request, photo))
    clock.time("first edit", lambda: engine.run(request, photo, mask))
    result = clock.time("second edit", lambda: engine.run(request.with_(query="a cow"), photo, mask))
    clock.rows[PASTING] = result.seconds[Stage.PASTING], None  # its own watch has no other
    state = State(photo, mask=Mask(photo.size), draft=request)
    order = Order.of(state, Composite(photo), result.request, BoxedMask.of(mask))
    state = clock.time("accept", lambda: order.arrives(result)(state))
    shown = Composite(photo).under(state.layers)
    clock.time("show its box", lambda: shown.crop(result.box))
    clock.time("show all of it", shown.whole)
    clock.stop()
    return clock.rows


def asked(photo: Photo) -> EditRequest:
    request = EditRequest(photo="", query="a zebra", reference="a horse", model="starter", device="cpu")
    return request.with_(steps=STEPS, feather=default_feather(photo.size))


class Clock:
    """Times stages, and takes off what the model's own parts take meanwhile."""

    def __init__(self, model: Backbone) -> None:
        self.rows: dict[str, Spent] = {}
        self._model, self._inside = model, (0.0, 0.0)
        for name in MODEL_PARTS:
            setattr(model, name, self._counted(getattr(model, name)))

    def stop(self) -> None:
        for name in MODEL_PARTS:
            delattr(self._model, name)

    def time(self, name: str, act: Callable[[], Done]) -> Done:
        self._inside = 0.0, 0.0
        began = now()
        done = act()
        wall, processor = (b - a - c for a, b, c in zip(began, now(), self._inside, strict=True))
        self.rows[name] = wall, processor
        return done

    def _counted(self, part: Callable[..., Done]) -> Callable[..., Done]:
        def call(*given: object, **named: object) -> Done:
            began = now()
            try:
                return part(*given, **named)
            finally:
                wall, processor = (c + b - a for a, b, c in zip(began, now(), self._inside, strict=True))
                self._inside = wall, processor

        return call


def now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main()
