"""The surface of the canvas: what of the document is shown, and from where; no tools, no pointer."""

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.document.composite import Composite
from core.document.mask import Mask
from core.edit.result import HeatMap
from core.photo import rect as rects
from core.photo.rect import Rect
from editor.canvas.card import PhotographCard
from editor.canvas.empty import EmptyState
from editor.canvas.frame import AreaFrame
from editor.canvas.label import paint_sides
from editor.canvas.scene import Scene
from editor.canvas.sleeping import SleepingLabel
from editor.canvas.viewport import Viewport
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.tint import Tint

DARK, LIGHT = QColor("#181818"), QColor("#dcdcdc")
MARCH = 200  # milliseconds between two steps of the ants
IDLE = 150  # milliseconds without a change after which the mask is shown feathered


class Surface(QWidget):
    """Shows a document: the picture, its mask, heat map and live preview, zoomed, panned and turned."""

    zoomChanged = Signal(float)

    def __init__(self, document: Document, tint: Tint, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.viewport = Viewport()
        self.tint = tint
        self.scene = Scene(tint)
        self.frame = AreaFrame()
        self.sleeping = SleepingLabel()
        self._fitted = True  # a resize fits again, until the user zooms or pans
        self._told_zoom = 0.0
        self._tinted = tint.visible, tint.unsure, tint.alone
        self._instead: Composite | None = None  # what is shown in the place of the document's picture
        self.empty = EmptyState(self)
        self.card = PhotographCard(self)
        self._building = QTimer(self, interval=0)
        self._idle = QTimer(self, interval=IDLE, singleShot=True)
        self._ants = QTimer(self, interval=MARCH)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._bind()
        self._show(Changed(What.ALL))

    def _bind(self) -> None:
        self.document.changed.connect(self._show)
        self.document.chosen.changed.connect(self._choose)
        self.tint.changed.connect(self._restyle)
        self._building.timeout.connect(self._build)
        self._idle.timeout.connect(self._settle)
        self._ants.timeout.connect(self._march)
        self._send_ants()

    # -- where to look from

    @property
    def zoom(self) -> float:
        """Device pixels per photo pixel: 1.0 is 100 %."""
        return self.viewport.zoom

    @zoom.setter
    def zoom(self, zoom: float) -> None:
        self.viewport.zoom_at(zoom, QRectF(self.rect()).center())
        self.moved()

    def zoom_in(self) -> None:
        """To the next larger round zoom, about the middle."""
        self.zoom = self.viewport.step(1)

    def zoom_out(self) -> None:
        """To the next smaller round zoom, about the middle."""
        self.zoom = self.viewport.step(-1)

    def one_to_one(self) -> None:
        """One device pixel for each photo pixel."""
        self.zoom = 1.0

    def fit(self) -> None:
        """The whole photo, and again after each resize."""
        self.viewport.fit()
        self.moved()
        self._fitted = True

    def leave(self, above: int, below: int) -> None:
        """So many logical pixels at the upper and lower edge are taken: a picture that is fitted lies between
        them.
        """
        if (above, below) != (self.viewport.above, self.viewport.below):
            self.viewport.above, self.viewport.below = above, below
            if self._fitted:
                self.fit()
            self.update()

    def rotate_view(self, degrees: float) -> None:
        """Turn the view, not the photo, clockwise by `degrees`."""
        self.viewport.turn_to(self.viewport.angle + degrees)
        if self._fitted:
            self.fit()
        self.moved(keep_fit=True)

    def reset_view(self) -> None:
        """Upright, and the whole photo."""
        self.viewport.turn_to(0.0)
        self.fit()

    def moved(self, *, keep_fit: bool = False) -> None:
        """The view shows another part of the photo."""
        self._fitted = self._fitted and keep_fit
        self.update()
        if self._told_zoom != self.viewport.zoom and self.document.state.photo is not None:
            self._told_zoom = self.viewport.zoom
            self.zoomChanged.emit(self._told_zoom)

    # -- what to show

    def set_found(self, heat: HeatMap) -> None:
        """The end of a search: what the mask of a preview is cut from until the edit is accepted."""
        self.scene.set_found(heat)

    def set_heat(self, values: np.ndarray | None) -> None:
        """Show a heat map, float (h, w) in [0, 1], over the whole photo in inferno; None takes it away."""
        self.scene.set_heat(values)
        self.update()

    def set_preview(self, rgb: np.ndarray | None, *, everywhere: bool = False) -> None:
        """Show a small picture of the whole photo, uint8 (h, w, 3), inside the mask or `everywhere`, or none.

        While the mask is empty, the heat map last shown is cut in its place.
        """
        ends = self.scene.preview is not None and rgb is None
        self.scene.set_preview(rgb, self.document.state, everywhere=everywhere)
        if ends:
            self._show_mask(Changed(What.MASK))
        self.update()

    def try_mask(self, mask: Mask | None) -> None:
        """Show another mask of the photo's size in place of the one that is worked on, or that one again: as
        the paste-back will use it, at once.
        """
        overlay = self.scene.overlay
        overlay.let_sleep(mask is None and self._sleeps)
        self._repaint(overlay.show(mask or self.document.chosen.mask(), sliced=True))
        self._soften()
        self._go_on_building()

    def show_instead(self, composite: Composite | None) -> None:
        """Show the photo under other layers than the document's, or under those again.

        For as long as the photo is open; what the document changes meanwhile isn't seen.
        """
        own, self._instead = self.document.composite, composite
        if own is not None:
            self._repaint([self.scene.follow(composite or own)])

    def set_resolution(self, pixels: int) -> None:
        """A model is loaded: its own resolution, as the side of a square, decides how large an area is."""
        self.frame.pixels = pixels
        self._idle.start()

    @property
    def shows_mask(self) -> bool:
        """The mask is seen, with what belongs to it: not beside an edit that is looked at, nor under a heat
        map.
        """
        scene = self.scene
        alone = scene.preview is None and scene.heat is None and scene.divider is None
        return self.tint.visible and not scene.original and alone

    @property
    def shows_frame(self) -> bool:
        """The frame round the area is seen, while the mask isn't hidden."""
        return self.tint.visible and not self.scene.original

    def show_original(self, shown: bool) -> None:
        """The photo as opened, with nothing over it."""
        self.scene.original = shown
        self.update()

    def set_compare(self, on: bool) -> None:
        """A divider to drag: left of it the photo as opened, right of it the picture as edited."""
        self.scene.divider = 0.5 if on else None
        self.update()

    # -- following document and tint

    def _restyle(self) -> None:
        overlay = self.scene.overlay
        overlay.restyle(self.tint.color, self.tint.opacity, ants=self.tint.ants, alone=self.tint.alone)
        shown, self._tinted = self._tinted, (self.tint.visible, self.tint.unsure, self.tint.alone)
        self._send_ants()
        self._repaint([overlay.box])
        if shown != self._tinted:
            self.update()  # the frame comes and goes with it, and the veil lies everywhere

    def _send_ants(self) -> None:
        """They march while they are shown."""
        marches = self.tint.ants and self.tint.visible and not self.tint.alone
        if marches != self._ants.isActive():
            (self._ants.start if marches else self._ants.stop)()

    def _march(self) -> None:
        if self.isVisible():
            self._repaint([self.scene.overlay.march()])

    def _show(self, changed: Changed) -> None:
        if changed.what & What.PHOTO:
            self._open()
        elif changed.what & What.PICTURE and self.document.composite is not None and self._instead is None:
            self._repaint([self.scene.follow(self.document.composite)])
        if changed.what & self._masks:
            self._show_mask(changed)
        if changed.what & (self._masks | What.DRAFT):
            self._say_asleep()
            self._idle.start()
        drawn = not isinstance(self.document.state.draft.area, str)  # known without a look at the mask
        if changed.what & What.DRAFT and drawn and self.frame.follow(self.document.state):
            self.update()

    @property
    def _masks(self) -> What:
        """What changes the mask that is shown: that of the next edit, or a layer's own."""
        return What.MASK if self.document.chosen.masked is None else What.LAYERS

    def _choose(self) -> None:
        """Another mask is worked on, or still the same."""
        self._show_mask(Changed(What.MASK))
        self._say_asleep()
        self._idle.start()

    def _open(self) -> None:
        state, self._instead = self.document.state, None
        self.scene.open(state, self.document.composite)
        self.frame.rect = None
        self.empty.setVisible(state.photo is None)
        if state.photo is not None:
            self.viewport.size = state.photo.size
            self.viewport.turn_to(0.0)
            self._building.start()
        self._measure()
        self._told_zoom = 0.0  # its zoom is news, whatever it is
        self.fit()

    def _show_mask(self, changed: Changed) -> None:
        chosen = self.document.chosen
        mask, sleeps = chosen.mask(), self._sleeps
        if self.scene.is_held and sleeps:
            return  # the words of the next edit are being typed: the run's own mask stays
        overlay = self.scene.overlay
        overlay.let_sleep(sleeps)
        if changed.rect is None:
            self._show_unsure(self.document.state.mask if sleeps else mask)
        rect = changed.rect
        self._repaint(
            overlay.show(mask, sliced=True) if rect is None else overlay.refresh(mask, rect, sliced=True)
        )
        self._go_on_building()

    @property
    def _sleeps(self) -> bool:
        """The mask that is shown isn't that of the next edit yet."""
        return self.document.chosen.masked is None and self.document.state.mask.sleeps

    def _say_asleep(self) -> None:
        """What it was found for, beside it."""
        asleep = self.document.chosen.mask() if self._sleeps else None
        if self.sleeping.follow(self.document.state, asleep):
            self.update()

    def _show_unsure(self, mask: Mask) -> None:
        before = self.scene.is_unsure
        self.scene.show_unsure(mask, self.document.state.draft.find.threshold)
        if self.tint.unsure and (before or self.scene.is_unsure):
            self.update()

    def _build(self) -> None:
        """A step of a few milliseconds between events, so that the largest photo opens without a stall."""
        self._repaint([self.scene.build()])
        if not self.scene.is_building:
            self._building.stop()

    def _go_on_building(self) -> None:
        if self.scene.is_building:
            self._building.start()

    def _settle(self) -> None:
        """Once the hand rests, the mask is shown as the paste-back will use it, and the area for it."""
        self._soften()
        if self.frame.follow(self.document.state):
            self.update()

    def _soften(self) -> None:
        apart = self.document.chosen.masked is not None  # a layer's mask is feathered already
        self._repaint(self.scene.overlay.feather(0.0 if apart else self.document.state.draft.feather))

    def _repaint(self, parts: list[Rect]) -> None:
        """Paint parts of the photo anew, and nothing else."""
        for rect in parts:
            if not rects.is_empty(rect):
                self.update(self.viewport.covering(rect))

    # -- Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.empty.setGeometry(self.rect())
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._measure()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._look()
        painter = QPainter(self)
        dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        painter.fillRect(event.rect(), DARK if dark else LIGHT)
        self.scene.paint(painter, self.viewport, event.rect())
        if self.scene.divider is not None and not self.scene.original:
            x = self.scene.divider * self.viewport.area.width()
            paint_sides(painter, self.tr("Before"), self.tr("After"), x, self.viewport, self.font())
        self._go_on_building()
        if self.shows_frame:
            accent = self.palette().color(QPalette.ColorRole.Highlight)
            self.frame.paint(painter, self.viewport, accent, self.font())
        if self.shows_mask:
            self.sleeping.paint(painter, self.viewport, self.font())
        self.paint_over(painter)
        painter.end()

    def paint_over(self, painter: QPainter) -> None:
        """What a subclass shows on top, in widget coordinates."""

    def _measure(self) -> None:
        self.viewport.area = QSizeF(self.size())
        self.viewport.ratio = self.devicePixelRatioF()
        if self._fitted:
            self.fit()

    def _look(self) -> None:
        seen = self.viewport.seen(QRectF(self.rect()))
        if self.scene.overlay.look(seen, self.viewport.factor()):
            self._idle.start()
