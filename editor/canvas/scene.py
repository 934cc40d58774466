"""What is painted on the canvas, bottom to top: picture, heat map or live preview, mask, divider."""

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap, QTransform

from core.document.composite import NOWHERE, Composite
from core.document.mask import Mask
from core.document.state import State
from core.edit.result import HeatMap
from core.photo import rect as rects
from core.photo.masks.colormap import inferno
from core.photo.rect import Rect
from editor.canvas.edited import Edited
from editor.canvas.overlay import MaskOverlay
from editor.canvas.picture import Pyramid
from editor.canvas.viewport import Viewport
from editor.tint import Tint
from editor.widgets.image import of_rgb, of_rgba

SHARP = 2.0  # zoom above which the photo's pixels are shown as squares
HEAT_OPACITY = 0.75
VEIL, VEIL_OPACITY = (255, 214, 10), 0.85  # yellow, which no mask is tinted by itself
CHECK = 8  # logical pixels of a checkerboard square


class Scene:
    """The layers of one document, painted into any rectangle of the widget."""

    def __init__(self, tint: Tint) -> None:
        self._tint = tint
        self.overlay = MaskOverlay(tint.color, tint.opacity)
        self.overlay.restyle(tint.color, tint.opacity, ants=tint.ants, alone=tint.alone)
        self.original = False  # show the photo as opened, with nothing over it
        self.lifted: QTransform | None = None  # where the mask is shown instead of where it is
        self.divider: float | None = None  # share of the widget's width: left of it the original
        self.everywhere = False  # the preview is not held inside the mask
        self.heat: np.ndarray | None = None  # RGB of the heat map shown
        self.preview: np.ndarray | None = None
        self._unsure: QImage | None = None  # where the model was unsure of the mask shown
        self._unsure_of: tuple[HeatMap | None, float] = None, 0.0
        self._found: HeatMap | None = None  # the last heat map shown, for a preview that has no mask yet
        self._opened: Pyramid | None = None
        self._edited: Edited | None = None
        self._check = _checkerboard()

    def open(self, state: State, composite: Composite | None) -> None:
        """Another photo, and what is shown of it."""
        self.heat = self.preview = self._found = None
        self.original = False
        self._opened = self._edited = None
        if state.photo is not None and composite is not None:
            self._opened = Pyramid(state.photo.pixels, state.photo.alpha, state.photo.space)
            self._edited = Edited(self._opened, composite)
        self.overlay.show(state.mask)
        self.show_unsure(state.mask, state.draft.find.threshold)

    def show_unsure(self, mask: Mask, threshold: float) -> None:
        """Where other draws might have cut the mask otherwise; nothing if none were, or for other words."""
        heat = None if mask.sleeps else mask.heat
        before, at = self._unsure_of
        if heat is not before or threshold != at:
            self._unsure_of = heat, threshold
            doubt = None if heat is None else heat.doubt(threshold)
            self._unsure = None if doubt is None else _veil(doubt)

    @property
    def is_unsure(self) -> bool:
        """There is something to show of that."""
        return self._unsure is not None

    def follow(self, composite: Composite) -> Rect:
        """Other layers over the same photo; the box of it that they change."""
        assert self._edited is not None
        return self._edited.follow(composite)

    def set_heat(self, values: np.ndarray | None) -> None:
        """Lay a heat map, float (h, w) in [0, 1], over the photo."""
        self.heat = None if values is None else inferno(values)
        if values is not None:
            self._found = HeatMap(values)

    def set_found(self, heat: HeatMap) -> None:
        """The end of a search: what a preview's mask is cut from."""
        self._found = heat

    def set_preview(self, rgb: np.ndarray | None, state: State, *, everywhere: bool) -> None:
        """Lay a small picture, uint8 (h, w, 3) in sRGB, over the photo, inside the mask unless `everywhere`.

        A run without a mask finds one on its way: until it is accepted, the heat map that was shown is cut.
        """
        begins = self.preview is None and rgb is not None
        self.preview = None if rgb is None else np.ascontiguousarray(rgb)
        self.everywhere = everywhere
        if begins and self._found is not None and not state.mask.is_usable:
            find = state.draft.find
            cut, clicks = (find.threshold, find.grow, find.snap), () if state.mask.sleeps else find.clicks
            self.overlay.show(state.mask.with_heat(self._found, *cut, clicks=clicks))

    @property
    def is_held(self) -> bool:
        """A preview is shown, inside the mask of its run."""
        return self.preview is not None and not self.everywhere

    @property
    def is_building(self) -> bool:
        """What is in sight is not as it should be yet."""
        return self.overlay.is_stale or any(
            part is not None and not part.complete for part in (self._opened, self._edited)
        )

    def build(self) -> Rect:
        """One small step towards that; what of the photo to paint anew."""
        if self.overlay.is_stale:
            return self.overlay.step()
        if self._opened is not None and not self._opened.complete:
            self._opened.step()
            return rects.whole(self._opened.size) if self._opened.complete else NOWHERE
        return NOWHERE if self._edited is None else self._edited.step()

    def paint(self, painter: QPainter, viewport: Viewport, exposed: QRect) -> None:
        """Paint everything of the photo that lies in `exposed`, a widget rectangle."""
        seen = viewport.seen(QRectF(exposed.adjusted(-2, -2, 2, 2)))
        if self._opened is None or self._edited is None or not (seen[2] and seen[3]):
            return
        painter.save()
        transform = viewport.transform()
        painter.setTransform(transform)
        painter.setClipRect(QRectF(0, 0, *viewport.size), Qt.ClipOperation.IntersectClip)
        self._paint_picture(painter, self._opened if self.original else self._edited, viewport, seen)
        if not self.original:
            self._paint_layers(painter, viewport, exposed, transform)
        painter.restore()
        if self.divider is not None and not self.original:
            self._paint_divided(painter, viewport, exposed)

    def _paint_layers(
        self, painter: QPainter, viewport: Viewport, exposed: QRect, transform: QTransform
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        whole = QRectF(0, 0, *viewport.size)
        if self.preview is not None:
            if self.everywhere:
                painter.drawImage(whole, of_rgb(self.preview))
            else:
                self._paint_inside(painter, exposed, transform, whole)
            return
        if self.heat is not None:
            painter.setOpacity(HEAT_OPACITY)
            painter.drawImage(whole, of_rgb(self.heat))
            painter.setOpacity(1)
        seen = self._tint.alone or not self.overlay.is_empty  # no mask at all is black
        if self._tint.visible and self.divider is None and seen:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, viewport.zoom <= SHARP)
            self.overlay.fill(self.heat is None)
            painter.save()
            if self.lifted is not None:
                painter.setTransform(self.lifted, combine=True)
            self.overlay.paint(painter)
            painter.restore()
        bare = self.heat is None and self.divider is None
        if self._tint.visible and self._tint.unsure and self._unsure is not None and bare:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(whole, self._unsure)

    def _paint_inside(self, painter: QPainter, exposed: QRect, transform: QTransform, whole: QRectF) -> None:
        """The preview, cut out by the mask in a layer of its own."""
        assert self.preview is not None
        ratio = painter.device().devicePixelRatioF()
        layer = QImage(exposed.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        layer.setDevicePixelRatio(ratio)
        layer.fill(Qt.GlobalColor.transparent)
        inner = QPainter(layer)
        inner.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        inner.setTransform(transform * QTransform.fromTranslate(-exposed.x(), -exposed.y()))
        inner.drawImage(whole, of_rgb(self.preview))
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        self.overlay.paint_alpha(inner)
        inner.end()
        painter.resetTransform()
        painter.drawImage(exposed.topLeft(), layer)
        painter.setTransform(transform)

    def _paint_picture(
        self, painter: QPainter, pyramid: Pyramid | Edited, viewport: Viewport, seen: Rect
    ) -> None:
        image, factor = pyramid.seen(_source(seen, 1), viewport.zoom)
        if pyramid.has_alpha:
            painter.fillRect(QRectF(*seen), self._checks(painter))
        source = QRectF(_source(seen, factor)) & QRectF(image.rect())
        target = QRectF(source.topLeft() * factor, source.size() * factor)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, viewport.zoom <= SHARP)
        painter.drawImage(target, image, source)

    def _checks(self, painter: QPainter) -> QBrush:
        """Squares of one size on the screen, whatever the zoom."""
        brush = QBrush(self._check)
        brush.setTransform(painter.transform().inverted()[0])
        return brush

    def _paint_divided(self, painter: QPainter, viewport: Viewport, exposed: QRect) -> None:
        assert self.divider is not None
        x = round(self.divider * viewport.area.width())
        left = exposed & QRect(0, 0, x, round(viewport.area.height()))
        if self._opened is not None and not left.isEmpty():
            painter.save()
            painter.setClipRect(left)
            painter.setTransform(viewport.transform())
            painter.setClipRect(QRectF(0, 0, *viewport.size), Qt.ClipOperation.IntersectClip)
            self._paint_picture(painter, self._opened, viewport, viewport.seen(QRectF(left)))
            painter.restore()
        _paint_handle(painter, x, viewport.area.height())


