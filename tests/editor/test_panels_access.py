"""Every control of every panel can be reached by keys, in reading order, and says what it is."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from core.diffusion.target import Target
from core.diffusion.weight import Rescale
from core.document import commands
from editor.panels.advanced import AdvancedPanel
from editor.panels.guidance import GuidancePanel
from editor.panels.layers import LayersPanel
from editor.panels.mask import MaskPanel
from editor.panels.prompt import PromptPanel
from editor.panels.queue import QueuePanel, QueueRow
from editor.panels.run import RunPanel
from tests.core.stacks import arrived
from tests.editor.conftest import advanced_panel, guidance_panel

CONTROLS = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QSlider)
ROW = 16  # pixels: two controls whose middles differ by less stand in one row


def running(document) -> RunPanel:
    """While something runs."""
    panel = RunPanel(document)
    panel.set_running(True)
    return panel


def queue(_) -> QueuePanel:
    """One under way, one that waits."""
    panel = QueuePanel()
    panel.show_rows([QueueRow("a", "a zebra", "under way", "", False), QueueRow("b", "a cow", "", "", True)])
    panel.show_possible(dict.fromkeys(panel.buttons, True), held=False)
    return panel


PANELS = (PromptPanel, RunPanel, running, MaskPanel, guidance_panel, advanced_panel, LayersPanel, queue)


@pytest.fixture(params=PANELS)
def panel(qtbot, request, document, heat, make_result):
    document.apply(commands.set_heat(heat), "Find")
    document.apply(arrived(make_result(document, (0, 0, 9, 9))), "Edit")
    shows_more = {"rescale": Rescale.PROJECTED, "target": Target(colour="#d0104c")}
    document.adjust(commands.update_draft(**shows_more))
    panel = request.param(document)
    qtbot.addWidget(panel)
    panel.resize(320, panel.heightForWidth(320) if panel.hasHeightForWidth() else panel.sizeHint().height())
    panel.show()
    if isinstance(panel, GuidancePanel):
        panel.build_plot()
    if isinstance(panel, AdvancedPanel):
        panel.target.folded = False
        panel.norms.build_plot()
    return panel


def controls(panel):
    inner = {child.lineEdit() for child in panel.findChildren(QAbstractSpinBox)}
    return [
        child
        for child in panel.findChildren(QWidget)
        if isinstance(child, CONTROLS)
        and child.isVisible()
        and child not in inner
        and not child.objectName().startswith("qt_")
    ]


def test_each_has_a_tip_and_a_name(panel):
    assert controls(panel)
    for control in controls(panel):
        assert control.toolTip(), control
        words = control.text() if isinstance(control, QAbstractButton) else ""
        assert control.accessibleName() or words, control


def test_tab_reaches_each_in_reading_order(panel):
    reachable, control = [], panel
    for _ in range(500):
        control = control.nextInFocusChain()
        if control is panel:
            break
        if control in controls(panel) and control.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reachable.append(control)
    assert {id(c) for c in reachable} == {id(c) for c in controls(panel)}
    places = [c.mapTo(panel, c.rect().center() if c.height() < 40 else QPoint(0, 12)) for c in reachable]
    for one, other in pairwise(places):
        below = other.y() - one.y()
        assert below > -ROW, (one, other)
        assert below >= ROW or other.x() > one.x(), (one, other)


def test_nothing_is_wider_than_a_narrow_column(panel):
    assert panel.minimumSizeHint().width() <= 264  # 280 less a scroll bar
    panel.resize(264, panel.height())
    for box in panel.findChildren(QComboBox):
        assert not box.isVisible() or box.width() >= box.sizeHint().width(), box.accessibleName()
    for label in panel.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.width() >= label.sizeHint().width(), label.text()
