"""The table of actions as Qt's: menus, tool bar and keys of one window."""

from collections.abc import Callable
from operator import attrgetter

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QIcon, QPixmap
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar

from editor.actions import ENTRIES, MENUS, TOOLS, Action, of_menu, plain, translated
from editor.icons import SIZE, icon
from editor.shortcuts import Shortcuts, shown


class Actions(QObject):
    """The table as QActions that belong to `window`; menus and tool bar are filled from them."""

    def __init__(self, window: QObject, shortcuts: Shortcuts) -> None:
        super().__init__(window)
        self._window, self._shortcuts = window, shortcuts
        self._actions: dict[str, QAction] = {}
        self.submenus: dict[str, QMenu] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._idle: dict[str, str] = {}  # why an action makes no sense now
        self._entries = {entry.id: entry for entry in ENTRIES if not entry.submenu}
        for name, entry in self._entries.items():
            self._actions[name] = self._make(entry)
        shortcuts.changed.connect(self._give_keys)
        self._give_keys()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def fill_menus(self, bar: QMenuBar) -> None:
        """One menu for each of MENUS, with the table's separators."""
        for name in MENUS:
            menu = bar.addMenu(translated(name))
            for entry in of_menu(name):
                if entry is not None and entry.submenu:
                    made = self.submenus[entry.submenu] = menu.addMenu(translated(entry.text))
                    if entry.tip:
                        made.menuAction().setToolTip(translated(entry.tip))
                        menu.setToolTipsVisible(True)
                else:
                    self._add(menu, entry)

    def add_to(self, menu: QMenu, name: str) -> None:
        """What stands in one of MENUS, all but its submenus, at the end of a menu made at run time."""
        for entry in of_menu(name):
            if entry is None or not entry.submenu:
                self._add(menu, entry)

    def fill_toolbar(self, bar: QToolBar) -> None:
        """The tools, one under the other."""
        for name in TOOLS:
            if name is None:
                bar.addSeparator()
            else:
                bar.addAction(self._actions[name])

    def tint(self) -> None:
        """Give every action its icon in the palette's colours of now."""
        for entry in ENTRIES:
            if entry.icon:
                self._actions[entry.id].setIcon(icon(entry.icon))

    def enable(self, names: tuple[str, ...], enabled: bool, why: str = "") -> None:
        """why: what the tips of those say that make no sense now."""
        for name in names:
            self._actions[name].setEnabled(enabled)
            if self.idle(name) != ("" if enabled else why):
                self._idle[name] = "" if enabled else why
                self._tell(name)

    def idle(self, name: str) -> str:
        """Why an action makes no sense now; "" where it does, or nothing is said."""
        return self._idle.get(name, "")

    def _add(self, menu: QMenu, entry: Action | None) -> None:
        if entry is None:
            menu.addSeparator()
        else:
            menu.addAction(self._actions[entry.id])

    def _make(self, entry: Action) -> QAction:
        action = QAction(translated(entry.text), self._window)
        action.setObjectName(entry.id)
        action.setIconVisibleInMenu(False)
        if entry.icon:
            action.setIcon(_blank())  # until `tint`: a button without an icon is as wide as its text
        action.setAutoRepeat(not entry.once)
        action.setCheckable(entry.checkable or bool(entry.group))
        action.triggered.connect(self._caller(entry))
        if entry.group:
            group = self._groups.setdefault(entry.group, QActionGroup(self))
            group.addAction(action)
        return action

    def _give_keys(self) -> None:
        """Each action its keys of now, the first of them in its tip."""
        for entry in self._entries.values():
            self._tell(entry.id)
            if not entry.held:  # a shortcut would eat the release
                self._actions[entry.id].setShortcuts(list(self._shortcuts.keys(entry)))

    def _tell(self, name: str) -> None:
        """What an action does, its first key, and why not now."""
        entry, why = self._entries[name], self.idle(name)
        keys = self._shortcuts.keys(entry)
        tip = translated(entry.tip) or plain(entry.text)
        tip = f"{tip} ({shown(keys[0])})" if keys else tip
        self._actions[name].setToolTip(f"{tip} – {why}" if why else tip)

    def _caller(self, entry: Action) -> Callable[[bool], None]:
        """Looked up at the press: parts of the window are made after its first paint."""
        if entry.checkable:
            return lambda checked: attrgetter(entry.slot)(self._window)(checked)
        given = (entry.id,) if entry.group == "tool" else ()
        return lambda _checked: attrgetter(entry.slot)(self._window)(*given)


def _blank() -> QIcon:
    nothing = QPixmap(SIZE, SIZE)
    nothing.fill(Qt.GlobalColor.transparent)
    return QIcon(nothing)
