"""The data set: Storybook pages with their captions, drawn once, in parts, and kept as bytes.

Pages come in pairs: a scene and its twin, the same geometry with one attribute changed.
"""

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resources.starter import world
from resources.starter.world import JUDGING_SEEDS, TRAINING_SEEDS, Scene, captions, lesson, render, sample

PART = 2000
"""Pages drawn at a time: some minutes of two cores."""


@dataclass(frozen=True)
class Pictures:
    """Pages `(N, size, size, 3)`, uint8, and the captions of each."""

    pixels: NDArray[np.uint8]
    captions: list[list[str]]

    @property
    def size(self) -> int:
        return self.pixels.shape[1]


def draw(count: int, size: int, processes: int, first: int = 0) -> Pictures:
    """`count` pages from the `first` on, each scene before its twin; always of the same training seeds."""
    seeds = TRAINING_SEEDS[first // 2 : (first + count) // 2]
    scenes = [scene for seed in seeds for scene in lesson(seed)]
    page = partial(_page, size=size)
    if processes == 1:
        pages = [page(scene) for scene in scenes]
    else:
        with ProcessPoolExecutor(processes) as pool:
            pages = list(pool.map(page, scenes, chunksize=64))
    return Pictures(np.stack(pages), [captions(scene) for scene in scenes])


def held_out(count: int, size: int, start: int = 0) -> Pictures:
    """Scenes from the judging seeds, for measuring only."""
    scenes = [sample(seed) for seed in JUDGING_SEEDS[start : start + count]]
    return Pictures(np.stack([_page(one, size) for one in scenes]), [captions(one) for one in scenes])


def origin(count: int, size: int) -> str:
    """What decides `count` pages and their captions, in short: what was computed of others is not theirs."""
    return f"world {fingerprint()}, {count} pages of {size} px"


def cached(folder: Path, count: int, size: int, processes: int) -> Pictures:
    """The first `count` pages, from the parts kept in `folder`; those that are missing are drawn and kept."""
    parts = [
        _part(folder, first, min(PART, count - first), size, processes) for first in range(0, count, PART)
    ]
    return Pictures(
        np.concatenate([part.pixels for part in parts]), [said for part in parts for said in part.captions]
    )


def _part(folder: Path, first: int, count: int, size: int, processes: int) -> Pictures:
    path = folder / f"{first:06d}.npz"
    if path.exists():
        with np.load(path) as stored:
            if str(stored["world"]) == fingerprint() and stored["pixels"].shape[1] == size:
                found = Pictures(stored["pixels"], json.loads(str(stored["captions"])))
                if len(found.pixels) >= count:
                    return Pictures(found.pixels[:count], found.captions[:count])
    drawn = draw(count, size, processes, first)
    folder.mkdir(parents=True, exist_ok=True)
    told, unfinished = np.array(json.dumps(drawn.captions)), path.with_suffix(".new")
    with unfinished.open("wb") as file:
        np.savez(file, pixels=drawn.pixels, captions=told, world=np.array(fingerprint()))
    unfinished.replace(path)
    return drawn


def fingerprint() -> str:
    """The first digits of a SHA-256 over the world's own code: another world, other pages."""
    digest = hashlib.sha256()
    for file in sorted(Path(world.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _page(scene: Scene, size: int) -> NDArray[np.uint8]:
    return render(scene, size)[0]
