"""A grid in the window: the cell that is taken is drawn into the document as it is in the sheet."""

from dataclasses import replace

import numpy as np

from core.grid.sheet import Sheet
from core.photo.rect import corners
from editor.flows.many.grid_dialog import CELL
from tests.editor.window.conftest import TIMEOUT


def test_the_cell_that_was_taken_is_drawn_as_a_layer(qtbot, loaded, idle):
    dialog, shown = loaded.grids.open(), {}
    dialog.columns.values.setText("2, 6")
    dialog.rows.name.setCurrentIndex(0)
    dialog.view.show_cell = lambda row, column, pixels: shown.update({(row, column): pixels.copy()})
    dialog.begin()
    qtbot.waitUntil(lambda: len(dialog._done) == 2 and not dialog.running, timeout=TIMEOUT)
    assert not np.array_equal(shown[0, 1], shown[0, 0])
    dialog._pick(0, 1)
    assert loaded.document.state.draft.guidance.scale == 6
    dialog.repaint_.click()
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: len(loaded.document.state.layers) == 1, timeout=TIMEOUT)
    idle(loaded)
    sheet = Sheet(dialog._drawn, (96, 64), CELL)
    sheet.put(replace(dialog._done[0, 1], pixels=loaded.document.composite.whole()))
    drawn = sheet.image.crop(corners(sheet.layout.box(0, 1)))
    assert np.array_equal(np.asarray(drawn), shown[0, 1])
    loaded.document.undo()
    loaded.document.undo()
    assert loaded.document.state.draft.guidance.scale != 6
