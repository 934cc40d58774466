"""Preferences: each change holds at once and is remembered."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog

from core.document import commands
from editor.settings import Settings, Theme


@pytest.fixture
def dialog(qtbot, opened):
    opened.actions_["preferences"].trigger()
    dialog = QApplication.activeModalWidget()
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    return dialog


def test_a_theme_holds_at_once(qtbot, opened, dialog, store):
    dialog.theme.setFocus()
    qtbot.keyClick(dialog.theme, Qt.Key.Key_End)
    assert store.settings.theme is Theme.LIGHT
    colors = QApplication.palette()
    assert colors.window().color().lightness() > 128
    line = opened.status.grab().toImage().pixelColor(5, 0)  # of the style sheet, by the palette
    assert line == colors.color(colors.ColorRole.Midlight)


def test_undo_is_limited_at_once_and_next_time(qtbot, opened, dialog, store):
    opened.document.apply(commands.invert_mask(), "one")
    caps = []
    opened.document._history.limit = caps.append
    dialog.undo.setFocus()
    dialog.undo.selectAll()
    qtbot.keyClicks(dialog.undo, "128")
    qtbot.keyClick(dialog.undo, Qt.Key.Key_Tab)
    assert caps == [128 << 20]
    assert store.settings.undo_limit == 128


def test_the_engine_s_cache_is_limited_at_once_and_next_time(qtbot, opened, dialog, store):
    limits = []
    dialog._engine = SimpleNamespace(limit_cache=limits.append, cached=3 << 20)
    dialog._show()
    assert dialog.cached.text().startswith("3.0 MB")
    dialog.cache.setFocus()
    dialog.cache.selectAll()
    qtbot.keyClicks(dialog.cache, "256")
    qtbot.keyClick(dialog.cache, Qt.Key.Key_Tab)
    assert limits == [256 << 20]
    assert store.settings.cache_limit == 256
    dialog.buttons.button(dialog.defaults).click()
    assert limits[-1] == Settings().cache_limit << 20


def test_a_folder_for_models_is_chosen(qtbot, dialog, store, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    qtbot.mouseClick(dialog.models.browse, Qt.MouseButton.LeftButton)
    assert store.settings.models_home == str(tmp_path)


def test_the_data_folder_is_shown_in_the_system_s_own_way(qtbot, dialog, monkeypatch):
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    qtbot.mouseClick(dialog.folder, Qt.MouseButton.LeftButton)
    assert "palimpsest" in shown[0]


def test_everything_goes_back_to_the_first(qtbot, opened, dialog, store):
    opened.tint.color = QColor("#00ff00")
    store.update(theme=Theme.LIGHT, undo_limit=64, models_home="/x")
    dialog.buttons.button(dialog.defaults).click()
    now, usual = store.settings, Settings()
    assert (now.theme, now.undo_limit, now.models_home) == (usual.theme, usual.undo_limit, "")
    assert opened.tint.color == QColor(usual.overlay_color)
    assert dialog.undo.value() == usual.undo_limit
