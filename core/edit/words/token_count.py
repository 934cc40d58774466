"""How a model reads a prompt, in numbers and names. No torch: both front ends show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TokenCount:
    """How much of a prompt the text encoder reads: `used` of `limit` tokens, begin and end marks left out.

    unknown     words that a model of a small world never learned, as far as that can be told
    guessed     it knows no other word of the prompt, and can but guess what is meant
    chunks      in which it is read, with weights; the limit grows with them
    embeddings  textual inversions that stand in it, by name
    notes       sentences: why textual inversions that it names can't be used
    """

    used: int
    limit: int
    unknown: tuple[str, ...] = ()
    guessed: bool = False
    chunks: int = 1
    embeddings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def too_long(self) -> bool:
        return self.used > self.limit
