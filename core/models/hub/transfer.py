"""Fetching from the hub: resumed, stopped between two blocks, checked by length and sum. No torch.

The client's own download does none of these as they are needed here (docs/decisions/031).
"""

import glob
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from core.errors import CoreError, InputError
from core.models.hub.client import PARTIAL, answer
from core.models.hub.faults import sentences
from core.models.hub.named import Offer
from core.models.hub.repository import MARKS, Remote, length
from core.models.memory.machine import size
from core.photo.files.atomic import explain_write

BLOCK = 1 << 20
ATTEMPTS = 3
PAUSE = 1.0  # seconds before the second attempt; twice as long before the next
OnProgress = Callable[[int, int], object]


def download(offer: Offer, on_progress: OnProgress, check: Callable[[], object]) -> Path:
    """Fetch what is missing and return the model's folder or file. on_progress(bytes done, bytes in all).

    check() is called between blocks and raises to stop; what has come stays, for next time.
    The mark of a whole folder comes last, and goes before anything in it changes.
    CoreError when a transfer fails or came damaged.
    """
    with _disk(offer.folder):
        there = next(place for place in (offer.folder, *offer.folder.parents) if place.is_dir())
        free, left = shutil.disk_usage(there).free, offer.left
    if free < left:
        raise CoreError(
            f"{offer.repo} needs {size(left)} on the disk, but only {size(free)} are free.",
            f"Make room in {offer.folder}.",
        )
    done = 0
    for file in sorted(offer.files, key=lambda file: file.to in MARKS):
        check()
        target = offer.folder / file.to

        def tell(part: int, before: int = done) -> None:
            on_progress(before + part, offer.bytes)

        if length(target) != file.size or not _is_right(target, file, tell, check):
            with _disk(offer.folder):
                for mark in MARKS:
                    (offer.folder / mark).unlink(missing_ok=True)
            _fetch_file(offer, file, target, tell, check)
        done += file.size
        on_progress(done, offer.bytes)
    return offer.model


def _fetch_file(
    offer: Offer, file: Remote, target: Path, tell: Callable[[int], object], check: Callable[[], object]
) -> None:
    part = file.part(offer.folder)
    with _disk(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if part.is_symlink():  # what it leads to is somebody's
            part.unlink()
    for attempt in range(ATTEMPTS):
        try:
            with sentences(offer.repo):
                _transfer(offer, file, part, tell, check)
        except InputError:
            raise
        except CoreError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE * 2**attempt)
            check()
        if length(part) == file.size:
            break
    if length(part) != file.size:
        raise CoreError(
            f"{file.path} of {offer.repo} broke off at {length(part):,} of {file.size:,} bytes.",
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
        for older in target.parent.glob(f"{glob.escape(target.name)}.*.part"):
            older.unlink()


def _transfer(
    offer: Offer, file: Remote, part: Path, tell: Callable[[int], object], check: Callable[[], object]
) -> None:
    have = length(part)
    if have >= file.size:
        if have > file.size:
            with _disk(part):
                part.unlink()
        return
    with answer(offer.repo, file.path, offer.revision, offer.endpoint, have) as response:
        append = have > 0 and response.status_code == PARTIAL
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


@contextmanager
def _disk(path: Path) -> Generator[None]:
    """What the disk refuses is not said of the network, whose library has errors of its own."""
    try:
        yield
    except OSError as error:
        raise explain_write(error, path) from error
