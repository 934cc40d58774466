"""How much memory a large photograph takes beside the model: `python tests/bench/bench_memory.py`.

Every kind of photograph of every size in a process of its own, which loads the starter model, edits a small
picture, and then opens, edits and exports the large one. Each figure is the peak of the process's memory
during one step, less what it held after the small picture: all that the photograph costs, the results that
are still there included. Linux only. `--full` measures up to 100 megapixels and publishes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.request import EditRequest
from core.edit.result import EditResult
from core.models.catalog import folder_of
from core.photo.deep import Deep, edited
from core.photo.files.export import export_photo
from core.photo.files.open import open_photo
from core.photo.masks.mask import default_feather
from core.photo.photo import Photo
from core.photo.rect import Size
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures

FAST, FULL = (12,), (12, 24, 50, 100)  # megapixels
BUDGET = 20  # bytes a pixel: 2 GB for 100 megapixels
KINDS = {  # what is opened: its extension; bytes a channel, and channels
    "8 bits": (".jpg", 1, 3),
    "8 bits and alpha": (".png", 1, 4),
    "16 bits": (".tif", 2, 3),
    "16 bits and alpha": (".png", 2, 4),
}
STEPS = 4  # more take time, not memory
TURNED = 6  # the EXIF orientation of the photographs: as a telephone held upright takes them
AREAS = {"edit an area": ("auto", 0.1), "edit the whole": ("whole", 0.9)}  # and the mask's share of a side
EXPORTS = (".png", ".jpg", ".tif")


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory beside the model")
    parser.add_argument("--full", action="store_true", help=f"up to {FULL[-1]} megapixels, published")
    parser.add_argument("--measure", type=Path, metavar="PHOTO", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(peaks(options.measure)))
        return
    sizes = FULL if options.full else FAST
    with Course({kind: 8.0 * len(sizes) + 0.8 * sum(sizes) for kind in KINDS}) as course:
        figures = course.figures
        figures |= {"budget": BUDGET, "turned": TURNED, "rows": []}
        for kind in KINDS:
            for megapixels in course.each(kind, sizes):
                figures["rows"].append(measure(kind, megapixels))
                course.found(str(figures["rows"][-1]))
        figures["made"] = results.made("memory", course.began, folder_of("starter"))
    results.save("memory", figures, published=options.full)
    print(text(figures))
    if options.full:
        results.publish("memory", text(figures))


def measure(kind: str, megapixels: float) -> Figures:
    """The peaks, in bytes, of one photograph in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        path = photograph(Path(folder), kind, megapixels)
        command = [sys.executable, __file__, "--measure", str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {"kind": kind, "megapixels": megapixels, "peaks": json.loads(done.stdout.splitlines()[-1])}


def photograph(folder: Path, kind: str, megapixels: float) -> Path:
    """A picture file of 3 : 2, lying on its side, with something to encode in it."""
    extension, depth, channels = KINDS[kind]
    width, height = round((megapixels * 1.5e6) ** 0.5), round((megapixels / 1.5e-6) ** 0.5)
    tile = np.random.default_rng(0).integers(0, 256, (64, 64, channels), np.uint8)
    soft = np.asarray(Image.fromarray(tile).resize((512, 512), Image.Resampling.BICUBIC))
    pixels = np.tile(soft, (-(-height // 512), -(-width // 512), 1))[:height, :width]
    exif = Image.Exif()
    exif[0x0112] = TURNED
    colour, alpha = np.ascontiguousarray(pixels[..., :3]), pixels[..., 3] if channels == 4 else None
    photo = Photo(colour, alpha if depth == 1 else None, exif=exif.tobytes())
    deep = Deep(colour, colour, None if alpha is None else (alpha, alpha)) if depth == 2 else None
    export_photo(folder / f"in{extension}", colour, photo, deep=deep)
    return folder / f"in{extension}"


def peaks(path: Path) -> dict[str, int]:
    """The peak of every step in this process, in bytes above the rest."""
    engine, found = Engine(), dict[str, int]()
    small = np.random.default_rng(0).integers(0, 256, (256, 384, 3), np.uint8)
    for area, share in AREAS.values():  # what an edit brings in and keeps isn't the photograph's
        edit(engine, small, area, share)
    for kind in KINDS:  # nor are the decoders and encoders
        with tempfile.TemporaryDirectory() as folder:
            list(steps(engine, photograph(Path(folder), kind, 0.1)))
    rest = memory("VmRSS")
    lower_peak()
    for step in steps(engine, path):
        found[step] = memory("VmHWM") - rest
        lower_peak()
    return found


def steps(engine: Engine, path: Path) -> Iterator[str]:
    """Open, edit and export a photograph; hands back each step's name when it is done."""
    photo = open_photo(path)
    yield "open"
    result = deep = None
    for step, (area, share) in AREAS.items():
        del result, deep  # two at a time nobody holds
        result = edit(engine, photo.pixels, area, share)
        deep = edited(photo.deep, result.drawn, result.mask)
        yield step
    assert result is not None
    pixels, result = result.whole(photo.pixels)
    for extension in EXPORTS:
        export_photo(path.with_name(f"out{extension}"), pixels, photo, deep=deep)
        yield f"export {extension[1:].upper()}"


def edit(engine: Engine, pixels: np.ndarray, area: str, share: float) -> EditResult:
    """An edit through a painted ellipse that takes a share of each side."""
    request = EditRequest(photo="", query="a zebra", reference="a horse", model="starter", device="cpu")
    size = pixels.shape[1], pixels.shape[0]
    request = request.with_(steps=STEPS, area=area, feather=default_feather(size))
    return engine.run(request, pixels, ellipse(size, share))


def ellipse(size: Size, share: float) -> np.ndarray:
    mask = Image.new("L", size)
    box = [side * (1 + sign * share) / 2 for sign in (-1, 1) for side in size]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return np.array(mask)


def memory(figure: str) -> int:
    """A figure of this process, in bytes: VmRSS now, VmHWM its peak since `lower_peak`."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if figure in line]
    return int(line.split()[1]) * 1024


def lower_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def text(figures: Figures) -> str:
    columns = list(figures["rows"][0]["peaks"])
    rows = [
        [f"{row['kind']}, {row['megapixels']:g} MP"]
        + [f"{peak / 1e6:.0f}" for peak in row["peaks"].values()]
        + [f"{max(row['peaks'].values()) / row['megapixels'] / 1e6:.1f}"]
        for row in figures["rows"]
    ]
    return f"""## Memory beside the model

The peak of the process's memory in each step, in MB, less what it held with the starter model loaded and a
small picture edited. The photograph lies on its side and is turned upright. Of each side the mask takes
{AREAS["edit an area"][1]:.0%} for the area and {AREAS["edit the whole"][1]:.0%} for the whole.
Last column: the highest of them for each pixel, where 2 GB for 100 megapixels are {figures["budget"]}.

{results.table(["photograph", *columns, "bytes a pixel"], rows)}

{results.origin(figures)}
"""


if __name__ == "__main__":
    main()
