"""What a prompt says to a model that knows few words: whether anything, and in which forms. No torch."""

import re
from collections.abc import Collection

WORD = re.compile(r"[^\W\d_]+")
SMALL = frozenset(
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


def words(prompt: str) -> tuple[str, ...]:
    """The words of a prompt in lower case, each once; of one that has none, such as “%%%”, its signs."""
    return tuple(dict.fromkeys(WORD.findall(prompt.lower()) or prompt.split()))


def says_nothing(prompt: str, unknown: Collection[str]) -> bool:
    """All that a prompt says is in words that the model doesn't know, in lower case: it can but guess.

    Articles and the like say nothing by themselves. False while every word is known, and for an empty prompt.
    """
    said = set(words(prompt)) - SMALL
    return bool(said) and said <= set(unknown)


def other_number(word: str) -> tuple[str, ...]:
    """What may be the plural of a word in lower case, or its singular, by the rules of English spelling.

    Likely ones first; which of them is a word, who knows the words must say.
    """
    found: list[str] = []
    for one, many in (("y", "ies"), ("fe", "ves"), ("f", "ves"), ("", "es"), ("", "s")):
        if word.endswith(many):
            found.append(word.removesuffix(many) + one)
    for one, many in (("y", "ies"), ("fe", "ves"), ("f", "ves"), ("", "s"), ("", "es")):
        if word.endswith(one):
            found.append(word.removesuffix(one) + many)
    return tuple(dict.fromkeys(found))
