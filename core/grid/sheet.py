"""The contact sheet: every cell's picture with the values of its row and column."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.grid.plan import Plan
from core.grid.run import Cell
from core.photo.rect import Rect, Size
from core.photo.space import SRGB, Space

CELL = 320  # pixels: the longest side of a picture in the sheet
GAP = 8
PAPER, INK, FAINT = "#ffffff", "#1f1f1f", "#b3261e"
BLANK = "#ececec"  # a cell that isn't there yet, or failed


@dataclass(frozen=True)
class SheetLayout:
    """Where things lie on a sheet of `size`, in its pixels. text: height of the letters."""

    cell: Size
    left: int
    top: int
    text: int
    columns: int
    rows: int

    @property
    def size(self) -> Size:
        """(width, height) of the whole sheet."""
        right, bottom = self.box(self.rows - 1, self.columns - 1)[:2]
        return right + self.cell[0] + GAP, bottom + self.cell[1] + GAP

    def box(self, row: int, column: int) -> Rect:
        """Where a cell's picture lies."""
        w, h = self.cell
        return self.left + column * (w + GAP), self.top + row * (h + GAP), w, h

    def at(self, x: float, y: float) -> tuple[int, int] | None:
        """(row, column) of the cell at a point of the sheet, None beside them."""
        w, h = self.cell
        column, across = divmod(int(x) - self.left, w + GAP)
        row, down = divmod(int(y) - self.top, h + GAP)
        inside = 0 <= column < self.columns and 0 <= row < self.rows and across < w and down < h
        return (row, column) if inside else None


class Sheet:
    """Filled cell by cell; `image` is the sheet as it is now, in sRGB."""

    def __init__(self, plan: Plan, photo: Size, longest: int = CELL, space: Space = SRGB) -> None:
        """photo: (W, H) of the picture, space: its colours; longest: side of a cell in pixels, 64…2048."""
        self._plan, self._space = plan, space
        scale = longest / max(photo)
        cell = max(1, round(photo[0] * scale)), max(1, round(photo[1] * scale))
        text = max(12, longest // 14)
        self._font = ImageFont.load_default(text)
        line = round(text * 1.4)
        self._rows = [] if plan.y is None else [f"{plan.y.name} {label}" for label in plan.y.labels]
        widest = max((self._font.getlength(label) for label in self._rows), default=0)
        left = GAP + (min(cell[0], round(widest)) + GAP if self._rows else 0)
        self.layout = SheetLayout(cell, left, GAP + 2 * line, text, plan.columns, plan.rows)
        self.image = Image.new("RGB", self.layout.size, PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._label()

    def put(self, cell: Cell) -> None:
        """Draw a finished cell: its picture, or why there is none."""
        if cell.pixels is not None:
            self._show(cell.row, cell.column, cell.pixels, self._space)
        elif cell.error is not None:
            self._blank(cell.row, cell.column)
            x, y, w, h = self.layout.box(cell.row, cell.column)
            lines = self._wrapped(cell.error.message, w - 2 * GAP, (h - 2 * GAP) // self._line)
            self._draw.multiline_text((x + GAP, y + GAP), lines, FAINT, self._font, spacing=0)

    def preview(self, row: int, column: int, pixels: np.ndarray) -> None:
        """Show what is not finished, uint8 (h, w, 3) at any size and in sRGB, in a cell."""
        self._show(row, column, pixels, SRGB)

    def _show(self, row: int, column: int, pixels: np.ndarray, space: Space) -> None:
        x, y, w, h = self.layout.box(row, column)
        small = Image.fromarray(pixels).resize((w, h), Image.Resampling.LANCZOS)
        self.image.paste(Image.fromarray(space.to_srgb(np.asarray(small))), (x, y))

    @property
    def _line(self) -> int:
        return round(self.layout.text * 1.25)

    def _label(self) -> None:
        plan, layout = self._plan, self.layout
        for column, label in enumerate(plan.x.labels):
            x, y, w, _ = layout.box(0, column)
            lines = self._wrapped(f"{plan.x.name} {label}", w, 2)
            self._draw.multiline_text(
                (x + w / 2, y - GAP), lines, INK, self._font, anchor="md", align="center", spacing=0
            )
        for row, label in enumerate(self._rows):
            x, y, _, h = layout.box(row, 0)
            lines = self._wrapped(label, x - 2 * GAP, h // self._line)
            self._draw.multiline_text(
                (x - GAP, y + h / 2), lines, INK, self._font, anchor="rm", align="right", spacing=0
            )
        for row in range(plan.rows):
            for column in range(plan.columns):
                self._blank(row, column)

    def _blank(self, row: int, column: int) -> None:
        x, y, w, h = self.layout.box(row, column)
        self._draw.rectangle((x, y, x + w - 1, y + h - 1), fill=BLANK)

    def _wrapped(self, text: str, width: float, most: int) -> str:
        """Broken at blanks, or inside a word wider than the line; what doesn't fit ends in dots."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".lstrip()
            if self._font.getlength(longer) <= width or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        lines = [piece for line in lines for piece in self._broken(line, width)]
        if len(lines) > max(1, most):
            lines = lines[: max(1, most)]
            while lines[-1] and self._font.getlength(lines[-1] + "…") > width:
                lines[-1] = lines[-1][:-1]
            lines[-1] += "…"
        return "\n".join(lines)

    def _broken(self, line: str, width: float) -> list[str]:
        pieces: list[str] = []
        while len(line) > 1 and self._font.getlength(line) > width:
            n = len(line) - 1
            while n > 1 and self._font.getlength(line[:n]) > width:
                n -= 1
            pieces.append(line[:n])
            line = line[n:]
        return [*pieces, line]
