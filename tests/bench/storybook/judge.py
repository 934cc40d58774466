"""The judge: a small classifier that says which subject stands at a place of a page, and in which look.

It is trained on renders of training seeds alone, blurred, noised and compressed a little so that it bears
soft pictures; nothing that a model drew is ever shown to it. Its weights are kept under build/, by content.
"""

import hashlib
import io
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageFilter
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from resources.starter.world import JUDGING_SEEDS, LOOKS, TRAINING_SEEDS, Scene, edit, edits, render, sample
from resources.starter.world.place import places

TRAINED_ON: Final = TRAINING_SEEDS[2_000_000:2_003_200]
"""Geometry seeds of the judge's lessons, two pages each; the shipped models' pages begin at 0."""

EXAMINED_ON: Final = JUDGING_SEEDS[10_000:10_300]
"""Geometry seeds of its examination, two pages each; no judged edit is among them."""

KINDS: Final = tuple(LOOKS)
ALL_LOOKS: Final = tuple(sorted({look for looks in LOOKS.values() for look in looks}))
SIDE: Final = 40  # pixels of a crop
ROOM: Final = 1.35  # side of a crop in widths of the subject: all of it, and a little around it
EPOCHS: Final = 14
BATCH: Final = 64
CACHE: Final = Path(__file__).parents[3] / "build" / "bench"


@dataclass(frozen=True)
class Shown:
    """A page, the place on it (centre x, y and side, shares of the page), and what truly stands there."""

    page: np.ndarray
    at: tuple[float, float, float]
    kind: str
    look: str


@dataclass(frozen=True)
class Verdict:
    """What the judge sees. `look` is the likeliest among the looks of the kind that was asked for."""

    kind: str
    look: str


class Network(nn.Module):
    """Five convolutions and two heads: logits over KINDS and over ALL_LOOKS."""

    def __init__(self) -> None:
        super().__init__()
        widths = ((3, 24, 2), (24, 40, 1), (40, 80, 2), (80, 80, 1), (80, 112, 2))
        blocks = (
            nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())
            for a, b, stride in widths
        )
        self.body = nn.Sequential(*blocks, nn.AvgPool2d(SIDE // 8), nn.Flatten())
        self.kind = nn.Linear(widths[-1][1], len(KINDS))
        self.look = nn.Linear(widths[-1][1], len(ALL_LOOKS))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """crops: (B, 3, SIDE, SIDE) in [−1, 1]."""
        seen = self.body(crops)
        return self.kind(seen), self.look(seen)


class Judge:
    """Looks at a place of a page."""

    def __init__(self, network: Network) -> None:
        self._network = network.eval()

    @torch.inference_mode()
    def look(self, shown: Sequence[Shown]) -> list[Verdict]:
        """A verdict for each page; `Shown.kind` only says among which looks to choose."""
        kinds, looks = self._network(_tensor([crop(one.page, one.at) for one in shown]))
        verdicts: list[Verdict] = []
        for one, kind, row in zip(shown, kinds, looks, strict=True):
            among = LOOKS[one.kind]
            best = int(torch.stack([row[ALL_LOOKS.index(look)] for look in among]).argmax())
            verdicts.append(Verdict(KINDS[int(kind.argmax())], among[best]))
        return verdicts

    def examine(self, shown: Sequence[Shown]) -> dict[str, float]:
        """Shares of right kinds and of right looks, in [0, 1]."""
        pairs = list(zip(self.look(shown), shown, strict=True))
        return {
            "kind": sum(verdict.kind == one.kind for verdict, one in pairs) / len(pairs),
            "look": sum(verdict.look == one.look for verdict, one in pairs) / len(pairs),
            "both": sum((v.kind, v.look) == (one.kind, one.look) for v, one in pairs) / len(pairs),
        }


def place_of(scene: Scene, subject: int) -> tuple[float, float, float]:
    """The square that a scene's geometry gives a subject, whatever stands there."""
    place = places(scene)[subject]
    return place.x, place.base - 0.42 * place.width, ROOM * place.width


def crop(page: np.ndarray, at: tuple[float, float, float]) -> np.ndarray:
    """The square cut out and scaled: uint8 (H, H, 3) → (SIDE, SIDE, 3), edges repeated beyond."""
    size = page.shape[0]
    margin = size // 2
    image = Image.fromarray(np.pad(page, ((margin, margin), (margin, margin), (0, 0)), mode="edge"))
    x, y, half = at[0] * size + margin, at[1] * size + margin, at[2] * size / 2
    box = (x - half, y - half, x + half, y + half)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box))


