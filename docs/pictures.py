"""Draws the README's example edit with the model that ships: before, heat map, mask, after, and by ten seeds.

python docs/pictures.py
"""

from pathlib import Path

import numpy as np
from PIL import Image

from core.edit.engine import Engine
from core.edit.request import EditRequest
from core.models.ways import begun
from core.photo.files.open import open_photo
from core.photo.masks.colormap import inferno
from core.photo.masks.mask import default_feather
from resources import samples_folder

IMAGES = Path(__file__).parent / "images"
SIDE = 256  # pixels, as shown in the README
SEEDS, ROW = range(10), 5


def main() -> None:
    photo = open_photo(samples_folder() / "horse-on-a-meadow.png")
    plain = EditRequest(photo="", reference="a horse", query="a zebra")
    request = begun(plain.with_(feather=default_feather((photo.width, photo.height))), {})
    engine = Engine()
    result = engine.run(request, photo.pixels)
    assert result.heat is not None
    _save("before", photo.pixels)
    _save("heat", inferno(result.heat.values))
    _save("mask", result.mask.whole())
    _save("after", result.on(photo.pixels))
    drawn = [engine.run(request.with_(seed=seed), photo.pixels).on(photo.pixels) for seed in SEEDS]
    rows = [np.hstack(drawn[i : i + ROW]) for i in range(0, len(drawn), ROW)]
    _save("seeds", np.vstack(rows), (SIDE * ROW // 2, SIDE * len(rows) // 2))


def _save(name: str, pixels: np.ndarray, size: tuple[int, int] = (SIDE, SIDE)) -> None:
    image = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
    image.quantize(256).save(IMAGES / f"edit-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
