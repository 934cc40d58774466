"""What is noticed of an edit's prompts, as sentences that name the prompt. No torch."""

from collections.abc import Iterable, Mapping

from core.edit.request import EditRequest
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import understood

THERE, WANTED, AVOID, BLEND = "What is there", "What it should be", "Avoid", "On the way to"


def named(request: EditRequest) -> dict[str, str]:
    """The prompts of a request by the names that notices call them by."""
    prompts = {THERE: request.reference, WANTED: request.query, AVOID: request.avoid}
    return prompts if request.blend is None else {**prompts, BLEND: request.blend.query}


def doubted(counts: Mapping[str, TokenCount], *, seeks: bool) -> dict[str, TokenCount]:
    """The prompts, by name, that an edit stands on though the model can but guess what they mean.

    seeks  the region is found by what is there and what it should be; else what it should be says all
    """
    read = (WANTED, THERE) if seeks else (WANTED,)
    return {name: counts[name] for name in read if name in counts and counts[name].guessed}


def guesses(knows: str) -> str:
    """What comes of such a prompt. knows: the model's own sentence of its small world"""
    return f"It can but guess what that looks like. It knows {knows.rstrip('.')}."


def strange(name: str, count: TokenCount) -> str:
    """A prompt has words that the model doesn't know, or none that it does."""
    has = "no word that this model knows" if count.guessed else "words that this model doesn't know"
    return f"“{name}” has {has}: {', '.join(count.unknown)}."


def unweighed(prompts: Mapping[str, str]) -> tuple[str, ...]:
    """The names of those whose weights are lost on a model that goes by none."""
    return tuple(name for name, prompt in prompts.items() if understood(prompt).weighed)


def prompt_notices(
    counts: Mapping[str, TokenCount], knows: str = "", bare: Iterable[str] = ()
) -> tuple[str, ...]:
    """What of prompts a model can't read whole, doesn't know, or reads as something else. By name.

    knows  the model's own sentence of its small world, "" when it knows all the world
    bare   the names of prompts with weights that it doesn't read
    """
    weights = (f"“{name}” has weights; this model reads the words without them." for name in bare)
    too_long = (
        f"“{name}” has {count.used} tokens; this model reads only the first {count.limit}."
        for name, count in counts.items()
        if count.too_long
    )
    unknown = (
        " ".join((strange(name, count), *((guesses(knows),) if count.guessed else ())))
        for name, count in counts.items()
        if count.unknown
    )
    notes = (f"“{name}”: {note}" for name, count in counts.items() for note in count.notes)
    return (*too_long, *unknown, *weights, *notes)


def is_of_a_prompt(notice: str) -> bool:
    """Whether a notice is one of these, which a window says at the prompt already."""
    return notice.startswith(tuple(f"“{name}”" for name in (THERE, WANTED, AVOID, BLEND)))
