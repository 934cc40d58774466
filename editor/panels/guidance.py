"""Guidance: how strongly the prompt pulls at each step."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from core.diffusion.weight import Guided, Points, Shape, Weight
from core.document.commands import update_draft
from core.edit.parameter import Option
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.panels.controls import Controls
from editor.panels.guidance_weight import Course, Preset, as_curve, course, with_curve, with_interval
from editor.panels.weight_pages import WeightPages, interval_of
from editor.widgets.choice import Choice, row
from editor.widgets.icons import IconButton, quiet
from editor.widgets.section import Section

if TYPE_CHECKING:
    from editor.panels.curve import CurveEditor

PAUSE = 50  # ms without a change before the cost is counted: never in the way of a brush stroke
CURVE_HEIGHT = 168
PAGES = (Course.DECAY, Course.INTERVAL, Course.CURVE)


class GuidancePanel(Section):
    """The scale and the curve that the weight follows, and what it costs; what bends the curve is folded.

    plotWanted  it is shown and has no curve yet: `build_plot` once what that imports is there
    """

    plotWanted = Signal()

    def __init__(self, document: Document, pages: WeightPages) -> None:
        super().__init__("guidance")
        self.set_title(self.tr("Guidance"))
        self._document = document
        self.pages = pages
        self.decay, self.interval, self.free = pages.decay, pages.interval, pages.free
        self._gesture = 0  # drags and entries so far
        self._sliders = Weight()  # what “back to the sliders” goes back to
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self.curve: CurveEditor | None = None
        self.add_own: Callable[[QMenu], None] = lambda _: None  # to the presets: those that the user keeps
        self._build()
        self._arrange()
        self._bind()
        self._show()
        self._show_cost()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.curve is None:
            self.plotWanted.emit()

    def build_plot(self) -> None:
        """Make the curve's editor, once. Its library takes a third of a second to import."""
        if self.curve is not None:
            return
        from editor.panels.curve import CurveEditor

        self.curve = CurveEditor()
        layout = self._place.layout()
        assert layout is not None
        layout.addWidget(self.curve)
        self.curve.pointsChanged.connect(self._take_points)
        self.curve.selected.connect(self._show_point)
        self.curve.gestureStarted.connect(self._begin)
        self._show()

    def _build(self) -> None:
        self.controls = Controls(self._document, "guidance", parent=self)
        self.schedule = Section("schedule", self.tr("Schedule"), nested=True)
        self.follows = Choice(
            self.tr("Follows"), self.tr("How the weight runs over the steps."), self._courses()
        )
        self.presets = self._preset_button()
        self._place = QWidget()  # room kept for the curve, so that nothing jumps when it comes
        self._place.setFixedHeight(CURVE_HEIGHT)
        QVBoxLayout(self._place).setContentsMargins(0, 0, 0, 0)
        self.guided = QLabel(wordWrap=True)
        self.cost = QLabel(wordWrap=True)
        self.cost.setToolTip(
            self.tr("How often the model is asked: an evaluation is one sample through the UNet.")
        )

    def _show_guided(self) -> None:
        """Why some of the settings have no effect on the loaded model; nothing where all have."""
        texts = {
            Guided.EMBEDDED: self.tr(
                "This model takes the scale as one of its inputs and is asked once a step: text to avoid, "
                "rescale, skip and “Away from what is there” have no effect."
            ),
            Guided.NOTHING: self.tr(
                "This model was taught to draw without guidance and is asked once a step: scale and curve, "
                "FlowEdit's source scale, text to avoid, rescale and skip have no effect until “Away from "
                "what is there” is on."
            ),
        }
        text = texts.get(self._document.model.edit_guided, "")
        self.guided.setText(text)
        self.guided.setVisible(bool(text))

    def _arrange(self) -> None:
        follows = row(self.tr("Follows"), self.follows)
        layout = follows.layout()
        assert layout is not None
        layout.addWidget(self.presets)
        quiet(self.cost)
        for widget in (self.guided, *self.controls.holders(), self._place, self.cost, self.schedule):
            self.rows.addWidget(widget)
        for widget in (follows, self.pages):
            self.schedule.rows.addWidget(widget)

    def _bind(self) -> None:
        self.follows.activated.connect(lambda i: self._take_course(PAGES[i]))
        self.interval.changed.connect(lambda ends: self._take(with_interval(self._weight, ends)))
        self.free.moved.connect(self._move_point)
        self.free.addRequested.connect(lambda: self.curve and self.curve.insert_point())
        self.free.removeRequested.connect(lambda: self.curve and self.curve.remove_point())
        self.free.backRequested.connect(self._back)
        for slider in (self.interval.start, self.interval.stop):
            slider.gestureStarted.connect(self._begin)
        for entry in (self.free.step, self.free.weight):
            entry.editingFinished.connect(self._begin)
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
        self._show_guided()
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
        cost = self._document.model.cost()
        if self._document.state.draft.skip < 1 and self._document.model.edit_guided is Guided.PROMPTS:
            text = self.tr("At most {decode} evaluations to decode · {total} in all")
        elif self._document.model.may_cost_less:
            text = self.tr("{decode} evaluations to decode · at most {total} in all")
        else:
            text = self.tr("{decode} evaluations to decode · {total} in all")
        self.cost.setText(text.format(decode=cost.decode, total=cost.total))

    def _show_point(self) -> None:
        if self.curve is not None:
            self.free.show_point(self.curve.points, self.curve.selection, self.curve.steps)

    def _take(self, weight: Weight) -> None:
        """One undo entry for all that comes of one drag or entry."""
        if weight != self._weight:
            merge = (id(self), self._gesture)
            text = self.tr("Guidance")
            self._document.apply(update_draft(guidance=weight), text, merge=merge, source=self, settings=True)

    def _begin(self) -> None:
        self._gesture += 1

    def _take_points(self, points: Points) -> None:
        self._take(with_curve(self._weight, points))

    def _take_course(self, chosen: Course) -> None:
        self._begin()
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

    def _back(self) -> None:
        self._begin()
        self._take(self._sliders)

    def _take_preset(self, preset: Preset) -> None:
        self._begin()
        self._take(preset.on(self._weight))

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
        menu.aboutToShow.connect(partial(self._fill_presets, menu))
        button.setMenu(menu)
        self._fill_presets(menu)
        return button

    def _fill_presets(self, menu: QMenu) -> None:
        menu.clear()
        for preset in self._preset_list():
            action = menu.addAction(preset.name, partial(self._take_preset, preset))
            action.setToolTip(preset.term)
        self.add_own(menu)
