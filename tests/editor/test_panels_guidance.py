"""The guidance panel: sliders, interval, free curve, and never an invalid weight."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog

from core.diffusion.target import Target
from core.diffusion.trace import StepTrace
from core.diffusion.weight import Guided, Projection, Rescale, Shape, Weight
from core.document import commands
from core.edit.method import Method
from core.edit.parameters import by_name
from core.edit.without_effect import IDLE
from editor.panels.combining import Combining
from editor.panels.controls import Controls
from editor.panels.guidance import PAGES
from editor.panels.guidance_weight import Course
from editor.panels.norms import NormsSection
from editor.panels.target import TargetSection
from editor.panels.traces import SERIES
from tests.editor.conftest import adjust_part, guidance_panel
from tests.fresh import loaded_by


@pytest.fixture
def panel(qtbot, document):
    panel = guidance_panel(document)
    qtbot.addWidget(panel)
    panel.resize(320, panel.sizeHint().height())
    panel.show()
    panel.build_plot()
    return panel


@pytest.fixture
def combining(qtbot, document):
    combining = Combining(document)
    qtbot.addWidget(combining)
    combining.show()
    return combining


@pytest.fixture
def target(qtbot, document):
    section = TargetSection(document)
    qtbot.addWidget(section)
    section.show()
    return section


def weight(document) -> Weight:
    return document.state.draft.guidance


def choose(panel, course):
    panel.follows.setCurrentIndex(PAGES.index(course))
    panel.follows.activated.emit(PAGES.index(course))


def type_into(qtbot, entry, text):
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, text)


def test_the_curve_is_wanted_once_it_is_seen_and_made_once(qtbot, document):
    assert loaded_by("import editor.panels.guidance, editor.side, editor.window", ("pyqtgraph",)) == []
    panel = guidance_panel(document)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(panel.plotWanted):
        panel.show()
    assert panel.curve is None
    panel.build_plot()
    curve = panel.curve
    assert curve is not None
    with qtbot.assertNotEmitted(panel.plotWanted):
        panel.hide()
        panel.show()
    panel.build_plot()
    assert panel.curve is curve


def test_scale_decay_end_and_shape_set_the_weight(qtbot, document, panel):
    type_into(qtbot, panel.controls["guidance"].entry, "55")
    panel.decay.controls["decay"].setValue(0.5)
    panel.decay.controls["decay-to"].setCurrentIndex(panel.decay.controls["decay-to"].findData(0))
    panel.decay.controls["shape"].setCurrentIndex(panel.decay.controls["shape"].findData("cosine"))
    assert weight(document) == Weight(55, 0.5, 0, Shape.COSINE)


def test_rescale_is_chosen_by_plain_names(document, combining):
    rescales = combining.controls["rescale"]
    for rescale in Rescale:
        rescales.setCurrentIndex(rescales.findData(rescale.value))
        assert document.state.draft.rescale is rescale


def test_the_projection_s_numbers_are_there_while_it_is_chosen(document, combining):
    assert not combining.controls["eta"].isVisible()
    document.adjust(commands.update_draft(rescale=Rescale.PROJECTED))
    assert combining.controls["eta"].isVisible()
    assert combining.controls["radius"].isVisible()
    combining.controls["eta"].setValue(0.25)
    combining.controls["radius"].setValue(2.5)
    assert document.state.draft.projection == Projection(0.25, 2.5)
    document.adjust(commands.update_draft(projection=Projection()))
    assert (combining.controls["eta"].value(), combining.controls["radius"].value()) == (0, 0)


def test_a_skip_makes_the_cost_an_upper_bound(qtbot, document, panel, combining):
    assert combining.controls["skip"].value() == 1
    combining.controls["skip"].setValue(0.995)
    assert document.state.draft.skip == 0.995
    qtbot.waitUntil(lambda: panel.cost.text() == "At most 15 evaluations to decode · 43 in all")


def choose_target(section, kind):
    section.kind.setCurrentIndex(section.kind.findData(kind))
    section.kind.activated.emit(section.kind.currentIndex())


def test_a_target_is_a_colour_or_a_brightness_and_each_is_remembered(document, target, monkeypatch):
    assert target.folded
    target.folded = False
    assert not target.controls["target-strength"].isVisible()
    choose_target(target, "colour")
    assert target.colour.isVisible()
    assert document.state.draft.target.colour == target.colour.text()
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor("#d0104c"))
    target.colour.click()
    assert document.state.draft.target == Target(colour="#d0104c")
    choose_target(target, "brightness")
    target.brightness.setValue(0.7)
    target.controls["target-strength"].setValue(1)
    target.controls["target-until"].setValue(0.25)
    assert document.state.draft.target == Target(brightness=0.7, strength=1, until=0.25)
    assert not target.colour.isVisible()
    choose_target(target, "colour")
    assert document.state.draft.target.colour == "#d0104c"
    choose_target(target, "nothing")
    assert not document.state.draft.target.given
    document.adjust(commands.update_draft(target=Target(brightness=0.2)))
    assert target.kind.currentData() == "brightness"
    assert target.brightness.value() == 0.2


def test_a_cancelled_colour_changes_nothing(document, target, monkeypatch):
    target.folded = False
    choose_target(target, "colour")
    before = document.state.draft.target
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor())
    target.colour.click()
    assert document.state.draft.target == before


def test_dragging_a_point_makes_a_free_curve_and_back_undoes_it(qtbot, document, panel):
    sliders = Weight(7.5, 0.8)
    document.adjust(commands.update_draft(guidance=sliders))
    start = panel.curve.spot(*panel.curve.points[0]).toPoint()
    view = panel.curve.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, start + QPoint(40, 30))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 30))
    free = weight(document)
    assert free.curve is not None
    assert free.decay == 0
    assert free.curve[0][0] > 0.05
    assert free.curve[0][1] < 7
    assert panel.pages.currentWidget() is panel.free
    assert not panel.controls["guidance"].isEnabled()
    qtbot.mouseClick(panel.free.back, Qt.MouseButton.LeftButton)
    assert weight(document) == sliders
    assert panel.pages.currentWidget() is panel.decay
    assert panel.controls["guidance"].isEnabled()


def test_the_marked_point_can_be_typed(qtbot, document, panel):
    curve = Weight(curve=((0.0, 7.5), (0.5, 4.0), (1.0, 1.0)))
    document.adjust(commands.update_draft(guidance=curve, steps=20))
    assert not panel.free.weight.isEnabled()
    panel.curve.select(1)
    assert panel.free.which.text() == "2 of 3"
    assert panel.free.step.value() == 8.5
    type_into(qtbot, panel.free.weight, "6.25")
    assert weight(document).curve[1] == (0.5, 6.25)
    type_into(qtbot, panel.free.step, "4")
    assert weight(document).curve[1] == pytest.approx((0.2, 6.25))
    type_into(qtbot, panel.free.step, "900")
    assert 0.2 <= weight(document).curve[1][0] < 1
    panel.curve.select(0)
    qtbot.mouseClick(panel.free.add, Qt.MouseButton.LeftButton)
    assert len(weight(document).curve) == 4
    qtbot.mouseClick(panel.free.remove, Qt.MouseButton.LeftButton)
    assert len(weight(document).curve) == 3


def test_each_course_leads_to_each_other_and_stays_valid(document, panel):
    document.adjust(commands.update_draft(guidance=Weight(6, 0.5)))
    for course in (Course.INTERVAL, Course.CURVE, Course.DECAY, Course.CURVE, Course.INTERVAL, Course.DECAY):
        choose(panel, course)
        now = weight(document)
        assert (now.curve is not None) == (course is Course.CURVE)
        assert (now.interval is not None) == (course is Course.INTERVAL)
        assert panel.pages.currentIndex() == PAGES.index(course)
        assert now.at(0.5) > 0


def test_the_ends_of_an_interval_push_each_other(qtbot, document, panel):
    choose(panel, Course.INTERVAL)
    panel.interval.start.setValue(0.9)
    a, b = weight(document).interval
    assert a == 0.9
    assert b > a
    panel.interval.stop.setValue(0.0)
    a, b = weight(document).interval
    assert 0 <= a < b <= 0.02
    panel.interval.start.setValue(1.0)
    a, b = weight(document).interval
    assert a < b <= 1
    assert (panel.interval.start.value(), panel.interval.stop.value()) == pytest.approx((a, b))


def test_every_preset_is_valid_and_keeps_the_scale(document, panel):
    adjust_part(document, "guidance", scale=4.0)
    seen = set()
    for action in panel.presets.menu().actions():
        action.trigger()
        assert weight(document).scale == 4.0
        assert action.toolTip()
        seen.add(weight(document))
    assert len(seen) == len(panel.presets.menu().actions()) >= 5


def test_the_cost_is_shown(qtbot, document, panel):
    assert panel.cost.text() == "15 evaluations to decode · at most 43 in all"
    document.adjust(commands.update_draft(guidance=Weight(1.0)))
    qtbot.waitUntil(lambda: panel.cost.text() == "8 evaluations to decode · at most 36 in all")
    document.adjust(commands.update_draft(method=Method.ENCODE_DECODE))  # nothing to find
    qtbot.waitUntil(lambda: panel.cost.text() == "8 evaluations to decode · 16 in all")
    document.adjust(commands.update_draft(guidance=Weight(7.5), skip=0.99))
    qtbot.waitUntil(lambda: panel.cost.text() == "At most 16 evaluations to decode · 24 in all")


def test_another_hand_moves_the_curve(document, panel):
    document.adjust(commands.update_draft(guidance=Weight(3, 1.0), steps=10))
    assert panel.controls["guidance"].value() == 3
    assert panel.curve.points == ((0.0, 3.0), (1.0, 1.0))
    assert panel.curve.steps == 8


def test_traces_before_the_plots_are_drawn_once_they_are_there(qtbot, document):
    panel = NormsSection(document)
    qtbot.addWidget(panel)
    traces = tuple(StepTrace(7.5, 90.0, 91.0, 2.0, 95.0, 0.99) for _ in range(3))
    panel.show_traces(traces)
    assert panel.measured.text() == "Step 3 of 8"
    panel.build_plot()
    assert panel.legend.button("‖p‖").text() == "‖p‖ 95"
    panel.clear_traces()
    assert panel.legend.button("‖p‖").text() == "‖p‖"
    assert "while an edit runs" in panel.measured.text()


def test_another_run_leaves_the_norms_of_the_last_in_grey_another_picture_none(qtbot, document):
    panel = NormsSection(document)
    qtbot.addWidget(panel)
    panel.build_plot()
    first = tuple(StepTrace(7.5, 90.0, 91.0, 2.0, 95.0, 0.99) for _ in range(3))
    panel.show_traces(first, 6)
    panel.begin()
    assert list(panel.plot._grey[SERIES[0]].getData()[0]) == pytest.approx([0, 1 / 5, 2 / 5])
    panel.begin()  # a search measures no norms
    assert panel.plot._grey[SERIES[0]].getData()[0].size == 3
    panel.clear_traces()
    assert panel.plot._grey[SERIES[0]].getData()[0].size == 0


def test_it_fits_a_narrow_column(panel):
    assert panel.minimumSizeHint().width() <= 264  # 280 less a scroll bar


def test_it_is_said_what_has_no_effect_on_a_model_and_what_an_edit_costs_there(panel, combining, document):
    document.apply(commands.update_draft(steps=10, guidance=Weight(4), skip=0.9), "")
    assert panel.guided.isHidden()
    assert combining.controls["rescale"].isEnabled()
    two, one = document.model.cost().decode, document.state.draft.decode_steps
    assert two == 2 * one
    document.model.meet(Guided.EMBEDDED)
    assert panel.guided.text().startswith("This model takes the scale as one of its inputs")
    assert not combining.controls["rescale"].isEnabled()
    assert not combining.controls["skip"].isEnabled()
    assert panel.controls["guidance"].isEnabled()
    assert document.model.cost().decode == one
    document.model.meet(Guided.NOTHING)
    assert "scale and curve" in panel.guided.text()
    assert document.model.cost().decode == one
    document.model.meet(Guided.PROMPTS)
    assert panel.guided.isHidden()
    assert combining.controls["rescale"].isEnabled()


NAMED = {  # parameter → what the panel's line calls it
    "avoid": "text to avoid",
    "rescale": "rescale",
    "skip": "skip",
    "pseudo-guidance": "“Away from what is there” have no effect",
    "guidance": "scale and curve",
    "source-guidance": "source scale",
}


@pytest.mark.parametrize("guided", Guided)
def test_what_has_no_effect_is_disabled_and_each_hint_says_why(panel, combining, document, guided):
    """Of every model and method: the table of the engine, the line over the curve and the controls agree."""
    edit = Controls(document, "edit")
    document.model.meet(guided)
    for method in Method:
        document.apply(commands.update_draft(method=method), "")
        for name, words in NAMED.items():
            assert (words in panel.guided.text()) == (name in IDLE[guided]), name
        for name in (*edit._rows, *combining.controls._rows):
            control = (edit if name in edit else combining.controls)[name]
            row, draft = by_name()[name], document.state.draft
            by_method = "method" in row.unmet(draft) and not row.field.startswith("flow.")  # those are hidden
            tip = getattr(control, "slider", control).toolTip()
            assert ("No effect while Method is “" in tip) == by_method, name
            by_model = name in IDLE[guided] and not row.idle(draft)
            if by_model or not row.idle(draft):
                assert ("No effect on this model: it " in tip) == by_model, name
                assert control.isEnabled() == (not by_model and not by_method), name
    document.apply(commands.update_draft(pseudo_guidance=True), "")
    assert panel.guided.isHidden() == (guided is not Guided.EMBEDDED)
    assert combining.controls["rescale"].isEnabled() == (guided is not Guided.EMBEDDED)
    tip = combining.controls["rescale"].toolTip()
    assert ("No effect" in tip) == (guided is Guided.EMBEDDED), "what was said goes when it isn't so"
