"""Prompts that instruct, taken apart into what is there and what it should be. No torch, no model."""

import re
from dataclasses import dataclass

_ARTICLE = r"(?:an?|some|the|this|that|these|those|my|your|his|her|its|our|their)"
_POLITE = r"(?:please\s+|(?:can|could|would)\s+you\s+(?:please\s+)?)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<there>[^→⇒>]+?)\s*(?:→|⇒|-+>|=+>)\s*(?P<wanted>[^→⇒>]+)",
        _POLITE + r"turn\s+(?P<there>.+?)\s+into\s+(?P<wanted>.+)",
        _POLITE + r"(?:change|transform|convert|morph)\s+(?P<there>.+?)\s+(?:into|to)\s+(?P<wanted>.+)",
        _POLITE + r"replace\s+(?P<there>.+?)\s+(?:with|by)\s+(?P<wanted>.+)",
        rf"{_POLITE}swap\s+(?P<there>{_ARTICLE}\s+.+?)\s+(?:with|for)\s+(?P<wanted>.+)",
        rf"{_POLITE}make\s+(?P<there>it|{_ARTICLE}\s+.+?)\s+(?:(?:into|look\s+like)\s+)?(?P<wanted>(?:an?|some)\s+.+)",
    )
)
_ASKS = re.compile(rf"\s*{_POLITE}(?:turn|change|transform|convert|morph|replace|swap|make)\b", re.IGNORECASE)
_ASKING = frozenset(
    (
        *("please", "can", "could", "would", "you", "it", "look", "like"),
        *("turn", "change", "transform", "convert", "morph", "replace", "swap", "make"),
        *("into", "to", "with", "by", "for"),
    )
)
_POINTING = re.compile(r"(?:the|this|that|these|those|my|your|his|her|its|our|their)\s+", re.IGNORECASE)
_COUNTED = re.compile(r"an?\s", re.IGNORECASE)
_SAID_BEFORE = ("it", "this", "that", "them", "him", "her")
_TWICE = re.compile(r"\b(?:into|turn|replace|make)\b", re.IGNORECASE)  # two instructions in one
_QUALITY = re.compile(r"\b(?:colou?r|size|shape|style|mood|number|name)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Instruction:
    """there: what is there, "" where it was only pointed at (“turn it into …”); wanted: what it should be."""

    there: str
    wanted: str


def asking_words(prompt: str) -> frozenset[str]:
    """The words that instruct, in lower case, of a prompt that does, even half typed; else none."""
    return _ASKING if _ASKS.match(prompt) else frozenset()


def taken_apart(prompt: str) -> Instruction | None:
    """“turn the horse into a zebra”, “a horse → a zebra” and the like; None for a prompt that describes.

    What the instruction calls “the horse” is “a horse” to a model, if what comes is one thing too. None also
    where the halves can't be told: two instructions, or a quality (“the colour of the horse”) that no picture
    shows by itself.
    """
    text = " ".join(prompt.split()).rstrip(".!? ")
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is not None:
            there, wanted = match["there"].strip(" ,;:-"), match["wanted"].strip(" ,;:-")
            unclear = _TWICE.search(f"{there} {wanted}") or _QUALITY.search(there)
            return None if unclear or not there or not wanted else Instruction(_named(there, wanted), wanted)
    return None


def _named(there: str, wanted: str) -> str:
    """What is there, by the article that a description has."""
    if there.casefold() in _SAID_BEFORE:
        return ""
    name = _POINTING.sub("", there, count=1) if _POINTING.match(there) else None
    if name is None:
        return there
    if not _COUNTED.match(wanted):
        return name
    return f"{'an' if name[0].casefold() in 'aeiou' else 'a'} {name}"
