"""Pictures for the results page, drawn by Pillow: contact sheets and line charts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

INK, GREY, PALE = "#202020", "#707070", "#dddddd"
COLOURS = ("#d0104c", "#1f6fb4", "#e08a00", "#4a9a4a", "#7a4fb0", "#6b6b6b")  # one a method; marks differ too
CORNERS = ((4, 45), (3, 0), (5, 0), (4, 0), (3, 180))  # of the marks after the first, and how they are turned
SHARP = 3  # charts are drawn this much larger and reduced


@dataclass(frozen=True)
class Line:
    """A series of points (x, y) under one name; each point may carry a label."""

    name: str
    points: Sequence[tuple[float, float]]
    labels: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """Lines over two named axes."""

    title: str
    x: str
    y: str
    lines: Sequence[Line]


def sheet(
    rows: Sequence[tuple[str, Sequence[np.ndarray]]], columns: Sequence[str], tile: int = 112
) -> Image.Image:
    """Labelled rows of pictures, each uint8 (H, W, 3) or a mask (H, W), under the names of the columns."""
    gap, top, words = 6, 24, 210
    width, height = words + len(columns) * (tile + gap), top + len(rows) * (tile + gap)
    image = Image.new("RGB", (width, height), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    for i, name in enumerate(columns):
        pen.text((words + i * (tile + gap), 5), name, INK, font)
    for j, (label, pictures) in enumerate(rows):
        y = top + j * (tile + gap)
        pen.multiline_text((6, y + 6), label, INK, font, spacing=5)
        for i, pixels in enumerate(pictures):
            shown = Image.fromarray(pixels).convert("RGB").resize((tile, tile), Image.Resampling.BICUBIC)
            image.paste(shown, (words + i * (tile + gap), y))
    return image


def charts(found: Sequence[Chart], width: int = 460, height: int = 360) -> Image.Image:
    """Charts side by side."""
    image = Image.new("RGB", (width * len(found) * SHARP, height * SHARP), "white")
    for i, chart in enumerate(found):
        _Plot(chart, width * SHARP, height * SHARP).draw(image, i * width * SHARP)
    return image.resize((width * len(found), height), Image.Resampling.LANCZOS)


class _Plot:
    def __init__(self, chart: Chart, width: int, height: int) -> None:
        self._chart = chart
        self._font = ImageFont.load_default(11 * SHARP)
        self._box = (54 * SHARP, 34 * SHARP, width - 16 * SHARP, height - 48 * SHARP)
        points = np.array([point for line in chart.lines for point in line.points])
        self._x, self._y = (_ticks(points[:, axis]) for axis in (0, 1))

    def _at(self, x: float, y: float) -> tuple[float, float]:
        left, top, right, bottom = self._box
        return (
            left + (x - self._x[0]) / (self._x[-1] - self._x[0]) * (right - left),
            bottom - (y - self._y[0]) / (self._y[-1] - self._y[0]) * (bottom - top),
        )

    def draw(self, image: Image.Image, shift: int) -> None:
        """Draw the chart with its left edge at `shift`."""
        left, top, right, bottom = self._box
        layer = Image.new("RGB", (right + 16 * SHARP, bottom + 48 * SHARP), "white")
        pen, font = ImageDraw.Draw(layer), self._font
        pen.text((right, top - 8 * SHARP), self._chart.title, GREY, font, anchor="rs")
        for x in self._x:
            pen.line([self._at(x, self._y[0]), self._at(x, self._y[-1])], PALE, SHARP)
            pen.text((self._at(x, 0)[0], bottom + 5 * SHARP), f"{x:g}", GREY, font, anchor="mt")
        for y in self._y:
            pen.line([self._at(self._x[0], y), self._at(self._x[-1], y)], PALE, SHARP)
            pen.text((left - 6 * SHARP, self._at(0, y)[1]), f"{y:g}", GREY, font, anchor="rm")
        pen.text(((left + right) / 2, bottom + 26 * SHARP), self._chart.x, INK, font, anchor="mt")
        pen.text((left - 48 * SHARP, top - 8 * SHARP), self._chart.y, INK, font, anchor="ls")
        for i, line in enumerate(self._chart.lines):
            self._series(pen, line, COLOURS[i])
            y = bottom - (10 + 16 * (len(self._chart.lines) - 1 - i)) * SHARP
            self._mark(pen, (right - 180 * SHARP, y), i, COLOURS[i])
            # Pillow's own font has no dash
            pen.text((right - 170 * SHARP, y), line.name.replace("–", "-"), INK, font, anchor="lm")
        image.paste(layer, (shift, 0))

    def _series(self, pen: ImageDraw.ImageDraw, line: Line, colour: str) -> None:
        places = [self._at(x, y) for x, y in line.points]
        pen.line(places, colour, 2 * SHARP)
        for place in places:
            self._mark(pen, place, COLOURS.index(colour), colour)
        for (x, y), label in zip(places, line.labels, strict=False):
            pen.text((x + 5 * SHARP, y - 5 * SHARP), label, colour, self._font, anchor="ls")

    @staticmethod
    def _mark(pen: ImageDraw.ImageDraw, place: tuple[float, float], shape: int, colour: str) -> None:
        r = 4 * SHARP
        if shape == 0:
            pen.circle(place, r, colour)
        else:
            sides, turned = CORNERS[shape - 1]
            pen.regular_polygon((*place, 1.2 * r), sides, turned, colour)


def _ticks(values: np.ndarray) -> np.ndarray:
    """Round numbers a little beyond the values."""
    low, high = float(values.min()), float(values.max())
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-6) / 2))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
    return np.round(np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step, 10)
