"""Prompts as people write them for Stable Diffusion: words with weights. Pure text, no torch.

The rules are those that Automatic1111's web UI documents (its wiki, "Attention/emphasis" and "BREAK
keyword"), by which shared prompts are written:

    (word)        1.1 times as much attention          (word:1.3)  1.3 times
    [word]        1/1.1 times; takes no number         ((word))    brackets in brackets multiply
    \\( \\) \\[ \\] \\\\   the sign itself                   BREAK       what follows starts a new chunk

A bracket left open reaches to the end, one that was never opened is a sign like others: nothing is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

STEP = 1.1  # of a pair of brackets without a number
MOST = 100.0  # beyond it numbers overflow, and no picture is meant
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"


class PromptStyle(StrEnum):
    """How prompts are read: as they stand, cut at the model's length, or with weights and in chunks.

    AUTO leaves it to the model, and the engine writes down what that was.
    """

    AUTO = "auto"
    PLAIN = "plain"
    WEIGHTED = "weighted"


@dataclass(frozen=True)
class Piece:
    """Words of one weight, as they were written but for the marks."""

    text: str
    weight: float = 1.0


Segment = tuple[Piece, ...]  # between two BREAKs


@dataclass(frozen=True)
class Understood:
    """A prompt taken apart.

    segments  what stands between the BREAKs, at least one; neighbours differ in weight
    unread    what would mean something elsewhere (prompt editing, alternating words, AND) and is read here
              as words
    """

    segments: tuple[Segment, ...]
    unread: tuple[str, ...] = ()

    @property
    def weighed(self) -> bool:
        """Whether any of its words weighs more or less than others."""
        return any(piece.weight != 1 for segment in self.segments for piece in segment)

    @property
    def words(self) -> str:
        """The words alone, for encoders that know no weights."""
        return " ".join("".join(piece.text for piece in segment) for segment in self.segments)

    @property
    def plain(self) -> bool:
        """Nothing is marked: one segment, of weight 1 throughout."""
        return len(self.segments) == 1 and all(piece.weight == 1 for piece in self.segments[0])


_SIGN = re.compile(
    rf"\\(?P<literal>[()\[\]\\]?)|(?P<open>[(\[])|:\s*(?P<weight>{NUMBER})\s*\)|(?P<close>[)\]])"
)
_BREAK = re.compile(r"\s*\bBREAK\b\s*")
_ELSEWHERE = re.compile(  # editing [a:b:0.5], alternation [a|b], several prompts AND
    rf"(?<!\\)\[[^\[\]\\]*:\s*{NUMBER}\s*\]|(?<!\\)\[[^\[\]\\]*\|[^\[\]\\]*\]|\bAND\b"
)
_CLOSES = {")": "(", "]": "["}
_FACTOR = {"(": STEP, "[": 1 / STEP}


def understood(prompt: str) -> Understood:
    """A prompt's words with their weights. Takes any text."""
    runs = _Runs()
    at = 0
    for sign in _SIGN.finditer(prompt):
        runs.say(prompt[at : sign.start()])
        runs.take(sign)
        at = sign.end()
    runs.say(prompt[at:])
    runs.end()
    unread = tuple(dict.fromkeys(_ELSEWHERE.findall(prompt)))
    return Understood(tuple(_segments(runs.runs)), unread)


class _Runs:
    """What was read so far: runs of text (None for BREAK) with their weights, and where brackets opened."""

    def __init__(self) -> None:
        self.runs: list[tuple[str | None, float]] = []
        self._opened: dict[str, list[int]] = {"(": [], "[": []}

    def say(self, text: str) -> None:
        first, *others = _BREAK.split(text)
        self.runs.append((first, 1.0))
        for other in others:
            self.runs += [(None, 1.0), (other, 1.0)]

    def take(self, sign: re.Match[str]) -> None:
        opening, number, closing = sign["open"], sign["weight"], sign["close"]
        if opening:
            self._opened[opening].append(len(self.runs))
        elif number and self._opened["("]:
            self._close("(", float(number))
        elif closing and self._opened[_CLOSES[closing]]:
            self._close(_CLOSES[closing], _FACTOR[_CLOSES[closing]])
        elif sign["literal"] is not None:
            self.runs.append((sign["literal"], 1.0))
        else:  # of a bracket that was never opened
            self.say(sign[0])

    def end(self) -> None:
        """Brackets that are still open reach to here."""
        for kind, places in self._opened.items():
            while places:
                self._close(kind, _FACTOR[kind])

    def _close(self, kind: str, factor: float) -> None:
        start = self._opened[kind].pop()
        for n, (text, weight) in enumerate(self.runs[start:], start):
            self.runs[n] = text, max(-MOST, min(MOST, weight * factor))


def _segments(runs: list[tuple[str | None, float]]) -> Iterator[Segment]:
    pieces: list[Piece] = []
    for text, weight in runs:
        if text is None:
            yield tuple(pieces)
            pieces = []
        elif pieces and pieces[-1].weight == weight:
            pieces[-1] = Piece(pieces[-1].text + text, weight)
        elif text:
            pieces.append(Piece(text, weight))
    yield tuple(pieces)
