"""The colours of a heat map."""

import numpy as np

from core.photo.masks.colormap import inferno, inferno_table


def lightness(rgb: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours."""
    v = rgb / 255
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(y > 0.008856, 116 * np.cbrt(y) - 16, 903.3 * y)


def test_lightness_rises_all_the_way_and_evenly() -> None:
    table = inferno_table()
    assert table.shape == (256, 3)
    light = lightness(table.astype(float))
    assert (np.diff(light) > 0).all()
    assert light[0] < 1
    assert light[-1] > 97
    even = np.linspace(light[0], light[-1], 256)
    assert np.abs(light - even).max() < 6


def test_values_are_clipped_and_nothing_breaks_on_nan() -> None:
    table = inferno_table()
    values = np.array([[0, 1, -3], [7, np.nan, np.inf]], np.float32)
    colours = inferno(values)
    assert colours.shape == (2, 3, 3)
    assert colours.dtype == np.uint8
    assert (colours[0] == table[[0, 255, 0]]).all()
    assert (colours[1] == table[[255, 0, 255]]).all()
    assert (inferno(np.linspace(0, 1, 256)) == table).all()
