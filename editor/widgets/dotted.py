"""Several short things said in one line, or in two where there is no room."""

from collections.abc import Iterable

NO_BREAK = "\u00a0"  # a space that ends no line


def dotted(parts: Iterable[str]) -> str:
    """With dots between them: a line ends after one of these, never inside a part."""
    return f"{NO_BREAK}· ".join(part.replace(" ", NO_BREAK) for part in parts)
