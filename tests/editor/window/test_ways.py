"""A model's own ways in the window: the draft follows what isn't touched, and a dialog says more."""

import json
import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QPushButton

from core.diffusion.solver import Solver
from core.diffusion.weight import Guided, Weight
from core.document.commands import update_draft
from core.edit.method import Method
from core.edit.request import EditRequest, Lora
from core.models.card import ModelCard, card_of, tell
from editor.flows.models import own_ways
from editor.flows.models.ways_dialog import WaysDialog
from tests.core.tiny import tiny_sd3, tiny_sdxl, titled_lora
from tests.editor.conftest import adjust_part

TIMEOUT = 60_000


@pytest.fixture
def fast(tiny, tmp_path) -> Path:
    """A model that is called distilled."""
    return Path(shutil.copytree(tiny, tmp_path / "photo-turbo"))


@pytest.fixture
def choose(qtbot, window, idle):
    """choose(model): as from the menu, and until it is there and has been looked at."""

    def chosen(model):
        with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
            window.models.choose(str(model), "cpu")
        idle(window)

    return chosen


def numbers(window) -> tuple[float, int]:
    draft = window.document.state.draft
    return draft.guidance.scale, draft.steps


def said(window) -> str:
    return window.banner.bars[-1].accessibleName()


def test_what_is_not_touched_follows_the_model_and_goes_back(qtbot, window, choose, fast, tiny):
    choose(fast)
    assert numbers(window) == (2.0, 8)
    assert said(window).startswith("By its name photo-turbo is made for few steps and little guidance: ")
    assert "guidance 7.5 → 2, steps 10 → 8" in said(window)
    assert window.panels.advanced.controls["steps"].value() == 8
    choose(tiny)
    assert numbers(window) == (7.5, 10)
    assert "The usual settings again: guidance 2 → 7.5, steps 8 → 10, " in said(window)


def test_what_the_user_sets_wins_and_the_notice_says_so(window, choose, fast):
    window.document.adjust(update_draft(steps=25))
    choose(fast)
    assert numbers(window) == (2.0, 25)
    assert "steps stays at 25, as you set it; its own is 8." in said(window)
    adjust_part(window.document, "guidance", scale=4.0)
    choose("starter")
    assert numbers(window) == (4.0, 25)


def test_keep_mine_takes_it_back(qtbot, window, choose, fast, tiny):
    choose(fast)
    (keep,) = [
        button for button in window.banner.bars[-1].findChildren(QPushButton) if button.text() == "Keep Mine"
    ]
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    assert numbers(window) == (7.5, 10)
    choose(tiny)
    assert numbers(window) == (7.5, 10)


def test_the_starter_s_own_come_and_go_with_it(window, choose, tiny):
    choose("starter")
    draft = window.document.state.draft
    assert (draft.guidance, draft.steps, draft.change) == (Weight(3.0), 15, 0.9)
    choose(tiny)
    draft = window.document.state.draft
    assert (draft.guidance, draft.steps, draft.change) == (Weight(7.5, decay=1.0), 10, 0.8)
    assert "The usual settings again: guidance 3 → 7.5, decay 0 → 1, steps 15 → 10" in said(window)


def test_an_interval_that_was_set_stays_when_the_decay_is_the_model_s(window, choose, tiny):
    choose(tiny)
    adjust_part(window.document, "guidance", interval=(0.0, 0.5), decay=0.0)
    choose("starter")
    assert window.document.state.draft.guidance == Weight(3.0, interval=(0.0, 0.5))
    choose(tiny)
    assert window.document.state.draft.guidance == Weight(7.5, interval=(0.0, 0.5))


def test_a_curve_that_was_drawn_stays(window, choose, fast):
    curve = ((0.0, 7.0), (1.0, 1.0))
    adjust_part(window.document, "guidance", curve=curve, decay=0.0)
    choose(fast)
    assert window.document.state.draft.guidance.curve == curve


