"""What of the window is shown: docks, full screen, light or dark; remembered."""

from functools import partial

from PySide6.QtCore import QByteArray, QObject, QSize, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu

from editor.docks import VERSION, Docks
from editor.qactions import Actions
from editor.settings import Store, Theme
from editor.theme import Themer

FIRST, FRAME = QSize(1280, 800), QSize(16, 48)  # logical pixels; the frame is at most so large


def _text(blob: QByteArray) -> str:
    return bytes(blob.toBase64().data()).decode("ascii")


def _blob(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii"))


class Views(QObject):
    """Shows and hides, and knows how things stood last time."""

    def __init__(
        self, docks: Docks, actions: Actions, store: Store, themer: Themer, window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._docks = docks
        self._store, self._themer, self._window = store, themer, window
        for name, dock in (
            ("panels", docks.side),
            ("layers", docks.layers),
            ("queue", docks.queue),
            ("filmstrip", docks.strip),
        ):
            shown = dock.toggleViewAction()  # knows of every way to hide it
            actions[name].setChecked(shown.isChecked())
            shown.toggled.connect(actions[name].setChecked)

    def show_panels(self, shown: bool) -> None:
        self._docks.side.setVisible(shown)

    def show_layers(self, shown: bool) -> None:
        self._docks.layers.setVisible(shown)

    def show_queue(self, shown: bool) -> None:
        """Over what it shares its place with."""
        self._docks.queue.setVisible(shown)
        if shown:
            self._docks.queue.raise_()

    def show_filmstrip(self, shown: bool) -> None:
        self._docks.strip.setVisible(shown)

    def show_full(self, full: bool) -> None:
        now = self._window.windowState()
        whole = Qt.WindowState.WindowFullScreen
        self._window.setWindowState(now | whole if full else now & ~whole)

    def reset_layout(self) -> None:
        """Every dock back in its place."""
        self._docks.reset()

    def fill_themes(self, menu: QMenu) -> None:
        """System, dark, light: one of them checked."""
        menu.clear()
        group = QActionGroup(menu)
        for theme, name in self.theme_names().items():
            action = menu.addAction(name, partial(self.choose_theme, theme))
            action.setCheckable(True)
            action.setChecked(theme is self._themer.theme)
            group.addAction(action)

    def theme_names(self) -> dict[Theme, str]:
        """Every theme and what it is called."""
        return {Theme.SYSTEM: self.tr("System"), Theme.DARK: self.tr("Dark"), Theme.LIGHT: self.tr("Light")}

    def choose_theme(self, theme: Theme) -> None:
        """Take `theme` from now on, next time too."""
        self._themer.choose(theme)
        self._store.update(theme=theme)

    def restore(self) -> None:
        """As it stood last time; the first time it has the whole screen."""
        settings = self._store.settings
        if not (settings.geometry and self._window.restoreGeometry(_blob(settings.geometry))):
            room = self._window.screen().availableSize() - FRAME
            self._window.resize(FIRST.boundedTo(room))  # once it isn't maximised any more
            self._window.setWindowState(Qt.WindowState.WindowMaximized)
        if settings.layout:
            self._window.restoreState(_blob(settings.layout), VERSION)

    def remember(self) -> dict[str, object]:
        """The settings that the window holds now."""
        layout = _text(self._window.saveState(VERSION))
        return {"geometry": _text(self._window.saveGeometry()), "layout": layout}