def judge(size: int) -> Judge:
    """The judge of pages of `size` pixels: from build/, or trained now (minutes on one core)."""
    kept = CACHE / f"judge-{size}-{_key()}.safetensors"
    network = Network()
    if kept.is_file():
        network.load_state_dict(load_file(kept))
    else:
        _train(network, lessons(TRAINED_ON, size))
        CACHE.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, kept)
    return Judge(network)


def lessons(seeds: range, size: int) -> list[Shown]:
    """The scenes of these seeds and one edit of each, drawn: every subject is one lesson."""
    scenes = [scene for seed in seeds for scene in _pair(sample(seed))]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        pages = list(pool.map(partial(_page, size=size), scenes, chunksize=64))
    return [
        Shown(page, place_of(scene, i), subject.kind, subject.look)
        for scene, page in zip(scenes, pages, strict=True)
        for i, subject in enumerate(scene.subjects)
    ]


def _pair(scene: Scene) -> tuple[Scene, Scene]:
    """A scene and a local edit of it. What is kept from models is shown: the judge isn't tested on it."""
    local = [one for one in edits(scene) if one.local] or list(edits(scene))
    one = local[int(np.random.default_rng([scene.geometry, 61]).integers(len(local)))]
    return scene, edit(scene, one.change)


def _page(scene: Scene, size: int) -> np.ndarray:
    return render(scene, size)[0]


def _train(network: Network, shown: list[Shown]) -> None:
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    kinds = torch.tensor([KINDS.index(one.kind) for one in shown])
    looks = torch.tensor([ALL_LOOKS.index(one.look) for one in shown])
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = EPOCHS * (len(shown) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps)
    network.to(memory_format=torch.channels_last).train()
    for _ in range(EPOCHS):
        order = rng.permutation(len(shown))
        for start in range(0, len(shown) // BATCH * BATCH, BATCH):
            batch = order[start : start + BATCH]
            kind, look = network(_tensor([worn(shown[i], rng) for i in batch]))
            loss = nn.functional.cross_entropy(kind, kinds[batch], label_smoothing=0.02)
            loss = loss + nn.functional.cross_entropy(look, looks[batch], label_smoothing=0.02)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def worn(shown: Shown, rng: np.random.Generator) -> np.ndarray:
    """A crop somewhat displaced, perhaps mirrored, blurred, compressed, of another brightness, and noised."""
    x, y, side = shown.at
    dx, dy, scale = rng.uniform(-0.06, 0.06), rng.uniform(-0.06, 0.06), rng.uniform(0.9, 1.12)
    image = Image.fromarray(crop(shown.page, (x + dx * side, y + dy * side, side * scale)))
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.6:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))
    if rng.random() < 0.3:
        image = _compressed(image, int(rng.integers(25, 90)))
    pixels = np.asarray(image) * rng.uniform(0.9, 1.1) + rng.uniform(-10, 10)
    pixels = pixels + rng.normal(0, rng.uniform(0, 10), pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def _tensor(crops: Sequence[np.ndarray]) -> Tensor:
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return pixels.contiguous(memory_format=torch.channels_last)


def _key() -> str:
    """Changes with the judge's own code and with every drawing of the world."""
    world = Path(__file__).parents[3] / "resources" / "starter" / "world"
    files = [Path(__file__), *sorted(world.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