def test_a_lora_of_a_distilled_kind_does_it_too(qtbot, window, choose, tiny, tmp_path, idle):
    choose(tiny)
    window.models._wear((Lora(titled_lora(tmp_path / "lcm_4step.safetensors")),))
    idle(window)
    assert numbers(window) == (1.5, 4)
    assert "By its name lcm_4step is made for few steps" in said(window)
    window.models._wear(())
    idle(window)
    assert numbers(window) == (7.5, 10)


def test_a_lora_that_the_prompt_names_does_it_too(qtbot, window, choose, tiny, tmp_path, monkeypatch):
    file = titled_lora(tmp_path / "quick_lcm.safetensors")
    monkeypatch.setattr("core.models.lora.named.lora_files", lambda: (Path(file),))
    choose(tiny)
    field = window.panels.prompts.query
    field.setFocus()
    qtbot.keyClicks(field, "a zebra <lora:quick_lcm:0.8>")
    qtbot.waitUntil(lambda: numbers(window) == (1.5, 8), timeout=TIMEOUT)
    field.selectAll()
    qtbot.keyClicks(field, "a zebra <lora:qu")
    qtbot.waitUntil(lambda: numbers(window) == (7.5, 10), timeout=TIMEOUT)


@pytest.fixture
def dialog(qtbot, window, choose, fast):
    """From the menu of the status bar, by its mouse."""
    choose(fast)
    menu = window.status.model.menu()
    menu.aboutToShow.emit()
    (action,) = [action for action in menu.actions() if action.text().startswith("This Model")]
    action.trigger()
    return window.findChild(WaysDialog)


def test_the_dialog_says_what_is_known_and_keeps_what_is_said(qtbot, window, dialog, fast, idle):
    assert list(dialog.rows) == [
        "guidance", "decay", "steps", "solver", "change", "time_shift", "pseudo_guidance", "mask_strength",
        "clip_skip", "prediction", "zero_snr",
    ]  # fmt: skip
    assert dialog.rows["prediction"].control.currentText() == ""
    steps = dialog.rows["steps"]
    assert steps.control.value() == 8
    assert not steps.says.isChecked()
    assert steps.source.text() == "unticked: as it is distilled"
    steps.says.setFocus()
    qtbot.keyClick(steps.says, Qt.Key.Key_Space)
    assert steps.control.isEnabled()
    steps.control.entry.setFocus()
    steps.control.entry.selectAll()
    qtbot.keyClicks(steps.control.entry, "6")
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        qtbot.keyClick(steps.control.entry, Qt.Key.Key_Return)
    idle(window)
    assert card_of(fast) == ModelCard(steps=6)
    assert numbers(window) == (2.0, 6)
    assert "You gave photo-turbo settings of its own: steps 8 → 6." in said(window)


def test_present_settings_reset_export_and_import(qtbot, window, dialog, fast, tmp_path):
    window.document.adjust(update_draft(steps=12))
    dialog._draft = window.document.state.draft
    qtbot.mouseClick(dialog.present, Qt.MouseButton.LeftButton)
    assert dialog.card == ModelCard(
        guidance=2.0,
        decay=1.0,
        steps=12,
        solver=window.document.state.draft.solver,
        change=0.8,
        time_shift=0.2,
        pseudo_guidance=True,
    )
    out = tmp_path / "card.json"
    dialog.export_to(out)
    assert json.loads(out.read_text())["steps"] == 12
    qtbot.mouseClick(dialog.reset_button, Qt.MouseButton.LeftButton)
    assert dialog.card == ModelCard()
    dialog.import_from(out)
    assert dialog.card.steps == 12
    out.write_text("{")
    dialog.import_from(out)
    assert "damaged" in dialog.state.text()
    assert card_of(fast) == ModelCard(), "nothing is kept before OK"


def test_what_can_t_be_is_said_and_the_dialog_stays(dialog, fast):
    dialog.rows["prediction"].show("epsilon", None, "")
    dialog.rows["zero_snr"].show(True, None, "")
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).click()
    assert "Zero SNR goes with the prediction v" in dialog.state.text()
    assert dialog.isVisible()
    assert card_of(fast) == ModelCard()


