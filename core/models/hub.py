"""Models on the hub by name, and what of them a download brings. No torch.

huggingface_hub lists the files with sizes and checksums and knows endpoint and login.
"""

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import platformdirs

from core.errors import InputError
from core.models.families import SD3, SDXL
from core.models.hub_faults import sentences

PARTS = frozenset((*SDXL.parts, *SD3.weights, *SD3.tokenizers, "scheduler"))
ENDINGS = (".safetensors", ".json", ".txt", ".model")  # weights, configurations, vocabularies; never a pickle
INDEX = "model_index.json"
VARIANT = re.compile(r"\.(fp16|bf16|ema|ema_only|non_ema)(?=\.)")
# Shards of a number format are needless beside plain weights, however many files those are in.
SHARD = re.compile(r"\.(fp16|bf16)-\d+-of-\d+\.safetensors$")
PLAIN = re.compile(r"(-\d+-of-\d+)?\.safetensors$")
NAME = re.compile(r"[\w.-]+/[\w.-]+")
# A name that is one file on every system: no way to another folder, no drive, no device, and no dot or space
# at its end, which Windows drops.
DEVICE = r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)"
PLAIN_NAME = re.compile(rf"(?!\.|{DEVICE})[\w .+@=,()-]*[\w+@=,()-]", re.IGNORECASE)
SUM = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
MOST_FILES = 100_000  # in a repository
OTHER_MODEL = "Choose another model."
LARGEST = 1 << 44  # bytes of a file: 16 TiB


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
        return sum(file.size - _held(self.folder / file.to, file.size) for file in self.files)


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


def part_of(target: Path) -> Path:
    """Where a file lies until all of it has come."""
    return target.with_name(f"{target.name}.part")


def length(path: Path) -> int:
    """Bytes of a file, 0 for none."""
    return path.stat().st_size if path.is_file() else 0


def look(repo: str, home: Path | None = None, endpoint: str | None = None) -> Offer:
    """What the hub offers under a name. InputError for one that isn't there or can't be used."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    if not is_hub_name(repo):
        raise InputError(f"“{repo}” is no name on the hub.", "A name looks like owner/model.")
    with sentences(repo):
        api = HfApi(endpoint=endpoint)
        revision = api.model_info(repo).sha or "main"
        tree = api.list_repo_tree(repo, recursive=True, revision=revision)
        found = [_remote(file) for file in islice(tree, MOST_FILES) if isinstance(file, RepoFile)]
    files = _chosen(repo, found)
    return Offer(repo, revision, files, home_of(repo, home), endpoint)


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


def _held(target: Path, size: int) -> int:
    """Bytes of a file that have come."""
    if length(target) == size:
        return size
    return min(size, length(part_of(target)))
