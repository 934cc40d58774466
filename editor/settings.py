"""What the window remembers between two starts: one small JSON file where the platform wants it.

Two windows share the file: each writes only what changed in it, into what is there by then.
"""

import logging
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, cast, get_args, get_origin, get_type_hints

import filelock
import msgspec
import platformdirs
from msgspec import Meta

from core.photo.files.atomic import explain_write, write_atomic
from core.photo.files.formats import QUALITY
from core.text import from_json, to_json
from resources import STARTER

RECENT = 10  # files in the Open Recent menu
FOLDERS = 8  # model folders in the model menu
MANY = 200  # entries of a list that are read
KEPT = 100  # files set aside: from then on the newest takes the last one's place
MEGABYTE = 1 << 20
UNDO = (64, 65_536)  # megabytes that undo may be given
AUTOSAVE = (64, 65_536)  # megabytes of a journal
CACHE = (64, 65_536)  # megabytes of what the engine computed
PATIENCE = 1.0  # seconds: a window that keeps the others waiting for longer hangs

log = logging.getLogger(__name__)

Name = Annotated[str, Meta(pattern=r"^[^\x00]*\Z", max_length=10_000)]  # of a file, or what was typed
Share = Annotated[float, Meta(ge=0, le=1)]
Blob = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/=]*\Z")]


class Keymap(StrEnum):
    """Whose habits the keys follow."""

    PALIMPSEST = "palimpsest"
    KRITA = "krita"
    PHOTOSHOP = "photoshop"


