"""Find, repaint, stop, keep: with the real engine."""

import gc
import weakref
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from safetensors.numpy import save_file

from core.document import commands
from core.document.recipe import reuse
from core.edit.look_in import LookIn
from core.edit.method import Method
from core.edit.request import Lora
from core.edit.result import HeatMap
from core.photo import area
from core.photo.masks import locality
from core.photo.photo import Photo
from editor.banner import Kind
from editor.document.changes import What
from tests.editor.window.conftest import TIMEOUT

WHOLE = "This edit seems to change the whole picture."


@pytest.fixture(autouse=True)
def _regions_stand_out(monkeypatch):
    """To random weights every edit is global: a test that means it says so."""
    monkeypatch.setattr(locality, "FAR", 1e9)
    monkeypatch.setattr(locality, "EVERYWHERE", 1e9)


def texts(window, kind):
    return [bar.text for bar in window.banner.bars if bar.kind is kind]


def press(bar, label):
    next(button for button in bar.findChildren(QPushButton) if button.text() == label).click()


def when(window, stage, do):
    """Run `do` once, at the first step of a stage."""

    def look(steps):
        if any(step.stage.value == stage for step in steps):
            window.jobs.progressed.disconnect(look)
            do()

    window.jobs.progressed.connect(look)


def test_find_sets_the_mask_and_can_be_undone(loaded, idle):
    loaded.actions_["find"].trigger()
    idle(loaded)
    assert loaded.document.state.mask.heat is not None
    assert loaded.panels.filmstrip.count() == 3  # one for each draw
    assert loaded.canvas.scene.heat is None  # it has become the mask
    loaded.actions_["undo"].trigger()
    assert loaded.document.state.mask.heat is None


@pytest.fixture
def wide(loaded):
    """Twice as wide as the tiny model's view: it has four windows to look into."""
    pixels = loaded.document.state.photo.pixels[16:48, 16:80].copy()
    pixels.setflags(write=False)
    loaded.document.open(Photo(pixels))
    return loaded


def test_a_press_looks_closer_and_undo_takes_back_what_it_found_and_the_setting(qtbot, wide, idle):
    document, closer = wide.document, wide.panels.mask_panel.words.closer
    wide.actions_["mode-add"].trigger()  # which is not for what is looked for anew
    wide.actions_["find"].trigger()
    idle(wide)
    before, offered = document.state, []
    assert closer.isVisible()
    cost = document.model.closer()
    when(wide, "finding", lambda: offered.append((closer.isVisible(), document.state.draft.find.look_in)))
    with qtbot.waitSignal(wide.jobs.found, timeout=TIMEOUT) as found:
        qtbot.mouseClick(closer.button, Qt.MouseButton.LeftButton)
    idle(wide)
    assert offered == [(False, LookIn.ZOOM)]
    assert found.args[0].request.find.look_in is LookIn.PLACE
    assert before.draft.finding(1) < found.args[0].evaluations.mask <= cost
    mask = document.state.mask
    assert mask.heat is not before.mask.heat
    assert mask.search.placed
    assert not mask.sleeps
    assert document.state.draft.find.look_in is LookIn.PLACE  # and so do the recipes of what is drawn with it
    assert not closer.isVisible()
    document.undo()
    assert document.state.mask is before.mask
    assert document.state.draft == before.draft
    assert closer.isVisible()
    document.redo()
    assert document.state.mask is mask
    assert document.state.draft.find.look_in is LookIn.PLACE


def test_a_closer_look_that_is_stopped_changes_nothing(loaded, idle):
    document, closer = loaded.document, loaded.panels.mask_panel.words.closer
    loaded.actions_["find"].trigger()
    idle(loaded)
    before = document.state
    when(loaded, "finding", loaded.runs.stop)
    closer.button.click()
    idle(loaded)
    assert document.state.mask is before.mask
    assert document.state.draft == before.draft
    assert closer.isVisible()


def test_what_is_found_takes_the_place_of_what_was_painted_in_one_step_or_is_added_to_it(loaded, idle):
    document, dab = loaded.document, np.full((9, 9), 255, np.uint8)
    document.apply(commands.paint((4, 4, 9, 9), dab), "Brush")
    painted = document.state.mask
    loaded.actions_["find"].trigger()
    idle(loaded)
    assert document.state.mask.strokes.is_empty
    document.undo()
    assert document.state.mask is painted
    loaded.actions_["mode-add"].trigger()
    loaded.actions_["find"].trigger()
    idle(loaded)
    assert document.state.mask.strokes.added is painted.strokes.added
    assert document.state.mask.auto.any()


