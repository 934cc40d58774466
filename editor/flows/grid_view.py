"""The sheet on the screen, repainted cell by cell."""

import numpy as np
from PySide6.QtGui import QImage, QPainter

from editor.widgets.sheet import SheetView

FRAME = 4  # pixels round a cell that the mark's line may reach


class GridView(SheetView):
    """A sheet whose cells arrive one by one: only what changed is turned into a pixmap and painted."""

    def show_cell(self, row: int, column: int, pixels: np.ndarray) -> None:
        """Show uint8 (h, w, 3), as large as the cell in the sheet, in its place."""
        assert self._sheet is not None
        x, y, w, h = self._sheet.layout.box(row, column)
        pixels = np.ascontiguousarray(pixels)
        image = QImage(pixels.data, w, h, 3 * w, QImage.Format.Format_RGB888)
        painter = QPainter(self._pixmap)
        painter.drawImage(x, y, image)
        painter.end()
        self.update(self.cell_rect(row, column).toAlignedRect().adjusted(-FRAME, -FRAME, FRAME, FRAME))
