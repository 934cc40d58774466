"""Light and dark: Qt's own Fusion style under two neutral palettes, by the system's scheme or by choice."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from editor.settings import Theme

Role = QPalette.ColorRole
ACCENT = "#2f6fd6"

DARK = {
    Role.Window: "#1e1e1e",
    Role.WindowText: "#dedede",
    Role.Base: "#262626",
    Role.AlternateBase: "#2c2c2c",
    Role.Text: "#e6e6e6",
    Role.PlaceholderText: "#8c8c8c",
    Role.Button: "#303030",
    Role.ButtonText: "#dedede",
    Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#333333",
    Role.ToolTipText: "#e6e6e6",
    Role.Light: "#454545",
    Role.Midlight: "#3a3a3a",
    Role.Mid: "#2a2a2a",
    Role.Dark: "#151515",
    Role.Shadow: "#0c0c0c",
    Role.Highlight: ACCENT,
    Role.HighlightedText: "#ffffff",
    Role.Accent: ACCENT,
    Role.Link: "#7aa7ec",
    Role.LinkVisited: "#a58ce0",
}

LIGHT = {
    Role.Window: "#f3f3f3",
    Role.WindowText: "#1f1f1f",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#f7f7f7",
    Role.Text: "#1f1f1f",
    Role.PlaceholderText: "#6f6f6f",
    Role.Button: "#ececec",
    Role.ButtonText: "#1f1f1f",
    Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#ffffff",
    Role.ToolTipText: "#1f1f1f",
    Role.Light: "#ffffff",
    Role.Midlight: "#e6e6e6",
    Role.Mid: "#c8c8c8",
    Role.Dark: "#a8a8a8",
    Role.Shadow: "#7a7a7a",
    Role.Highlight: ACCENT,
    Role.HighlightedText: "#ffffff",
    Role.Accent: ACCENT,
    Role.Link: "#1f5fc4",
    Role.LinkVisited: "#6a3fb5",
}

FAINT = {"dark": "#747474", "light": "#9a9a9a"}  # disabled text

# Of a window, not of the application: else every widget that is made would be polished with every parent it
# gets. It is set again after the palette has changed: a sheet keeps the one that it was resolved with.
SHEET = """
QToolTip { padding: 4px 6px; border: 1px solid palette(light);
  background: palette(base); color: palette(text); }
QToolBar { border: none; padding: 4px; spacing: 4px; }
QToolBar QToolButton { padding: 6px; border-radius: 6px; border: none; }
QToolBar QToolButton:hover { background: palette(midlight); }
QToolBar QToolButton:checked { background: palette(highlight); color: palette(highlighted-text); }
QToolBar #qt_toolbar_ext_button { padding: 0; background: palette(midlight); }
QStatusBar { border-top: 1px solid palette(midlight); }
QStatusBar::item { border: none; }
QStatusBar QToolButton { border: none; border-radius: 4px; padding: 3px 6px; }
QStatusBar QToolButton:hover, QStatusBar QToolButton:open,
QStatusBar QToolButton:focus { background: palette(midlight); }
QStatusBar QToolButton::menu-indicator { image: none; width: 0; }
QStatusBar QProgressBar { border: none; border-radius: 2px; background: palette(midlight); }
QStatusBar QProgressBar::chunk { border-radius: 2px; background: palette(highlight); }
QCheckBox::indicator:unchecked { border: 1px solid palette(placeholder-text); border-radius: 2px;
  width: 13px; height: 13px; background: palette(base); }
QTreeView::item { padding: 3px 4px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QSplitter::handle { background: palette(window); }
QSplitter::handle:hover { background: palette(midlight); }
"""


def palette(dark: bool) -> QPalette:
    """The whole palette of one scheme."""
    result = QPalette()
    for role, color in (DARK if dark else LIGHT).items():
        result.setColor(role, QColor(color))
    faint = QColor(FAINT["dark" if dark else "light"])
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.PlaceholderText):
        result.setColor(QPalette.ColorGroup.Disabled, role, faint)
    result.setColor(QPalette.ColorGroup.Disabled, Role.Highlight, QColor("#3a3a3a" if dark else "#d6d6d6"))
    result.setColor(QPalette.ColorGroup.Disabled, Role.HighlightedText, faint)
    return result


class Themer(QObject):
    """Paints the application in the chosen theme and follows the system while that is chosen."""

    changed = Signal(bool)  # dark

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        QApplication.setStyle("Fusion")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._paint)
        self._paint()

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def dark(self) -> bool:
        if self._theme is Theme.SYSTEM:
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._theme is Theme.DARK

    def choose(self, theme: Theme) -> None:
        """Take `theme` from now on."""
        self._theme = theme
        self._paint()

    def _paint(self) -> None:
        QApplication.setPalette(palette(self.dark))
        QToolTip.setPalette(palette(self.dark))  # it keeps the one that it was first shown in
        self.changed.emit(self.dark)
