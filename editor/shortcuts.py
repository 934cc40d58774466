"""Which keys do what in this window: a set of keys, and the user's own changes over it."""

from collections.abc import Mapping

from PySide6.QtCore import QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence

from editor.actions import ENTRIES, Action, Key
from editor.settings import Keymap, Store

# What differs from the table, in the habits of programs that people come from.
SETS: Mapping[Keymap, Mapping[str, tuple[Key, ...]]] = {
    Keymap.PALIMPSEST: {},
    Keymap.KRITA: {
        "clear": ("Ctrl+Shift+A",),
        "invert": ("Ctrl+Shift+I",),
        "overlay": ("Ctrl+H",),
        "fit": ("2", "Ctrl+0"),
        "one": ("1", "Ctrl+1"),
        "gradient": ("G",),
        "variants-grid": ("Shift+G",),
        "full": ("Ctrl+Shift+F",),
    },
    Keymap.PHOTOSHOP: {
        "clear": ("Ctrl+D",),
        "invert": ("Ctrl+Shift+I",),
        "overlay": ("Q",),
        "rectangle": ("M",),
        "ellipse": ("Shift+M",),
        "mask-alone": ("Alt+Q",),
        "gradient": ("G",),
        "variants-grid": ("Shift+G",),
        "one": ("Ctrl+1", "Ctrl+Alt+0"),
        "full": ("F",),
        "softer": ("{", "Shift+["),
        "harder": ("}", "Shift+]"),
    },
}
TAKEN = (
    "Space",
    "Tab",
    "Shift+Tab",
    "Return",
    "Enter",
)  # what no command may have: they hold, move and confirm


def written(keys: tuple[QKeySequence, ...]) -> tuple[str, ...]:
    """As the settings hold them, the same on every platform."""
    return tuple(key.toString(QKeySequence.SequenceFormat.PortableText) for key in keys)


def takeable(key: QKeySequence) -> bool:
    """A command may have it."""
    return written((key,))[0] not in TAKEN


def shown(key: QKeySequence) -> str:
    """As the platform writes it."""
    return key.toString(QKeySequence.SequenceFormat.NativeText)


def typed(key: QKeySequence) -> bool:
    """Pressed on any keyboard, and not a key that some have for one command alone (Copy, Open …)."""
    first: QKeyCombination = key[0]  # pyright: ignore[reportIndexIssue]: missing in PySide's stubs
    return not Qt.Key.Key_Back <= first.key() < Qt.Key.Key_AltGr


class Shortcuts(QObject):
    """The keys of every action of the table. changed: some action has others now."""

    changed = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    @property
    def keymap(self) -> Keymap:
        return self._store.settings.keymap

    def choose(self, keymap: Keymap) -> None:
        """Take another set; what the user changed stays changed."""
        self._store.update(keymap=keymap)
        self.changed.emit()

    def keys(self, entry: Action) -> tuple[QKeySequence, ...]:
        """All keys of an entry, the first of them shown in menus."""
        own = self._store.settings.keys.get(entry.id)
        if own is None:
            return self.usual(entry)
        found = (QKeySequence.fromString(text, QKeySequence.SequenceFormat.PortableText) for text in own)
        return tuple(key for key in found if key.toString())  # a settings file may say anything

    def usual(self, entry: Action) -> tuple[QKeySequence, ...]:
        """The keys that the chosen set gives an entry."""
        keys = SETS[self.keymap].get(entry.id, entry.keys)
        return tuple(sequence for key in keys for sequence in _bindings(key))

    def is_own(self, entry: Action) -> bool:
        """The user gave it other keys than the chosen set does."""
        return entry.id in self._store.settings.keys

    def owners(self, key: QKeySequence) -> list[Action]:
        """The entries that have a key, on this platform or in the set."""
        return [entry for entry in ENTRIES if key in self.keys(entry)]

    def give(self, entry: Action, keys: tuple[QKeySequence, ...]) -> None:
        """Give an entry these keys, and take them from whoever had them. ValueError for one in TAKEN."""
        for key in keys:
            if not takeable(key):
                raise ValueError(f"{shown(key)} can't be the key of a command")
        own = dict(self._store.settings.keys)
        for other in ENTRIES:
            left = tuple(key for key in self.keys(other) if key not in keys)
            if other.id != entry.id and len(left) < len(self.keys(other)):
                own[other.id] = written(left)
        own[entry.id] = written(keys)
        self._put(own)

    def reset(self, entry: Action) -> None:
        """Back to the keys of the chosen set, which are taken from whoever has them now."""
        self.give(entry, self.usual(entry))

    def reset_all(self) -> None:
        """Every entry has the keys of the chosen set."""
        self._put({})

    def _put(self, own: dict[str, tuple[str, ...]]) -> None:
        usual = {entry.id: written(self.usual(entry)) for entry in ENTRIES}
        kept = {name: keys for name, keys in own.items() if keys != usual.get(name)}
        self._store.update(keys=kept)
        self.changed.emit()


def _bindings(key: Key) -> list[QKeySequence]:
    return [QKeySequence(key)] if isinstance(key, str) else QKeySequence.keyBindings(key)
