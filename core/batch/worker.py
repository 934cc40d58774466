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
from core.edit.request import EditRequest
from core.errors import CoreError

if TYPE_CHECKING:
    from core.edit.engine import Engine

FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Setup:
    """What a worker is told once. threads: of the processor; quality: of lossy formats, 1…100."""

    request: EditRequest
    threads: int = 1
    quality: int = 95


class Worker:
    """Loads the model with its first picture, and keeps it and its caches for all that follow."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._engine: Engine | None = None
        self._who = f"{socket.gethostname()}:{os.getpid()}"

    def edit(self, item: Item) -> Outcome:
        """Edit one picture from file to file. Never raises: an outcome says what went wrong."""
        seconds: dict[str, float] = {}
        evaluations: dict[str, int] = {}
        error, fatal = "", False
        try:
            engine = self._load(seconds)
        except CoreError as reason:
            return Outcome(item.name, {}, seconds, self._who, str(reason), fatal=True)
        try:
            self._edit(engine, item, seconds, evaluations)
        except CoreError as reason:
            cause = reason.__cause__
            error, fatal = str(reason), isinstance(cause, OSError) and cause.errno in FULL
        except Exception as reason:  # a fault of the program with this picture: the others go on
            error = f"Something went wrong inside: {type(reason).__name__}: {reason}"
        rounded = {stage: round(value, 4) for stage, value in seconds.items()}
        return Outcome(item.name, evaluations, rounded, self._who, error, fatal)

    def edit_bytes(self, item: Item, picture: bytes, mask: bytes | None) -> tuple[Outcome, bytes]:
        """The same where no folder is shared: the files' bytes come in, those of the result go out."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            source = folder / f"picture{item.source.suffix}"
            here = replace(item, source=source, output=folder / f"result{item.output.suffix}")
            source.write_bytes(picture)
            if mask is not None:
                here = replace(here, mask=folder / "mask.png")
                (folder / "mask.png").write_bytes(mask)
            outcome = self.edit(here)
            return outcome, b"" if outcome.error else here.output.read_bytes()

    def _load(self, seconds: dict[str, float]) -> "Engine":
        if self._engine is None:
            began = time.perf_counter()
            os.environ.setdefault(
                "HF_HUB_OFFLINE", "1"
            )  # what isn't here is not fetched by a thousand workers
            import torch

            from core.edit.engine import Engine

            torch.set_num_threads(self._setup.threads)
            engine = Engine()
            engine.load(self._setup.request.model, self._setup.request.device)
            self._engine = engine
            seconds["load"] = time.perf_counter() - began
        return self._engine

    def _edit(
        self, engine: "Engine", item: Item, seconds: dict[str, float], evaluations: dict[str, int]
    ) -> None:
        from core.photo.deep import edited
        from core.photo.files import export_photo, open_mask, open_photo

        began = time.perf_counter()
        photo = open_photo(item.source)
        mask = None if item.mask is None else open_mask(item.mask, (photo.width, photo.height))
        seconds["open"] = time.perf_counter() - began
        result = engine.run(self._setup.request, photo.pixels, mask)
        seconds |= result.seconds
        evaluations |= result.evaluations.as_dict()
        began = time.perf_counter()
        item.output.parent.mkdir(parents=True, exist_ok=True)
        deep = edited(photo.deep, result.drawn, result.mask)
        export_photo(item.output, result.pixels, photo, quality=self._setup.quality, deep=deep)
        seconds["write"] = time.perf_counter() - began
