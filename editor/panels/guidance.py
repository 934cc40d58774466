"""Guidance: how strongly the prompt pulls at each step, and how the two predictions are combined."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QMenu, QStackedWidget, QVBoxLayout, QWidget

from core.diffusion.trace import StepTrace
from core.diffusion.weight import Points, Shape, Weight
from core.document.commands import update_draft
from core.edit.parameter import Option
from editor.document.document import Changed, Document, What
from editor.panels.combining import Combining
from editor.panels.controls import Controls
from editor.panels.guidance_weight import Course, Preset, as_curve, course, with_curve, with_interval
from editor.panels.target import TargetSection
from editor.panels.weight_pages import CurvePage, DecayPage, IntervalPage, interval_of
from editor.widgets.choice import Choice, row
from editor.widgets.icons import IconButton, quiet
from editor.widgets.section import Section

if TYPE_CHECKING:
    from editor.panels.curve import CurveEditor
    from editor.panels.traces import Legend, TracePlot

AFTER_PAINT = 300  # ms: the plots' library takes a third of a second to import, so not before the first paint
PAUSE = 50  # ms without a change before the cost is counted: never in the way of a brush stroke
CURVE_HEIGHT = 168
TRACES_HEIGHT = 112
PAGES = (Course.DECAY, Course.INTERVAL, Course.CURVE)


class GuidancePanel(Section):
    """The weight over the steps and what it costs; how it is combined; a target; the norms measured."""

    def __init__(self, document: Document) -> None:
        super().__init__("guidance")
        self.set_title(self.tr("Guidance"))
        self._document = document
        self._sliders = Weight()  # what “back to the sliders” goes back to
        self._traces: tuple[StepTrace, ...] = ()
        self._trace_steps: int | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self.curve: CurveEditor | None = None
        self.plot: TracePlot | None = None
        self.legend: Legend | None = None
        self._build()
        self._arrange()
        self._bind()
        self._show()
        self._show_cost()
        self._show_traces()

    def show_traces(self, traces: tuple[StepTrace, ...], steps: int | None = None) -> None:
        """Draw the measured norms of the decode steps done so far, of `steps` (None: as many as are set)."""
        self._traces = traces
        self._trace_steps = steps
        self._show_traces()

    def clear_traces(self) -> None:
        """Take the measured norms away."""
        self.show_traces(())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.curve is None:
            QTimer.singleShot(AFTER_PAINT, self, self.build_plots)

    def build_plots(self) -> None:
        """Make the two plots, once."""
        if self.curve is not None:
            return
        from editor.panels.curve import CurveEditor
        from editor.panels.traces import Legend, TracePlot

        self.curve, self.plot, self.legend = CurveEditor(), TracePlot(), Legend()
        self.plot.view.setXLink(self.curve.view)
        _fill(self._curve_place, self.curve)
        _fill(self._plot_place, self.plot)
        self.norms.rows.addWidget(self.legend)
        self.curve.pointsChanged.connect(self._take_points)
        self.curve.selected.connect(self._show_point)
        self.legend.toggled.connect(self.plot.set_shown)
        self._show()
        self._show_traces()

    def _build(self) -> None:
        self.controls = Controls(self._document, "guidance", parent=self)
        self.follows = Choice(
            self.tr("Course"), self.tr("How the weight runs over the steps."), self._courses()
        )
        self.presets = self._preset_button()
        self.decay = DecayPage(self._document)
        self.interval = IntervalPage()
        self.free = CurvePage()
        self.pages = QStackedWidget()
        for page in (self.decay, self.interval, self.free):
            self.pages.addWidget(page)
        self._curve_place = _place(CURVE_HEIGHT)
        self._plot_place = _place(TRACES_HEIGHT)
        self.combining = Combining(self._document)
        self.target = TargetSection(self._document)
        self.cost = QLabel()
        self.cost.setWordWrap(True)
        self.cost.setToolTip(
            self.tr("How often the model is asked: an evaluation is one sample through the UNet.")
        )
        self.norms = Section("norms", self.tr("Measured norms"), nested=True)
        self.measured = QLabel()

    def _arrange(self) -> None:
        course = row(self.tr("Course"), self.follows)
        layout = course.layout()
        assert layout is not None
        layout.addWidget(self.presets)
        quiet(self.cost)
        quiet(self.measured)
        self.norms.rows.addWidget(self.measured)
        self.norms.rows.addWidget(self._plot_place)
        above = *self.controls.holders(), course, self.pages, self._curve_place, self.cost
        for widget in (*above, self.combining, self.target, self.norms):
            self.rows.addWidget(widget)

    def _bind(self) -> None:
        self.follows.activated.connect(lambda i: self._take_course(PAGES[i]))
        self.interval.changed.connect(lambda ends: self._take(with_interval(self._weight, ends)))
        self.free.moved.connect(self._move_point)
        self.free.addRequested.connect(lambda: self.curve and self.curve.insert_point())
        self.free.removeRequested.connect(lambda: self.curve and self.curve.remove_point())
        self.free.backRequested.connect(lambda: self._take(self._sliders))
        self._pause.timeout.connect(self._show_cost)
        self._document.changed.connect(self._hear)

    @property
    def _weight(self) -> Weight:
        return self._document.state.draft.guidance

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT:
            self._show()
        if change.what & (What.DRAFT | What.MASK | What.PHOTO):
            self._pause.start()

    def _show(self) -> None:
        weight, steps = self._weight, self._document.state.draft.decode_steps
        now = course(weight)
        if now is not Course.CURVE:
            self._sliders = weight
        if now is Course.INTERVAL:
            self.interval.show_interval(interval_of(weight))
        self.follows.setCurrentIndex(PAGES.index(now))
        self.pages.setCurrentIndex(PAGES.index(now))
        for widget in self.controls.holders("guidance"):
            widget.setEnabled(now is not Course.CURVE)
        if self.curve is not None:
            self.curve.show_weight(weight, steps)
            self._show_point()

    def _show_cost(self) -> None:
        cost = self._document.cost()
        if self._document.state.draft.skip < 1:
            text = self.tr("At most {decode} evaluations to decode · {total} in all")
        elif self._document.may_cost_less:
            text = self.tr("{decode} evaluations to decode · at most {total} in all")
        else:
            text = self.tr("{decode} evaluations to decode · {total} in all")
        self.cost.setText(text.format(decode=cost.decode, total=cost.total))

    def _show_point(self) -> None:
        if self.curve is not None:
            self.free.show_point(self.curve.points, self.curve.selection, self.curve.steps)

    def _show_traces(self) -> None:
        steps = max(self._trace_steps or self._document.state.draft.decode_steps, len(self._traces))
        if self.plot is not None and self.legend is not None:
            self.plot.show_traces(self._traces, steps)
            self.legend.show_traces(self._traces)
        self.measured.setText(
            self.tr("Step {i} of {n}").format(i=len(self._traces), n=steps)
            if self._traces
            else self.tr("Drawn here while an edit runs.")
        )

    def _take(self, weight: Weight) -> None:
        if weight != self._weight:
            self._document.adjust(update_draft(guidance=weight), source=self)

    def _take_points(self, points: Points) -> None:
        self._take(with_curve(self._weight, points))

    def _take_course(self, chosen: Course) -> None:
        match chosen:
            case Course.CURVE:
                self._take(as_curve(self._weight))
            case Course.INTERVAL:
                self._take(with_interval(self._weight, interval_of(self._weight)))
            case Course.DECAY:
                self._take(
                    Weight(
                        self._sliders.scale, self._sliders.decay, self._sliders.decay_to, self._sliders.shape
                    )
                )

    def _move_point(self, p: float, w: float) -> None:
        if self.curve is not None and self.curve.selection >= 0:
            self.curve.move_point(p, w)

    def _courses(self) -> tuple[Option, ...]:
        return (
            Option(
                Course.DECAY, self.tr("Steady or decay"), self.tr("The scale, fading as far as Decay says.")
            ),
            Option(
                Course.INTERVAL,
                self.tr("Only in between"),
                self.tr("The scale within an interval of the steps, 1 outside: limited-interval guidance."),
            ),
            Option(
                Course.CURVE,
                self.tr("Free curve"),
                self.tr("Through the points that you drag, joined by a monotone cubic."),
            ),
        )

    def _preset_list(self) -> tuple[Preset, ...]:
        return (
            Preset(self.tr("Constant"), self.tr("the same pull at every step, as in the paper")),
            Preset(self.tr("Fade to the prompt alone"), self.tr("linear decay to 1"), 1.0),
            Preset(self.tr("Fade early"), self.tr("exponential decay to 1"), 1.0, shape=Shape.EXPONENTIAL),
            Preset(self.tr("Fade out"), self.tr("cosine decay to 0"), 1.0, 0, Shape.COSINE),
            Preset(self.tr("Only the first half"), self.tr("interval 0:0.5"), interval=(0.0, 0.5)),
            Preset(self.tr("Only the middle"), self.tr("interval 0.25:0.75"), interval=(0.25, 0.75)),
        )

    def _preset_button(self) -> IconButton:
        button = IconButton(
            "bookmarks", self.tr("Presets"), self.tr("Presets: courses to start from; the scale stays.")
        )
        button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        for preset in self._preset_list():
            action = menu.addAction(preset.name, lambda preset=preset: self._take(preset.on(self._weight)))
            action.setToolTip(preset.term)
        button.setMenu(menu)
        return button


def _place(height: int) -> QWidget:
    """Room kept for a plot that comes later, so that nothing jumps when it does."""
    place = QWidget()
    place.setFixedHeight(height)
    QVBoxLayout(place).setContentsMargins(0, 0, 0, 0)
    return place


def _fill(place: QWidget, plot: QWidget) -> None:
    layout = place.layout()
    assert layout is not None
    layout.addWidget(plot)
