"""The submenus of pictures: those opened before, and those that came with the program."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QProxyStyle, QStyle, QStyleOption, QWidget
from shiboken6 import isValid

from editor.flows.files.recent import Recent
from editor.flows.files.samples import samples
from editor.widgets.recent import RecentFile, elided, framed

PICTURE = QSize(40, 30)  # logical pixels
LONGEST = 480  # logical pixels of a name


class PictureMenus(QObject):
    """Filled as they open, since other windows and programs change what is there.

    open_sample  what a sample is opened with
    """

    def __init__(self, recent: Recent, open_sample: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._recent, self._open_sample = recent, open_sample
        self._style = _Style()
        self._menu: QMenu | None = None  # of the recent files, as it was filled last
        self._lines: dict[Path, QAction] = {}
        recent.changed.connect(self._dress)

    def fill_recent(self, menu: QMenu) -> None:
        """The files opened before; what is missing, and the pictures, once they were looked at."""
        menu.clear()
        menu.setStyle(self._style)
        self._menu, self._lines = menu, {}
        self._recent.look()
        for file in self._recent.files:
            line = menu.addAction("", partial(self._recent.open, file.path))
            line.setToolTip(str(file.path))
            line.setData(str(file.path))
            self._lines[file.path] = line
            _dress(line, file, menu)
        menu.addSeparator()
        clear = menu.addAction(self.tr("Clear List"), self._recent.clear)
        clear.setEnabled(bool(self._lines))

    def fill_samples(self, menu: QMenu) -> None:
        """The pictures that came with the program, named by what they show."""
        menu.clear()
        for path in samples():
            menu.addAction(path.stem.replace("-", " ").capitalize(), partial(self._open_sample, path.name))
        if menu.isEmpty():
            menu.addAction(self.tr("No samples are installed")).setEnabled(False)

    def _dress(self) -> None:
        """What was learnt of a file since the menu opened."""
        if self._menu is None or not isValid(self._menu):
            return
        for file in self._recent.files:
            if file.path in self._lines:
                _dress(self._lines[file.path], file, self._menu)


class _Style(QProxyStyle):
    """A menu whose icons are pictures."""

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric is QStyle.PixelMetric.PM_SmallIconSize:
            return PICTURE.width()
        return super().pixelMetric(metric, option, widget)


def _dress(line: QAction, file: RecentFile, menu: QMenu) -> None:
    line.setText(elided(file.said, menu.fontMetrics(), LONGEST))
    line.setIcon(QIcon(framed(file, PICTURE, menu)))
