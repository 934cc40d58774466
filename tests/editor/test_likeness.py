"""What counts as the same look, and what doesn't."""

import numpy as np
import pytest

from tests.editor.likeness import CELL, keep, kept, unlike


@pytest.fixture
def look():
    """Grey ground, and a row of letters as it were: strokes a pixel wide."""
    pixels = np.full((75, 203, 3), 243, np.uint8)
    pixels[30:40, 20:180:3] = 30
    return pixels


def test_the_same_is_the_same_and_as_kept(look, tmp_path):
    assert unlike(look, look) == ""
    keep(tmp_path / "a" / "look.png", look)
    assert unlike(look, kept(tmp_path / "a" / "look.png")) == ""


def test_letters_smoothed_otherwise_are_the_same(look):
    """Each stroke gives some of its ink to the pixels beside it."""
    ink = 255 - look.astype(np.float32)
    soft = 0.8 * ink + 0.1 * (np.roll(ink, 1, 1) + np.roll(ink, -1, 1))
    assert unlike((255 - soft).astype(np.uint8), look) == ""


def test_what_is_missing_more_or_elsewhere_differs(look):
    gone, more = look.copy(), look.copy()
    gone[28:42, 60:90] = 243
    assert unlike(gone, look) == "differs within 40 × 16 pixels at (56, 24)"
    more[33:43, 20:60] = 30  # another text over it
    assert unlike(more, look)
    assert unlike(np.roll(look, 3 * CELL // 2, 0), look)


def test_at_the_right_and_lower_edges_too(look):
    marked = look.copy()
    marked[:24, -3:] = 0
    assert unlike(marked, look)
    marked = look.copy()
    marked[-3:, :24] = 0
    assert unlike(marked, look)


def test_another_size_is_said(look):
    assert unlike(look[1:], look) == "is 203 × 74 pixels, was 203 × 75"