def _veil(doubt: np.ndarray) -> QImage:
    """A veil as dense as the doubt, float (h, w) in [0, 1]."""
    alpha = np.rint(doubt * 255 * VEIL_OPACITY).astype(np.uint8)
    return of_rgba(np.full((*doubt.shape, 3), VEIL, np.uint8), alpha)


def _source(seen: Rect, factor: int) -> QRect:
    """`seen` in pixels of a pyramid level, with what smoothing reads beyond it."""
    return QRect(*rects.cells(seen, factor)).adjusted(-2, -2, 2, 2)


def _checkerboard() -> QPixmap:
    tile = QPixmap(QSize(2 * CHECK, 2 * CHECK))
    tile.fill(QColor("#9a9a9a"))
    painter = QPainter(tile)
    for x, y in ((0, 0), (CHECK, CHECK)):
        painter.fillRect(x, y, CHECK, CHECK, QColor("#666666"))
    painter.end()
    return tile


def _paint_handle(painter: QPainter, x: int, height: float) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(x - 1.5, 0, 3, height), QColor(0, 0, 0, 110))
    painter.fillRect(QRectF(x - 0.5, 0, 1, height), QColor("white"))
    painter.setPen(QColor(0, 0, 0, 110))
    painter.setBrush(QColor("white"))
    painter.drawEllipse(QPointF(x, height / 2), 9, 9)
    painter.restore()
