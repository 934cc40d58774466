"""What a picture's file tells of how it was drawn, by this program or another."""

from collections.abc import Callable

from core.edit.carried import a1111, comfyui
from core.edit.carried.generation import Generation, generation
from core.photo.files.exif import forgiving
from core.photo.files.told import PARAMETERS, told
from core.photo.photo import Photo
from core.text import from_json


def generation_in(photo: Photo) -> Generation | None:
    """Prompts and settings of the first program that is understood; None without. Never raises."""
    said = told(photo)
    for name, read in _READERS.items():
        if name in said:
            with forgiving():  # a stranger's: of any form, and the picture counts
                if (found := read(said[name])) is not None:
                    return found
    return None


def _invokeai(text: str) -> Generation | None:
    said = from_json(text, dict[str, object])
    model = said.get("model")
    fields = {
        "prompt": said.get("positive_prompt"),
        "negative": said.get("negative_prompt"),
        "steps": said.get("steps"),
        "seed": said.get("seed"),
        "scale": said.get("cfg_scale"),
        "model": _name(model),
    }
    return generation("InvokeAI", fields)


def _name(model: object) -> object:
    """Its name, where it is told as an object of its own."""
    match model:
        case {"name": str() as name} | {"model_name": str() as name}:
            return name
        case _:
            return model


_READERS: dict[str, Callable[[str], Generation | None]] = {
    PARAMETERS: a1111.read,
    "prompt": comfyui.read,
    "workflow": comfyui.read_workflow,
    "invokeai_metadata": _invokeai,
}
