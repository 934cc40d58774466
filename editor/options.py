"""The options of the tool in hand, over the canvas, and what the mask is handled with."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from core.edit.parameter import Option, Slide
from editor.actions import TOOLS
from editor.brush import LARGEST, SMALLEST, Brush
from editor.hints import ToolHint
from editor.icons import SIZE
from editor.pointing import Stand
from editor.qactions import Actions
from editor.select_options import SelectOptions, tolerance_slider
from editor.selecting import Selecting
from editor.tint import Tint
from editor.widgets.choice import Choice, row
from editor.widgets.number import NumberSlider

HEIGHT = 40
SLIDER = 180  # logical pixels of a name, a slider and an entry
TOLERANCE = 140  # of a slider and an entry
MASK = ("invert", "fill", "clear", "overlay", "overlay-color")
VIEW = ("fit", "one")


class ToolOptions(QToolBar):
    """The tool's own at the left, the mask's at the right. `fill` makes them, after the first paint."""

    def __init__(
        self,
        actions: Actions,
        brush: Brush,
        tint: Tint,
        selecting: Selecting,
        stand: Stand,
    ) -> None:
        super().__init__()
        self._actions, self._brush, self._tint, self._selecting = actions, brush, tint, selecting
        self._stand = stand
        self.setWindowTitle(self.tr("Tool Options"))
        self.setObjectName("options")
        self.setMovable(False)
        self.setFixedHeight(HEIGHT)
        self.toggleViewAction().setEnabled(False)  # no menu takes it away

    def fill(self) -> None:
        """Make the controls, and show those of the tool in hand."""
        self.diameter = NumberSlider(
            self.tr("Size"),
            Slide(1, 300, 1, 0, self.tr("px"), growth=0.05),
            self.tr("Diameter of brush and eraser, in pixels of the photo ([ and ] on the canvas)."),
            typed=(SMALLEST, LARGEST),
        )
        self.hardness = NumberSlider(
            self.tr("Hardness"),
            Slide(0, 100, 1, 0, "%", factor=100),
            self.tr("How sharp the edge of the brush is: 0 % fades from the middle, 100 % ends at once."),
        )
        self.mode = Choice(
            self.tr("Mode"),
            self.tr("What a stroke does. The right mouse button, or Alt, does the other."),
            (
                Option("brush", self.tr("Add"), self.tr("The mask holds what is painted: the brush.")),
                Option("eraser", self.tr("Subtract"), self.tr("What is painted leaves it: the eraser.")),
            ),
        )
        self._parts = QStackedWidget()  # as wide as the wider one: no tool moves the window's edge
        self._paints = self._brush_part()
        self._pans = self._part(*(self._button(name) for name in VIEW))
        self._frames = self._part()
        self.selects = SelectOptions(self._actions, self._selecting, self._stand)
        self._arrange()
        self._bind()
        self._show_tool()
        self._show_brush()
        self._show_tint()

    def _brush_part(self) -> QWidget:
        self.tolerance = tolerance_slider(
            self.tr(
                "Tolerance of Edges: how far red, green and blue may each be from where the stroke goes, "
                "of 255. It is the colour wand's tolerance."
            )
        )
        self.tolerance.label.hide()  # it stands beside Edges, and a window of 1024 has no room for its name
        self.tolerance.setFixedWidth(TOLERANCE)
        for slider in (self.diameter, self.hardness):
            slider.label.setMinimumWidth(0)
            slider.setFixedWidth(max(SLIDER, slider.minimumSizeHint().width()))  # by the name's length
        mode = row(self.tr("Mode"), self.mode)
        mode.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        label = mode.findChild(QLabel)
        assert label is not None
        label.setMinimumWidth(0)
        self.edges = QCheckBox(self.tr("Edges"))
        self.edges.setAccessibleName(self.tr("Follow edges"))
        self.edges.setToolTip(
            self.tr(
                "Within its size a stroke spreads to the picture's edges and no farther: over what hangs "
                "together with where it goes and has its colour. Of the picture as shown or of the photo, as "
                "the colour wand."
            )
        )
        return self._part(self.diameter, self.hardness, mode, self.edges, self.tolerance)

    @staticmethod
    def _part(*widgets: QWidget) -> QWidget:
        part = QWidget()
        box = QHBoxLayout(part)
        box.setContentsMargins(8, 0, 8, 0)
        box.setSpacing(16)
        for widget in widgets:
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        box.addWidget(ToolHint(), 1)  # a wide window doesn't draw the others apart
        return part

    def _arrange(self) -> None:
        for part in (self._paints, self._pans, self._frames, self.selects):
            self._parts.addWidget(part)
        self._parts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(self._parts)
        for name in MASK:
            self.addWidget(self._button(name))

    def _button(self, name: str) -> QToolButton:
        """What an action does, at hand; it can be reached by keys."""
        button = QToolButton()
        button.setObjectName(name)
        button.setDefaultAction(self._actions[name])
        button.setIconSize(QSize(SIZE, SIZE))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(self._actions[name].text().replace("&", "").rstrip("…"))
        return button

    def _bind(self) -> None:
        brush, actions, selecting = self._brush, self._actions, self._selecting
        self.diameter.valueChanged.connect(lambda size: setattr(brush, "size", size))
        self.hardness.valueChanged.connect(lambda hardness: setattr(brush, "hardness", hardness))
        self.mode.activated.connect(lambda _: actions[self.mode.currentData()].trigger())
        self.edges.toggled.connect(lambda on: setattr(brush, "edges", on))
        self.tolerance.valueChanged.connect(lambda value: setattr(selecting, "tolerance", round(value)))
        brush.changed.connect(self._show_brush)
        selecting.changed.connect(self._show_brush)
        self._tint.changed.connect(self._show_tint)
        for name in filter(None, TOOLS):
            actions[name].toggled.connect(self._show_tool)

    def _show_tool(self) -> None:
        tool = next(name for name in filter(None, TOOLS) if self._actions[name].isChecked())
        paints = dict.fromkeys(("brush", "eraser"), self._paints)
        parts = {"pan": self._pans, "area": self._frames, "transform": self._frames, **paints}
        self._parts.setCurrentWidget(parts.get(tool, self.selects))
        if tool in parts:
            hint = parts[tool].findChild(ToolHint)
            assert hint is not None
            hint.show_tool(tool)
        else:
            self.selects.show_tool(tool)
        self.mode.setCurrentIndex(max(0, self.mode.findData(tool)))

    def _show_brush(self) -> None:
        self.edges.setChecked(self._brush.edges)
        self.tolerance.setVisible(self._brush.edges)
        self.tolerance.setValue(self._selecting.tolerance)
        self.diameter.setValue(self._brush.size)
        self.hardness.setValue(self._brush.hardness)

    def _show_tint(self) -> None:
        swatch = QPixmap(SIZE, SIZE)
        swatch.fill(self._tint.color)
        self._actions["overlay-color"].setIcon(QIcon(swatch))
