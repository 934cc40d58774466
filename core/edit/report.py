"""What a run did, as JSON: the whole request (which can be fed back), the cost, the seconds."""

from pathlib import Path

import msgspec

import core
from core.edit.request import EditRequest, request_from
from core.edit.result import EditResult, FindResult
from core.errors import InputError
from core.photo.files.formats import EXPORTS
from core.photo.files.open import open_photo
from core.photo.files.xmp import recipe_in
from core.text import from_json, to_json


def report(result: EditResult | FindResult, model: str) -> bytes:
    """Readable JSON, UTF-8. model: the loaded model's name."""
    fields: dict[str, object] = {
        "palimpsest": core.__version__,
        "request": result.request,
        "evaluations": result.evaluations.as_dict(),
        "seconds": {stage: round(seconds, 4) for stage, seconds in result.seconds.items()},
        "working": [result.working.width, result.working.height],
        "device": result.device,
        "model": model,
    }
    if result.heat is not None:
        fields["looked_in"] = result.heat.area
    if isinstance(result, EditResult):
        fields["area"] = result.area
        fields["steps"] = result.traces
        fields["notices"] = result.notices
    return to_json(fields, readable=True)


def open_recipe(path: Path) -> EditRequest:
    """`read_recipe` of a file, or of the recipe that an exported picture carries.

    Also InputError when the file can't be read, or is a picture without a recipe.
    """
    if path.suffix.lower() in EXPORTS:
        request = carried(open_photo(path).xmp)
        if request is None:
            raise InputError(
                f"The picture {path.name} carries no recipe.", "Choose a report or recipe, JSON."
            )
        return request
    try:
        return read_recipe(path.read_bytes())
    except OSError as error:
        raise InputError(f"The recipe {path} can't be read: {error.strerror}.") from error


def carried(packet: bytes | None) -> EditRequest | None:
    """The request in the XMP of an exported picture; None without one. InputError when it can't be read."""
    text = recipe_in(packet)
    return None if text is None else read_recipe(text.encode())


def read_recipe(data: bytes) -> EditRequest:
    """The request in a report, or a request by itself. InputError when it is neither."""
    try:
        fields = from_json(data, dict[str, object])
    except msgspec.DecodeError as error:
        raise InputError("This recipe is not a JSON object.", f"({error})") from error
    return request_from(fields.get("request", fields))
