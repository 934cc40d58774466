"""What is noticed of an edit's prompts, as sentences that name the prompt. No torch."""

from collections.abc import Mapping

from core.edit.request import EditRequest
from core.edit.token_count import TokenCount

THERE, WANTED, AVOID, BLEND = "what is there", "what it should be", "avoid", "on the way to"


def named(request: EditRequest) -> dict[str, str]:
    """The prompts of a request by the names that notices call them by."""
    prompts = {THERE: request.reference, WANTED: request.query, AVOID: request.avoid}
    return prompts if request.blend is None else {**prompts, BLEND: request.blend.query}


def prompt_notices(counts: Mapping[str, TokenCount]) -> tuple[str, ...]:
    """What of prompts a model can't read whole, doesn't know, or reads as something else. By name."""
    too_long = (
        f"“{name}” has {count.used} tokens; this model reads only the first {count.limit}."
        for name, count in counts.items()
        if count.too_long
    )
    strange = (
        f"“{name}” has words that this model doesn't know: {', '.join(count.unknown)}."
        for name, count in counts.items()
        if count.unknown
    )
    notes = (f"“{name}”: {note}" for name, count in counts.items() for note in count.notes)
    return (*too_long, *strange, *notes)


def is_of_a_prompt(notice: str) -> bool:
    """Whether a notice is one of these, which a window says at the prompt already."""
    return notice.startswith(tuple(f"“{name}”" for name in (THERE, WANTED, AVOID, BLEND)))
