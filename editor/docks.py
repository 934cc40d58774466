"""The docks round the canvas: they can be moved, floated, hidden, and put back as they were designed."""

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QMainWindow, QVBoxLayout, QWidget

SIDE = 320  # logical pixels of the panels before anybody drags their edge
LEAST = 280
STRIP = 120  # of the filmstrip, until it is there
LAYERS = 140  # of the layers, at the least while they aren't there
SHARE = 0.36  # of the panels' height that the layers have: four rows on a small screen, beside the mask
ABOVE = 475  # of a low window's height that is left to the prompts, some of the settings, menus and bars
VERSION = 2  # of the remembered layout: it goes up when docks come or go

Area = Qt.DockWidgetArea
Feature = QDockWidget.DockWidgetFeature


class Room(QWidget):
    """Keeps the place of what is made after the first paint, and holds it then."""

    def __init__(self, size: QSize) -> None:
        super().__init__()
        self._size = size
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)

    def sizeHint(self) -> QSize:
        return self._size

    def take(self, widget: QWidget) -> None:
        """Hold `widget` from now on."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(widget)


class Docks(QObject):
    """side: prompts and settings;  layers: the accepted edits;  queue: those that wait, in the layers' place
    when it is wanted;  strip: the steps of a run.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.side = self._dock("side", self.tr("Repaint"), QSize(SIDE, 400))
        self.layers = self._dock("layers", self.tr("Layers"), QSize(SIDE, LAYERS))
        self.queue = self._dock("queue", self.tr("Queue"), QSize(SIDE, LAYERS))
        self.strip = self._dock("strip", self.tr("Filmstrip"), QSize(400, STRIP))
        for dock in (self.side, self.layers, self.queue):
            dock.setAllowedAreas(Area.LeftDockWidgetArea | Area.RightDockWidgetArea)
            dock.widget().setMinimumWidth(LEAST)
        self.strip.setAllowedAreas(Area.TopDockWidgetArea | Area.BottomDockWidgetArea)
        self.strip.setFeatures(self.strip.features() | Feature.DockWidgetVerticalTitleBar)
        window.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks)  # and nothing is animated
        for corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner):
            window.setCorner(corner, Area.RightDockWidgetArea)
        for corner in (Qt.Corner.TopLeftCorner, Qt.Corner.BottomLeftCorner):
            window.setCorner(corner, Area.LeftDockWidgetArea)
        self.reset()

    @property
    def all(self) -> tuple[QDockWidget, ...]:
        return self.side, self.layers, self.queue, self.strip

    def hold(self, dock: QDockWidget, widget: QWidget) -> None:
        """Put in what one of the docks is for."""
        room = dock.widget()
        assert isinstance(room, Room)
        room.take(widget)

    def reset(self) -> None:
        """Everything in its place, in sight, and as large as it was designed."""
        window = self._window
        for dock in self.all:
            dock.setFloating(False)
        window.addDockWidget(Area.RightDockWidgetArea, self.side)
        window.addDockWidget(Area.BottomDockWidgetArea, self.strip)
        window.splitDockWidget(self.side, self.layers, Qt.Orientation.Vertical)
        window.tabifyDockWidget(self.layers, self.queue)
        for dock in self.all:
            dock.setVisible(dock is not self.queue)
        window.resizeDocks([self.side], [SIDE], Qt.Orientation.Horizontal)
        self.share()

    def share(self) -> None:
        """The height of the panels' column, as it was designed."""
        whole = self._window.height()
        layers = round(max(1, min(SHARE * whole, whole - ABOVE)))
        parts = [whole - layers, layers]  # they are taken by their proportion
        self._window.resizeDocks([self.side, self.layers], parts, Qt.Orientation.Vertical)

    def _dock(self, name: str, title: str, size: QSize) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)  # by which Qt remembers where it is
        dock.setWidget(Room(size))
        tips = {
            "qt_dockwidget_floatbutton": self.tr("Take “{title}” out of the window, or put it back"),
            "qt_dockwidget_closebutton": self.tr("Hide “{title}”; the Window menu shows it again"),
        }
        for name_, tip in tips.items():
            button = dock.findChild(QAbstractButton, name_)
            if button is not None:
                button.setToolTip(tip.format(title=title))
        return dock
