"""Whether Krita shows a project as we do: `make bench-ora`.

Projects with layers that overlap, fade and hide, over an opaque photo, one that lets through, one of 16 bits
and one in another colour space, exported by Krita's own command line under Xvfb and compared with the picture
as shown, in sRGB.
"""

import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.document.composite import Composite
from core.document.history import UndoEntry
from core.document.layer import Layer, Variant
from core.document.mask import Mask
from core.document.state import State
from core.photo.deep import Deep
from core.photo.photo import Photo
from core.project.journal import Snapshot
from core.project.ora.write import Origin, save_project
from tests.core.profiles import D65, colorants, gamma, profile

WIDTH, HEIGHT = 900, 600
TIMEOUT = 300  # seconds of one export


def main() -> None:
    missing = [name for name in ("krita", "xvfb-run") if shutil.which(name) is None]
    if missing:
        print(f"Nothing was compared: {' and '.join(missing)} can't be found (apt install krita xvfb).")
        return
    with TemporaryDirectory() as name:
        for kind, photo in photos().items():
            print(f"{kind}: {compared(Path(name), kind, photo)}")


def photos() -> dict[str, Photo]:
    """The same gradients, opaque and not, of 8 bits and 16, in sRGB and in Display P3's primaries."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.stack([x * 255 // WIDTH, y * 255 // HEIGHT, (x + y) % 256], axis=-1).astype(np.uint8)
    photo = Photo(pixels, name="photo.png")
    wide = profile(colorants((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65), gamma(2.2))
    return {
        "opaque": photo,
        "lets through": replace(photo, alpha=(x * 255 // WIDTH).astype(np.uint8)),
        "16 bits": replace(photo, deep=Deep(pixels, rng.integers(0, 256, pixels.shape, np.uint8))),
        "another space": replace(photo, icc=wide),
    }


def compared(folder: Path, kind: str, photo: Photo) -> str:
    state = State(photo, layers(), Mask(photo.size))
    path, out = folder / f"{kind}.ora", folder / f"{kind}.png"
    save_project(path, Snapshot((UndoEntry("", state),), 0, state.draft), Origin())
    began = time.perf_counter()
    command = ["xvfb-run", "-a", "krita", "--export", "--export-filename", str(out), str(path)]
    subprocess.run(command, check=True, timeout=TIMEOUT, capture_output=True)
    theirs = np.asarray(Image.open(out).convert("RGBA")).astype(int)
    ours = photo.space.to_srgb(Composite(photo, state.layers).whole())
    seen = theirs[..., 3] > 0
    off = np.abs(theirs[..., :3] - ours).max(axis=2)[seen]
    within = f"{(off <= 1).mean():.2%} within ±1, most {off.max()} of 255"
    return f"{within}; Krita took {time.perf_counter() - began:.0f} s"


def layers() -> tuple[Layer, ...]:
    """Five that overlap: soft, faded, hidden."""
    rng = np.random.default_rng(1)
    found: list[Layer] = []
    for n, (opacity, visible) in enumerate(((1, True), (0.5, True), (0.37, True), (1, False), (1, True))):
        box = (60 + 100 * n, 40 + 60 * n, 320, 260)
        drawn = rng.integers(0, 256, (260, 320, 3), np.uint8)
        y, x = np.mgrid[:260, :320]
        mask = np.clip(400 - 2.5 * np.hypot(x - 160, y - 130), 0, 255).astype(np.uint8)
        found.append(Layer(f"edit {n}", Variant(box, drawn, mask, None), visible=visible, opacity=opacity))
    return tuple(found)


if __name__ == "__main__":
    main()
