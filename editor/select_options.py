"""The options of the selection tools: what a selection does to the mask, and what the tool in hand asks."""

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QWidget

from core.document.strokes import Mode
from core.edit.parameter import Option, Slide
from editor.hints import ToolHint
from editor.icons import SIZE
from editor.pointing import Stand, Standing
from editor.qactions import Actions
from editor.selecting import MOST, Selecting
from editor.widgets.button import push_button
from editor.widgets.choice import Choice
from editor.widgets.number import NumberSlider

TOLERANCE = 220  # logical pixels of its name, slider and entry
WIDEST = 1000  # pixels of the photo that a shape may fade over
SHAPES = ("rectangle", "ellipse", "lasso")
FINE = 4  # device pixels for one of the screen's at most: icons stay sharp at 400 %


class SelectOptions(QWidget):
    """Four modes, of which one is on; what shapes, wand and gradient ask for; a hint."""

    def __init__(self, actions: Actions, selecting: Selecting, stand: Stand) -> None:
        super().__init__()
        self._selecting, self._stand = selecting, stand
        self._tool = ""
        self._actions = {mode: actions[f"mode-{mode.value}"] for mode in Mode}
        self.modes = {mode: self._button(action) for mode, action in self._actions.items()}
        self.hint = ToolHint()
        box = QHBoxLayout(self)
        box.setContentsMargins(8, 0, 8, 0)
        box.setSpacing(16)
        modes = QHBoxLayout()
        modes.setSpacing(2)
        for button in self.modes.values():
            modes.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        box.addLayout(modes)
        self._make_wand()
        self._make_gradient()
        self._make_feather()
        self._make_get(actions["get-segmenter"])
        self._own = (*self._wand, *self._gradient, *self._shapes, self.get)
        for widget in self._own:
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        box.addWidget(self.hint, 1)
        for widget in self._own:
            widget.hide()  # until their tool is in hand
        selecting.changed.connect(self._show)
        stand.changed.connect(self._follow)
        self._show()
        self._tint()

    def show_tool(self, tool: str) -> None:
        """What the tool of that name asks for."""
        self._tool = tool
        self.hint.show_tool(tool, self._stand.stage)
        for button in self.modes.values():
            button.setVisible(tool != "clicks")  # which keep or drop, whatever is chosen
        parts = {"wand": self._wand, "gradient": self._gradient, **dict.fromkeys(SHAPES, self._shapes)}
        if self._stand.stage is Standing.LACKING:
            parts["object"] = (self.get,)
        shown = parts.get(tool, ())
        for widget in sorted(self._own, key=lambda one: one in shown):  # what goes first makes room
            widget.setVisible(widget in shown)

    def _follow(self) -> None:
        if self._tool == "object":
            self.show_tool(self._tool)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._tint()

    def _make_wand(self) -> None:
        """What says which pixels have the colour of the one that is pressed."""
        self.tolerance = tolerance_slider(
            self.tr("How far red, green and blue may each be from the pixel's that you press, of 255.")
        )
        self.tolerance.label.setMinimumWidth(0)
        self.tolerance.setMaximumWidth(TOLERANCE)
        self.contiguous = QCheckBox(self.tr("Contiguous"))
        self.contiguous.setToolTip(
            self.tr("Only what hangs together with that pixel; off: whatever has its colour, anywhere.")
        )
        self.as_shown = QCheckBox(self.tr("As shown"))
        self.as_shown.setToolTip(
            self.tr("By the picture as shown, with its layers; off: by the photo as it was opened.")
        )
        for box in (self.contiguous, self.as_shown):
            box.setAccessibleName(box.text())
        selecting = self._selecting
        self.tolerance.valueChanged.connect(lambda value: setattr(selecting, "tolerance", round(value)))
        self.contiguous.toggled.connect(lambda on: setattr(selecting, "contiguous", on))
        self.as_shown.toggled.connect(lambda on: setattr(selecting, "as_shown", on))
        self._wand: tuple[QWidget, ...] = self.tolerance, self.contiguous, self.as_shown

    def _make_gradient(self) -> None:
        self.course = Choice(
            self.tr("Course"),
            self.tr("How the gradient fades."),
            (
                Option(False, self.tr("Linear"), self.tr("Along the line that you drag.")),
                Option(True, self.tr("Radial"), self.tr("Round the point where you begin.")),
            ),
        )
        self.course.activated.connect(lambda _: setattr(self._selecting, "radial", self.course.currentData()))
        self._gradient: tuple[QWidget, ...] = (self.course,)

    def _make_feather(self) -> None:
        """How soft the edge is of what is drawn next."""
        self.feather = NumberSlider(
            self.tr("Feather"),
            Slide(0, 200, unit=self.tr("px"), growth=0.05),
            self.tr(
                "How far the shape that you draw next fades to either side of its edge, in pixels of the "
                "photo. What is masked already stays as it is: Mask ▸ Feather softens that."
            ),
            typed=(0, WIDEST),
        )
        self.feather.label.setMinimumWidth(0)
        self.feather.setMaximumWidth(TOLERANCE)
        self.feather.valueChanged.connect(lambda pixels: setattr(self._selecting, "feather", pixels))
        self._shapes: tuple[QWidget, ...] = (self.feather,)

    def _make_get(self, action: QAction) -> None:
        """The way to what the object tool lacks."""
        self.get = push_button(self.tr("Get SAM 2.1…"), action.toolTip())
        self.get.clicked.connect(action.trigger)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setObjectName(action.objectName())
        button.setDefaultAction(action)
        button.setIconSize(QSize(SIZE, SIZE))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text().replace("&", ""))
        return button

    def _show(self) -> None:
        selecting = self._selecting
        self._actions[selecting.mode].setChecked(True)
        self.feather.setValue(selecting.feather)
        self.tolerance.setValue(selecting.tolerance)
        self.contiguous.setChecked(selecting.contiguous)
        self.as_shown.setChecked(selecting.as_shown)
        self.course.setCurrentIndex(self.course.findData(selecting.radial))

    def _tint(self) -> None:
        for mode, action in self._actions.items():
            action.setIcon(_icon(mode, self.palette()))


def tolerance_slider(tip: str) -> NumberSlider:
    """For the one tolerance of wand and brush."""
    return NumberSlider(
        QCoreApplication.translate("SelectOptions", "Tolerance"), Slide(0, 128, 1), tip, typed=(0, MOST)
    )


def _icon(mode: Mode, palette: QPalette) -> QIcon:
    """Two squares, what becomes of them filled: in the palette's colours, on the accent too."""
    icon = QIcon()
    for role, state in (
        (QPalette.ColorRole.WindowText, QIcon.State.Off),
        (QPalette.ColorRole.HighlightedText, QIcon.State.On),
    ):
        pixmap = QPixmap(SIZE * FINE, SIZE * FINE)
        pixmap.setDevicePixelRatio(FINE)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setPen(QPen(palette.color(role), 1))
        painter.setBrush(palette.color(role))
        old, new = QPainterPath(), QPainterPath()
        old.addRect(QRectF(2.5, 2.5, 10, 10))
        new.addRect(QRectF(*((5, 5) if mode is Mode.REPLACE else (7.5, 7.5)), 10, 10))
        kept = {
            Mode.REPLACE: new,
            Mode.ADD: old.united(new),
            Mode.SUBTRACT: old.subtracted(new),
            Mode.INTERSECT: old.intersected(new),
        }
        painter.drawPath(kept[mode])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if mode is not Mode.REPLACE:
            painter.drawPath(old.united(new).simplified())
        painter.drawPath(kept[mode])
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon
