"""One call of the recipe: what it was asked for, and the pages and checkpoints in its folder."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from resources.starter.training.clock import Clock, log
from resources.starter.training.objective import OBJECTIVES, Objective
from resources.starter.training.pictures import Pictures, cached, origin
from resources.starter.training.size import Size

AUTOENCODER, LATENTS, DENOISER = CHECKPOINTS = "autoencoder.pt", "latents.pt", "denoiser.pt"


@dataclass(frozen=True)
class Run:
    """One call of the recipe."""

    size: Size
    device: torch.device
    out: Path
    minutes: float
    seed: int
    resume: bool
    processes: int
    start: Path | None = None
    of_start: float = 0.0
    """Share of the weights it starts with in those that are exported, 0…1."""
    objective: Objective = OBJECTIVES["v"]

    @property
    def every(self) -> float:
        """Minutes between two checkpoints: a machine with a GPU may be taken away at any time."""
        return 8.0 if self.device.type == "cpu" else 3.0

    def clock(self, share: float, spent: float) -> Clock:
        """Of a part of the run that gets this share of its minutes."""
        cpu = self.device.type == "cpu"
        now = time.process_time if cpu else time.monotonic
        return Clock(self.minutes * share, every=self.every, spent=spent, now=now)

    @property
    def origin(self) -> str:
        pages = origin(self.size.pictures, self.size.pixels)
        if self.objective is not OBJECTIVES["v"]:
            pages += f", for {self.objective.name}"
        return f"{pages}, after {self.start.resolve()}" if self.start else pages

    @property
    def grows(self) -> bool:
        """Whether the model that it starts with sees half of its pixels."""
        if not self.start:
            return False
        widths = json.loads((self.start / "vae" / "config.json").read_text(encoding="utf-8"))
        return len(widths["block_out_channels"]) + 1 == len(self.size.autoencoder)

    def pages(self, count: int) -> Pictures:
        """The first pages of the set, drawn where they aren't yet."""
        found = cached(self.path("pictures"), count, self.size.pixels, self.processes)
        log(f"{len(found.pixels)} pictures of {found.size} px")
        return found

    def path(self, name: str) -> Path:
        return self.out / name

    def keep(self, name: str, content: dict[str, Any]) -> None:
        """Write a checkpoint, marked with its origin: whole or not at all.

        Those that follow on it are of an earlier run, and go.
        """
        path = self.path(name)
        unfinished = path.with_suffix(".new")
        torch.save({**content, "origin": self.origin}, unfinished)
        for later in CHECKPOINTS[CHECKPOINTS.index(name) + 1 :]:
            self.path(later).unlink(missing_ok=True)
        unfinished.replace(path)

    def kept(self, name: str, *, look: bool = False) -> dict[str, Any] | None:
        """What `keep` left, if the run is to go on from it. SystemExit when it belongs to other pages.

        look: only at that; nothing is read yet.
        """
        path = self.path(name)
        if not self.resume or not path.exists():
            return None
        found = torch.load(path, map_location=self.device, weights_only=True, mmap=look)
        made_of = found.get("origin") if isinstance(found, dict) else None
        if made_of != self.origin:
            raise SystemExit(
                f"{path} was made of {made_of or 'pages that it does not name'}, but today's are "
                f"{self.origin}: its latents and words would be paired with other captions. Leave --resume "
                f"out and begin anew, or teach the model that it exported more: --start {self.path('model')}"
                " with another --out."
            )
        return found
