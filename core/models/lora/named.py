"""LoRAs that a prompt calls by name: out of the prompt, into the request's list. No torch."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core.edit.request import EditRequest, Lora
from core.edit.words.lora_tags import LoraTag, tags_of, without_tags
from core.errors import InputError
from core.models.hub.repository import models_home
from core.models.programs import lora_files

NAMED = 10  # of the files that there are, where one is asked for that there isn't


def with_named_loras(request: EditRequest) -> EditRequest:
    """The request with the tags of its prompts taken out and their files in its list of LoRAs.

    A file that is in the list already takes the tag's weight; of two tags the last counts. InputError for a
    name that no file has, and for a weight out of range.
    """
    prompts = [request.reference, request.query, *([request.blend.query] if request.blend else [])]
    tags = [tag for prompt in prompts for tag in tags_of(prompt)]
    if not tags:
        return request
    blend = request.blend and replace(request.blend, query=without_tags(request.blend.query))
    return request.with_(
        query=without_tags(request.query),
        reference=without_tags(request.reference),
        blend=blend,
        loras=_merged(request.loras, tags),
    )


def with_loras_of(request: EditRequest, prompts: Iterable[str]) -> EditRequest:
    """The same for prompts that are kept elsewhere, as a movie's are: their files join the request's list."""
    return request.with_(loras=_merged(request.loras, [tag for prompt in prompts for tag in tags_of(prompt)]))


def _merged(given: tuple[Lora, ...], tags: Iterable[LoraTag]) -> tuple[Lora, ...]:
    loras = list(given)
    for tag in tags:
        file = _file(tag.name, [lora.file for lora in loras])
        try:
            called = Lora(file, tag.weight)
        except ValueError as error:
            raise InputError(f"<lora:{tag.name}:{tag.weight:g}>: {error}.") from error
        loras = [*(lora for lora in loras if lora.file != file), called]
    return tuple(loras)


def _file(name: str, listed: Iterable[str]) -> str:
    """The file of such a name, letter for letter or but for capitals: of the listed ones, then of all."""
    files = [*listed, *(str(file.absolute()) for file in lora_files())]
    for same in (str, str.casefold):
        for file in files:
            if same(name) in (same(Path(file).stem), same(Path(file).name)):
                return file
    names = sorted({Path(file).stem for file in files}, key=str.casefold)
    if not names:
        own = models_home() / "loras"
        hint = f"No LoRA files were found: put it into {own}, or where ComfyUI or Automatic1111 keep theirs."
    else:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        hint = f"The LoRA folders hold {', '.join(names[:NAMED])}{more}."
    raise InputError(f"There is no LoRA called “{name}”.", hint)
