"""The canvas: a surface that hands pointer, pen and keys to the tool in use."""

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPalette,
    QPen,
    QRegion,
    QTabletEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.document.strokes import Mode
from core.photo.masks.placed import Transform
from editor.brush import Brush
from editor.canvas.caption import Caption
from editor.canvas.drops import Drops
from editor.canvas.gestures import Gestures
from editor.canvas.surface import Surface
from editor.canvas.tools.area import AreaTool
from editor.canvas.tools.divider import Divider
from editor.canvas.tools.objects import ObjectTool
from editor.canvas.tools.pan import ARROWS, PanTool
from editor.canvas.tools.selection import SelectionTool
from editor.canvas.tools.tool import DrawnShape, Pointer, Pointing, Tool
from editor.canvas.tools.toolbox import toolbox
from editor.canvas.tools.transform import TransformTool
from editor.canvas.tools.wand import Pick
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.selecting import Selecting
from editor.tint import Tint

GOES_ON = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)  # with what a tool has begun
MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Alt)  # that tell a tool something while they are held

PAINTING = Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton


class Canvas(Surface):
    """Tools: those of `toolbox`. Space or the middle button pans with any of them."""

    pressed = Signal()  # by mouse or pen, before the tool works
    picked = Signal(object)  # a `Pick` of the colour wand
    drawn = Signal(object)  # a `DrawnShape` selection of a large picture
    pointed = Signal(object)  # a `Pointing` of the object tool, or None
    toolChanged = Signal(str)
    placed = Signal(object)  # a `Transform` of the mask
    dropped = Signal(QMimeData)  # files or a picture; gone when the slot returns

    def __init__(
        self,
        document: Document,
        brush: Brush,
        tint: Tint,
        selecting: Selecting,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, tint, parent)
        self.selecting = selecting
        self._pan = PanTool(self)
        self._divider = Divider(self, self.scene)
        self._tools: dict[str, Tool] = {"pan": self._pan, **toolbox(self, brush.tip, selecting)}
        self._tool: Tool = self._pan
        self._last: Pointer | None = None  # where the pointer was seen last
        self._active: Tool | None = None  # from press to release
        self._taken = 0, 0  # logical pixels of the upper and of the lower edge
        self._space = False
        self._tabbed = False  # the keyboard came here by Tab: that is shown
        self._caption, self._mode, self._told = Caption(), Caption(), Caption()
        self._drops = Drops(self)
        self._drops.dropped.connect(self.dropped)
        self._prepare()
        document.changed.connect(self._drop_stroke)
        document.chosen.changed.connect(self._follow_box)
        document.chosen.changed.connect(self._show_mode)
        document.changed.connect(self._show_mode)
        brush.changed.connect(self.update)
        selecting.changed.connect(self._hover_again)

    def _prepare(self) -> None:
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 180)
        self._gestures = Gestures(self.viewport)
        self.setAccessibleName(self.tr("Canvas"))
        self.setAccessibleDescription(
            self.tr(
                "The picture and its mask. Plus and minus zoom; with the hand, arrow keys pan. With brush or "
                "eraser, arrow keys move the brush, with Shift by one pixel; Return makes a dab, "
                "Shift+Return a straight line. With a selection tool, arrow keys move a cross; Return sets a "
                "corner or a point. With the area tool, Return sets a frame, arrow keys move it, with Alt "
                "its right and lower edge, and Delete takes it away. Ctrl and arrow keys pan; Escape takes "
                "back what is under way."
            )
        )
        self.setWhatsThis(self.accessibleDescription())

    # -- tools

    @property
    def tool(self) -> str:
        """The name of the tool in use."""
        return next(name for name, tool in self._tools.items() if tool is self._tool)

    def set_tool(self, name: str) -> None:
        """Use the tool of that name. KeyError for one that there isn't."""
        tool = self._tools[name]
        self.tell("")
        if isinstance(self._tool, TransformTool):
            self._tool.finish()
        self._cancel()
        self._tool.hover(None)
        self._tool = tool
        self._show_cursor()
        self.update()  # of what only one of them shows, too
        self.toolChanged.emit(name)

    @property
    def shows_frame(self) -> bool:
        """Also while the tool that takes it by its sides is in hand."""
        return super().shows_frame or isinstance(self._tool, AreaTool)

    def tell(self, text: str) -> None:
        """Say over the picture, until something else is done, why a press has come to nothing."""
        if text != self._told.text:
            self._told.text = text
            self.update()

    @property
    def told(self) -> str:
        """What is said of the last press; "" where it says all by itself."""
        return self._told.text

    def let_go(self) -> bool:
        """Take back what the hand has begun, if it has."""
        begun = self._active is not None or self._tool.pending
        self._cancel()
        return begun

    def repaint_cursor(self, region: QRegion) -> None:
        """Repaint where the tool's own cursor was or will be."""
        self.update(region)

    def pick(self, at: tuple[int, int], mode: Mode) -> None:
        """What has the colour of that pixel of the photo is wanted as a selection."""
        self.picked.emit(Pick(at, mode))

    def select(self, drawn: DrawnShape) -> None:
        """What was drawn is wanted as a selection; its line is shown until `clear_lines`."""
        self.drawn.emit(drawn)

    def clear_lines(self) -> None:
        """No selection is on its way any more."""
        for tool in self._tools.values():
            if isinstance(tool, SelectionTool):
                tool.set_down()

    def point(self, pointing: Pointing | None) -> None:
        """What is meant there is wanted; None: nothing any more."""
        self.pointed.emit(pointing)

    def show_taken(self, mask: np.ndarray | None) -> None:
        """Show what a click of the object tool would take, uint8 (h, w) over the whole photo, or nothing."""
        tool = self._tools["object"]
        assert isinstance(tool, ObjectTool)
        tool.show(mask)

    def lift(self, way: QTransform | None) -> None:
        """Show the mask where `way` takes each point of the photo, or where it is."""
        if way is not None or self.scene.lifted is not None:
            before = self._lifted()
            self.scene.lifted = way
            self.update(before | self._lifted())

    def _lifted(self) -> QRegion:
        """What the mask is painted on where it is shown; alone it is all there is to see."""
        if self.tint.alone:
            return QRegion(self.rect())
        box = QRectF(*self.scene.overlay.box)
        return QRegion(self.viewport.covering(self.scene.lifted.mapRect(box) if self.scene.lifted else box))

    def place(self, placement: Transform) -> None:
        """The mask is wanted there; it is shown there until it is."""
        self.placed.emit(placement)

    def set_down(self) -> None:
        """Show the mask where it is, unless it is in the hand: what was wanted of it is done, or given up."""
        if not (isinstance(self._tool, TransformTool) and self._tool.pending):
            self.lift(None)

    def hold_hand(self, held: bool) -> None:
        """Space is down or up, wherever the focus is: a press pans, with any tool."""
        if held != self._space:
            self._space = held
            self._show_cursor()

    @property
    def caption(self) -> str:
        """What is said to be shown in the picture's place."""
        return self._caption.text

    def set_caption(self, text: str) -> None:
        """Say what is shown in the picture's place; "" when it is the picture."""
        self._caption.text = text
        self.update()

    @property
    def mode(self) -> str:
        """What is said to be worked on; "" when it is the mask of the next edit."""
        return self._mode.text

    def _show_mode(self) -> None:
        layer = self.document.chosen.masked
        said = "" if layer is None else self.tr("Working on the mask of “{layer}” – Esc ends it")
        said = said.format(layer="" if layer is None else layer.name)
        if said != self._mode.text:
            self._mode.text = said
            self.update()

    # -- pointer and pen

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()
        pointer, button = self._pointer(event), event.button()
        if self.document.state.photo is None or self._active is not None:
            return
        if button == Qt.MouseButton.MiddleButton or (self._space and button == Qt.MouseButton.LeftButton):
            self._begin(self._pan, pointer)
        elif button == Qt.MouseButton.LeftButton and self._divider.is_at(event.position()):
            self._begin(self._divider, pointer)
        elif button == Qt.MouseButton.LeftButton or (button & PAINTING and self._tool is not self._pan):
            self._begin(self._tool, pointer)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event)
        if self._active is not None:
            self._active.move(pointer)
        elif self.document.state.photo is not None:
            self._tool.hover(pointer)
            self._show_cursor(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            self._end(self._pointer(event))

    def tabletEvent(self, event: QTabletEvent) -> None:
        event.accept()
        if self.document.state.photo is None:
            return
        pointer = self._pointer(event)
        if event.type() == QEvent.Type.TabletPress and self._active is None:
            self.pressed.emit()
            pans = self._space or event.button() == Qt.MouseButton.MiddleButton
            self._begin(self._pan if pans else self._tool, pointer)
        elif event.type() == QEvent.Type.TabletRelease:
            self._end(pointer)
        elif self._active is not None:
            self._active.move(pointer)
        else:
            self._tool.hover(pointer)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.document.state.photo is None:
            return
        self._gestures.roll(event)
        self.moved()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._last = None
        if self._active is None:
            self._tool.hover(None)

    def _drop_stroke(self, changed: Changed) -> None:
        """Stroke and mode belong to the photo that they began on, a mask shown elsewhere to that mask."""
        if changed.what & (What.MASK | What.LAYERS):
            self.lift(None)
            self.tell("")
            self._follow_box()
        if changed.what & What.PHOTO:
            self._cancel()
            self.clear_lines()
            self.selecting.replace()  # a mode is chosen for the mask that is being made

    def _follow_box(self) -> None:
        """It goes, and comes, with the mask that it is round: its handles stick out of that."""
        if isinstance(self._tool, TransformTool):
            self._tool.hover(self._last)

    def _hover_again(self) -> None:
        """The tool means something else where the pointer is."""
        if self._last is not None and self._active is None:
            self._tool.hover(self._last)

    def _hold(self, key: int, *, held: bool) -> None:
        """Shift or Alt is down or up, wherever the pointer is."""
        if self._last is not None:
            self._last = self._last.with_key(key, held=held)
            if self._active is None:
                self._tool.hover(self._last)
            elif self._active is not self._pan:
                self._active.move(self._last)

    def leave_above(self, height: int) -> None:
        """So many logical pixels at the upper edge are taken."""
        self._taken = height, self._taken[1]
        self._make_room()

    def leave_below(self, height: int) -> None:
        """So many logical pixels at the lower edge are taken."""
        self._taken = self._taken[0], height
        self._make_room()

    def _make_room(self) -> None:
        """The picture stays where it is under a press."""
        if self._active is None:
            self.leave(*self._taken)

    def _begin(self, tool: Tool, pointer: Pointer) -> None:
        self.tell("")
        self._active = tool
        tool.press(pointer)
        self._show_cursor()

    def _end(self, pointer: Pointer) -> None:
        if self._active is not None:
            self._active.release(pointer)
        self._active = None
        self._make_room()
        self._show_cursor()

    def _cancel(self) -> None:
        for tool in (self._active, self._tool if self._tool.pending else None):
            if tool is not None:
                tool.cancel()
        self._active = None
        self._make_room()

    def _pointer(self, event: QMouseEvent | QTabletEvent) -> Pointer:
        self._last = Pointer.of(event, self.viewport)
        return self._last

    def _show_cursor(self, at: QPointF | None = None) -> None:
        tool = self._active or (self._pan if self._space else self._tool)
        if self._active is None and at is not None and self._divider.is_at(at):
            tool = self._divider
        grabs = self._active is self._pan
        self.setCursor(Qt.CursorShape.ClosedHandCursor if grabs else tool.cursor)

    # -- keys, focus, touch

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.document.state.photo is None or not self._key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.hold_hand(False)
        else:
            if event.key() in MODIFIERS and self.document.state.photo is not None:
                self._hold(event.key(), held=False)
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._tabbed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._tabbed = False
        self.update()

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in GOES_ON
            and self._tool.pending
        ):
            event.accept()  # whoever has that key otherwise waits
            return True
        if isinstance(event, QNativeGestureEvent) and self._gestures.pinch(event):
            self.moved()
            return True
        return super().event(event)

    def _key(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers()
        if key == Qt.Key.Key_Escape:
            return self.let_go()
        if key in MODIFIERS:
            self._hold(key, held=True)
            return False
        if key == Qt.Key.Key_Space:
            self.hold_hand(True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif key in ARROWS and modifiers & Qt.KeyboardModifier.ControlModifier:
            return self._pan.key(key, modifiers)
        else:
            return self._active is None and self._tool.key(key, modifiers)
        return True

    def paint_over(self, painter: QPainter) -> None:
        """The tool's cursor, and a frame while something to open is held over it or the keyboard is here."""
        if self.document.state.photo is not None:
            self._tool.paint_cursor(painter)
        room = self.rect().adjusted(0, self.viewport.above, 0, -self.viewport.below)
        self._caption.paint(painter, room, self.font())
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        above = self._mode.paint(painter, room, self.font(), accent, low=True)
        self._told.paint(painter, above, self.font(), low=True)
        if self._tabbed:
            painter.setPen(QPen(accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        self._drops.paint(painter, accent)
