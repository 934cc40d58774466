"""The model's view of a photograph: scaled to the model's pixel count, padded, drawn on, scaled back, pasted.

Pillow scales; every function covers the whole photo, and `View` holds the sizes it goes through.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import InputError
from core.photo import bands
from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask
from core.photo.rect import Rect, Size
from core.photo.space import SRGB, Space

MIN_SIDE = 16  # photo pixels
MAX_ASPECT = 8  # longer side to shorter
SCALING = (Image.Resampling.LANCZOS, 3.0)  # of a photo for the model: the filter, and Pillow's reducing gap
BAND = 256  # rows pasted at a time: memory stays small at any photo size


@dataclass(frozen=True)
class View:
    """The sizes (width, height) a photo goes through on its way to the model.

    photo    as opened, or the size of the area of it
    working  what the model works on, aspect kept; reported to the user
    padded   working plus a border right and below, a multiple of `factor` (the VAE's downsampling)
    area     (x, y, w, h), the part of the photo that the model sees; None for all of it
    """

    photo: Size
    working: Size
    padded: Size
    factor: int
    area: Rect | None = None

    @property
    def latent(self) -> Size:
        """(width, height) of the latent grid."""
        return self.padded[0] // self.factor, self.padded[1] // self.factor


def view(size: Size, pixels: int, factor: int, patch: int = 1) -> View:
    """The whole photo of `size` at about pixels × pixels of area, padded to whole patches of latents.

    factor: pixels per latent along a side; patch: latents along a side that the model takes together.

    Raises InputError for what the model can't see: a side under 16 pixels, or an aspect beyond 8:1.
    """
    short, long = sorted(size)
    if short < MIN_SIDE or long > MAX_ASPECT * short:
        raise InputError(
            f"The picture of {size[0]} × {size[1]} pixels has a shape that the model can't see.",
            f"Sides need at least {MIN_SIDE} pixels, the longer at most {MAX_ASPECT} times the shorter.",
        )
    scale = pixels / math.sqrt(size[0] * size[1])
    w, h = (max(1, round(side * scale)) for side in size)
    whole = factor * patch
    return View(size, (w, h), (math.ceil(w / whole) * whole, math.ceil(h / whole) * whole), factor)


def to_model(pixels: np.ndarray, view: View) -> np.ndarray:
    """The photo as the model gets it: uint8 (H, W, 3) → uint8 (ph, pw, 3), last row and column repeated."""
    return padded(bands.shrink(pixels, view.working, *SCALING), view)


def padded(small: np.ndarray, view: View) -> np.ndarray:
    """uint8 (h, w, 3) of the working size → uint8 (ph, pw, 3)."""
    (w, h), (pw, ph) = view.working, view.padded
    return np.pad(small, ((0, ph - h), (0, pw - w), (0, 0)), mode="edge")


def mask_to_model(mask: BoxedMask, view: View) -> np.ndarray:
    """A mask beside `to_model`'s photo: uint8 (ph, pw), the mean of the pixels under each."""
    small = Image.fromarray(mask.whole()).resize(view.working, Image.Resampling.BOX)
    (w, h), (pw, ph) = view.working, view.padded
    return np.pad(np.asarray(small), ((0, ph - h), (0, pw - w)), mode="edge")


def from_model(drawn: np.ndarray, view: View, box: Rect | None = None) -> np.ndarray:
    """What the model drew, brought back to the photo: uint8 (ph, pw, 3) → uint8 (H, W, 3), bicubic.

    box: the part of the photo that is wanted, uint8 (h, w, 3); None for all of it
    """
    (w, h), (x, y, width, height) = view.working, box or rects.whole(view.photo)
    part = np.empty((height, width, 3), np.uint8)
    strips = bands.enlarged_strips(drawn[:h, :w], view.photo, Image.Resampling.BICUBIC, slice(x, x + width))
    for columns, strip in strips:
        part[:, columns] = strip[y : y + height]
    return part


def unpad(grid: np.ndarray, view: View) -> np.ndarray:
    """A heat map brought from the latent grid to the working resolution: float (gh, gw) → float32 (h, w)."""
    w, h = view.working
    image = Image.fromarray(np.asarray(grid, np.float32)).resize(view.padded, Image.Resampling.BILINEAR)
    return np.array(image)[:h, :w].copy()


def unpad_rgb(small: np.ndarray, view: View) -> np.ndarray:
    """A preview without its padding: uint8 (gh, gw, 3) at any size → uint8, small, covering the photo."""
    height, width = small.shape[:2]
    w, h = (n * of / padded for n, of, padded in zip((width, height), view.working, view.padded, strict=True))
    size = max(1, round(w)), max(1, round(h))
    return np.array(Image.fromarray(small).resize(size, Image.Resampling.BILINEAR, box=(0, 0, w, h)))


def latent_mask(mask: BoxedMask, view: View) -> np.ndarray:
    """The mask on the latent grid: float32 (ph/factor, pw/factor), 0 or 1.

    1 wherever any photo pixel above 0 reaches into the latent cell: a max-pool at full resolution, so that
    the thinnest stroke of the mask is drawn (DiffEdit's M).
    """
    down, across = (_reach(view, axis, mask.box[axis]) for axis in (1, 0))
    rows = np.stack([mask.values[at].max(axis=0, initial=0) for at in down])
    cells = np.stack([rows[:, at].max(axis=1, initial=0) for at in across], axis=1)
    return (cells > 0).astype(np.float32)


def _reach(view: View, axis: int, begin: int) -> list[slice]:
    """For each latent cell along an axis the photo pixels that it touches, if only in part, from `begin` on.

    A cell that lies wholly in the padding counts as the photo's last pixel, which the padding repeats.
    """
    full, working = view.photo[axis], view.working[axis]
    span = (
        view.factor * full
    )  # a cell begins at cell·factor·full/working photo pixels: exact in whole numbers
    cells = range(view.latent[axis])
    touched = (
        (min(full - 1, cell * span // working), min(full, -(-(cell + 1) * span // working))) for cell in cells
    )
    return [slice(max(0, first - begin), max(0, last - begin)) for first, last in touched]


def paste(photo: np.ndarray, drawn: np.ndarray, mask: np.ndarray, space: Space = SRGB) -> np.ndarray:
    """Paste `drawn` over `photo` through a soft mask: uint8 (h, w, 3) twice, (h, w) → new uint8 (h, w, 3).

    space: the photo's, into which `drawn` is brought from sRGB. Where the mask is 0 the photo stays bit for
    bit, where it is 255 `drawn` does; between them the nearest whole number of the mix.
    """
    pasted = photo.copy()
    paste_into(pasted, drawn, mask, space)
    return pasted


def paste_into(pixels: np.ndarray, drawn: np.ndarray, mask: np.ndarray, space: Space = SRGB) -> None:
    """`paste` over what is in an array itself."""
    box = rects.bounding_box(mask)
    for strip in () if box is None else rects.strips(box, BAND):
        here = rects.slices(strip)
        over, share = space.from_srgb(drawn[here]), mask[here]
        if share.min() < 255:  # of most tiles of a large edit it isn't
            shares = np.repeat(share, 3, axis=1)
            mix = Image.composite(_plane(over), _plane(pixels[here]), Image.fromarray(shares))
            over = np.asarray(mix).reshape(over.shape)
        pixels[here] = over


def _plane(pixels: np.ndarray) -> Image.Image:
    """Colours as so many greys, which Pillow mixes without rearranging them; it rounds to the nearest."""
    return Image.fromarray(pixels.reshape(len(pixels), -1))
