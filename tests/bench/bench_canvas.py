"""How long each tool of the canvas takes to be on the screen, at 50 megapixels: `make bench-canvas`.

Prints percentiles in milliseconds of event → document → overlay → paint, on the platform that Qt finds
(`QT_QPA_PLATFORM=offscreen` where there is no screen): of brush, eraser, edge-following brush, selection
tools and transform, the ants' steps, the mask's cuts, what is toggled, undo, edits accepted, hidden, dimmed
and taken back, whole repaints, pans and steps of the pyramid; by the clock, and in processor time of all
threads, which a busy machine disturbs less. A selection that is let go is made beside the window, and large
masks are shown in slices: told are the longest event from then on, and all of it until the mask is seen.
`--json` writes them for bench_window.py.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.document import commands, layer_commands
from core.document.order import Order
from core.edit.evaluations import Evaluations
from core.edit.request import EditRequest
from core.edit.result import EditResult, HeatMap, Working
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.rect import Rect
from editor.banner import Banner
from editor.brush import Brush
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.flows.masks.line import MaskLine
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tasks import Tasks
from editor.tint import Tint
from tests.bench.course import Course
from tests.bench.hand import (
    Times,
    ants,
    longest,
    pans,
    presses,
    repaints,
    selections,
    steps,
    stroke,
    transforms,
)

PYRAMID, MASK, EDITS = "pyramid", "mask and view", "edits"
SHARE = 0.05  # of the picture that an edit changes
SELECTIONS = "rectangle", "ellipse", "lasso", "gradient"
EDGES = (100, 1000)  # photo pixels of the edge-following brush
PERCENTILES = (50, 95, 99, 100)


def main() -> None:
    options = arguments()
    app = QApplication(sys.argv[:1])
    brush, tasks = Brush(Settings()), Tasks()
    document, canvas = opened(options.megapixels, brush)
    line = MaskLine(document, tasks, Banner(canvas), canvas)
    canvas.drawn.connect(line.draw)
    line.settled.connect(canvas.clear_lines)
    canvas.resize(*options.window)
    canvas.show()
    app.processEvents()
    print(f"{document.state.photo.width} × {document.state.photo.height} px, window {options.window}")
    zooms = {"fit": None, "100 %": 1.0, "400 %": 4.0}
    with Course(
        {PYRAMID: 5.0, **dict.fromkeys(zooms, 5.0 * len(options.sizes)), MASK: 5.0, EDITS: 5.0}
    ) as course:
        measure(course, app, canvas, brush, tasks, options.sizes, zooms)
    tasks.close()
    if options.json is not None:
        options.json.write_text(json.dumps(course.figures), encoding="utf-8")


def measure(
    course: Course,
    app: QApplication,
    canvas: Canvas,
    brush: Brush,
    tasks: Tasks,
    sizes: Sequence[float],
    zooms: Mapping[str, float | None],
) -> None:
    """What the canvas is asked for while someone works."""
    course.part(PYRAMID)
    report(course, "pyramid step", steps(canvas))
    for title, zoom in zooms.items():
        course.part(title, len(sizes))
        canvas.fit() if zoom is None else setattr(canvas, "zoom", zoom)
        app.processEvents()
        for size in sizes:
            brush.size = size
            for tool in ("brush", "eraser"):
                canvas.set_tool(tool)
                report(course, f"{title}, {tool} {size:g}", stroke(app, canvas))
            course.step()
        canvas.set_tool("brush")
        brush.edges = True
        for size in EDGES:
            brush.size = size
            report(course, f"{title}, edge brush {size:g}", stroke(app, canvas, 100))
        brush.edges = False
        for tool in SELECTIONS:
            canvas.set_tool(tool)
            events = 400 if tool == "lasso" else 40
            moves, most, whole = selections(app, canvas, tasks, events, 1 if tool == "lasso" else 5)
            report(course, f"{title}, {tool}", moves)
            report(course, f"{title}, {tool} let go", most)
            report(course, f"{title}, {tool} → mask seen", whole)
        report(course, f"{title}, transform", transforms(app, canvas))
        report(course, f"{title}, ants", ants(app, canvas))
        report(course, f"{title}, wand", presses(app, canvas))
        report(course, f"{title}: whole repaint", repaints(app, canvas))
        report(course, f"{title}: pan", pans(app, canvas))
    canvas.fit()
    for part, doings in ((MASK, cuts(canvas)), (EDITS, edits(canvas))):
        course.part(part, len(doings))
        for title, acts in doings.items():
            report(course, title, [longest(app, canvas, act) for act in acts])
            course.step()


def cuts(canvas: Canvas, times: int = 20) -> dict[str, list[Callable[[], object]]]:
    """What is done to mask and view by sliders, buttons and keys, each several times, zoomed to fit."""
    document, tint = canvas.document, canvas.tint

    def change(command: commands.Command) -> Callable[[], object]:
        return lambda: document.apply(command, "Change")

    ways = np.linspace(0.3, 0.7, times)
    toggled = [bool(i % 2) for i in range(times)]
    return {
        "threshold → paint": [change(commands.set_threshold(float(way))) for way in ways],
        "grow → paint": [change(commands.set_grow(float(40 * way))) for way in ways],
        "feathered at rest": [
            lambda radius=radius: feathered(canvas, radius) for radius in (58.0, 0.0) * (times // 2)
        ],
        "tint's strength → paint": [lambda way=way: setattr(tint, "opacity", float(way)) for way in ways],
        "mask shown and hidden": [lambda on=on: setattr(tint, "visible", on) for on in toggled],
        "compare on and off": [lambda on=on: canvas.set_compare(not on) for on in toggled],
        "invert": [change(commands.invert_mask())] * times,
        "undo": [document.undo] * times,
        "redo": [document.redo] * times,
    }


def edits(canvas: Canvas, times: int = 10) -> dict[str, list[Callable[[], object]]]:
    """What is done to edits of a twentieth of the picture each, with a feathered mask, zoomed to fit."""
    document = canvas.document
    results = [edit(document.state.mask.size, seed) for seed in range(times)]

    def order() -> Order:
        assert document.composite is not None
        return Order.of(document.state, document.composite, document.request(), document.mask())

    def change(command: Callable[[str], commands.Command]) -> None:
        document.apply(command(document.state.layers[-1].id), "Change")

    return {
        "edit accepted → paint": [
            lambda result=result: document.accept(order(), result, "Repaint") for result in results
        ],
        "edit hidden and shown": [
            lambda on=on: change(lambda layer: layer_commands.show_layer(layer, on))
            for on in (False, True) * (times // 2)
        ],
        "edit's opacity → paint": [
            lambda way=way: change(lambda layer: layer_commands.set_opacity(layer, float(way)))
            for way in np.linspace(0.3, 0.7, times)
        ],
        "edit undone": [document.undo] * times,
    }


def edit(size: tuple[int, int], seed: int) -> EditResult:
    """Noise in a box in the middle of the picture."""
    width, height = (round(side * SHARE**0.5) for side in size)
    box: Rect = ((size[0] - width) // 2 + seed * 9, (size[1] - height) // 2 + seed * 6, width, height)
    rows = np.zeros(size[::-1], np.uint8)
    rows[box[1] + 60 : box[1] + height - 60, box[0] + 60 : box[0] + width - 60] = 255
    mask = masks.feather(BoxedMask.of(rows), 20)
    drawn = np.random.default_rng(seed).integers(0, 256, (*mask.values.shape, 3), np.uint8)
    nothing = Evaluations(), {}, Working(8, 8)
    pixels = drawn  # the paste was made where it was drawn
    return EditResult(EditRequest(photo="", query=""), pixels, drawn, mask, None, (), *nothing, "cpu")


def feathered(canvas: Canvas, radius: float) -> None:
    """What a rest of the hand does."""
    for part in canvas.scene.overlay.feather(radius):
        canvas.update(canvas.viewport.covering(part))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=50)
    parser.add_argument("--window", type=int, nargs=2, default=(1600, 1000))
    parser.add_argument("--sizes", type=float, nargs="+", default=(20, 100, 400, 2000))
    parser.add_argument("--json", type=Path, help="a file for the figures")
    return parser.parse_args()


def opened(megapixels: float, brush: Brush) -> tuple[Document, Canvas]:
    """A noisy photo with a found region and an erased corner: every layer has work to do."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(height * 1.5)
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    pixels.setflags(write=False)
    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    heat = HeatMap(np.exp(-((x - 40) ** 2 + (y - 30) ** 2) / 200).astype(np.float32))
    document = Document()
    document.open(Photo(pixels))
    document.apply(commands.set_heat(heat), "Find")
    document.apply(commands.erase((0, 0, 2000, 2000), np.full((2000, 2000), 200, np.uint8)), "Erase")
    return document, Canvas(document, brush, Tint(Settings()), Selecting(Settings()))


def report(course: Course, title: str, times: list[Times]) -> None:
    """Keep and print the percentiles, in milliseconds."""
    clock, processor = (np.percentile(np.array(one) * 1e3, PERCENTILES) for one in zip(*times, strict=True))
    course.figures[title] = {"clock": [*map(float, clock)], "processor": [*map(float, processor)]}
    texts = (
        "  ".join(f"p{n} {value:6.2f}" for n, value in zip(PERCENTILES, one, strict=True))
        for one in (clock, processor)
    )
    course.found(f"{title:28} clock {next(texts)}   processor {next(texts)} ms")


if __name__ == "__main__":
    main()
