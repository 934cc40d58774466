"""More or less weight for the word under the cursor, or for what is selected. Pure text, no torch."""

import re
from dataclasses import dataclass

from core.edit.words.weighted import NUMBER, STEP

_WORD = re.compile(r"(?:embedding:)?(?:\\.|[^\s()\[\]{}<>,.;:!?/\\%^*=`~|\"])+")
_TAG = re.compile(r"<[^<>]*>")  # of a LoRA: not words
_NUMBER = re.compile(rf":\s*({NUMBER})\s*$")


@dataclass(frozen=True)
class Marked:
    """A text and what is selected in it, from `start` to before `end`; the same place twice: a cursor."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Group:
    """A pair of brackets round `inner`, from `start` to before `end` in the text."""

    start: int
    end: int
    inner: str
    weight: float


def reweighted(now: Marked, by: float) -> Marked:
    """The text with a weight changed by so much; brackets come at 1 and go at 1, and none is below 0.

    A selection is weighed as a whole. A cursor changes the innermost brackets that it stands in, else the
    word that it touches. As it was where there is nothing to weigh.
    """
    if any(tag.start() < now.end and now.start < tag.end() for tag in _TAG.finditer(now.text)):
        return now
    group = _group_round(now)
    if group is not None:
        inside = Marked(group.inner, now.start - group.start - 1, now.end - group.start - 1)
        return _put(now.text, group.start, group.end, inside, _rounded(group.weight + by))
    start, end = _words(now)
    if start == end:
        return now
    inside = Marked(now.text[start:end], now.start - start, now.end - start)
    return _put(now.text, start, end, inside, _rounded(1 + by))


def _put(text: str, start: int, end: int, inside: Marked, weight: float) -> Marked:
    """The text with `inside` under a weight in the place of what stood from start to end."""
    opening, closing = ("", "") if weight == 1 else ("(", f":{weight:g})")
    first = start + len(opening)
    length = len(inside.text)
    places = (first + max(0, min(length, place)) for place in (inside.start, inside.end))
    return Marked(text[:start] + opening + inside.text + closing + text[end:], *places)


def _rounded(weight: float) -> float:
    return max(0.0, round(weight, 2))


def _words(now: Marked) -> tuple[int, int]:
    """What is selected, without the blanks round it; of a cursor the word that it touches."""
    if now.start != now.end:
        chosen = now.text[now.start : now.end]
        start = now.start + len(chosen) - len(chosen.lstrip())
        return start, max(start, start + len(chosen.strip()))
    touching = [word for word in _WORD.finditer(now.text) if word.start() <= now.start <= word.end()]
    return touching[-1].span() if touching else (now.start, now.start)


def _group_round(now: Marked) -> _Group | None:
    """The innermost brackets round the cursor, or just those of the selection."""
    found = [group for group in _groups(now.text) if _meant(group, now)]
    return min(found, key=lambda group: group.end - group.start, default=None)


def _meant(group: _Group, now: Marked) -> bool:
    if now.start == now.end:
        return group.start < now.start < group.end
    inner = group.start + 1, group.start + 1 + len(group.inner)
    return (now.start, now.end) in ((group.start, group.end), inner)


def _groups(text: str) -> list[_Group]:
    """Every closed pair of brackets."""
    found: list[_Group] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}
    for sign in re.finditer(r"\\.|[()\[\]]", text):
        at = sign.start()
        if sign[0] in opened:
            opened[sign[0]].append(at)
        elif sign[0] == ")" and opened["("]:
            start = opened["("].pop()
            inner = text[start + 1 : at]
            number = _NUMBER.search(inner)
            weight = float(number[1]) if number else STEP
            found.append(_Group(start, at + 1, inner[: number.start()] if number else inner, weight))
        elif sign[0] == "]" and opened["["]:
            start = opened["["].pop()
            found.append(_Group(start, at + 1, text[start + 1 : at], 0.9))  # 1/1.1, on the steps of the keys
    return found
