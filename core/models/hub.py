# pyright: reportUnknownVariableType=false
"""Models from the hub by name: what a download brings, then resumable and checked transfers. No torch.

huggingface_hub lists the files with sizes and checksums and knows endpoint and login. Its own download
can't be cancelled between two blocks and compares no checksums, so the transfer itself is ours.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import platformdirs

from core.errors import CoreError, InputError
from core.models.families import SD3, SDXL
from core.photo.atomic import explain_write

PARTS = frozenset((*SDXL.parts, *SD3.weights, *SD3.tokenizers, "scheduler"))
ENDINGS = (".safetensors", ".json", ".txt", ".model")  # weights, configurations, vocabularies; never a pickle
INDEX = "model_index.json"
VARIANT = re.compile(r"\.(fp16|bf16|ema|ema_only|non_ema)(?=\.)")
# Shards of a number format are needless beside plain weights, however many files those are in.
SHARD = re.compile(r"\.(fp16|bf16)-\d+-of-\d+\.safetensors$")
PLAIN = re.compile(r"(-\d+-of-\d+)?\.safetensors$")
BLOCK = 1 << 20
ATTEMPTS = 3
PAUSE = 1.0  # seconds before the second attempt; twice as long before the next
TOO_MANY = 429  # requests, says HTTP
NAME = re.compile(r"[\w.-]+/[\w.-]+")
# A name that is one file on every system: no way to another folder, no drive, no device, and no dot or space
# at its end, which Windows drops.
DEVICE = r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)"
PLAIN_NAME = re.compile(rf"(?!\.|{DEVICE})[\w .+@=,()-]*[\w+@=,()-]", re.IGNORECASE)
SUM = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
MOST_FILES = 100_000  # in a repository
OTHER_MODEL = "Choose another model."
LARGEST = 1 << 44  # bytes of a file: 16 TiB
OnProgress = Callable[[int, int], object]


@dataclass(frozen=True)
class Remote:
    """One file of a repository: its name there, where it goes below the folder, bytes, and its checksum.

    sha256 of the content for large files; for small ones `git`, git's own id.
    """

    path: str
    to: str
    size: int
    sha256: str
    git: str


@dataclass(frozen=True)
class Offer:
    """A model on the hub. bytes: the whole; left: what is still to be fetched into `folder`."""

    repo: str
    revision: str
    files: tuple[Remote, ...]
    folder: Path
    endpoint: str | None = None

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def weights(self) -> int:
        """Bytes of weights, in the precision that they are stored in."""
        return sum(file.size for file in self.files if file.to.endswith(".safetensors"))

    @property
    def left(self) -> int:
        return sum(file.size - _have(self.folder / file.to, file.size) for file in self.files)


def is_hub_name(text: str) -> bool:
    """Whether a text could name a repository (owner/model) rather than a path."""
    return NAME.fullmatch(text) is not None and all(map(is_plain_name, text.split("/")))


def is_plain_name(text: str) -> bool:
    """Whether a text names one file inside a folder, and no other place, on every system."""
    return PLAIN_NAME.fullmatch(text) is not None


def models_home() -> Path:
    """Where downloaded models go."""
    return platformdirs.user_data_path("palimpsest") / "models"


def home_of(repo: str, home: Path | None = None) -> Path:
    """The folder of a downloaded repository."""
    return (home or models_home()) / repo.replace("/", "--")


def look(repo: str, home: Path | None = None, endpoint: str | None = None) -> Offer:
    """What the hub offers under a name. InputError for one that isn't there or can't be used."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    if not is_hub_name(repo):
        raise InputError(f"“{repo}” is no name on the hub.", "A name looks like owner/model.")
    with _sentences(repo):
        api = HfApi(endpoint=endpoint)
        revision = api.model_info(repo).sha or "main"
        tree = api.list_repo_tree(repo, recursive=True, revision=revision)
        found = [_remote(file) for file in islice(tree, MOST_FILES) if isinstance(file, RepoFile)]
    files = _chosen(repo, found)
    return Offer(repo, revision, files, home_of(repo, home), endpoint)


