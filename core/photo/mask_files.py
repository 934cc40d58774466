"""Masks and heat maps as files."""

from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import InputError
from core.photo import bands
from core.photo import exif as exif_block
from core.photo.colormap import inferno
from core.photo.colour import to_rgb
from core.photo.decode import explained, load
from core.photo.export import write_image
from core.photo.photo import Size


def open_mask(path: Path, size: Size) -> np.ndarray:
    """A mask from any picture file: uint8 (H, W), read-only; white repaints, black keeps.

    Its luminance, as numbers, without colour management; transparent parts are black. A picture of one tone
    that has transparency is a mask by its alpha. Raises InputError for another size than the photo's `size`
    (W, H), an empty mask, and what `open_photo` refuses.
    """
    path = Path(path)
    with explained(f"“{path.name}”"):
        mask = _read_mask(path, size)
    mask.setflags(write=False)
    return mask


def _read_mask(path: Path, size: Size) -> np.ndarray:
    decoded = load(path)
    turn, image = exif_block.read(decoded.image)[0], decoded.shown
    w, h = image.size if turn < 5 else image.size[::-1]
    if (w, h) != tuple(size):
        width, height = size
        raise InputError(
            f"The mask “{path.name}” has {w} × {h} pixels, the photo {width} × {height}.",
            "A mask must be as large as the photo.",
        )
    with explained(f"“{path.name}”"):
        mask = _mask_values(image, turn)
    if not mask.any():
        raise InputError(
            f"The mask “{path.name}” is empty: it is black all over.", "Paint white what may change."
        )
    return mask


def _mask_values(image: Image.Image, turn: int) -> np.ndarray:
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        image, _, _ = to_rgb(image, None)
    tones = bands.to_array(image, turn, lambda band: band.convert("L"))
    if image.mode not in ("LA", "RGBA"):
        return tones
    alpha = bands.to_array(image, turn, lambda band: band.getchannel("A"))
    seen = tones[alpha > 0]
    if alpha.min() < 255 and seen.size and seen.min() == seen.max():
        return alpha
    for at in bands.rows(len(tones)):
        tones[at] = (tones[at].astype(np.uint16) * alpha[at] + 127) // 255
    return tones


def save_mask(path: Path, mask: np.ndarray) -> None:
    """Write a mask, uint8 (H, W), as an 8-bit grey PNG. Errors as for `export_photo`."""
    _save_png(Path(path), Image.fromarray(mask))


def save_heat(path: Path, values: np.ndarray, size: Size) -> None:
    """Write a heat map, float (h, w) in [0, 1], as a PNG of the photo's size in the inferno colours."""
    shown, heat = Image.new("RGB", size), np.asarray(values, np.float32)
    for columns, strip in bands.enlarge(heat, size, Image.Resampling.BILINEAR):
        shown.paste(Image.fromarray(inferno(strip)), (columns.start, 0))
    _save_png(Path(path), shown)


def _save_png(path: Path, image: Image.Image) -> None:
    if path.suffix.lower() != ".png":
        raise InputError(f"“{path.name}” must be a PNG file.", f"Call it “{path.stem}.png”.")
    write_image(path, "PNG", image, {})
