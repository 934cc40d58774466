"""Settings kept under a name, as files that can be handed on: all of a request's, or its guidance alone."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import msgspec
import platformdirs

from core.edit.request import EditRequest, request_from, unclicked
from core.edit.versions import EARLIER, VERSION
from core.errors import CoreError, InputError
from core.photo.files.atomic import explain_write, write_atomic
from core.text import from_json, to_json

GUIDANCE = ("guidance", "rescale", "projection", "skip", "pseudo_guidance")
# What draws, whatever the picture: no prompts, no place in it, no model and nothing that goes with one alone.
SETTINGS = (
    *GUIDANCE,
    *("method", "steps", "change", "solver", "iterations", "variation", "find", "feather", "target"),
    *("flow", "time_shift", "prompt_style"),
)
LARGEST = 1 << 20  # bytes of a file that can be a preset
ENDING = ".palimpsest-preset.json"


@dataclass(frozen=True)
class SavedPreset:
    """`values`: the fields of a request that it sets, in JSON's own types; all others stay as they are.

    version  of the requests that the values are of
    """

    name: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    version: int = VERSION

    @staticmethod
    def of(name: str, request: EditRequest, fields: tuple[str, ...]) -> "SavedPreset":
        """What `request` has in `fields`, which are GUIDANCE or SETTINGS, under a name that isn't empty."""
        name = " ".join(name.split())
        if not name:
            raise InputError("A preset needs a name.", "Type one.")
        plain = from_json(unclicked(request).to_json(), dict[str, object])
        return SavedPreset(name, {field: plain[field] for field in fields})

    @property
    def is_guidance(self) -> bool:
        """It sets the guidance alone."""
        return set(self.values) <= set(GUIDANCE)

    def on(self, request: EditRequest) -> EditRequest:
        """`request` with the preset's settings. InputError for values that no request may have."""
        own = request_from({"photo": "", "query": "", "version": self.version, **self.values})
        own = own.with_(find=replace(own.find, clicks=request.find.clicks))
        return request.with_(**{name: getattr(own, name) for name in self.values})

    def to_json(self) -> bytes:
        """A file's content."""
        fields = {"palimpsest_preset": self.version, "name": self.name, "settings": self.values}
        return to_json(fields, readable=True)

    @staticmethod
    def from_json(data: bytes | str) -> "SavedPreset":
        """Read what `to_json` wrote, in any encoding. InputError for anything else, with the reason."""
        try:
            given = from_json(data, dict[str, object])
        except msgspec.DecodeError as error:
            raise InputError("This is no preset: it isn't JSON.", f"({error})") from error
        name, version, values = (given.get(key) for key in ("name", "palimpsest_preset", "settings"))
        if not isinstance(name, str) or not isinstance(version, int) or not isinstance(values, dict):
            raise InputError(
                "This is no preset of Palimpsest.", "A preset has a name, settings and a version."
            )
        values = cast("dict[str, object]", values)
        if version not in (*EARLIER, VERSION) or not set(values) <= set(SETTINGS):
            raise InputError(
                f"The preset “{name}” has settings that this program doesn't know.",
                "It may be of another version.",
            )
        preset = SavedPreset(" ".join(name.split()) or "Preset", values, version)
        preset.on(EditRequest(photo="", query=""))  # or it would fail when it is wanted
        return preset


class Presets:
    """The presets of one folder, a file each. One that can't be read is left alone and out."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: where they live; the platform's own place when None."""
        self.folder = folder or platformdirs.user_data_path("palimpsest") / "presets"

    def all(self) -> list[SavedPreset]:
        """Every preset, by name."""
        return sorted(self._files().values(), key=lambda preset: preset.name.casefold())

    def save(self, preset: SavedPreset) -> None:
        """Keep `preset`, in the place of one of the same name. CoreError if it can't be written."""
        data, path = preset.to_json(), self.folder / _file_name(preset.name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain_write(error, path) from error
        write_atomic(path, lambda file: file.write(data))
        self._remove(preset.name, but=path)

    def remove(self, name: str) -> None:
        """Forget the preset of this name; nothing if there is none. CoreError if it can't be removed."""
        self._remove(name)

    def rename(self, name: str, new: str) -> None:
        """Call a preset otherwise, in the place of one that had that name."""
        there = next((preset for preset in self.all() if preset.name == name), None)
        new = " ".join(new.split())
        if there is not None and new and new != name:
            self.save(replace(there, name=new))
            self.remove(name)

    def _remove(self, name: str, but: Path | None = None) -> None:
        """Files that somebody put there by hand may have any name."""
        for path, preset in self._files().items():
            if preset.name == name and path != but:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise CoreError(f"The preset “{name}” can't be removed: {error.strerror}.") from error

    def _files(self) -> dict[Path, SavedPreset]:
        found: dict[Path, SavedPreset] = {}
        try:
            paths = sorted(self.folder.glob(f"*{ENDING}"))
        except OSError:
            return found
        for path in paths:
            try:
                found[path] = read_preset(path)
            except CoreError:  # somebody else's, or of another version
                continue
        return found


def read_preset(path: Path) -> SavedPreset:
    """The preset that a file holds. InputError with the reason if it holds none."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"“{path.name}” can't be read: {error.strerror}.") from error
    if len(data) > LARGEST:
        raise InputError(f"“{path.name}” is too large to be a preset.")
    return SavedPreset.from_json(data)


def _file_name(name: str) -> str:
    """Readable, safe on every disk, and another for every name."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:40] or "preset"
    return f"{readable}-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}{ENDING}"
