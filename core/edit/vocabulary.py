"""Whether a prompt says anything to a model that knows few words. No torch."""

import re
from collections.abc import Collection

_WORD = re.compile(r"[^\W\d_]+")
_SMALL = frozenset(
    (
        "a",
        "an",
        "the",
        "this",
        "that",
        "some",
        "of",
        "in",
        "on",
        "at",
        "by",
        "with",
        "and",
        "or",
        "to",
        "from",
    )
)


def says_nothing(prompt: str, unknown: Collection[str]) -> bool:
    """All that a prompt says is in words that the model doesn't know, in lower case: it can but guess.

    Articles and the like say nothing by themselves. False while every word is known, and for an empty prompt.
    """
    words = set(_WORD.findall(prompt.lower())) - _SMALL
    return bool(words) and words <= set(unknown)
