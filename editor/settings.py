"""What the window remembers between two starts: one small JSON file where the platform wants it."""

import logging
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import msgspec
import platformdirs

from core.edit.request import STARTER
from core.photo.atomic import write_atomic

RECENT = 10  # files in the Open Recent menu
FOLDERS = 8  # model folders in the model menu

log = logging.getLogger(__name__)


class Theme(StrEnum):
    """Where the window's colours come from."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True)
class Settings:
    """Everything remembered. A file written by another version keeps what is known here.

    model, device     chosen last; `folders` are the model folders used before, newest first
    recent            opened pictures, newest first;  prompts: typed before, newest first
    overlay_color     the mask's tint, "#rrggbb"; overlay_opacity and brush_hardness in 0…1
    brush_size        photo pixels; quality 1…100 for lossy formats
    keep_recipe       an exported picture carries the settings of its last edit
    folded            keys of the sections that are folded
    geometry, layout  Qt's own blobs in Base64, "" before the first close
    """

    model: str = STARTER
    device: str = "auto"
    folders: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    theme: Theme = Theme.SYSTEM
    overlay_color: str = "#d0104c"
    overlay_opacity: float = 0.5
    brush_size: float = 48.0
    brush_hardness: float = 0.8
    prompts: tuple[str, ...] = ()
    quality: int = 92
    keep_recipe: bool = False
    folded: tuple[str, ...] = ()
    geometry: str = ""
    layout: str = ""


def first(entry: str, entries: tuple[str, ...], limit: int) -> tuple[str, ...]:
    """`entries` with `entry` moved or put to the front, at most `limit` long."""
    return (entry, *(other for other in entries if other != entry))[:limit]


class Store:
    """The settings and the file that they live in."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: where settings.json lives; the platform's own place when None."""
        self._path = (folder or platformdirs.user_config_path("palimpsest")) / "settings.json"
        self.settings = self._read()

    def update(self, **changes: object) -> None:
        """Change some settings and write them down."""
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        self._write()

    def _read(self) -> Settings:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return Settings()
        except OSError:
            log.warning("settings can't be read; using defaults", exc_info=True)
            return Settings()
        try:
            return msgspec.json.decode(data, type=Settings)
        except (msgspec.DecodeError, UnicodeDecodeError):  # ValidationError is a DecodeError
            log.warning("the settings are damaged; set aside, using defaults", exc_info=True)
            self._set_aside()
            return Settings()

    def _set_aside(self) -> None:
        try:
            self._path.replace(self._path.with_suffix(".damaged.json"))
        except OSError:
            log.warning("the damaged settings can't be moved", exc_info=True)

    def _write(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            data = msgspec.json.format(msgspec.json.encode(self.settings))
            write_atomic(self._path, lambda file: file.write(data))
        except Exception:  # remembering is a convenience: never in the way of work
            log.warning("settings can't be written", exc_info=True)
