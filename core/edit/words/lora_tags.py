"""LoRAs in the prompt, `<lora:name:0.8>`, as Automatic1111 and ComfyUI's nodes write them. No torch."""

import re
from dataclasses import dataclass

from core.errors import InputError

TAG = re.compile(r"<\s*lora\s*:([^<>]*)>", re.IGNORECASE)
WRITE = "Write <lora:name:0.8>, or <lora:name> for a weight of 1."


@dataclass(frozen=True)
class LoraTag:
    """A LoRA by its file's name without ending, and its weight."""

    name: str
    weight: float = 1.0


def without_tags(prompt: str) -> str:
    """The prompt as a model reads it; to the letter as it was where there is no tag in it."""
    return " ".join(TAG.sub(" ", prompt).split()) if TAG.search(prompt) else prompt


def tags_of(prompt: str) -> tuple[LoraTag, ...]:
    """The LoRAs in a prompt, in order. InputError for a tag without a name or with a weight that is none."""
    return tuple(_tag(match) for match in TAG.finditer(prompt))


def _tag(match: re.Match[str]) -> LoraTag:
    name, colon, weight = match[1].partition(":")
    try:
        tag = LoraTag(name.strip(), float(weight) if colon else 1.0)
    except ValueError as error:
        raise InputError(f"“{match[0]}” has a weight that is no number.", WRITE) from error
    if not tag.name:
        raise InputError(f"“{match[0]}” names no LoRA.", WRITE)
    return tag