class Theme(StrEnum):
    """Where the window's colours come from."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True)
class Settings:
    """Everything remembered. A file written by another version keeps what is known here, and the rest.

    model, device     chosen last; `folders` are the model folders used before, newest first
    segmenter         the folder of the segmentation model that was chosen last, "" for any
    models_home       where fetched models go, "" for the program's own place
    recent            opened or saved, newest first;  prompts: typed before, newest first
    folder            where a file was opened or saved last, "" before that
    overlay_color     the mask's tint, "#rrggbb"; overlay_opacity and brush_hardness in 0…1
    overlay_ants      dashes along its edge instead
    wand_…            what the colour wand takes: of 255; together with the pixel; as shown or as opened
    gradient_radial   a gradient goes round a point, else along a line
    brush_size        photo pixels; quality 1…100 for lossy formats
    keep_recipe       an exported picture carries the settings of its last edit
    keep_parameters   and as other programs read them
    folded            keys of the sections that are folded
    keymap, keys      a set of keys, and the user's own over it: by action, as Qt writes keys portably
    undo_limit        megabytes that the earlier states of a picture may take
    autosave_limit    megabytes that the journal of an open picture may take on the disk
    cache_limit       megabytes of what the engine computed that it may keep for the next edits
    geometry, layout  Qt's own blobs in Base64, "" before the first close
    """

    model: Name = STARTER
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    folders: tuple[Name, ...] = ()
    models_home: Name = ""
    segmenter: Name = ""
    recent: tuple[Name, ...] = ()
    folder: Name = ""
    theme: Theme = Theme.SYSTEM
    overlay_color: Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}\Z")] = "#d0104c"
    overlay_opacity: Share = 0.5
    overlay_ants: bool = False
    brush_size: Annotated[float, Meta(gt=0, le=10_000)] = 48.0
    brush_hardness: Share = 0.8
    brush_edges: bool = False
    wand_tolerance: Annotated[int, Meta(ge=0, le=255)] = 32
    wand_contiguous: bool = True
    wand_as_shown: bool = True
    gradient_radial: bool = False
    prompts: tuple[Name, ...] = ()
    quality: Annotated[int, Meta(ge=1, le=100)] = QUALITY
    keep_recipe: bool = False
    keep_parameters: bool = False
    folded: tuple[Name, ...] = ("edge", "schedule", "advanced", "norms")
    keymap: Keymap = Keymap.PALIMPSEST
    keys: Mapping[Name, tuple[Name, ...]] = field(default_factory=dict)
    undo_limit: Annotated[int, Meta(ge=UNDO[0], le=UNDO[1])] = 1024
    autosave_limit: Annotated[int, Meta(ge=AUTOSAVE[0], le=AUTOSAVE[1])] = 1024
    cache_limit: Annotated[int, Meta(ge=CACHE[0], le=CACHE[1])] = 512
    geometry: Blob = ""
    layout: Blob = ""

    def models_folder(self) -> str:
        """Where a model is asked for: beside the one used last, else where fetched ones go."""
        known = next((name for name in self.folders if os.path.exists(name)), "")  # noqa: PTH110 - any name
        return os.path.dirname(known) if known else self.models_home  # noqa: PTH120


def first(entry: str, entries: tuple[str, ...], limit: int) -> tuple[str, ...]:
    """`entries` with `entry` moved or put to the front, at most `limit` long."""
    return (entry, *(other for other in entries if other != entry))[:limit]


class Store:
    """The settings as this window knows them, and the file that they live in.

    Nothing in the file keeps a window from opening: a bad value is dropped by itself, a file that is no JSON
    is set aside. Nor does a place that can't be written: then the settings last as long as the window.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: where settings.json lives; the platform's own place when None."""
        self._path = (folder or platformdirs.user_config_path("palimpsest")) / "settings.json"
        self.settings = Settings()
        try:
            with self._alone():
                self.settings = _valid(self._read())
        except OSError:
            log.warning("settings can't be read; using defaults", exc_info=True)

    def update(self, **changes: object) -> None:
        """Change some settings, and write down those that this window had not already so."""
        known = self.settings
        self.change(
            lambda _: {name: value for name, value in changes.items() if value != getattr(known, name)}
        )

    def change(self, how: Callable[[Settings], Mapping[str, object]]) -> None:
        """Change settings by what is in the file now: `how` is given that, and returns the changed ones.

        For lists, which another window may have added to.
        """
        done: Mapping[str, object] = {}
        try:
            with self._alone():
                there = self._read()
                now = _valid(there)
                done = how(now)
                if any(value != getattr(now, name) for name, value in done.items()):
                    data = to_json({**there, **done}, readable=True)
                    write_atomic(self._path, lambda file: file.write(data))
        except Exception:  # remembering is a convenience: never in the way of work
            log.warning("settings can't be written", exc_info=True)
            done = done or how(self.settings)
        self.settings = replace(self.settings, **done)  # type: ignore[arg-type]

    def reset(self) -> Path | None:
        """Forget everything; where the old file is kept, None without one. CoreError if it can't be."""
        self.settings = Settings()
        try:
            with self._alone():
                return self._set_aside("old")
        except OSError as error:
            raise explain_write(error, self._path) from error

    def _read(self) -> dict[str, object]:
        """What the file says, which may be anything; {} when it says nothing. OSError if it can't be read."""
        try:
            return from_json(self._path.read_bytes(), dict[str, object])
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError:
            log.warning("the settings are damaged; set aside, using defaults", exc_info=True)
            self._set_aside("damaged")
            return {}

    def _set_aside(self, why: str) -> Path | None:
        """Keep the file under another name, and every one that was kept before."""
        names = (f".{why}.json", *(f".{why}-{n}.json" for n in range(2, KEPT + 1)))
        places = [self._path.with_suffix(name) for name in names]
        place = next((place for place in places if not place.exists()), places[-1])
        try:
            self._path.replace(place)
        except FileNotFoundError:
            return None
        return place

    @contextmanager
    def _alone(self) -> Generator[None]:
        """While no other window changes the file, as far as they can be kept from it."""
        lock = filelock.FileLock(self._path.with_suffix(".lock"), timeout=PATIENCE)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except (OSError, NotImplementedError):  # Timeout is an OSError; some file systems know no locks
            log.warning("the settings can't be locked", exc_info=True)
        try:
            yield
        finally:
            lock.release()


def _valid(there: Mapping[str, object]) -> Settings:
    """What of a file's values can be used; the others, and single ones of a list, are dropped and logged."""
    kinds = get_type_hints(Settings, include_extras=True)
    values: dict[str, object] = {}
    for name, kind in kinds.items():
        value = there.get(name)
        if value is None:
            continue
        if get_origin(kind) is tuple and isinstance(value, list):
            good = [_converted(name, one, get_args(kind)[0]) for one in cast("list[object]", value)]
            values[name] = tuple(one for one in good if one is not None)[:MANY]
        elif get_origin(kind) is Mapping and isinstance(value, dict):
            entries = cast("dict[str, object]", value).items()
            good = {key: _converted(name, one, get_args(kind)[1]) for key, one in entries}
            values[name] = {key: one for key, one in good.items() if one is not None}
        elif (good := _converted(name, value, kind)) is not None:
            values[name] = good
    return Settings(**values)  # type: ignore[arg-type]


def _converted(name: str, value: object, kind: object) -> object | None:
    try:
        return msgspec.convert(value, kind)  # type: ignore[call-overload]
    except (msgspec.ValidationError, UnicodeError) as error:  # the second of lone surrogates
        log.warning("the setting %s is dropped: %s", name, error)
        return None
