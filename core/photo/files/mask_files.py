"""Masks and heat maps as files."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.errors import InputError
from core.photo import bands
from core.photo.colour import to_rgb
from core.photo.files import exif as exif_block
from core.photo.files.decode import decode_file, explained
from core.photo.files.export import write_image
from core.photo.files.mask_from import MaskFrom
from core.photo.masks.colormap import inferno
from core.photo.masks.mask import FAINTEST, FULLEST, settled
from core.photo.rect import Size

MOSTLY = 1 / 3  # share of a picture between black and white from which it may be no mask …
TONES = 32  # … if it has more than these: a soft edge is narrower, a step wedge has fewer
NOISE = 16  # between the channels of a grey pixel after JPEG
_OURS = "Palimpsest"  # the program that a mask's file names


class DoubtfulError(InputError):
    """A picture of many tones was given for a mask. transparent: whether parts of it are."""

    def __init__(self, name: str, *, transparent: bool) -> None:
        choices = MaskFrom if transparent else [MaskFrom.LUMINANCE]
        super().__init__(
            f"“{name}” is a picture of many tones, not a mask.",
            f"Say what of it is meant: {' or '.join(f'--mask-from {choice}' for choice in choices)}.",
        )
        self.transparent = transparent


def open_mask(path: Path, size: Size, source: MaskFrom | None = None) -> np.ndarray:
    """A mask from any picture file: uint8 (H, W), read-only; white repaints, black keeps.

    source  what of the picture is the mask. None: its luminance; or of one tone that has transparency, where
            it is opaque. `DoubtfulError` is raised for a picture that has colours or transparency and is
            neither black nor white in most parts: programs keep a mask as transparency of the photo, too.

    Luminance is taken as numbers, without colour management; transparent parts are black. The result is
    `masks.mask.settled`, but for a mask of `save_mask`, which comes back as it was. Raises InputError
    for another size than the photo's `size` (W, H), an empty mask, and what `open_photo` refuses.
    """
    path = Path(path)
    with explained(f"“{path.name}”"):
        mask = _read_mask(path, size, source)
    mask.setflags(write=False)
    return mask


def _read_mask(path: Path, size: Size, source: MaskFrom | None) -> np.ndarray:
    decoded = decode_file(path)
    turn, image = exif_block.read(decoded.image)[0], decoded.shown
    w, h = image.size if turn < 5 else image.size[::-1]
    if (w, h) != tuple(size):
        width, height = size
        raise InputError(
            f"The mask “{path.name}” has {w} × {h} pixels, the photo {width} × {height}.",
            "A mask must be as large as the photo.",
        )
    mask = _values(image, turn, source, path.name)
    mask = mask if decoded.image.info.get("Software") == _OURS else settled(mask)
    if not mask.any():
        raise InputError(f"The mask “{path.name}” is empty: nothing of it is white.", _PAINT[source])
    return mask


_PAINT = {
    None: "Paint white what may change.",
    MaskFrom.LUMINANCE: "Paint white what may change.",
    MaskFrom.TRANSPARENT: "The picture is transparent nowhere: take its luminance.",
    MaskFrom.OPAQUE: "The picture is transparent all over: take its luminance.",
}


def _values(image: Image.Image, turn: int, source: MaskFrom | None, name: str) -> np.ndarray:
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        image, _, _ = to_rgb(image, None)
    tones = bands.to_array(image, turn, lambda band: band.convert("L"))
    if image.mode in ("LA", "RGBA"):
        alpha = bands.to_array(image, turn, lambda band: band.getchannel("A"))
    else:
        alpha = np.full_like(tones, 255)
    match source or _meant(image, tones, alpha, name):
        case MaskFrom.TRANSPARENT:
            return 255 - alpha
        case MaskFrom.OPAQUE:
            return alpha
        case MaskFrom.LUMINANCE:
            for at in bands.rows(len(tones)):
                tones[at] = (tones[at].astype(np.uint16) * alpha[at] + 127) // 255
            return tones


def _meant(image: Image.Image, tones: np.ndarray, alpha: np.ndarray, name: str) -> MaskFrom:
    """Raises `DoubtfulError` where that is anybody's guess."""
    transparent = int(alpha.min()) < 255
    if not transparent and _is_grey(image):
        return MaskFrom.LUMINANCE
    seen = np.bincount(tones[alpha > 0], minlength=256)
    if transparent and np.count_nonzero(seen) == 1:
        return MaskFrom.OPAQUE
    between = seen[FAINTEST : FULLEST + 1]
    if between.sum() > MOSTLY * seen.sum() and np.count_nonzero(between) > TONES:
        raise DoubtfulError(name, transparent=transparent)
    return MaskFrom.LUMINANCE


def _is_grey(image: Image.Image) -> bool:
    """Without colours, but for the noise of JPEG."""
    if image.mode in ("L", "LA"):
        return True
    parts = (np.asarray(image.crop((0, at.start, image.width, at.stop))) for at in bands.rows(image.height))
    return all(int(np.ptp(part[..., :3], axis=2).max()) <= NOISE for part in parts)


def save_mask(path: Path, mask: np.ndarray) -> None:
    """Write a mask, uint8 (H, W), as an 8-bit grey PNG. Errors as for `export_photo`."""
    info = PngInfo()
    info.add_text("Software", _OURS)
    _save_png(Path(path), Image.fromarray(mask), pnginfo=info)


def save_heat(path: Path, values: np.ndarray, size: Size) -> None:
    """Write a heat map, float (h, w) in [0, 1], as a PNG of the photo's size in the inferno colours."""
    shown, heat = Image.new("RGB", size), np.asarray(values, np.float32)
    for columns, strip in bands.enlarged_strips(heat, size, Image.Resampling.BILINEAR):
        shown.paste(Image.fromarray(inferno(strip)), (columns.start, 0))
    _save_png(Path(path), shown)


def _save_png(path: Path, image: Image.Image, **options: Any) -> None:
    if path.suffix.lower() != ".png":
        raise InputError(f"“{path.name}” must be a PNG file.", f"Call it “{path.stem}.png”.")
    write_image(path, "PNG", image, options)
