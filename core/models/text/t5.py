"""T5's tokenizer of a diffusers folder, in the form that older ones have too."""

import hashlib
from pathlib import Path
from typing import Any

from transformers.models.t5.tokenization_t5 import T5Tokenizer

from core.causes import reading
from core.errors import InputError
from core.models.files.diffusers_folder import AGAIN
from core.models.files.diffusers_modules import tokenizer
from core.models.text.tokenizer_places import T5, TOKENIZER, find_tokenizer

PIECES = "spiece.model"  # the vocabulary, which sentencepiece alone reads
DIGEST = "d60acb128cf7b7f2536e8f38a5b18a05535c9e14c7a355904270e15b0945ea86"  # SHA-256 of T5's, of every size


def t5_tokenizer(folder: Path, part: str) -> Any:
    """That of a checked folder. Where it has none but T5's own pieces, another T5's with the same stands in.

    InputError when it can't be read, or no other is on this machine.
    """
    room = folder / part
    if (room / PIECES).is_file() and not (room / TOKENIZER).is_file():
        room = _same(folder, part)
    return tokenizer(T5Tokenizer, room.parent, room.name)


def _same(folder: Path, part: str) -> Path:
    what = f"{folder.name}/{part}"
    with reading(what, AGAIN), (folder / part / PIECES).open("rb") as file:
        known = hashlib.file_digest(file, "sha256").hexdigest() == DIGEST
    if not known:
        why = f"{what} has a vocabulary of its own as {PIECES} alone, which this program can't read."
        raise InputError(why, f"Get the model with its {TOKENIZER}.")
    found = find_tokenizer(T5, folder)
    if found is None:
        why = f"{what} holds T5's tokenizer as {PIECES} alone, which this program can't read."
        hint = f"“palimpsest models tokenizer --of {T5.key}” fetches it once as it should be ({T5.size})."
        raise InputError(why, hint, lacks=T5.key)
    return found
