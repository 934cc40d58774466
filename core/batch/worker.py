"""What every worker of a batch does, in a process of its own: one engine, one picture after the other."""

import errno
import os
import socket
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.batch.outcome import Outcome
from core.batch.pictures import Item
from core.calm import uncollected
from core.causes import WENT_WRONG, in_words
from core.edit.request import EditRequest
from core.edit.words.small_world import out_of_place
from core.errors import CoreError
from core.photo.files.atomic import explain_write
from core.photo.files.formats import QUALITY

if TYPE_CHECKING:
    from core.edit.engine import Engine

FULL = (errno.ENOSPC, errno.EDQUOT)
CHANGES_ALL = "This edit seems to change the whole picture; try a recipe of the method encode-decode."


@dataclass(frozen=True)
class Setup:
    """What a worker is told once.

    threads: of the processor, where the recipe names none; quality: of lossy formats, 1…100.
    """

    request: EditRequest
    threads: int = 1
    quality: int = QUALITY


class PictureWorker:
    """Loads the model with its first picture, and keeps it and its caches for all that follow."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._engine: Engine | None = None
        self._knows = ""  # what its model knows, where that is a small world only
        self._who = f"{socket.gethostname()}:{os.getpid()}"

    def ready(self) -> str:
        """Who it is: the first answer of a worker that has started."""
        return self._who

    def edit(self, item: Item) -> Outcome:
        """Edit one picture from file to file. Never raises: an outcome says what went wrong."""
        seconds: dict[str, float] = {}
        evaluations: dict[str, int] = {}
        notices: tuple[str, ...] = ()
        error, fatal = "", False
        try:
            engine = self._load(seconds)
        except Exception as reason:  # a broken library, for one: no other picture would fare better
            error = _told(reason, "The model can't be loaded")
            return Outcome(item.name, {}, seconds, self._who, error, fatal=True)
        try:
            notices = self._edit(engine, item, seconds, evaluations)
        except Exception as reason:  # also a fault of the program with this picture: the others go on
            error, fatal = _told(reason), fills(reason)
        rounded = {stage: round(value, 4) for stage, value in seconds.items()}
        threads = self._setup.request.threads or self._setup.threads
        return Outcome(item.name, evaluations, rounded, self._who, error, fatal, notices, threads)

    def edit_bytes(self, item: Item, picture: bytes, mask: bytes | None) -> tuple[Outcome, bytes]:
        """The same where no folder is shared: the files' bytes come in, those of the result go out."""
        try:
            with tempfile.TemporaryDirectory() as name:
                here = _unpacked(item, Path(name), picture, mask)
                outcome = self.edit(here)
                return outcome, b"" if outcome.error else here.output.read_bytes()
        except OSError as error:  # the folder's own: what `edit` meets is in its outcome
            why = "the disk is full" if error.errno in FULL else error.strerror or str(error)
            told = f"The worker {self._who} can't use its temporary folder: {why}."
            return Outcome(item.name, worker=self._who, error=told, fatal=True), b""

    def _load(self, seconds: dict[str, float]) -> "Engine":
        if self._engine is None:
            began = time.perf_counter()
            os.environ.setdefault(
                "HF_HUB_OFFLINE", "1"
            )  # what isn't here is not fetched by a thousand workers
            with uncollected():
                import torch

                from core.edit.engine import Engine

            torch.set_num_threads(self._setup.threads)
            engine = Engine()
            self._knows = engine.load(self._setup.request.model, self._setup.request.device).knows
            self._engine = engine
            seconds["load"] = time.perf_counter() - began
        return self._engine

    def _edit(
        self, engine: "Engine", item: Item, seconds: dict[str, float], evaluations: dict[str, int]
    ) -> tuple[str, ...]:
        """Edit from file to file, telling what it costs as it goes; the notices."""
        from core.photo.deep import edited
        from core.photo.files.export import export_photo
        from core.photo.files.mask_files import open_mask
        from core.photo.files.mask_from import MaskFrom
        from core.photo.files.open import open_photo

        began = time.perf_counter()
        photo = open_photo(item.source)
        chosen = None if item.mask_from is None else MaskFrom(item.mask_from)
        mask = None if item.mask is None else open_mask(item.mask, photo.size, chosen)
        seconds["open"] = time.perf_counter() - began
        result = engine.run(self._setup.request, photo, mask)
        seconds |= result.seconds
        evaluations |= result.evaluations.as_dict()
        began = time.perf_counter()
        make_folder(item.output)
        deep = edited(photo.deep, result.drawn, result.mask, photo.space)
        pixels, result = result.whole(photo.pixels)
        lost = export_photo(item.output, pixels, photo, quality=self._setup.quality, deep=deep)
        seconds["write"] = time.perf_counter() - began
        is_global = result.heat is not None and result.heat.is_global
        # where the model makes nothing of the picture, no other method would do better
        everywhere = (CHANGES_ALL,) if is_global and not out_of_place(self._knows, item.source) else ()
        return (*photo.notices, *result.notices, *everywhere, *lost)


def _told(reason: Exception, what: str = WENT_WRONG) -> str:
    """An error's own sentence, or one about what nobody foresaw."""
    return str(reason) if isinstance(reason, CoreError) else in_words(reason, what)


def fills(reason: Exception) -> bool:
    """Whether a full disk is behind it: the next result would not be written either."""
    cause = reason.__cause__
    return isinstance(cause, OSError) and cause.errno in FULL


def make_folder(result: Path) -> None:
    """The folder that a result is written to. CoreError in the same words as for the result itself."""
    try:
        result.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_write(error, result) from error


def _unpacked(item: Item, folder: Path, picture: bytes, mask: bytes | None) -> Item:
    """The picture, and its mask, as files in `folder`, where the result is to be written too."""
    source, output = folder / f"picture{item.source.suffix}", folder / f"result{item.output.suffix}"
    source.write_bytes(picture)
    if mask is not None:
        (folder / "mask.png").write_bytes(mask)
    return replace(item, source=source, output=output, mask=None if mask is None else folder / "mask.png")
