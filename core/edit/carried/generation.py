"""What another program drew a picture by: its prompts and settings, as its file tells them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.bounds import bounds_of
from core.edit.request import EditRequest
from core.text import is_text

LONGEST = 20_000  # letters of a prompt that is taken


@dataclass(frozen=True)
class Generation:
    """Prompts and settings; None of what the file doesn't say, or says beyond what an edit can be asked for.

    program  that drew it
    prompt   what the picture shows; negative: what it should not
    scale    of classifier-free guidance
    model    as that program calls it: said, and not taken
    """

    program: str
    prompt: str
    negative: str = ""
    steps: int | None = None
    seed: int | None = None
    scale: float | None = None
    model: str = ""

    @property
    def named(self) -> str:
        """The prompt in one short line."""
        words = " ".join(self.prompt.split())
        return words if len(words) <= 80 else f"{words[:79]}…"

    def over(self, request: EditRequest) -> EditRequest:
        """A request with these settings. The prompt is what is there: what it should be is yet to be said."""
        guidance = request.guidance
        if self.scale is not None:
            guidance = replace(guidance, scale=self.scale, decay=0.0, interval=None, curve=None)  # as they do
        return request.with_(
            reference=self.prompt,
            avoid=self.negative,
            steps=request.steps if self.steps is None else self.steps,
            seed=request.seed if self.seed is None else self.seed,
            guidance=guidance,
        )


def generation(program: str, said: Mapping[str, object]) -> Generation | None:
    """From what was found under the names of `Generation`'s fields; None without a prompt."""
    prompt = _words(said.get("prompt"))
    if not prompt:
        return None
    plain = EditRequest(photo="", query="")
    return Generation(
        program,
        prompt,
        _words(said.get("negative")),
        _number(said.get("steps"), int, plain, "steps"),
        _number(said.get("seed"), int, plain, "seed"),
        _number(said.get("scale"), float, plain.guidance, "scale"),
        _words(said.get("model"))[:200],
    )


def _words(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or not is_text(value):
        return ""
    return value.strip()


def _number(value: object, kind: Callable[[str], Any], owner: Any, name: str) -> Any:
    """A number from text or JSON, None of one that is none or out of the field's range."""
    if not isinstance(value, (str, int, float)):
        return None
    try:
        number = kind(str(value).strip())
    except ValueError:
        return None
    bounds = bounds_of(owner.__dataclass_fields__[name])
    return number if bounds is None or number in bounds else None
