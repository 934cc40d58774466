"""What one file on the hub is, by its header, before any of its weights is fetched. No torch."""

from pathlib import Path

from core.errors import InputError
from core.models.header import LONGEST, damage_of, parse_header
from core.models.hub_client import piece
from core.models.recognise.facts import recognise_facts
from core.models.recognise.file import facts_of
from core.models.recognise.kinds import Recognised
from core.models.refusal import refusal
from core.models.repository import BESIDE, Remote

OTHER = "Choose another file, or another model."


def told_of(repo: str, revision: str, endpoint: str | None, file: Remote) -> Recognised:
    """What a file is. InputError for one that can't be used, and for one that isn't whole on the hub."""
    place = Path(repo) / file.path
    length = int.from_bytes(piece(repo, file.path, revision, endpoint, 0, 8), "little")
    if not 2 <= length <= min(LONGEST, file.size - 8):
        raise InputError(f"{file.to} of {repo} is not a safetensors file.", OTHER)
    text = piece(repo, file.path, revision, endpoint, 8, 8 + length)
    try:
        header = parse_header(place, text)
        damage = damage_of(header, file.size)
        told = recognise_facts(facts_of(header, file.size))
    except InputError as error:
        raise InputError(f"On the hub, {error.message}", OTHER) from error
    if damage is not None:
        raise InputError(f"On the hub, {damage.message}", OTHER)
    refused = refusal(told, file.to)
    if refused is not None and told.kind not in BESIDE:
        raise refused
    return told
