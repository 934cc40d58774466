"""Pictures on the clipboard or dragged here: PNG with transparency and profile, and sRGB for others."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from core.errors import InputError
from core.photo.photo import Photo
from editor.canvas.offer import pictures_in
from editor.widgets.image import of_rgb, of_rgba

KINDS = ("image/png", "image/tiff", "image/webp", "image/avif", "image/jpeg")  # the best one first


def packed(photo: Photo) -> tuple[bytes, QImage]:
    """What `data_of` takes; slow, for a thread of its own. Nothing else of the photo's file goes with it."""
    from PIL import Image

    image, shown = Image.fromarray(photo.pixels), photo.space.to_srgb(photo.pixels)
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(photo.alpha))
    file = BytesIO()
    image.save(file, "PNG", icc_profile=photo.profile, compress_level=1)
    return file.getvalue(), of_rgb(shown).copy() if photo.alpha is None else of_rgba(shown, photo.alpha)


def data_of(png: bytes, shown: QImage) -> QMimeData:
    """Data for the clipboard."""
    data = QMimeData()
    data.setData("image/png", png)
    data.setImageData(shown)
    return data


def photo_in(data: QMimeData) -> Callable[[], Photo] | None:
    """What reads the picture in this data, in a thread of its own; None when there is none."""
    image = data.imageData() if data.hasImage() else None
    found = image if isinstance(image, QImage) and not image.isNull() else None
    for kind in KINDS:
        if data.hasFormat(kind):
            return partial(_of_bytes, bytes(data.data(kind).data()), found)
    if found is not None:
        return partial(_of_image, found)
    return next((partial(_of_bytes, content, None) for content in pictures_in(data)), None)


def _of_bytes(content: bytes, instead: QImage | None) -> Photo:
    """A picture in a file's bytes with its profile; what Qt made of it where they can't be read."""
    from core.photo.files.open import open_photo

    with TemporaryDirectory() as folder:
        path = Path(folder) / "pasted"
        path.write_bytes(content)
        try:
            opened = open_photo(path)
        except InputError:
            if instead is None:
                raise
            return _of_image(instead)
    return replace(opened, name="")


def _of_image(image: QImage) -> Photo:
    from PIL import Image

    from core.photo.files.open import from_image

    profile = image.colorSpace().iccProfile().data() if image.colorSpace().isValid() else b""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)  # rows of 4 bytes a pixel are never padded
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    opaque = not image.hasAlphaChannel() or bool((pixels[..., 3] == 255).all())
    picture = Image.fromarray(pixels[..., :3].copy() if opaque else pixels.copy())
    if profile:
        picture.info["icc_profile"] = profile
    return from_image(picture)