def download(offer: Offer, on_progress: OnProgress, check: Callable[[], object]) -> Path:
    """Fetch what is missing and return the folder. on_progress(bytes done, bytes in all).

    check() is called between blocks and raises to stop; what has come stays, for next time.
    The index comes last: a folder that has one is whole. CoreError when a transfer fails or came damaged.
    """
    with _disk(offer.folder):
        offer.folder.mkdir(parents=True, exist_ok=True)
    free, left = shutil.disk_usage(offer.folder).free, offer.left
    if free < left:
        raise CoreError(
            f"{offer.repo} needs {left / 1e9:.1f} GB on the disk, but only {free / 1e9:.1f} GB are free.",
            f"Make room in {offer.folder}.",
        )
    done = 0
    for file in sorted(offer.files, key=lambda file: file.to == INDEX):
        check()
        target = offer.folder / file.to

        def tell(part: int, before: int = done) -> None:
            on_progress(before + part, offer.bytes)

        if _size(target) != file.size or not _is_right(target, file, tell, check):
            _fetch_file(offer, file, target, tell, check)
        done += file.size
        on_progress(done, offer.bytes)
    return offer.folder


def _fetch_file(
    offer: Offer, file: Remote, target: Path, tell: Callable[[int], object], check: Callable[[], object]
) -> None:
    part = target.with_name(f"{target.name}.part")
    with _disk(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if part.is_symlink():  # what it leads to is somebody's
            part.unlink()
    for attempt in range(ATTEMPTS):
        try:
            with _sentences(offer.repo):
                _transfer(offer, file, part, tell, check)
        except InputError:
            raise
        except CoreError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE * 2**attempt)
            check()
        if _size(part) == file.size:
            break
    if _size(part) != file.size:
        raise CoreError(
            f"{file.path} of {offer.repo} broke off at {_size(part):,} of {file.size:,} bytes.",
            "Try again: what has come is kept.",
        )
    if not _is_right(part, file, lambda _: tell(file.size), check):
        with _disk(part):
            part.unlink()
        raise CoreError(
            f"{file.path} of {offer.repo} came damaged: its checksum is wrong. It was removed.",
            "Try again; if it stays so, the server's copy is damaged.",
        )
    with _disk(target):
        part.replace(target)


def _transfer(
    offer: Offer, file: Remote, part: Path, tell: Callable[[int], object], check: Callable[[], object]
) -> None:
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    have = _size(part)
    if have >= file.size:
        if have > file.size:
            with _disk(part):
                part.unlink()
        return
    url = hf_hub_url(offer.repo, file.path, revision=offer.revision, endpoint=offer.endpoint)
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as response:
        hf_raise_for_status(response)
        append = have > 0 and response.status_code == 206
        with _disk(part), open(part, "ab" if append else "wb", opener=_itself) as out:
            for block in response.iter_raw(BLOCK):  # raw: nothing here was asked to come compressed
                room = file.size - out.tell()
                out.write(block[:room])
                if len(block) > room:
                    raise InputError(
                        f"The hub sent more than the {file.size:,} bytes of {file.path} in {offer.repo}.",
                        "Try later; if it stays so, choose another model.",
                    )
                tell(out.tell())
                check()
            out.flush()
            os.fsync(out.fileno())


