"""What one file on the hub is, by its header, before any of its weights is fetched. No torch."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

from core.errors import InputError
from core.models.files.gguf import OTHER_FORMAT, READ
from core.models.files.header import LONGEST, damage_of, parse_header
from core.models.files.refusal import refusal
from core.models.hub.client import piece
from core.models.hub.repository import BESIDE, QUANTISED, Remote
from core.models.recognise.facts import recognise_facts
from core.models.recognise.file import facts_of, recognise_gguf
from core.models.recognise.gguf import gguf_header_of
from core.models.recognise.kinds import Recognised

OTHER = "Choose another file, or another model."
GROWS = 1 << 20  # bytes of a GGUF file that are asked for at a time


def told_of(repo: str, revision: str, endpoint: str | None, file: Remote) -> Recognised:
    """What a file is. InputError for one that can't be used, and for one that isn't whole on the hub."""
    there = partial(piece, repo, file.path, revision, endpoint)
    told = (_gguf if file.path.endswith(QUANTISED) else _safetensors)(repo, file, there)
    refused = refusal(told, file.to)
    if refused is not None and told.kind not in BESIDE:
        raise refused
    return told


def _safetensors(repo: str, file: Remote, there: Callable[[int, int], bytes]) -> Recognised:
    length = int.from_bytes(there(0, 8), "little")
    if not 2 <= length <= min(LONGEST, file.size - 8):
        raise InputError(f"{file.to} of {repo} is not a safetensors file.", OTHER)
    text = there(8, 8 + length)
    with _on_the_hub():
        header = parse_header(Path(repo) / file.path, text)
        if (damage := damage_of(header, file.size)) is not None:
            raise damage
        return recognise_facts(facts_of(header, file.size))


def _gguf(repo: str, file: Remote, there: Callable[[int, int], bytes]) -> Recognised:
    """Its header's length stands nowhere: with a vocabulary it has some millions of bytes."""
    text = bytearray()
    while True:
        more = there(len(text), min(file.size, len(text) + GROWS))
        text += more
        with _on_the_hub():
            try:
                header = gguf_header_of(BytesIO(text), file.to, file.size)
            except EOFError as error:
                if more and len(text) < LONGEST:
                    continue
                raise InputError(f"{file.to} is cut off within its header.") from error
            told = recognise_gguf(header, Path(repo) / file.path, file.size)
            if told.why:
                raise InputError(told.why)
        if told.kind in BESIDE and told.format not in READ:
            why = f"{file.to} holds weights in {told.format}, which this program can't read."
            raise InputError(why, OTHER_FORMAT)
        return told


@contextmanager
def _on_the_hub() -> Generator[None]:
    """What is wrong with a file is wrong there, and no other download mends it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"On the hub, {error.message}", OTHER) from error
