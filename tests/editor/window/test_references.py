"""Every panel and dialog looks as it did: pictures of them are kept, and compared with a tolerance.

`make references` takes them anew. They are the same on every machine: Pillow's own font, unhinted, boxes for
what it lacks, a pixel for a pixel, and nothing of this machine in what is written.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont
from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontDatabase, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from core.diffusion.weight import Guided
from core.document import commands
from core.edit.saved_preset import GUIDANCE, SETTINGS
from core.models.memory.machine import Machine, Memory
from core.photo.photo import Photo
from editor.canvas.variants.list import VariantCell
from editor.canvas.variants.strip import VariantStrip
from editor.jobs import Jobs
from editor.panels.queue import QueueRow
from editor.settings import Theme
from editor.widgets.recent import RecentFile
from editor.widgets.section import Section
from tests.editor.conftest import edit_result, order_now, shot
from tests.editor.likeness import keep, kept, unlike
from tests.editor.window.conftest import TIMEOUT

PLACE = Path(__file__).parents[1] / "references"
ANEW = os.environ.get("REFERENCES") == "anew"
SIZE = 1024, 700
CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox, QPlainTextEdit, QSlider, QLabel)
POINTS = 9.0
SOMEWHERE = "/pictures/meadow.png"
PAUSE = 50  # milliseconds between two looks at a dialog
PANELS = ("prompts", "run", "mask_panel", "guidance", "advanced", "layers", "queue", "filmstrip")
QUEUE = (("a zebra", "under way", False), ("a cow", "waits", True))
DIALOGS = (
    *("movie", "grid", "batch", "get-model", "loras", "ways", "export", "preferences"),
    *("palette", "keys", "layer-recipe", "feather", "kept-masks"),
)


@pytest.fixture
def font(qapp, monkeypatch) -> Iterator[None]:
    """The letters that come with Pillow, and boxes for those that it lacks."""
    number = QFontDatabase.addApplicationFontFromData(ImageFont.load_default(12).font_bytes)
    font = QFont(QFontDatabase.applicationFontFamilies(number)[0])
    font.setPointSizeF(POINTS)
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging | QFont.StyleStrategy.PreferAntialias)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    before, blinks = QApplication.font(), QApplication.cursorFlashTime()
    QApplication.setFont(font)
    QApplication.setCursorFlashTime(0)
    yield
    QApplication.setFont(before)
    QApplication.setCursorFlashTime(blinks)
    QFontDatabase.removeApplicationFont(number)


@pytest.fixture
def machine(monkeypatch) -> None:
    """A machine that is always the same."""
    memory = Memory(32 << 30, 24 << 30)
    monkeypatch.setattr("core.models.memory.machine.this_machine", lambda: Machine("cpu", "", memory, memory))
    monkeypatch.setattr("editor.flows.models.choice.signed_in", lambda: False)


@pytest.fixture
def full(qtbot, font, machine, make_window, heat):
    """A window with something in every panel."""
    window = make_window(Jobs())
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    window.showNormal()
    window.resize(*SIZE)
    pixels = np.full((200, 320, 3), (120, 160, 210), np.uint8)
    pixels[120:] = (110, 150, 80)
    pixels.setflags(write=False)
    document = window.document
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    document.open(Photo(pixels, name="meadow.png"))
    document.apply(commands.set_heat(heat), "Find")
    document.accept(order_now(document), edit_result(document, (80, 40, 120, 90)), "Repaint")
    window.presets.keep("Many steps", SETTINGS)
    window.presets.keep("Gentle", GUIDANCE)
    window.panels.guidance.build_plot()
    window.panels.advanced.norms.build_plot()
    rows = [QueueRow(name, name, detail, name, waits) for name, detail, waits in QUEUE]
    window.panels.queue.show_rows(rows)
    for section in window.panels.findChildren(Section):
        section.folded = False
    qtbot.waitUntil(lambda: not (window.tasks.busy or window.lookups.busy), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: "13 %" in window.panels.mask_panel.words.text(), timeout=TIMEOUT)  # counted later
    return window


def look(widget: QWidget) -> np.ndarray:
    """What it shows once it is laid out and has its icons, which come after the first paint."""
    shot(widget)
    QApplication.processEvents()
    leave(widget)
    return shot(widget)


def leave(widget: QWidget) -> None:
    """The pointer is nowhere, wherever an earlier test has left it."""
    for one in (widget, *widget.findChildren(QWidget)):
        one.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)


def parts(window) -> Iterator[tuple[str, np.ndarray]]:
    """What the window is made of, one after the other."""
    panels = window.panels
    yield "window", look(window)
    panels.queue.resize(300, 200)  # its dock is hidden
    for name in PANELS:
        yield name.replace("_", "-"), look(getattr(panels, name))
    window.document.model.meet(Guided.PROMPTS, 64)  # whose view is smaller than the picture
    yield "mask-panel-closer", look(panels.mask_panel)
    window.document.model.meet(Guided.PROMPTS)
    for tool in ("pan", "brush"):
        window.actions_[tool].trigger()
        yield f"options-{tool}", look(window.options)
    yield "status", look(window.status)
    window.canvas.card.ask("Storybook knows picture-book scenes only.", "Your edit is kept in mind.")
    yield "card", look(window.canvas.card)
    window.canvas.card.put_away()
    strip = window.findChild(VariantStrip)
    strip.show_cells([cell(n) for n in range(3)], 0, "1 of 3 · seed 7")
    yield "variants", look(strip)
    empty = window.canvas.empty
    empty.resize(640, 480)
    empty.show_recent([RecentFile(Path(SOMEWHERE)), RecentFile(Path("/pictures/gone.png"), missing=True)])
    yield "empty", look(empty)


def cell(n: int) -> VariantCell:
    """The first is shown, the second marked, the third being drawn."""
    image = QImage(64, 40, QImage.Format.Format_RGB888)
    image.fill(QColor.fromHsv(90 * n, 180, 180))
    return VariantCell(f"Variant {n + 1}", image, None if n < 2 else 0.4, n < 2, n == 1)


def dialog(qtbot, window, name: str) -> np.ndarray:
    """A dialog as it is once it stays as it is."""
    seen: list[np.ndarray] = []
    last: list[np.ndarray] = []

    def look() -> None:
        found = next((one for one in QApplication.topLevelWidgets() if is_open(one)), None)
        if found is not None and not window.lookups.busy:
            settle(found)
            now = shot(found)
            if last and np.array_equal(now, last[-1]):
                seen.append(now)
                found.reject()
                return
            last.append(now)
        QTimer.singleShot(PAUSE, look)

    QTimer.singleShot(0, look)
    if name == "own-presets":
        window.presets.manage()
    else:
        window.actions_[name].trigger()
    qtbot.waitUntil(lambda: bool(seen), timeout=TIMEOUT)
    return seen[0]


def is_open(widget: QWidget) -> bool:
    return isinstance(widget, QDialog) and widget.isVisible()


def settle(found: QDialog) -> None:
    """Nothing of this machine, no cursor and no pointer."""
    leave(found)
    for field in found.findChildren(QLineEdit):
        if os.sep in field.text():
            with QSignalBlocker(field):
                field.setText(SOMEWHERE)
    focused = found.focusWidget()
    if focused is not None:
        focused.clearFocus()


def test_everything_looks_as_it_did(qtbot, full, themer, tmp_path):
    wrong = []
    for theme in (Theme.LIGHT, Theme.DARK):
        themer.choose(theme)
        looks = dict(parts(full))
        looks |= {f"dialog-{name}": dialog(qtbot, full, name) for name in (*DIALOGS, "own-presets")}
        if ANEW:
            shutil.rmtree(PLACE / theme.value, ignore_errors=True)
            for name, pixels in looks.items():
                keep(PLACE / theme.value / f"{name}.png", pixels)
        wrong += differing(looks, PLACE / theme.value, tmp_path / theme.value)
    assert not wrong, "\n".join([*wrong, "`make references` takes them anew."])


def differing(looks: dict[str, np.ndarray], folder: Path, place: Path) -> list[str]:
    """What isn't as in `folder`, each a sentence; what it is instead is written to `place`."""
    wrong = [f"{path.stem} is no more" for path in folder.glob("*.png") if path.stem not in looks]
    for name, pixels in looks.items():
        path = folder / f"{name}.png"
        told = unlike(pixels, kept(path)) if path.exists() else "is new"
        if told:
            keep(place / path.name, pixels)
            wrong.append(f"{name} {told}: see {place / path.name} beside {path}")
    return wrong


def test_a_pointer_that_lies_somewhere_is_not_seen(full):
    button = full.panels.run.button
    before = look(full.panels.run)
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    assert unlike(shot(full.panels.run), before)
    assert not unlike(look(full.panels.run), before)


def test_a_control_that_is_missing_is_seen(full):
    """Each, one at a time, while all others keep their places."""
    panels = full.panels
    for panel in (
        panels.prompts,
        panels.run,
        panels.mask_panel,
        panels.guidance,
        panels.advanced,
        panels.layers,
    ):
        before = look(panel)
        assert not unlike(shot(panel), before)
        for control in controls(panel):
            policy = control.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            control.setSizePolicy(policy)
            control.hide()
            assert unlike(shot(panel), before), control.accessibleName()
            control.show()


def controls(panel: QWidget) -> list[QWidget]:
    found = [one for one in panel.findChildren(QWidget) if isinstance(one, CONTROLS) and one.isVisible()]
    return [one for one in found if not isinstance(one.parentWidget(), QAbstractSpinBox)]
