"""Prompts of any length as chunks that a text encoder reads one by one. No torch.

As Automatic1111's web UI documents it ("Infinite prompt length", "BREAK keyword"): as many tokens as the
encoder reads to a chunk, a new one at BREAK; where a chunk would end within a phrase, what follows its last
comma goes to the next one, if those are no more than 20 tokens.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.models.text.embeddings import EmbeddingFile

BACKTRACK = 20  # tokens from a comma to the end of a chunk


@dataclass(frozen=True)
class Slot:
    """One place of a chunk. row: of a textual inversion, whose vector stands there instead of a token's."""

    token: int
    weight: float = 1.0
    row: tuple[EmbeddingFile, int] | None = None


@dataclass(frozen=True)
class Unit:
    """Slots that stay together: a token, or all vectors of a textual inversion."""

    slots: tuple[Slot, ...]
    comma: bool = False


Chunk = tuple[Slot, ...]


def chunked(units: Iterable[Unit | None], room: int) -> list[Chunk]:
    """At least one chunk, none longer than `room`; None among the units is a BREAK."""
    chunks: list[Chunk] = []
    now: list[Slot] = []
    comma: int | None = None  # where the last one of this chunk stands

    def close(kept: int | None = None) -> None:
        nonlocal now, comma
        chunks.append(tuple(now[:kept]))
        now, comma = ([] if kept is None else now[kept:]), None

    for unit in units:
        if unit is None:
            close()
            continue
        if unit.comma:
            comma = len(now)
        elif len(now) == room and comma is not None and room - comma <= BACKTRACK:
            close(comma + 1)
        if len(now) + len(unit.slots) > room:
            close()
        now += unit.slots
    if now or not chunks:
        close()
    return chunks
