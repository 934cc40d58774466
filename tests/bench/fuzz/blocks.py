"""Mutations that know nothing of what they change: bytes turned, cut, doubled, taken from elsewhere."""

from collections.abc import Callable, Sequence
from random import Random

Mutate = Callable[[Random, bytes, Sequence[bytes]], bytes]
"""Of a file's bytes, and those of others of its format, something else."""

NUMBERS = (0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 1000, 32767, 32768, 65535, 65536, 10**6, 2**31 - 1)
NUMBERS += (2**31, 2**32 - 2, 2**32 - 1, 2**63 - 1, 2**64 - 1)


def anything(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """One to three blind changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice((_flip, _flip, _set, _number, _number, _cut, _drop, _double, _insert, _splice))(
            rng, data, others
        )
    return data


def inside(rng: Random, data: bytes) -> bytes:
    """A change that leaves the length alone."""
    return rng.choice((_flip, _set, _number))(rng, data, ())


def number(rng: Random, width: int, order: str = "big") -> bytes:
    """An odd whole number of so many bytes."""
    return (rng.choice(NUMBERS) % (1 << 8 * width)).to_bytes(width, order)  # type: ignore[arg-type]


def _at(rng: Random, data: bytes) -> int:
    """A place, in the first bytes as often as anywhere."""
    return rng.randrange(max(1, min(len(data), 64 if rng.random() < 0.3 else len(data))))


def _flip(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    found = bytearray(data)
    for _n in range(rng.choice((1, 1, 2, 4, 16))):
        if found:
            found[_at(rng, data)] ^= 1 << rng.randrange(8)
    return bytes(found)


def _set(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at, n = _at(rng, data), rng.choice((1, 1, 2, 4, 32))
    return (
        data[:at]
        + (bytes([rng.choice((0, 255, 127, 128, rng.randrange(256)))]) * n + data[at + n :])[: len(data) - at]
    )


def _number(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at, width = _at(rng, data), rng.choice((1, 2, 2, 4, 4, 8))
    return (
        data[:at] + number(rng, width, rng.choice(("big", "little")))[: len(data) - at] + data[at + width :]
    )


def _cut(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _drop(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = _at(rng, data)
    return data[:at] + data[at + rng.randint(1, 64) :]


def _double(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = _at(rng, data)
    block = data[at : at + rng.randint(1, 256)]
    return data[:at] + block * rng.choice((2, 2, 3, 50)) + data[at + len(block) :]


def _insert(rng: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = _at(rng, data)
    return data[:at] + rng.randbytes(rng.randint(1, 64)) + data[at:]


def _splice(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others) if others else data
    at, there = _at(rng, data), _at(rng, other)
    n = rng.randint(1, max(1, len(other)))
    return data[:at] + other[there : there + n] + (data[at + n :] if rng.random() < 0.5 else b"")