def test_what_is_painted_while_a_search_runs_stays_over_what_is_found(loaded, idle):
    dab = np.full((9, 9), 255, np.uint8)
    when(loaded, "finding", lambda: loaded.document.apply(commands.paint((4, 4, 9, 9), dab), "Brush"))
    loaded.actions_["find"].trigger()
    idle(loaded)
    mask = loaded.document.state.mask
    assert mask.auto.any()
    assert mask.crop((4, 4, 9, 9)).min() == 255
    loaded.document.adjust(commands.update_draft(query="a cow"))
    assert loaded.document.state.mask is mask  # the hand has had a part in it
    assert not loaded.actions_["own-mask"].isEnabled()


def test_what_is_kept_says_so_and_leaves_the_keyboard_at_the_picture(qtbot, loaded):
    document, panel = loaded.document, loaded.panels.mask_panel
    document.apply(commands.set_heat(HeatMap(np.eye(8, dtype=np.float32))), "Find mask")
    before = document.mask().whole()
    document.adjust(commands.update_draft(query="a cow"))
    assert document.mask() is None
    panel.keep_button.setFocus()
    qtbot.keyClick(panel.keep_button, Qt.Key.Key_Space)
    assert np.array_equal(document.mask().whole(), before)
    assert document.undo_text == "Keep this mask"
    assert "no longer follows the words" in loaded.canvas.told
    assert loaded.canvas.hasFocus()
    assert not loaded.actions_["own-mask"].isEnabled()
    document.undo()
    document.adjust(commands.update_draft(query=document.state.mask.search.reference))
    assert document.state.mask.sleeps
    loaded.operations.grow()
    assert not document.state.mask.is_empty
    assert "no longer follows the words" in loaded.canvas.told


def test_repaint_without_a_mask_finds_it_first(loaded, idle):
    shown, scene = [], loaded.canvas.scene
    loaded.jobs.progressed.connect(lambda _: shown.append((scene.preview is not None, scene.everywhere)))
    loaded.actions_["repaint"].trigger()
    assert loaded.jobs.busy
    assert loaded.actions_["repaint"].isEnabled()  # another would wait for its turn
    assert loaded.actions_["stop"].isEnabled()
    idle(loaded)
    state = loaded.document.state
    assert len(state.layers) == 1
    assert state.mask.heat is not None
    assert (True, False) in shown  # inside the mask
    assert (True, True) not in shown
    assert loaded.canvas.scene.preview is None
    assert loaded.panels.filmstrip.count() == 3 + 2 + 2  # of the search, of encoding and of decoding
    assert loaded.document.modified


def test_the_edit_stays_inside_its_mask(loaded, idle):
    before = loaded.document.composite.whole().copy()
    mask = np.zeros((64, 96), np.uint8)
    mask[16:48, 32:64] = 255
    loaded.document.apply(commands.import_mask(mask), "mask")
    loaded.document.adjust(commands.update_draft(feather=0.0))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    after = loaded.document.composite.whole()
    assert (after[mask == 0] == before[mask == 0]).all()
    assert (after[mask == 255] != before[mask == 255]).any()