def _itself(path: str, flags: int) -> int:
    """Open a file, but nothing that a link of its name leads to (Windows can't tell the two apart here)."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o666)


def _is_right(path: Path, file: Remote, tell: Callable[[int], object], check: Callable[[], object]) -> bool:
    """Whether a file's content is the hub's. tell: how many bytes of it have been looked at."""
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(f"blob {file.size}\0".encode())
    try:
        with path.open("rb") as data:
            while block := data.read(BLOCK):
                check()
                digest.update(block)
                tell(data.tell())
    except OSError as error:
        raise CoreError(f"“{path}” can't be read: {error.strerror}.", "Try again, or delete it.") from error
    return digest.hexdigest() == (file.sha256 or file.git)


def _remote(file: Any) -> Remote:
    """A file of the hub's list. TypeError or ValueError when its answer isn't what it should be."""
    path, size, sha256, git = file.path, file.size, file.lfs.sha256 if file.lfs else "", file.blob_id
    if not isinstance(path, str) or not isinstance(size, int):
        raise TypeError("a name or a size of the wrong type")
    if not 0 <= size <= LARGEST or not SUM.fullmatch(sha256 or git):
        raise ValueError("a size or a checksum that there can't be")
    return Remote(path, path, size, sha256, git)


def _chosen(repo: str, found: list[Remote]) -> tuple[Remote, ...]:
    """The index and the parts; of several number formats the plain one, else half precision."""
    if not any(file.path == INDEX for file in found):
        raise InputError(
            f"{repo} holds no diffusers folder ({INDEX} is missing).",
            "Download its .safetensors file by hand and open that, or choose another model.",
        )
    kept = [file for file in found if file.path == INDEX or file.path.split("/")[0] in PARTS]
    kept = [file for file in kept if file.path.endswith(ENDINGS) and file.path.count("/") < 2]
    strange = [file.path for file in kept if not all(map(is_plain_name, file.path.split("/")))]
    if strange:
        raise InputError(f"{repo} holds a file {strange[0]!r}, which is no name for one.", OTHER_MODEL)
    names = {file.path for file in kept}
    whole = {PLAIN.sub("", name) for name in names}
    kept = [file for file in kept if not SHARD.search(file.path) or SHARD.sub("", file.path) not in whole]
    plain: dict[str, Remote] = {}
    for file in kept:
        to = VARIANT.sub("", file.path)
        if to == file.path:
            plain[to] = file
        elif to not in names and ".fp16." in file.path and "-of-" not in file.path and to not in plain:
            plain[to] = Remote(file.path, to, file.size, file.sha256, file.git)
    networks = {path.split("/")[0] for path in plain if path.endswith(".safetensors")}
    if not networks & {"unet", "transformer"} or "vae" not in networks:
        raise InputError(
            f"{repo} holds no safetensors weights; pickled ones can run code, so they are never fetched.",
            "Choose a repository with the safetensors version of this model.",
        )
    return tuple(plain.values())


@contextmanager
def _sentences(repo: str) -> Generator[None]:
    """What can go wrong on the way, as sentences."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    # of the HTTP library that this huggingface_hub is built on
    http_error = cast("type[Exception]", HfHubHTTPError.__bases__[0])
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise InputError(
            "Nothing is downloaded: HF_HUB_OFFLINE is set.",
            "Unset it, or choose a model that is on this machine.",
        ) from error
    except GatedRepoError as error:
        raise InputError(
            f"{repo} asks for its terms to be accepted first.",
            "Accept them on its page, then log in once with “hf auth login”.",
        ) from error
    except RepositoryNotFoundError as error:
        raise InputError(
            f"There is no model {repo} on the hub, or it is private.",
            "Look at the name; for a private one, log in with “hf auth login”.",
        ) from error
    except HfHubHTTPError as error:
        code = error.response.status_code
        if code >= 500 or code == TOO_MANY:  # it may answer the next time
            raise CoreError(f"The hub is busy (HTTP {code}).", "Try later: what has come is kept.") from error
        raise InputError(f"The hub refused {repo} (HTTP {code}).", "Try later.") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(
            f"The hub's answer about {repo} can't be understood: {type(error).__name__}.",
            "Try later; look at the address in HF_ENDPOINT, if you have set one.",
        ) from error
    except (http_error, OSError) as error:
        raise CoreError(
            f"The hub can't be reached, or the transfer broke off: {type(error).__name__}.",
            "Look at the network and try again: what has come is kept.",
        ) from error


@contextmanager
def _disk(path: Path) -> Generator[None]:
    """What the disk refuses is not said of the network, whose library has errors of its own."""
    try:
        yield
    except OSError as error:
        raise explain_write(error, path) from error


def _have(target: Path, size: int) -> int:
    if _size(target) == size:
        return size
    return min(size, _size(target.with_name(f"{target.name}.part")))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
