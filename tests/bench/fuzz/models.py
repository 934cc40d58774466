"""Seeded damage for the files of models: JSON documents, safetensors headers, plain bytes.

Every mutator takes a random.Random and the whole content, and returns the damaged content.
"""

import copy
import json
import random
from typing import Any

ODD = (None, True, False, 0, 1, -1, 3, 2**31, 10**9, 10**30, 0.5, -2.5, 1e300, "", "x", "77", [], {}, [1],
       [10**9], ["x", "y"], {"a": 1}, "../../etc/passwd", "\0", "é" * 40)  # fmt: skip
FORMATS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "I64", "I8", "U8", "BOOL", "C64", "F4", "Q9", "", 7)
SHAPES = (
    [],
    [0],
    [1],
    [3],
    [0, 10**12],
    [10**9, 10**9],
    [-1, -4],
    [1, 1, 1, 1, 1, 1, 1, 1, 1],
    [2.5],
    "x",
    None,
)


def document(dice: random.Random, data: bytes) -> bytes:
    """JSON with one value changed, removed, added or doubled, or with damaged bytes."""
    if dice.random() < 0.15:
        return raw(dice, data)
    tree = json.loads(data)
    _change(dice, tree)
    return json.dumps(tree).encode()


def header(dice: random.Random, data: bytes) -> bytes:
    """A safetensors file whose header says something else, mostly of one weight."""
    length = int.from_bytes(data[:8], "little")
    if dice.random() < 0.1:
        odd = dice.choice((0, 1, length - 1, length + 1, 2**31, 2**63, 2**64 - 1, len(data)))
        return odd.to_bytes(8, "little") + data[8:]
    tree, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    names = [name for name in tree if name != "__metadata__"]
    name = dice.choice(names)
    told = tree[name]
    match dice.randrange(8):
        case 0:
            told["dtype"] = dice.choice(FORMATS)
        case 1:
            told["shape"] = copy.deepcopy(dice.choice(SHAPES))
        case 2:
            told["data_offsets"][dice.randrange(2)] = dice.choice((-1, 0, 1, len(body), 10**12, 2**64, "x"))
        case 3:
            told["shape"] = told["shape"][::-1] if len(told["shape"]) > 1 else [1, *told["shape"]]
        case 4:
            tree[f"{name}.more"] = tree.pop(name)
        case 5:
            body = _without(tree, name, body)
        case 6:
            body = _resized(dice, tree, name, body)
        case _:
            _change(dice, tree)
    text = json.dumps(tree).encode()
    return len(text).to_bytes(8, "little") + text + body


def raw(dice: random.Random, data: bytes) -> bytes:
    """Bytes flipped, cut off, doubled, or thrown away."""
    match dice.randrange(5):
        case 0:
            changed = bytearray(data)
            for _ in range(dice.choice((1, 4, 64)) if changed else 0):
                changed[dice.randrange(len(changed))] = dice.randrange(256)
            return bytes(changed)
        case 1:
            return data[: dice.randrange(len(data) + 1)]
        case 2:
            at = dice.randrange(len(data) + 1)
            return data[:at] + dice.randbytes(dice.choice((1, 8, 4096))) + data[at:]
        case 3:
            return dice.choice((b"", b"{}", b"[]", b"null", b"[" * 5000, b"\xff\xfe{\0}\0"))
        case _:
            at = dice.randrange(len(data) + 1)
            return data[:at] + data[at + dice.choice((1, 8, 64)) :]


def _change(dice: random.Random, tree: Any) -> None:
    """One value somewhere in a tree."""
    places = list(_places(tree))
    if not places:
        return
    holder, key = dice.choice(places)
    chosen = dice.random()
    if chosen < 0.2 and isinstance(holder, dict):
        del holder[key]
    elif chosen < 0.3 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    elif chosen < 0.45 and isinstance(holder[key], int | float):
        holder[key] = holder[key] * dice.choice((-1, 2, 1000, 0.5)) + dice.choice((0, 1))
    else:
        holder[key] = copy.deepcopy(dice.choice(ODD))


def _places(tree: Any) -> Any:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from _places(value)


def _without(tree: dict[str, Any], name: str, body: bytes) -> bytes:
    """A file that never had one of its weights."""
    begin, end = tree.pop(name)["data_offsets"]
    _move(tree, end, begin - end)
    return body[:begin] + body[end:]


def _resized(dice: random.Random, tree: dict[str, Any], name: str, body: bytes) -> bytes:
    """One weight of another shape, correctly told: a file that is whole but doesn't fit."""
    begin, end = tree[name]["data_offsets"]
    shape = dice.choice(([], [0], [1], [2, 2], [1, 1, 1], [4, 0], [3, 5, 3, 3], [10**12, 0], [10**30, 0]))
    numbers = 1
    for side in shape:
        numbers *= side
    tree[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, begin + 4 * numbers]}
    _move({key: value for key, value in tree.items() if key != name}, end, begin + 4 * numbers - end)
    return body[:begin] + dice.randbytes(4 * numbers) + body[end:]


def _move(tree: dict[str, Any], behind: int, by: int) -> None:
    for key, told in tree.items():
        if key != "__metadata__" and told["data_offsets"][0] >= behind:
            told["data_offsets"] = [offset + by for offset in told["data_offsets"]]
