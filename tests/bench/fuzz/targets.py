"""What is fuzzed: each kind of file with its seeds, mutations, the program's own way in, its first check."""

import io
import json
import shutil
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from PIL import Image

from tests.bench.fuzz import documents, pictures, seeds
from tests.bench.fuzz.blocks import Mutate

Open = Callable[[Path], object]


@dataclass(frozen=True)
class Kind:
    """Files of one kind.

    name    a row of the table;  ending  of the file's name
    whole   unharmed files, by what each mutant is made of
    mutate  makes a mutant;  opens  what the program does with it;  passes  whether its first check was passed
    share   of all tries
    """

    name: str
    ending: str
    whole: Sequence[bytes]
    mutate: Mutate
    opens: Open
    passes: Callable[[bytes], bool]
    share: float = 1.0


EXPORTED = (".png", ".jpg", ".webp", ".tif", ".avif")


def picture_kinds(scratch: Path) -> list[Kind]:
    """Opened, and what was decoded exported: an odd picture must not cost an edit that is done."""
    from core.photo.deep import edited
    from core.photo.files.export import export_photo
    from core.photo.files.open import open_photo

    opened = [0]

    def opens(path: Path) -> None:
        photo = open_photo(path)
        opened[0] += 1
        if photo.width * photo.height < 100_000:  # the larger ones take time, and no other way
            ending = EXPORTED[opened[0] % len(EXPORTED)]
            export_photo(
                scratch / f"out{ending}", photo.pixels, photo, deep=edited(photo.deep, *_empty(photo))
            )

    rows: list[tuple[str, Iterable[bytes], Mutate, float]] = [
        ("png", seeds.pngs(), pictures.png, 3),
        ("jpg", seeds.jpegs(), pictures.jpeg, 3),
        ("tif", seeds.tiffs(), pictures.tiff, 4),
        ("webp", seeds.webps(), pictures.webp, 2),
        ("avif", seeds.avifs(), pictures.boxes, 2),
        ("heic", seeds.heics(), pictures.boxes, 1),
        ("gif", seeds.gifs(), pictures.small_header, 1),
        ("bmp", seeds.bmps(), pictures.small_header, 1),
        ("ppm", seeds.ppms(), pictures.text_header, 1),
    ]
    found = [(name, list(whole), mutate, share) for name, whole, mutate, share in rows]
    return [Kind(n, f".{n}", w, m, opens, is_picture, share) for n, w, m, share in found if w]


def _empty(photo: Any) -> tuple[Any, Any]:
    from core.photo.masks.boxed import BoxedMask

    return photo.pixels, BoxedMask.of(photo.pixels[..., 0] * 0)


def is_picture(data: bytes) -> bool:
    """Pillow or tifffile knows its format and its size."""
    import tifffile

    with suppress(Exception):
        Image.open(io.BytesIO(data)).close()
        return True
    with suppress(Exception), tifffile.TiffFile(io.BytesIO(data)) as file:
        return len(file.pages) > 0
    return data[4:8] == b"ftyp" and b"meta" in data[:200]


def json_of(data: bytes) -> Any:
    """What a document says; None when it isn't JSON."""
    try:
        return json.loads(data.decode("utf-8-sig", "surrogateescape"))
    except (ValueError, RecursionError):
        return None


def is_json(data: bytes) -> bool:
    return json_of(data) is not None


def has_json_line(data: bytes) -> bool:
    return any(is_json(line) for line in data.splitlines()[:1])


def document_kinds(scratch: Path) -> list[Kind]:
    from core.batch.outcome import Manifest
    from core.batch.pictures import gather
    from core.edit.report import open_recipe
    from core.edit.request import request_from
    from core.photo.files.mask_files import open_mask
    from editor.settings import Store

    for name in ("a.png", "b.jpg", "sub/c.png"):
        (scratch / "pictures" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(seeds.pixels()[:, : 10 + len(name)]).save(scratch / "pictures" / name)
    request = request_from(msgspec.json.decode(seeds.recipe()))
    items = gather([str(scratch / "pictures")], scratch / "out").items

    def opens_list(path: Path) -> None:
        with placed(scratch / "pictures" / "list.txt", path) as here:
            gather([str(here)], scratch / "out")

    def opens_manifest(path: Path) -> None:
        with placed(scratch / "batch" / "batch.jsonl", path):
            Manifest.open(scratch / "batch", request, 95).done(items)

    def opens_settings(path: Path) -> None:
        with placed(scratch / "settings" / "settings.json", path) as here:
            Store(here.parent).update(quality=50)
            assert Store(here.parent).settings.quality == 50

    (scratch / "batch").mkdir(exist_ok=True)
    Manifest.open(scratch / "batch", request, 95)
    manifest = (scratch / "batch" / "batch.jsonl").read_bytes()
    outcome = {"name": "a.png", "of": {"picture": [1, 2], "mask": None, "quality": None, "weights": None}}
    outcome["outcome"] = {
        "name": "a.png",
        "evaluations": {"mask": 20},
        "seconds": {"open": 0.1},
        "notices": [],
    }
    manifest += json.dumps(outcome).encode() + b"\n"
    report = msgspec.json.encode({"palimpsest": "0.1", "request": request, "evaluations": {"mask": 1}})

    def json_(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
        return documents.json_text(rng, data, others)

    return [
        Kind(
            "mask",
            ".png",
            list(seeds.masks()),
            pictures.png,
            lambda p: open_mask(p, seeds.SIZE),
            is_picture,
            1,
        ),
        Kind("recipe", ".json", [seeds.recipe(), report], json_, open_recipe, is_json, 2),
        Kind("recipe in a picture", ".png", [next(seeds.pngs())], pictures.png, open_recipe, is_picture, 0.5),
        Kind("list", ".txt", [seeds.lines()], documents.list_text, opens_list, is_text, 1),
        Kind("manifest", ".jsonl", [manifest], documents.json_lines, opens_manifest, has_json_line, 1),
        Kind("settings", ".json", [seeds.settings()], json_, opens_settings, is_json, 1),
    ]


def is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def placed(place: Path, mutant: Path) -> Generator[Path]:
    """A mutant where the program looks for it; gone afterwards."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(mutant, place)
    try:
        yield place
    finally:
        place.unlink(missing_ok=True)
