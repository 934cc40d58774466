"""What a file is by its first bytes, where it is no safetensors file: told, and what to do instead."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.models.recognise.kinds import ModelKind

LOOKED_AT = 4096  # bytes at the beginning
PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")
UNPACK = "Unpack it, and open the file in it."
PICTURE = "Pictures are opened with File, Open."
SAFE = "Get the safetensors version of this model."
MODEL = "Choose a .safetensors or .gguf file, or the folder of a diffusers model."
DOWNLOAD = "Open the model's page in a browser, log in where it asks, and download the file itself."
PAGES = (
    "<!doctype html",
    "<html",
    "<head",
    "<body",
    "<?xml",
    "<!--",
    "<error",
    "<script",
    "<center",
    "<title",
)
ANSWERS = (  # what servers say in place of a file
    "access to model",
    "access denied",
    "invalid username or password",
    "entry not found",
    "not found",
    "unauthorized",
    "repository not found",
    "forbidden",
    "invalid credentials",
    "too many requests",
    "rate limit",
    "bad gateway",
    "service unavailable",
    "internal server error",
    "temporary redirect",
    "moved permanently",
    "401",
    "403",
    "404",
)
LONGEST_ANSWER = 1 << 20


@dataclass(frozen=True)
class Beginning:
    """What begins so. `what` goes on after the file's name; hint: what to do instead."""

    start: bytes
    kind: ModelKind
    what: str
    hint: str = MODEL


PICKLED = "holds pickled weights, which can run code, so they are never opened"
BEGINNINGS = (
    Beginning(b"GGUF", ModelKind.GGUF, "is a GGUF file"),
    Beginning(
        b"version https://git-lfs",
        ModelKind.LFS_POINTER,
        "is a git-LFS pointer: a note of where the file lies, not the file",
        "Fetch the file itself: “git lfs pull” in its folder, or download it from the model's page.",
    ),
    Beginning(
        b"/annex/objects/",
        ModelKind.LFS_POINTER,
        "is a git-annex pointer, not the file",
        "Fetch the file itself with “git annex get”.",
    ),
    *(Beginning(bytes((0x80, protocol)), ModelKind.PICKLE, PICKLED, SAFE) for protocol in range(2, 6)),
    Beginning(b"\x89PNG", ModelKind.UNKNOWN, "is a picture (PNG), not a model", PICTURE),
    Beginning(b"\xff\xd8\xff", ModelKind.UNKNOWN, "is a picture (JPEG), not a model", PICTURE),
    Beginning(b"GIF8", ModelKind.UNKNOWN, "is a picture (GIF), not a model", PICTURE),
    Beginning(
        b"RIFF",
        ModelKind.UNKNOWN,
        "is a picture or a sound (RIFF), not a model",
        PICTURE,
    ),
    Beginning(
        b"7z\xbc\xaf\x27\x1c",
        ModelKind.UNKNOWN,
        "is a 7z archive, not a safetensors file",
        UNPACK,
    ),
    Beginning(
        b"Rar!",
        ModelKind.UNKNOWN,
        "is a RAR archive, not a safetensors file",
        UNPACK,
    ),
    Beginning(
        b"\x1f\x8b",
        ModelKind.UNKNOWN,
        "is a gzip archive, not a safetensors file",
        UNPACK,
    ),
    Beginning(
        b"\x28\xb5\x2f\xfd",
        ModelKind.UNKNOWN,
        "is a zstd archive, not a safetensors file",
        UNPACK,
    ),
    Beginning(
        b"PK\x03\x04",
        ModelKind.UNKNOWN,
        "is a zip archive, not a safetensors file",
        UNPACK,
    ),
    Beginning(b"\x93NUMPY", ModelKind.UNKNOWN, "is a NumPy array, not a model"),
    Beginning(b"\x89HDF", ModelKind.UNKNOWN, "is an HDF5 file (Keras), which this program can't use", SAFE),
    Beginning(b"%PDF", ModelKind.UNKNOWN, "is a PDF document, not a model"),
    Beginning(
        b"lmgg",
        ModelKind.UNKNOWN,
        "is a GGML file, the forerunner of GGUF, which this program can't use",
        SAFE,
    ),
    Beginning(
        b"tjgg",
        ModelKind.UNKNOWN,
        "is a GGML file, the forerunner of GGUF, which this program can't use",
        SAFE,
    ),
)


@dataclass(frozen=True)
class Stranger:
    """A file that is no safetensors file. by_name: its kind rests on the ending of its name alone."""

    kind: ModelKind
    why: str
    hint: str
    by_name: bool = False

    def error(self) -> InputError:
        return InputError(self.why, self.hint)


def stranger(path: Path) -> Stranger | None:
    """What a file is by its first bytes; None for one that may be a safetensors file.

    OSError when it can't be read.
    """
    held = path.stat().st_size
    with path.open("rb") as file:
        data = file.read(LOOKED_AT)
    if not data:
        return Stranger(
            ModelKind.UNKNOWN, f"{path.name} is cut off: it is empty.", "Copy or download the file again."
        )
    if (data.startswith(b"PK\x03\x04") and b"data.pkl" in data) or (
        b"/version" in data[:64] and data[:2] == b"PK"
    ):
        return Stranger(ModelKind.PICKLE, f"{path.name} {PICKLED}.", SAFE)
    for beginning in BEGINNINGS:
        if data.startswith(beginning.start):
            return Stranger(beginning.kind, f"{path.name} {beginning.what}.", beginning.hint)
    if held <= LONGEST_ANSWER and (answer := _answer(path, data)) is not None:
        return answer
    if not any(data) and len(data) == min(held, LOOKED_AT) and held > 8:
        why = f"{path.name} begins with nothing but zeros: its download isn't finished."
        return Stranger(ModelKind.UNKNOWN, why, "Let the download finish, or start it again.")
    return None


def pickled(name: str) -> InputError:
    """Why a pickle is never opened, and what to do."""
    return InputError(f"{name} {PICKLED}.", SAFE)


def unreadable(path: Path, error: OSError) -> InputError:
    """What the system says when a file can't be read."""
    why = f"{path.name} can't be read: {error.strerror or error}."
    return InputError(why, "Look at its permissions, and at the disk that it lies on.")


def _answer(path: Path, data: bytes) -> Stranger | None:
    """A web page, or what else a server said in place of the file."""
    text = data.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n").lower()
    if text.startswith(PAGES):
        return Stranger(
            ModelKind.WEB_PAGE, f"{path.name} is a web page, saved in place of the model.", DOWNLOAD
        )
    if '"weight_map"' in text and text.startswith("{"):
        why = f"{path.name} is the list of the files of a model, not one of them."
        return Stranger(ModelKind.UNKNOWN, why, "Open the folder of the whole model.")
    said = text.startswith(("{", "[")) and '"error"' in text[:500]
    if said or ((text.isprintable() or "\n" in text) and text.lstrip('"').startswith(ANSWERS)):
        return Stranger(
            ModelKind.WEB_PAGE, f"{path.name} is what a server answered, not the model.", DOWNLOAD
        )
    return None