def test_all_of_it_has_a_tooltip_and_a_name(dialog):
    for row in dialog.rows.values():
        assert row.says.toolTip()
        assert row.says.text()
    for button in (dialog.present, dialog.reset_button, dialog.export_button, dialog.import_button):
        assert button.toolTip()
        assert not button.autoDefault()


def test_what_a_model_doesn_t_have_has_no_row(qtbot, tmp_path):
    flow, sdxl = tiny_sd3(tmp_path / "sd3", t5=False), tiny_sdxl(tmp_path / "sdxl")
    request = EditRequest(photo="", query="")
    tell(sdxl, ModelCard(kappa=0.03, steps=20))
    shown = WaysDialog(sdxl, "sdxl", request, None)
    qtbot.addWidget(shown)
    assert shown.rows["steps"].value == 20
    shown.accept()
    assert card_of(sdxl) == ModelCard(kappa=0.03, steps=20), "what has no row stays as it was said"
    flows = WaysDialog(flow, "sd3", request, None)
    qtbot.addWidget(flows)
    assert {"prediction", "zero_snr", "clip_skip"}.isdisjoint(flows.rows)


def test_what_few_steps_take_is_said_and_where_it_has_no_effect_why(qtbot, fast):
    """TurboEdit's two: a shift of edit-friendly inversion alone, guidance that not every model takes."""
    request = EditRequest(photo="", query="")
    shown = WaysDialog(fast, "fast", request, None)
    qtbot.addWidget(shown)
    shift, away = shown.rows["time_shift"], shown.rows["pseudo_guidance"]
    assert (shift.shown, away.shown) == (pytest.approx(0.2), True)
    assert shift.source.text() == away.source.text() == "unticked: as it is distilled"
    assert shift.why.isHidden()
    assert away.why.isHidden()
    shown.rows["solver"].says.setChecked(True)
    shown.rows["solver"].control.setCurrentIndex(0)
    assert shift.why.text() == "No effect while Solver is “DDIM”."
    shift.says.setChecked(True)
    shift.control.setValue(0.1)
    away.says.setChecked(True)
    away.control.setCurrentIndex(away.control.findData(False))
    shown.accept()
    assert card_of(fast) == ModelCard(solver=Solver.DDIM, time_shift=0.1, pseudo_guidance=False)
    tell(fast, ModelCard(pseudo_guidance=False))
    drawn_anew = request.with_(method=Method.SDEDIT)
    for guided, draft, key, why in (
        (Guided.EMBEDDED, request, "pseudo_guidance", "it takes the scale as one of its inputs."),
        (Guided.NOTHING, request, "guidance", "it was taught to draw without guidance."),
        (Guided.PROMPTS, drawn_anew, "time_shift", "No effect while Method is “All, drawn anew”."),
    ):
        dialog = WaysDialog(fast, "fast", draft, None, guided)
        qtbot.addWidget(dialog)
        assert dialog.rows[key].why.text().endswith(why)
    away = WaysDialog(fast, "fast", request, None, Guided.NOTHING)
    qtbot.addWidget(away)
    away.rows["pseudo_guidance"].show(True, None, "")
    assert away.rows["guidance"].why.isHidden(), "with it such a model takes guidance"


def test_an_edit_asked_for_before_is_drawn_with_what_the_model_begins_with(
    qtbot, window, fast, monkeypatch, idle
):
    """As at the first start: a sample is opened and repainted while the starter is still looked at."""
    go, look = threading.Event(), own_ways._look
    monkeypatch.setattr(own_ways, "_look", lambda worn: go.wait(60) and look(worn))
    asked = []
    window.files.sample = True
    window.models.choose(str(fast), "cpu")
    window.photographs.when_suited(lambda: asked.append(numbers(window)))
    qtbot.wait(20)
    assert not asked
    go.set()
    qtbot.waitUntil(lambda: bool(asked), timeout=TIMEOUT)
    assert asked == [(2.0, 8)]
    idle(window)
