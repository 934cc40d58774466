"""The words that a model of a small world was taught: its tokenizer holds each as one token."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from core.edit.words.vocabulary import SMALL, WORD, other_number, words

SHORTEST = 3  # letters of words that are read as others: shorter tokens are pieces of words


class KnownWords:
    """Asks a CLIP tokenizer that was trained on the small world's sentences."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def unknown(self, text: str) -> tuple[str, ...]:
        """The words of a text that the model was never taught, in lower case, or its signs if it has none."""
        return tuple(word for word in words(text) if not self._knows(word))

    def forms(self, text: str, kept: Collection[str] = ()) -> dict[str, str]:
        """Unknown words of a text whose singular or plural is known, with that one; in lower case.

        kept  words that mean something else, such as textual inversions
        """
        found: dict[str, str] = {}
        for word in self.unknown(text):
            known = (form for form in other_number(word) if len(form) >= SHORTEST and self._knows(form))
            form = next(known, None)
            if form is not None and len(word) >= SHORTEST and word not in kept:
                found[word] = form
        return found

    def _knows(self, word: str) -> bool:
        """Every single sign is a token too, whether the sentences had it or not."""
        taught = word in SMALL or (len(word) > 1 and WORD.fullmatch(word) is not None)
        return taught and len(self._tokenizer.tokenize(word)) == 1


def reworded(text: str, forms: Mapping[str, str]) -> str:
    """A text with its words in the forms that are known; every other sign stays."""

    def put(found: re.Match[str]) -> str:
        return forms.get(found[0].lower(), found[0])

    return WORD.sub(put, text) if forms else text