def test_a_lora_in_the_prompt_is_in_the_edit_and_its_mask_stays_awake(loaded, idle, tmp_path, monkeypatch):
    monkeypatch.setenv("COMFYUI_PATH", str(tmp_path / "comfy"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    file = tmp_path / "comfy" / "models" / "loras" / "ink.safetensors"
    file.parent.mkdir(parents=True)
    layer = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q"
    save_file({f"{layer}.diff": np.ones((32, 32), np.float32)}, file)
    loaded.document.adjust(commands.update_draft(query="b <lora:ink:0.8>"))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    (edit,) = loaded.document.state.layers
    assert (edit.variant.request.query, edit.variant.request.loras) == ("b", (Lora(str(file), 0.8),))
    assert loaded.document.state.draft.query == "b <lora:ink:0.8>"
    assert not loaded.document.state.mask.sleeps
    loaded.document.adjust(commands.update_draft(query="b <lora:inc:0.8>"))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    assert any("no LoRA called “inc”" in text for text in texts(loaded, Kind.ERROR))


def test_a_lora_alone_is_no_query(loaded):
    missing = []
    loaded.runs.asks.queryMissing.connect(lambda: missing.append(True))
    loaded.document.adjust(commands.update_draft(query="<lora:ink:0.8>"))
    loaded.actions_["repaint"].trigger()
    assert missing
    assert not loaded.jobs.busy


def test_what_is_there_alone_is_found_as_a_selection_for_any_words(loaded, idle):
    missing = []
    loaded.runs.asks.wordsMissing.connect(lambda: missing.append(True))
    loaded.document.adjust(commands.update_draft(reference="", query=""))
    loaded.actions_["find"].trigger()
    assert missing
    loaded.document.adjust(commands.update_draft(reference="a square"))
    loaded.actions_["find"].trigger()
    idle(loaded)
    found = loaded.document.state.mask
    assert found.auto is not None
    loaded.document.adjust(commands.update_draft(query="a circle"))
    assert loaded.document.state.mask is found  # of no edit: it doesn't sleep
    assert loaded.document.mask() is not None
    loaded.document.adjust(commands.set_threshold(0.9))
    assert not np.array_equal(loaded.document.state.mask.auto, found.auto)


def test_to_remove_something_it_has_to_be_named_or_masked(loaded):
    loaded.document.adjust(commands.update_draft(reference=" "))
    loaded.actions_["remove"].trigger()
    assert texts(loaded, Kind.NOTICE) == ["It is not said what to remove."]
    assert not loaded.jobs.busy
    loaded.document.adjust(commands.update_draft(reference="a horse"))
    assert not texts(loaded, Kind.NOTICE)


@pytest.fixture
def strip(loaded, idle):
    """The filmstrip after a run."""
    loaded.activateWindow()
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    return loaded.panels.filmstrip


def pick(qtbot, window):
    """Click on the last step."""
    strip = window.panels.filmstrip
    last = strip.visualItemRect(strip.item(strip.count() - 1)).center()
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=last)
    assert window.canvas.scene.preview is not None
    assert window.canvas.caption == "step 2 of 2"


def shows_the_picture(window):
    scene, strip = window.canvas.scene, window.panels.filmstrip
    return (
        scene.heat is None
        and scene.preview is None
        and not window.canvas.caption
        and not strip.selectedItems()
    )


def test_a_picked_frame_is_said_and_shown_on_the_canvas(qtbot, loaded, strip):
    pick(qtbot, loaded)
    strip.setCurrentRow(0)
    assert loaded.canvas.scene.heat is not None
    assert loaded.canvas.caption == "draw 1 of 3"
    strip.release()
    assert shows_the_picture(loaded)


def test_escape_anywhere_and_a_click_on_the_canvas_let_a_frame_go(qtbot, loaded, strip):
    for focus in ("canvas", "panels.prompts.query", "panels.run.seed.dice"):
        pick(qtbot, loaded)
        attrgetter(focus)(loaded).setFocus()
        qtbot.keyClick(loaded.focusWidget(), Qt.Key.Key_Escape)
        assert shows_the_picture(loaded), focus
    pick(qtbot, loaded)
    qtbot.mouseClick(loaded.canvas, Qt.MouseButton.LeftButton)
    assert shows_the_picture(loaded)


def test_any_change_lets_a_frame_go(qtbot, loaded, strip):
    for change in ("layer-show", "invert", "undo"):
        pick(qtbot, loaded)
        loaded.actions_[change].trigger()
        assert shows_the_picture(loaded), change
    pick(qtbot, loaded)
    loaded.panels.prompts.query.setFocus()
    qtbot.keyClicks(loaded.panels.prompts.query, "s")
    assert shows_the_picture(loaded)


def test_a_frame_picked_during_a_run_stays_and_escape_lets_go_before_it_stops(qtbot, loaded, idle):
    loaded.document.adjust(commands.update_draft(steps=80))
    loaded.activateWindow()
    seen = []

    def look(steps):
        strip = loaded.panels.filmstrip
        if steps[-1].stage.value != "decoding" or len(seen) > 2:
            return
        if not seen:
            strip.setCurrentRow(0)
        elif len(seen) == 2:
            qtbot.keyClick(loaded.canvas, Qt.Key.Key_Escape)
        seen.append((loaded.canvas.scene.heat is not None, loaded.canvas.caption))

    loaded.jobs.progressed.connect(look)
    loaded.actions_["repaint"].trigger()
    loaded.canvas.setFocus()
    idle(loaded)
    assert seen[:2] == [(True, "draw 1 of 3")] * 2
    assert not seen[2][1]
    assert len(loaded.document.state.layers) == 1  # it was not stopped


def test_the_tint_steps_aside_for_the_edit_and_comes_back_with_the_mask(loaded, idle):
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert not loaded.tint.visible
    loaded.actions_["invert"].trigger()
    assert loaded.tint.visible
    loaded.actions_["undo"].trigger()
    loaded.tint.visible = True
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert not loaded.tint.visible
    for _ in range(2):
        loaded.actions_["undo"].trigger()
        assert loaded.tint.visible
        loaded.actions_["redo"].trigger()
        assert not loaded.tint.visible


def seen(window):
    """The pixels of the picture on the canvas."""
    return window.canvas.scene._edited._composite.whole()


def stop_half_way(window, idle):
    """A repaint that is stopped as it is decoded."""
    window.document.adjust(commands.update_draft(steps=80))
    when(window, "decoding", window.actions_["stop"].trigger)
    window.actions_["repaint"].trigger()
    idle(window)


def test_what_a_stopped_run_had_reached_is_seen_as_keep_takes_it(loaded, idle):
    before, scene = loaded.document.composite.whole(), loaded.canvas.scene
    stop_half_way(loaded, idle)
    assert scene.preview is None
    assert not loaded.tint.visible  # it would hide what is looked at
    shown = seen(loaded)
    assert (shown != before).any()
    press(loaded.banner.bars[0], "Drop")
    assert (seen(loaded) == before).all()
    assert loaded.tint.visible
    stop_half_way(loaded, idle)
    shown = seen(loaded)
    press(loaded.banner.bars[0], "Keep")
    assert not loaded.jobs.busy  # it was there
    assert (loaded.document.composite.whole() == shown).all()
    assert (seen(loaded) == shown).all()
    assert not loaded.tint.visible
    loaded.document.undo()
    assert (seen(loaded) == before).all()


def test_until_it_is_decoded_the_last_step_is_seen_and_keep_waits_for_it(loaded, idle):
    looks = []

    def look(has_partial):
        if has_partial:
            (bar,) = loaded.banner.bars
            looks.append(loaded.canvas.scene.preview is not None)
            press(bar, "Keep")
            looks.append(len(loaded.document.state.layers))

    loaded.jobs.stopped.connect(look)
    stop_half_way(loaded, idle)
    assert looks == [True, 0]
    assert len(loaded.document.state.layers) == 1
    assert not loaded.banner.bars
    assert loaded.canvas.scene.preview is None
    assert not loaded.runs.busy


def test_dropped_before_it_is_decoded_it_never_comes(loaded, idle):
    before = loaded.document.composite.whole()
    loaded.jobs.stopped.connect(lambda _: press(loaded.banner.bars[0], "Drop"))
    stop_half_way(loaded, idle)
    assert (seen(loaded) == before).all()
    assert loaded.canvas.scene.preview is None
    assert not loaded.document.state.layers


def test_a_model_chosen_meanwhile_takes_what_was_reached_and_says_so(loaded, idle, tiny):
    loaded.document.adjust(commands.update_draft(steps=80))

    def stop():
        loaded.models.choose(str(tiny), "cpu")
        loaded.actions_["stop"].trigger()

    when(loaded, "decoding", stop)
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert texts(loaded, Kind.QUESTION) == []
    assert texts(loaded, Kind.ERROR) == [
        "What the stopped edit had reached is gone: another model was loaded since."
    ]
    assert not loaded.runs.busy
    assert not loaded.document.state.layers


def test_the_panel_says_that_a_mask_is_being_found(loaded, idle):
    words, said = loaded.panels.mask_panel.words, []
    when(loaded, "finding", lambda: said.append(words.text()))
    when(loaded, "decoding", lambda: said.append(words.text()))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert said == ["The mask is being found.", "Found: it becomes the mask with the edit."]
    loaded.document.undo()
    assert words.text().startswith("No mask yet.")


@pytest.mark.parametrize("name", ["repaint", "find"])
def test_the_steps_of_what_is_undone_go_and_come_back_with_it(loaded, idle, name):
    loaded.actions_[name].trigger()
    idle(loaded)
    strip = loaded.panels.filmstrip
    there = [strip.item(row).text() for row in range(strip.count())]
    loaded.document.undo()
    assert strip.count() == 0
    loaded.document.redo()
    assert [strip.item(row).text() for row in range(strip.count())] == there
    loaded.document.undo()
    dab = np.full((4, 4), 255, np.uint8)
    loaded.document.apply(commands.paint((4, 4, 4, 4), dab), "Brush")  # and it can't be redone
    assert strip.count() == 0
    loaded.actions_[name].trigger()
    idle(loaded)
    assert strip.count()


def test_stop_offers_what_was_reached(loaded, idle):
    stop_half_way(loaded, idle)
    (bar,) = loaded.banner.bars
    assert bar.kind is Kind.QUESTION
    assert bar.text.startswith("Stopped at step ")
    assert bar.text.endswith(" of 40.")
    assert not loaded.document.state.layers
    press(bar, "Keep")
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    assert not loaded.banner.bars


def test_drop_leaves_the_picture_and_says_that_what_was_found_stays_until_it_is_undone(qtbot, loaded, idle):
    loaded.document.adjust(commands.update_draft(steps=80))
    when(loaded, "decoding", loaded.actions_["stop"].trigger)
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert "the mask that was found stays" in loaded.banner.bars[0].accessibleName()
    press(loaded.banner.bars[0], "Drop")
    qtbot.waitUntil(lambda: loaded.jobs._worker._partial is None)  # nor what it holds in memory
    assert not loaded.document.state.layers
    assert loaded.document.state.mask.heat is not None
    assert loaded.canvas.scene.preview is None
    when(loaded, "decoding", loaded.actions_["stop"].trigger)  # with a mask nothing is looked for
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert "Drop leaves everything as it was." in loaded.banner.bars[0].accessibleName()
    press(loaded.banner.bars[0], "Drop")
    loaded.actions_["undo"].trigger()
    assert not loaded.document.state.mask.is_touched
    assert not loaded.document.can_undo


def test_a_document_that_moved_on_gets_the_result_and_keeps_its_mask(loaded, idle):
    when(loaded, "decoding", loaded.actions_["invert"].trigger)
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    assert loaded.document.state.mask.inverted
    assert loaded.document.state.mask.heat is None
    assert not loaded.banner.bars


def test_another_picture_stops_the_run_and_forgets_it(qtbot, loaded, idle, picture):
    old = weakref.ref(loaded.document.state.photo)
    evaluations, asked = [], []
    loaded.jobs.progressed.connect(evaluations.extend)
    loaded.files.ask = lambda text: (asked.append(text), loaded.files.DISCARD)[1]
    when(loaded, "decoding", lambda: loaded.files.open_path(picture))
    loaded.document.adjust(commands.update_draft(steps=80, change=1.0))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert asked == ["An edit is being drawn, and would be lost; a project keeps it in its queue."]
    assert len(evaluations) < 150  # it did not run to its end
    assert not loaded.document.state.layers
    assert not loaded.banner.bars
    assert loaded.canvas.scene.preview is None
    qtbot.waitUntil(lambda: loaded.jobs._worker._partial is None)
    gc.unfreeze()  # what was there when this process loaded the engine, as the program's window never does
    qtbot.waitUntil(lambda: gc.collect() >= 0 and old() is None)  # autosave goes on to the new one too
    gc.freeze()


def test_a_stopped_run_s_question_goes_with_its_picture(qtbot, loaded, idle, picture):
    loaded.document.adjust(commands.update_draft(steps=80))
    when(loaded, "decoding", loaded.actions_["stop"].trigger)
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    old = weakref.ref(loaded.document.state.photo)
    loaded.files.ask = lambda _: loaded.files.DISCARD
    loaded.files.open_path(picture)
    idle(loaded)
    assert not loaded.banner.bars
    qtbot.waitUntil(lambda: loaded.jobs._worker._partial is None)
    gc.unfreeze()  # what was there when this process loaded the engine, as the program's window never does
    qtbot.waitUntil(lambda: gc.collect() >= 0 and old() is None)
    gc.freeze()


def test_a_failure_of_a_run_whose_picture_is_gone_is_not_told(loaded, idle, picture, tmp_path):
    loaded.document.adjust(commands.update_draft(model=str(tmp_path / "nowhere")))
    loaded.actions_["repaint"].trigger()
    loaded.runs.forget()
    idle(loaded)
    assert not loaded.banner.bars


def test_nothing_to_paint_is_a_hint_and_the_field_gets_the_focus(qtbot, loaded):
    loaded.document.adjust(commands.update_draft(query=" "))
    loaded.activateWindow()
    loaded.actions_["repaint"].trigger()
    assert not loaded.jobs.busy
    assert texts(loaded, Kind.NOTICE) == ["Say first what it should be."]
    assert loaded.focusWidget() is loaded.panels.prompts.query


def test_an_emptied_mask_asks_and_whole_picture_paints_it_all(loaded, idle):
    loaded.document.apply(commands.import_mask(np.zeros((64, 96), np.uint8)), "mask")
    loaded.document.apply(commands.paint((0, 0, 4, 4), np.full((4, 4), 255, np.uint8)), "dab")
    loaded.document.apply(commands.erase((0, 0, 4, 4), np.full((4, 4), 255, np.uint8)), "dab")
    loaded.actions_["repaint"].trigger()
    assert not loaded.jobs.busy
    press(loaded.banner.bars[0], "Whole Picture")
    idle(loaded)
    (edit,) = loaded.document.state.layers
    assert edit.variant.request.method is Method.ENCODE_DECODE
    assert edit.box == (0, 0, 96, 64)
    assert loaded.document.state.draft.method is Method.DIFFEDIT


def test_prompts_that_mean_the_same_are_told(loaded, idle):
    loaded.document.adjust(commands.update_draft(reference="a circle"))
    loaded.actions_["find"].trigger()
    idle(loaded)
    assert texts(loaded, Kind.NOTICE) == ["The two prompts mean the same to this model: nothing was found."]


def test_a_search_that_ends_without_a_region_asks_how_to_go_on(loaded, idle):
    loaded.document.adjust(commands.set_grow(-100))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert texts(loaded, Kind.ERROR) == []
    assert texts(loaded, Kind.QUESTION) == ["No region was found above the threshold 0.3."]


def test_a_failure_is_a_banner_and_the_next_run_takes_it_away(qtbot, loaded, idle, tmp_path):
    loaded.document.adjust(commands.update_draft(model=str(tmp_path / "nowhere")))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert len(texts(loaded, Kind.ERROR)) == 1
    loaded.document.adjust(commands.update_draft(query=""))
    loaded.actions_["repaint"].trigger()
    assert len(texts(loaded, Kind.ERROR)) == 1  # nothing ran: it still holds


def test_closing_in_mid_run_leaves_no_thread(qtbot, loaded):
    loaded.document.adjust(commands.update_draft(steps=1000, change=1.0))
    asked = []
    loaded.files.ask = lambda text: (asked.append(text), loaded.files.DISCARD)[1]
    when(loaded, "encoding", loaded.close)
    with qtbot.waitSignal(loaded.closed, timeout=TIMEOUT):
        loaded.actions_["repaint"].trigger()
    assert len(asked) == 1
    assert loaded.quiet
    assert not loaded.isVisible()


def test_undo_right_after_a_repaint_from_the_prompt_means_the_edit(qtbot, loaded, idle):
    loaded.activateWindow()
    field = loaded.panels.prompts.query
    field.setFocus()
    qtbot.keyClicks(field, "!")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    qtbot.keyClick(loaded.focusWidget(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not loaded.document.state.layers
    assert "!" in field.text()


def test_one_edit_is_one_undo(loaded, idle):
    loaded.actions_["find"].trigger()
    idle(loaded)
    picture = loaded.document.composite.whole()
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    told = []
    loaded.document.changed.connect(told.append)
    loaded.actions_["undo"].trigger()
    assert (loaded.document.composite.whole() == picture).all()
    assert told[0].what & What.PICTURE
    assert loaded.document.state.mask.heat is not None
    loaded.actions_["redo"].trigger()
    assert len(loaded.document.state.layers) == 1


def test_a_search_that_finds_a_global_edit_offers_the_whole_picture(loaded, idle, monkeypatch):
    monkeypatch.setattr(locality, "EVERYWHERE", 0.0)
    loaded.actions_["find"].trigger()
    idle(loaded)
    assert texts(loaded, Kind.NOTICE) == [WHOLE]
    assert loaded.document.state.mask.heat is not None  # told, not decided
    press(loaded.banner.bars[0], "Edit the Whole Picture")
    idle(loaded)
    (edit,) = loaded.document.state.layers
    assert edit.variant.request.method is Method.ENCODE_DECODE
    assert edit.box == (0, 0, 96, 64)
    assert loaded.panels.advanced.controls["method"].currentData() == Method.ENCODE_DECODE
    assert loaded.document.state.mask.heat is not None
    assert not loaded.banner.bars


def test_where_something_small_may_be_meant_a_closer_look_is_offered_beside_the_whole(
    qtbot, loaded, idle, monkeypatch
):
    monkeypatch.setattr(locality, "EVERYWHERE", 0.0)
    loaded.actions_["find"].trigger()
    idle(loaded)
    with qtbot.waitSignal(loaded.jobs.found, timeout=TIMEOUT) as found:
        press(loaded.banner.bars[0], "Look Closer")  # the picture is larger than the model's view
    assert found.args[0].request.find.look_in is LookIn.PLACE
    idle(loaded)
    labels = [button.text() for bar in loaded.banner.bars for button in bar.findChildren(QPushButton)]
    assert "Look Closer" not in labels  # it was


@pytest.mark.parametrize("touched", [False, True])
def test_a_masked_edit_that_was_global_makes_way_for_the_whole(loaded, idle, monkeypatch, touched):
    monkeypatch.setattr(locality, "EVERYWHERE", 0.0)
    loaded.document.adjust(commands.update_draft(method=Method.MASKED_SDEDIT))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert len(loaded.document.state.layers) == 1
    assert texts(loaded, Kind.NOTICE) == [WHOLE]
    if touched:
        loaded.actions_["invert"].trigger()
    press(loaded.banner.bars[0], "Edit the Whole Picture")
    idle(loaded)
    methods = [edit.variant.request.method for edit in loaded.document.state.layers]
    assert methods == ([Method.MASKED_SDEDIT] if touched else []) + [Method.SDEDIT]


def test_a_flat_heat_map_offers_the_whole_picture_too(loaded, idle, monkeypatch):
    monkeypatch.setattr(locality, "EVERYWHERE", 0.0)
    loaded.document.adjust(commands.set_grow(-100))
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert not loaded.document.state.layers
    assert texts(loaded, Kind.NOTICE) == [WHOLE]
    assert texts(loaded, Kind.ERROR) == texts(loaded, Kind.QUESTION) == []


def test_an_edit_takes_the_area_of_the_one_before_where_it_serves(loaded, idle):
    """Two masks on either side of the limit of two places: framed and seen by the model as one."""
    size, areas = loaded.document.state.mask.size, []
    pixels = loaded.canvas.frame.pixels
    loaded.document.adjust(commands.update_draft(area="auto", feather=0.0))
    alone = {x: area.for_box((x, 20, 10, 8), size, 0.0, pixels) for x in range(10, 60)}
    first = next(x for x in alone if alone[x] and alone[x + 1] and alone[x] != alone[x + 1])
    for x in (first, first + 1):
        mask = np.zeros((size[1], size[0]), np.uint8)
        mask[20:28, x : x + 10] = 255
        loaded.document.apply(commands.import_mask(mask), "mask")
        loaded.actions_["repaint"].trigger()
        idle(loaded)
        areas.append(loaded.document.state.layers[-1].variant.area)
    assert areas == [alone[first]] * 2
    assert loaded.document.state.layers[-1].variant.request.area == alone[first]
    assert loaded.document.state.draft.area == "auto"
    loaded.document.adjust(reuse(loaded.document.state.layers[-1].variant.request))
    assert loaded.document.state.draft.area == "auto"
