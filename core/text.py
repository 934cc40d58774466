"""Text as people's files and systems hold it: in several encodings, with file names that are no Unicode."""

import json
import math
from pathlib import Path
from typing import TypeVar, cast

import msgspec

T = TypeVar("T")


def decoded(data: bytes, errors: str = "strict") -> str:
    """The text of a file that a person or another program wrote: UTF-8, 16 or 32, with a mark or without.

    Windows' editors and PowerShell write marks and UTF-16. UnicodeDecodeError when it is none of these.
    """
    return data.decode(json.detect_encoding(data), errors)


def is_text(text: str) -> bool:
    """Whether it can be written as Unicode: bytes of the system that are not UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str) -> str:
    """Any text so that it can be shown: what is no Unicode as an escape, `caf\\udce9.png`."""
    return text.encode(errors="backslashreplace").decode()


def expanded(text: str) -> Path:
    """A path with its ~ spelt out; as it is written where there is no such user."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def to_json(value: object, *, readable: bool = False) -> bytes:
    """JSON in UTF-8, on one line or `readable`.

    A file name's bytes that are not UTF-8, which Python keeps as lone surrogates, are written as escapes:
    `from_json` gives back the same name.
    """
    try:
        data = msgspec.json.encode(value)
        return msgspec.json.format(data, indent=2) if readable else data
    except UnicodeEncodeError:
        plain = _finite(msgspec.to_builtins(value))
        separators = None if readable else (",", ":")
        return json.dumps(plain, indent=2 if readable else None, separators=separators).encode()


def from_json(data: bytes | str, kind: type[T]) -> T:
    """What JSON in any of the encodings of `decoded` says. msgspec.DecodeError when it isn't a `kind`."""
    try:
        text = data if isinstance(data, str) else decoded(data)
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            if "\\u" not in text:
                raise
            return msgspec.convert(json.loads(text), kind)  # msgspec refuses lone surrogates
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise msgspec.DecodeError(str(error)) from error


def _finite(value: object) -> object:
    """Without the floats that JSON has no words for: null, as msgspec writes them."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(part) for key, part in cast("dict[object, object]", value).items()}
        case list() | tuple():
            return [_finite(part) for part in cast("list[object]", value)]
        case _:
            return value
