"""What goes onto the clipboard and comes from it: pixels, transparency and what they mean."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColorSpace, QImage

from core.errors import InputError
from core.photo.photo import Photo
from editor.flows.files.clipboard import data_of, packed, photo_in
from tests.core import profiles


@pytest.fixture
def clear(photo) -> Photo:
    """Transparent in places, in a wide space, with something of its maker in its file."""
    alpha = np.full(photo.pixels.shape[:2], 255, np.uint8)
    alpha[:, :100] = np.arange(100)
    return replace(photo, alpha=alpha, icc=profiles.DISPLAY_P3, exif=b"Exif\0\0secret")


def rgba(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def test_other_programs_get_transparency_and_profile_or_srgb(clear):
    data = data_of(*packed(clear))
    with Image.open(BytesIO(data.data("image/png").data())) as image:
        assert image.info["icc_profile"] == clear.icc
        assert "exif" not in image.info
        assert np.array_equal(np.asarray(image), np.dstack([clear.pixels, clear.alpha]))
    shown = rgba(data.imageData())
    assert np.array_equal(shown[..., 3], clear.alpha)
    assert np.array_equal(shown[..., :3], clear.space.to_srgb(clear.pixels))


def test_what_was_copied_is_pasted_as_it_was(clear, photo):
    pasted = photo_in(data_of(*packed(clear)))()
    assert np.array_equal(pasted.pixels, clear.pixels)
    assert np.array_equal(pasted.alpha, clear.alpha)
    assert (pasted.icc, pasted.name, pasted.exif) == (clear.icc, "", None)
    opaque = photo_in(data_of(*packed(photo)))()
    assert np.array_equal(opaque.pixels, photo.pixels)
    assert opaque.alpha is opaque.icc is None


def test_an_image_without_a_file_keeps_what_qt_knows_of_its_colours(clear):
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    image.fill(0xFF204060)
    data = QMimeData()
    data.setImageData(image)
    assert photo_in(data)().icc is None
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3))
    data.setImageData(image)
    pasted = photo_in(data)()
    assert tuple(pasted.pixels[0, 0]) == (0x20, 0x40, 0x60)
    assert not pasted.space.is_srgb


def test_data_that_cannot_be_read_are_a_sentence_or_what_qt_made_of_them(qtbot):
    data = QMimeData()
    assert photo_in(data) is None
    data.setText("no picture")
    assert photo_in(data) is None
    data.setData("image/png", b"\x89PNG but no more")
    with pytest.raises(InputError):
        photo_in(data)()
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    image.fill(0xFF204060)
    data.setImageData(image)
    assert tuple(photo_in(data)().pixels[0, 0]) == (0x20, 0x40, 0x60)
