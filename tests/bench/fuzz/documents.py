"""Mutations of what is text: JSON by its values, lines by their words, XML by its elements."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.bench.fuzz.blocks import NUMBERS, anything

WORDS = (
    "",
    " ",
    "a",
    "\0",
    "\n",
    "../..",
    "~nobody",
    "~",
    "/dev/null",
    "a" * 300,
    "é\udcff",
    "🐴",
    "nan",
    "-1",
)


LINES = (
    "",
    " ",
    "\0",
    "~nobody/a.png",
    "/dev/null",
    "a" * 300,
    "a" * 5000,
    "é\udcff",
    "🐴",
    "-1",
    "list.txt",
)
LINES += ("*", "**/*", "[", "?.png", "sub/", "SUB", "sub/" * 200, "sub/../" * 50, "a.png/", "file:///a.png")


def odd(rng: Random) -> Any:
    """A value that nobody expects."""
    deep: Any = []
    for _ in range(rng.choice((1, 5, 600))):
        deep = [deep]
    choices = (None, True, False, [], {}, deep, rng.choice(WORDS), rng.choice(NUMBERS), -rng.choice(NUMBERS))
    more = (0.5, -0.5, 1e308, 1e-308, float("nan"), float("inf"), [1, 2], {"a": 1}, "x" * 10_000, 10**25)
    return rng.choice((*choices, *more))


def json_text(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A value somewhere inside is another, is gone, or has another name."""
    if rng.random() < 0.1:
        return anything(rng, data, others)
    try:
        value = json.loads(data)
    except ValueError:
        return anything(rng, data, others)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        value = changed(rng, value)
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    return rng.choice((b"", b"", b"", b"", b"\xef\xbb\xbf")) + text


def changed(rng: Random, value: Any) -> Any:
    """A copy with one change at some depth."""
    if not isinstance(value, (dict, list)) or not value or rng.random() < 0.03:
        return _scalar(rng, value)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key, found = rng.choice(keys), value.copy()
    roll = rng.random()
    if isinstance(found[key], (dict, list)) and found[key] and roll < 0.8:
        found[key] = changed(rng, found[key])
    elif roll < 0.12:
        del found[key]
    elif roll < 0.18 and isinstance(found, dict):
        found[rng.choice(WORDS)] = found.pop(key)
    elif roll < 0.24:
        other = rng.choice(keys)
        found[key], found[other] = found[other], found[key]
    else:
        found[key] = _scalar(rng, found[key])
    return found


def _scalar(rng: Random, value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and rng.random() < 0.6:
        return rng.choice(
            (-value, value + 1, value * 2, value * 1000, float(value), str(value), rng.choice(NUMBERS))
        )
    if isinstance(value, str) and rng.random() < 0.4:
        return rng.choice((value[:-1], value * 2, value.upper(), value + "\0", rng.choice(WORDS)))
    return odd(rng)


def json_lines(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(lines))
        match rng.randrange(6):
            case 0:
                lines.insert(rng.randrange(len(lines) + 1), lines[at])
            case 1:
                lines[at] = anything(rng, lines[at], others)
            case _:
                lines[at] = json_text(rng, lines[at], others)
    return b"\n".join(lines)


def list_text(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    for _ in range(rng.choice((1, 2, 3))):
        line = rng.choice((*LINES, *lines))
        lines.insert(rng.randrange(len(lines) + 1), line)
    text = "\n".join(lines)
    if rng.random() < 0.2:
        return text.encode(rng.choice(("utf-16", "utf-8-sig", "utf-32")), "surrogatepass")
    whole = text.encode("utf-8", "surrogateescape")
    return whole if rng.random() < 0.7 else anything(rng, whole, others)


def xml(rng: Random, data: bytes) -> bytes:
    """XMP: elements inside each other, entities, names and attributes that nobody declared."""
    at = rng.randrange(len(data) + 1)
    deep = rng.choice((3, 50, 2000))
    entities = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    news = (
        b"<a>" * deep + b"</a>" * deep,
        entities,
        b"&a;&b;",
        b"<x:y/>",
        b"\0",
        b"</rdf:RDF>",
        b'" a="',
        b"<!--",
    )
    roll = rng.random()
    if roll < 0.4:
        cut = data.rfind(b">", 0, at) + 1
        return data[:cut] + rng.choice(news) + data[cut:]
    if roll < 0.6:
        return data[:at] + rng.choice(news) + data[at:]
    return anything(rng, data, ())
