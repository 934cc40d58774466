"""The small texts beside a model, JSON and YAML: whatever a stranger has put in them ends as a sentence."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from core.errors import InputError
from core.text import from_json

LONGEST = 32_000_000  # bytes of a document; the index of the largest model has a tenth of it
ALIASES = 20  # in a YAML file: merged into each other, a few dozen of them are billions of entries
DEPTH = 50  # of one list in another in a YAML file; thousands take seconds to be refused


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file; InputError when it is missing or is none."""
    try:
        return from_json(_bytes(path), dict[str, object])
    except FileNotFoundError as error:
        raise InputError(
            f"{path.parent.name} has no {path.name}.", "Choose the folder of a diffusers model."
        ) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise damaged(path, str(error)) from error
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror or error}.") from error


def read_yaml(path: Path) -> object:
    """What a YAML file holds, of plain values only. InputError when it can't be read."""
    try:
        return yaml.load(_bytes(path), _Loader)
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError) as error:
        # beside its own errors, ValueError and so on for dates and numbers that there aren't
        raise damaged(path, "it is no YAML that can be read") from error
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror or error}.") from error


def damaged(path: Path, why: str) -> InputError:
    """A file beside a model that isn't what it should be."""
    return InputError(f"{path.parent.name}/{path.name} is damaged: {why}.", "Get this file again.")


def _bytes(path: Path) -> bytes:
    """The file's content. Only of a file: a pipe of that name would be waited for without end."""
    held = path.stat()
    if not path.is_file():
        raise FileNotFoundError(path)
    if held.st_size > LONGEST:
        raise ValueError(f"it has {held.st_size:,} bytes")
    return path.read_bytes()


class _Loader(yaml.SafeLoader):
    """YAML without more aliases, or lists in lists, than a person writes."""

    _aliases = _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            self._aliases += 1
            if self._aliases > ALIASES:
                raise yaml.YAMLError("too many aliases")
        self._depth += 1
        if self._depth > DEPTH:
            raise yaml.YAMLError("too deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node
