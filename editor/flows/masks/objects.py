"""Selecting objects at work: the engine's thread reads the picture once, and says what is pointed at."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject

from core.document.composite import Composite
from core.document.plane import Plane
from core.document.strokes import Mode
from core.edit.pointed import Taken
from core.errors import CoreError
from core.photo.rect import Rect, Size
from editor.banner import Banner
from editor.canvas.tools.tool import Pointing
from editor.canvas.view import Canvas
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.masks.click_look import ClickLook
from editor.flows.masks.line import MaskLine, Meant
from editor.flows.masks.wand import Wand
from editor.flows.models.models import Models
from editor.jobs import Jobs
from editor.pointing import Stand, Standing
from editor.worker import Point


class Objects(QObject):
    """One question at a time: clicks and boxes in their order, then where the pointer hovers now.

    Without a segmentation model a click takes what ends at the strongest edges round it, and that is seen
    before; a box takes what stands out in it from what lies round it.
    """

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        models: Models,
        wand: Wand,
        look: ClickLook,
        canvas: Canvas,
        stand: Stand,
        line: MaskLine,
        banner: Banner,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._jobs, self._models, self._wand = document, jobs, models, wand
        self._look, self._canvas, self._stand = look, canvas, stand
        self._line, self._banner = line, banner
        self._in_hand = self._failed = False
        self._running: tuple[Pointing | None, Meant] | None = None  # None in it: the picture is read
        self._wanted: list[tuple[Pointing, Meant]] = []
        self._hover: Pointing | None = None  # and not asked yet
        self._over = False  # the pointer is somewhere on the picture
        self._read: Composite | None = None  # the picture that is known to be read
        self._told: tuple[str, ...] = ()  # of memory, to the user
        canvas.toolChanged.connect(self._hold)
        canvas.pointed.connect(self.point)
        document.changed.connect(self._follow)
        models.segmenters.changed.connect(self._begin)
        look.seen.connect(self._show_look)
        jobs.taken.connect(self._take)
        jobs.pointFailed.connect(self._fail)
        jobs.busyChanged.connect(lambda _: self._show_stage())

    def point(self, pointing: Pointing | None) -> None:
        """Take what is meant there or, while the pointer only hovers, show it; None: show nothing."""
        if pointing is not None and pointing.mode is not None:
            self._failed = False
            self._wanted.append((pointing, self._meant()))
        else:
            self._hover, self._over = pointing, pointing is not None
            if pointing is None:
                self._show_nothing()
        self._next()

    def drop(self) -> bool:
        """Give up the clicks and boxes that aren't answered yet; False where there are none."""
        asked = self._running and self._running[0]
        under_way = bool(self._wanted) or (asked is not None and asked.mode is not None)
        self._wanted.clear()
        if under_way and self._running is not None:
            self._running = None, self._running[1]
        return under_way

    def _hold(self, tool: str) -> None:
        """The tool of that name is in hand."""
        held, self._in_hand = self._in_hand, tool == "object"
        if self._in_hand and not held:
            self._failed = False
            self._models.segmenters.look()
            self._begin()
        elif held and not self._in_hand:
            self._hover, self._over = None, False
            self._show_nothing()

    def _begin(self) -> None:
        """Read the picture before it is pointed at: with another segmenter, anew."""
        self._read, self._failed = None, False
        self._show_stage()
        self._next()

    def _follow(self, changed: Changed) -> None:
        """Another picture is shown: what was seen of the one before says nothing of it."""
        if changed.what & What.PHOTO:
            self._wanted.clear()
        if changed.what & (What.PHOTO | What.PICTURE):
            self._read, self._hover = None, None
            self._show_nothing()
            self._next()

    def _next(self) -> None:
        """Ask what is to be asked, unless something is asked already."""
        picture, folder = self._document.composite, self._models.segmenters.folder
        if folder == "":
            wanted, self._wanted = self._wanted, []
            for pointing, _ in wanted:
                self._do_without(pointing)
            if self._in_hand and self._hover is not None:
                click, self._hover = self._hover.pointed.clicks[0], None
                self._look.at((click.x, click.y))
        if self._running is not None or picture is None or not folder or self._failed:
            return
        if self._wanted:
            asked, meant = self._wanted.pop(0)
        elif self._in_hand and (self._hover is not None or self._read is not picture):
            asked, meant, self._hover = self._hover, self._meant(), None
        else:
            return
        self._running = asked, meant
        self._jobs.point(folder, self._models.asked[1], picture, asked and asked.pointed)
        self._show_stage()

    def _take(self, point: Point, taken: Taken | None) -> None:
        """The answer to what was asked last."""
        assert self._running is not None
        (asked, meant), self._running = self._running, None
        if point.picture is self._document.composite:
            self._read = point.picture
        if taken is not None and asked is not None:
            self._tell(taken)
            if asked.mode is not None:
                if meant == self._meant():
                    self._select(lambda: taken.mask, asked.mode, point.picture.original.size)
            elif self._over and self._read is point.picture:
                self._canvas.show_taken(taken.mask)
        self._show_stage()
        self._next()

    def _fail(self, error: CoreError) -> None:
        """Nothing more is asked by itself: the next click tries again."""
        self._running, self._read, self._hover = None, None, None
        self._failed = True
        self._wanted.clear()
        self._banner.error(error)
        self._show_stage()

    def _select(self, small: Callable[[], np.ndarray], mode: Mode, size: Size) -> None:
        """Make a small mask and bring it to the picture's size beside the window, and then into the mask."""
        from core.photo.masks.mask import enlarge_box

        def work() -> Plane:
            boxed = enlarge_box(small(), size)
            return Plane().with_max(boxed.box, boxed.values)

        self._line.make(work, mode, self.tr("Select object"))
        self._canvas.show_taken(None)  # the mask is seen, until the pointer goes on

    def _do_without(self, pointing: Pointing) -> None:
        """No segmentation model: clicks and boxes go by colours and edges."""
        assert pointing.mode is not None
        if pointing.pointed.box is not None:
            self._enclose(pointing.pointed.box, pointing.mode)
        else:
            click = pointing.pointed.clicks[0]
            taken = self._look.taken((click.x, click.y))
            if taken is not None:
                self._select(taken, pointing.mode, self._document.state.mask.size)
        self._show_nothing()  # the mask is seen, until the pointer goes on

    def _enclose(self, box: Rect, mode: Mode) -> None:
        """Select what stands in a box of what the wand looks at."""
        seen = self._wand.seen
        if seen is None:
            return

        def work() -> Plane:
            from core.photo.masks.enclosed import enclosed

            found = enclosed(seen.crop, seen.original.size, box, seen.original.space)
            return Plane().with_max(found.box, found.values)

        self._line.make(work, mode, self.tr("Select object"))

    def _show_look(self, mask: np.ndarray) -> None:
        """What a click would take by colours and edges."""
        if self._over and self._models.segmenters.folder == "":
            self._canvas.show_taken(mask)

    def _show_nothing(self) -> None:
        self._look.at(None)
        self._canvas.show_taken(None)

    def _tell(self, taken: Taken) -> None:
        """What was done for want of memory, once."""
        for notice in taken.notices:
            if notice not in self._told:
                self._banner.notice(notice)
        self._told = taken.notices

    def _meant(self) -> Meant:
        layer = self._document.chosen.masked
        return self._document.state.photo, None if layer is None else layer.id

    def _show_stage(self) -> None:
        if self._models.segmenters.folder == "":
            self._stand.stage = Standing.LACKING
        elif self._running is None:
            self._stand.stage = Standing.READY
        elif self._jobs.busy:
            self._stand.stage = Standing.WAITING
        else:
            fresh = self._read is self._document.composite
            self._stand.stage = Standing.READY if fresh else Standing.READING
