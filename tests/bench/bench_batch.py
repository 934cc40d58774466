"""Pictures per minute: a loop of `palimpsest edit` against batches with one and two workers.

The sample pictures under one recipe on the starter model. `--full` takes more of them and publishes
docs/results/batch.json and its section of docs/results.md.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.batch.report import STAGES
from resources import starter_folder
from tests.bench import results
from tests.bench.course import Course
from tests.bench.storybook.study import request

SAMPLES = results.ROOT / "resources" / "samples"
RECIPE = request(query="a zebra", reference="a horse", feather=5, device="cpu")
FULL, FAST = 6, 2  # pictures
WORKERS = (1, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL} samples, and write docs/results")
    full = parser.parse_args().full
    pictures = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".png", ".jpg"))
    some = pictures[: FULL if full else FAST]
    parts = {"loop": 8.0 * len(some), **{f"{n} at a time": 10.0 + 2.0 * len(some) for n in WORKERS}}
    with tempfile.TemporaryDirectory() as name, Course(parts) as course:
        measure(course, some, Path(name))
        figures = course.figures
        figures["made"] = results.made("batch", course.began, starter_folder())
    results.save("batch", figures, published=full)
    print(f"\n{text(figures)}")
    if full:
        results.publish("batch", text(figures))


def measure(course: Course, pictures: list[Path], folder: Path) -> None:
    """One way after the other, each from a standing start."""
    course.part("loop")
    photos, recipe = folder / "photos", folder / "recipe.json"
    photos.mkdir()
    for path in pictures:
        shutil.copy(path, photos)
    recipe.write_bytes(RECIPE.to_json())
    loop = _seconds(*([["edit", path, "--recipe", recipe, "-o", folder / path.name] for path in pictures]))
    ways = course.figures["ways"] = {"loop": {"seconds": loop}}
    for workers in WORKERS:
        course.part(f"{workers} at a time")
        out = folder / f"out{workers}"
        seconds = _seconds(["batch", recipe, photos, "-o", out, "--workers", str(workers)])
        told = json.loads((out / "batch.json").read_text())
        assert told["done"] == len(pictures), told
        each = [outcome["seconds"] for outcome in told["outcomes"]]
        stages = {stage: sum(one.get(stage, 0.0) for one in each) / len(each) for stage in STAGES}
        ways[str(workers)] = {"seconds": seconds, "stages": stages}
    for way in ways.values():
        way["per_minute"] = 60 * len(pictures) / way["seconds"]
    course.figures |= {"pictures": len(pictures), "evaluations": told["evaluations"]["total"]}


def _seconds(*commands: list[object]) -> float:
    began = time.perf_counter()
    for words in commands:
        subprocess.run([sys.executable, "-m", "editor", *map(str, words)], check=True, cwd=results.ROOT)
    return time.perf_counter() - began


def text(figures: results.Figures) -> str:
    """The section of docs/results.md."""
    ways, n = figures["ways"], figures["pictures"]
    names = {"loop": "a loop of `palimpsest edit`", "1": "batch, one worker", "2": "batch, two workers"}
    rows = [
        [
            name,
            f"{ways[key]['seconds']:.0f}",
            f"{ways[key]['per_minute']:.1f}",
            f"{ways[key]['per_minute'] / ways['loop']['per_minute']:.2f} ×",
        ]
        for key, name in names.items()
    ]
    costs = [[names[key], *(f"{ways[key]['stages'][stage]:.2f}" for stage in STAGES)] for key in ("1", "2")]
    labels = ("load, shared", "open", "mask", "encode", "decode", "paste", "write")
    return "\n\n".join(
        (
            "## Many pictures",
            f"{n} samples (512 × 512 px), {figures['evaluations'] / n:.0f} evaluations each, on the CPU;"
            " every way starts from nothing, so that each pays for its processes, libraries and models.",
            results.table(["way", "seconds", "pictures a minute", "against the loop"], rows),
            "Seconds per picture, by stage (loading is the model's, spread over the pictures):",
            results.table(["", *labels], costs),
            results.origin(figures),
        )
    )


if __name__ == "__main__":
    main()
