"""How the prompts of one request are read: the style, the chunks they all fill, the textual inversions."""

from collections.abc import Sequence
from dataclasses import replace

from core.edit.request import EditRequest, Embedding
from core.edit.words.weighted import PromptStyle
from core.models.backbone import Backbone, Reading
from core.models.identity import digests_of
from core.models.text.embeddings import named_in


def style_of(model: Backbone, style: PromptStyle) -> PromptStyle:
    """The style, or the model's own where it is left to it."""
    return model.prompt_style if style is PromptStyle.AUTO else style


def skip_of(model: Backbone, skip: int | None) -> int | None:
    """Which layer of the text encoder is read, the model's own where it is left to it; None: no choice."""
    return None if model.clip_skip is None else skip or model.clip_skip


def reading_of(
    model: Backbone, style: PromptStyle, prompts: Sequence[str], skip: int | None = None
) -> Reading:
    """How a model reads prompts in a style, with the textual inversions that they name."""
    layer = skip_of(model, skip) or 1
    if style_of(model, style) is PromptStyle.PLAIN:
        return Reading(skip=layer)
    return Reading(weighted=True, embeddings=named_in(prompts), skip=layer)


def read_together(model: Backbone, request: EditRequest) -> tuple[Reading, tuple[Embedding, ...]]:
    """A request's prompts in as many chunks as the longest has; and the textual inversions that are used."""
    prompts = request.prompts
    reading = reading_of(model, request.prompt_style, prompts, request.clip_skip)
    if not reading.weighted:
        return reading, ()
    counts = [model.tokens(prompt, reading) for prompt in prompts]
    least = 1 if request.blend is None else request.blend.chunks
    used = {name for count in counts for name in count.embeddings}
    files = [file for file in reading.embeddings if file.name in used]
    return replace(reading, chunks=max(least, *(count.chunks for count in counts))), digests_of(files)


def other_embeddings(then: Sequence[Embedding], request: EditRequest) -> tuple[str, ...]:
    """A sentence for each textual inversion of a recipe whose file is another here, or none."""
    now = {one.name: one.digest for one in request.embeddings}
    named = " ".join(request.prompts).lower()
    return tuple(
        f"The recipe was made with another file of the embedding “{one.name}”: this picture differs."
        if one.name in now
        else f"The recipe was made with the embedding “{one.name}”, which can't be used here: its name was "
        "read as words, and this picture differs."
        for one in then
        if one.name.lower() in named and now.get(one.name) != one.digest
    )
