"""Models on the hub by name, and what of them a download brings. No torch.

huggingface_hub lists the files with sizes and checksums and knows endpoint and login.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from core.errors import InputError
from core.models.families import Family, family_of
from core.models.hub.client import WAIT, client, piece
from core.models.hub.faults import sentences
from core.models.hub.file import told_of
from core.models.hub.files import OTHER_MODEL, folder_files, single_files
from core.models.hub.repository import (
    BESIDE,
    INDEX,
    SAFE,
    SETTINGS,
    SINGLE,
    Remote,
    home_of,
    is_hub_name,
    models_home,
)
from core.models.hub.terms import UNTOLD, Terms, terms_of
from core.models.memory.machine import size
from core.models.recognise.first_bytes import PICKLES, pickled
from core.models.recognise.kinds import ModelKind, Recognised
from core.models.segment.folders import GET, WEIGHTS
from core.text import from_json

SUM = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
MOST_FILES = 100_000  # in a repository
LARGEST = 1 << 44  # bytes of a file: 16 TiB
LONGEST = 1 << 20  # bytes of a model_index.json
SHOWN = 20  # names in one sentence


@dataclass(frozen=True)
class Offer:
    """A model on the hub, as it stood when it was looked up: the revision is that one, whatever comes after.

    folder      where its files go;  terms: its licence, as its own card says
    told        what its file is where it is a single one, by its header; else None
    precision   what its weights are fetched in, "half" or "single"; "" where there is no choice
    other       bytes of weights in the other precision, 0 where there is no choice
    t5          bytes of the T5 text encoder, which it can do without: of these files, or what was left out
    """

    repo: str
    revision: str
    files: tuple[Remote, ...]
    folder: Path
    endpoint: str | None = None
    terms: Terms = UNTOLD
    told: Recognised | None = None
    precision: str = ""
    other: int = 0
    t5: int = 0

    @property
    def kind(self) -> ModelKind | None:
        """Of a single file; else None."""
        return self.told and self.told.kind

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def weights(self) -> int:
        """Bytes of weights, in the precision that they are stored in."""
        return _weights(self.files)

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Of these bytes those of each folder; of a single file all, under its own name."""
        rooms = dict.fromkeys(file.to.split("/")[0] for file in self.files if file.to.endswith(SINGLE))
        return tuple(
            (room, _weights([file for file in self.files if file.to.split("/")[0] == room])) for room in rooms
        )

    @property
    def left(self) -> int:
        """Bytes still to be fetched."""
        return sum(file.size - file.held(self.folder) for file in self.files)

    @property
    def model(self) -> Path:
        """What a request names it by when it has come: the folder, or its one file."""
        single = len(self.files) == 1 and self.files[0].to != INDEX
        return self.folder / self.files[0].to if single else self.folder


class SeveralFiles(InputError):  # noqa: N818 - a question rather than a fault
    """A repository holds several models, each in a file: which? `files` are their paths there, with bytes."""

    def __init__(self, repo: str, files: Sequence[Remote]) -> None:
        self.files = tuple((file.path, file.size) for file in files)
        named = ", ".join(f"{path} ({size(count)})" for path, count in self.files[:SHOWN])
        more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
        hint = "Name one with --file, or give the address of its page."
        super().__init__(f"{repo} holds several files: {named}{more}.", hint)


def look(
    repo: str,
    home: Path | None = None,
    endpoint: str | None = None,
    *,
    revision: str = "",
    file: str = "",
    precision: str = "single",
    t5: bool = True,
) -> Offer:
    """What the hub offers under a name; nothing of its weights is fetched for this.

    home          where models go, if not in `models_home()` and its rooms
    revision      "" for the newest;  file: one of its files, needed where the repository holds several models
    precision     "half" or "single", what the device computes in
    t5            with that text encoder, where the family can do without

    InputError for a name that isn't there or can't be used; GatedError where terms are to be accepted first;
    SeveralFiles where `file` is to be chosen.
    """
    if not is_hub_name(repo):
        raise InputError(f"“{repo}” is no name on the hub.", "A name looks like owner/model.")
    with sentences(repo):
        hub = client(endpoint)
        info = hub.model_info(repo, revision=revision or None, timeout=WAIT)
        terms = terms_of(repo, info)
        found = listed(hub, repo, str(info.sha))
    offer = Offer(repo, str(info.sha), (), home_of(repo, home), endpoint, terms)
    index = next((it for it in found if it.path == INDEX), None)
    if file or index is None:
        one = _one_of(repo, found, file)
        told = told_of(repo, offer.revision, endpoint, one)
        if home is None and told.kind in BESIDE:
            offer = replace(offer, folder=home_of(repo, models_home() / BESIDE[told.kind]))
        return replace(offer, files=_with_settings(repo, found, one, told), told=told)
    return _folder(offer, found, _family(offer, index), precision, t5=t5)


