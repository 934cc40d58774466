"""The first paint waits for no model library: checked in a fresh interpreter."""

from tests.fresh import TORCH, loaded_by


def test_the_window_needs_no_torch():
    assert loaded_by("import core.edit.request, core.photo.files.open, editor.window", TORCH) == []
