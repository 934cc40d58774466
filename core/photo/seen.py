"""What the model sees of a photo: at its own size, with 8 bits, in sRGB."""

import numpy as np

from core.photo import area as areas
from core.photo import rect as rects
from core.photo import region
from core.photo.photo import Photo
from core.photo.region import View


def seen(photo: Photo, view: View) -> np.ndarray:
    """The photo, or the view's area of it, as `core.photo.region.to_model` scales it: uint8 (ph, pw, 3).

    It is converted once it is small. Of 16 bits all are: half a step of a wide space's 8 bits can be seen.
    """
    deep, space = photo.deep, photo.space
    if deep is None or space.is_srgb:
        return space.to_srgb(region.to_model(areas.crop(photo.pixels, view.area), view))
    box = view.area or rects.whole(photo.size)
    small = deep.shrink(box, view.working, *region.SCALING)
    return region.padded(space.deep_to_srgb(small), view)
