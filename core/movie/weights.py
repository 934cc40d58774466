"""What a model is, in short: so that frames of a model that was trained on aren't mixed with older ones."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from core.edit.request import EditRequest
from core.models.catalog import folder_of

DECIDE = (".safetensors", ".json", ".txt")  # weights, configurations, vocabularies
WHOLE = 64 * 2**20  # bytes of a file that are all read; of a larger one samples are
SAMPLES, SAMPLE = 256, 2**16  # how many, and their bytes


def weights_digest(request: EditRequest) -> str:
    """SHA-256, as hex, over the files of the request's model and LoRAs: names, sizes, content.

    Of a file larger than 64 MiB the content is 256 samples, spread evenly, and the time when it was written:
    training moves every weight, and a gigabyte is not read for each movie. What isn't there adds nothing: the
    engine will say so.
    """
    found = hashlib.sha256()
    for root, path in _files(request):
        size = path.stat().st_size
        found.update(f"{path.relative_to(root)}\0{size}\0".encode(errors="surrogatepass"))
        for piece in _content(path, size):
            found.update(piece)
    return found.hexdigest()


def _files(request: EditRequest) -> Iterator[tuple[Path, Path]]:
    model = folder_of(request.model)
    if model.is_dir():
        yield from ((model, path) for path in sorted(model.rglob("*")) if path.suffix in DECIDE)
    single = [model, *(Path(lora.file) for lora in request.loras)]
    yield from ((path.parent, path) for path in single if path.is_file())


def _content(path: Path, size: int) -> Iterator[bytes]:
    if size <= WHOLE:
        yield path.read_bytes()
        return
    yield str(path.stat().st_mtime_ns).encode()
    with path.open("rb") as file:
        for i in range(SAMPLES):
            file.seek(i * (size - SAMPLE) // (SAMPLES - 1))
            yield file.read(SAMPLE)