def listed(hub: Any, repo: str, revision: str) -> list[Remote]:
    """The files of a repository, as the hub's list has them."""
    from huggingface_hub.hf_api import RepoFile

    tree = hub.list_repo_tree(repo, recursive=True, revision=revision)
    return [_remote(file) for file in islice(tree, MOST_FILES) if isinstance(file, RepoFile)]


def _family(offer: Offer, index: Remote) -> Family:
    """The family that the repository's index speaks of: some hundred bytes, before all others."""
    if not 0 < index.size <= LONGEST:
        raise InputError(f"{offer.repo}/{INDEX} is no index: it has {index.size:,} bytes.", OTHER_MODEL)
    text = piece(offer.repo, INDEX, offer.revision, offer.endpoint, 0, index.size)
    try:
        return family_of(offer.repo, from_json(text, dict[str, object]))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{offer.repo}/{INDEX} is damaged.", OTHER_MODEL) from error


def _folder(offer: Offer, found: Sequence[Remote], family: Family, precision: str, *, t5: bool) -> Offer:
    """All of a diffusers folder, or all but T5."""
    without = () if t5 else family.optional
    other = "single" if precision == "half" else "half"
    files = folder_files(offer.repo, found, family, precision, without=without)
    apart = folder_files(offer.repo, found, family, other, without=without)
    whole = folder_files(offer.repo, found, family, precision)
    bare = folder_files(offer.repo, found, family, precision, without=family.optional)
    choice = files != apart
    return replace(
        offer,
        files=files,
        precision=precision if choice else "",
        other=_weights(apart) if choice else 0,
        t5=sum(file.size for file in whole) - sum(file.size for file in bare),
    )


def _one_of(repo: str, found: Sequence[Remote], wanted: str) -> Remote:
    """The one file that is meant."""
    files = single_files(found)
    safe = [it for it in files if it.path.endswith(SAFE)]
    if wanted:
        named = [it for it in files if it.path == wanted] or [it for it in files if it.to == wanted]
        if len(named) == 1:
            return named[0]
        if any(it.path == wanted for it in found) and Path(wanted).suffix in PICKLES:
            raise pickled(wanted)
        raise InputError(
            f"{repo} holds no file {wanted}.", f"It holds {', '.join(it.path for it in files[:SHOWN])}."
        )
    if not files:
        raise InputError(
            f"{repo} holds no safetensors weights; pickled ones can run code, so they are never fetched.",
            "Choose a repository with the safetensors version of this model.",
        )
    if len(safe) == 1:  # whatever GGUF files lie beside it
        return safe[0]
    if len(files) > 1:
        raise SeveralFiles(repo, files)
    return next(iter(files))


def _with_settings(repo: str, found: Sequence[Remote], one: Remote, told: Recognised) -> tuple[Remote, ...]:
    """A file and what it is read by: a segmentation model by its configuration, any other by itself."""
    if told.kind is not ModelKind.SEGMENTER:
        return (one,)
    beside = next((it for it in found if it.path == SETTINGS), None)
    if beside is None or one.path != WEIGHTS:
        raise InputError(f"{repo} holds {one.to} in another layout than this program reads.", GET)
    return (beside, one)


def _remote(file: Any) -> Remote:
    """A file of the hub's list. TypeError or ValueError when its answer isn't what it should be."""
    path, size, sha256, git = file.path, file.size, file.lfs.sha256 if file.lfs else "", file.blob_id
    if not isinstance(path, str) or not isinstance(size, int):
        raise TypeError("a name or a size of the wrong type")
    if not 0 <= size <= LARGEST or not SUM.fullmatch(sha256 or git):
        raise ValueError("a size or a checksum that there can't be")
    return Remote(path, path, size, sha256, git)


def _weights(files: Sequence[Remote]) -> int:
    return sum(file.size for file in files if file.to.endswith(SINGLE))
