"""A repository on the hub: its name, its files, and where on this machine they go. No torch."""

import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from core.models.recognise.kinds import ModelKind

INDEX = "model_index.json"
SETTINGS = "config.json"  # of a folder that holds one network
MARKS = (INDEX, SETTINGS)  # come last, and go first: a folder that has one of these is whole
SAFE, QUANTISED = ".safetensors", ".gguf"
SINGLE = (SAFE, QUANTISED)  # endings of models, and of parts of them, in one file
# What is used beside a model → its room below `models_home()`, as other programs call theirs.
BESIDE = {
    ModelKind.LORA: "loras",
    ModelKind.VAE: "vae",
    ModelKind.TEXTUAL_INVERSION: "embeddings",
    ModelKind.SEGMENTER: "sams",
    ModelKind.TEXT_ENCODER: "text_encoders",
}
NAME = re.compile(r"[\w.-]+/[\w.-]+")
# A name that is one file on every system: no way to another folder, no drive, no device, and no dot or space
# at its end, which Windows drops.
DEVICE = r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)"
PLAIN_NAME = re.compile(rf"(?!\.|{DEVICE})[\w .+@=,()-]*[\w+@=,()-]", re.IGNORECASE)


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

    def part(self, folder: Path) -> Path:
        """Where it lies until all of it has come. Another content has another name: it is never resumed."""
        target = folder / self.to
        return target.with_name(f"{target.name}.{(self.sha256 or self.git)[:8]}.part")

    def held(self, folder: Path) -> int:
        """Bytes of it that have come."""
        if length(folder / self.to) == self.size:
            return self.size
        return min(self.size, length(self.part(folder)))


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


def rooms(home: Path | None = None) -> tuple[Path, ...]:
    """The folders that hold the homes of repositories: models, then what is used beside one."""
    place = home or models_home()
    return (place, *(place / room for room in BESIDE.values()))


def cached(repo: str, mark: str) -> list[Path]:
    """Snapshots in the hub's own cache that hold such a file.

    repo: its name as a folder's there (owner--model), or a pattern for some
    """
    from huggingface_hub.constants import HF_HUB_CACHE

    return parents(Path(HF_HUB_CACHE), f"models--{repo}/snapshots/*/{mark}")


def parents(room: Path, pattern: str) -> list[Path]:
    """The folders that hold such files; none in a room that can't be looked into."""
    return [found.parent for found in found_in(room, pattern)]


def found_in(room: Path, pattern: str) -> list[Path]:
    """The files of a pattern; none in a room that can't be looked into."""
    try:
        return sorted(room.glob(pattern))
    except OSError:
        return []


def page_of(repo: str) -> str:
    """Where a person reads about a repository."""
    return f"https://huggingface.co/{repo}"


def length(path: Path) -> int:
    """Bytes of a file, 0 for none."""
    return path.stat().st_size if path.is_file() else 0
