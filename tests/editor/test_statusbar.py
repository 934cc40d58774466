"""One bar for a whole run: it fills once, and ends full."""

import numpy as np
import pytest

from core.diffusion.weight import Guided
from core.document.commands import erase, open_photo
from core.document.composite import Composite
from core.document.order import Order
from core.document.state import State
from core.edit.look_in import LookIn
from core.edit.progress import Progress, Stage
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.edit.together import put
from editor.flows.runs.run_state import RunState
from editor.statusbar import FINE, NAME, StatusBar
from tests.core.stacks import noisy_photo


def test_the_bar_fills_once_and_ends_full(qtbot):
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.set_busy(True)
    shares = (0.1, 0.4, 0.45, 0.9, 1.0)
    stages = (Stage.FINDING, Stage.FINDING, Stage.ENCODING, Stage.DECODING, Stage.PASTING)
    seen = []
    for share, stage in zip(shares, stages, strict=True):
        bar.show_step(Progress(stage, 1, 2, share=share, seconds_left=3.2))
        seen.append(bar._bar.value() / bar._bar.maximum())
    assert seen == list(shares)
    assert bar._stage.text() == "pasting"
    bar.show_step(Progress(Stage.DECODING, 1, 2, share=0.5), 8)
    assert bar._stage.text().startswith("seed 8: decoding")
    bar.show_step(Progress(Stage.ENCODING, 1, 2, share=0.2), flows=True)
    assert bar._stage.text().startswith("source 1/2")  # FlowEdit encodes nothing
    assert bar._bar.maximum() == FINE
    assert bar.state.isHidden()  # "ready" would stand beside it
    bar.set_busy(False)
    assert not bar.state.isHidden()


def test_it_says_what_a_search_looks_at(qtbot):
    bar, heat = StatusBar(), np.zeros((4, 4), np.float32)
    qtbot.addWidget(bar)
    for step, said in (
        (Progress(Stage.FINDING, 53, 88), "looking for its place 53/88"),
        (Progress(Stage.FINDING, 4, 10, heat), "finding the mask 4/10"),
        (Progress(Stage.FINDING, 4, 10, heat, closer=True), "looking closer 4/10"),
        (Progress(Stage.FINDING, 10, 10, found=HeatMap(heat)), "finding the mask 10/10"),
        (Progress(Stage.FINDING, 10, 10, found=HeatMap(heat), closer=True), "looking closer 10/10"),
    ):
        bar.show_step(step)
        assert bar._stage.text() == said


def test_a_press_on_stop_is_said_and_nothing_else_until_the_next_begins(qtbot):
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.show_state("loading the model…", loading=True)
    bar.set_busy(True)
    assert bar._stage.text() == "waiting for the model…"
    bar.show_state("ready")
    assert bar._stage.text() == "starting…"
    bar.set_stopping(True)
    bar.show_step(Progress(Stage.ENCODING, 1, 2, share=0.2))
    assert bar._stage.text() == "stopping…"
    assert not bar._stop.isEnabled()
    bar.begin()
    assert bar._stop.isEnabled()
    bar.show_step(Progress(Stage.ENCODING, 1, 2, share=0.2))
    assert bar._stage.text() == "encoding 1/2"


def test_a_long_name_takes_no_more_room_than_a_short_one(qtbot):
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.set_opening("")
    assert bar._opened.text() == "opening the picture…"
    name = "a photograph " * 40 + ".png"
    bar.set_opening(name)
    assert bar._opened.toolTip() == name
    assert bar._opened.text().endswith(".png…")
    assert bar._opened.sizeHint().width() <= NAME
    bar.show_model("a model " * 40)
    assert bar.model.sizeHint().width() <= NAME + 40


def test_a_repaint_that_follows_its_own_search_is_one_run(document):
    request = EditRequest("", "a zebra")  # 20 to find, 8 to encode, 15 to decode
    photo = noisy_photo((8, 8))
    state = erase((0, 0, 2, 2), np.full((2, 2), 255, np.uint8))(open_photo(photo)(State()))
    search = RunState(Order.of(state, Composite(photo), request))
    half = search.whole(Progress(Stage.FINDING, 5, 10, share=0.5, seconds_left=10.0))
    assert half.share == 10 / 43
    assert half.seconds_left == 33.0
    edit = RunState(search.order, found=True)
    assert edit.whole(Progress(Stage.ENCODING, 1, 8, share=0.0)).share == 20 / 43
    assert edit.whole(Progress(Stage.PASTING, 0, 1, share=1.0)).share == 1
    encoding = Progress(Stage.ENCODING, 1, 8, share=0.0)
    assert edit.whole(encoding, Guided.EMBEDDED).share == 20 / 36  # 8 to decode
    placed = put(request, {"find.look_in": LookIn.PLACE})
    assert document.model.looked_into(placed, (64, 64)) == 0, "of no model yet"
    document.model.meet(Guided.PROMPTS, 32)
    windows = document.model.looked_into(placed, (64, 64))
    assert windows > 0
    assert document.model.looked_into(request, (64, 64)) > 0
    assert document.model.looked_into(put(request, {"find.look_in": LookIn.AREA}), (64, 64)) == 0
    seeking = RunState(Order.of(state, Composite(photo), placed))
    # the query and no words, two draws of each window; then four looks, each three times with all draws
    finding = 2 * 2 * windows + 4 * 3 * 20
    alone = Progress(Stage.FINDING, 5, 10, share=0.5)
    assert seeking.whole(alone, windows=windows).share == pytest.approx(finding / 2 / (finding + 23))
    unpainted = Order.of(open_photo(photo)(State()), Composite(photo), request)
    assert RunState(unpainted).whole(alone) is alone
