"""Whether something stands at a place of a page: a small classifier, taught by pages with and without.

Like the judge it is trained on renders of training seeds alone, blurred, noised and compressed a little;
nothing that a model drew is ever shown to it. Its weights are kept under build/, by content.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from resources.starter.world import JUDGING_SEEDS, TRAINING_SEEDS, Scene, edit, render, sample
from resources.starter.world.changes import removal
from tests.bench.storybook.judge import CACHE, Network, Shown, crop, place_of, worn

TRAINED_ON: Final = TRAINING_SEEDS[2_100_000:2_100_400]
EXAMINED_ON: Final = JUDGING_SEEDS[10_300:10_400]
EPOCHS: Final = 12
BATCH: Final = 32


class Stands(nn.Module):
    """The judge's body with one head: a logit, above 0 where something stands."""

    def __init__(self) -> None:
        super().__init__()
        judge = Network()
        self.body = judge.body
        self.head = nn.Linear(judge.kind.in_features, 1)

    def forward(self, crops: Tensor) -> Tensor:
        """crops: (B, 3, SIDE, SIDE) in [−1, 1] → (B,)."""
        return self.head(self.body(crops))[:, 0]

    @torch.inference_mode()
    def look(self, pages: Sequence[np.ndarray], places: Sequence[tuple[float, float, float]]) -> np.ndarray:
        """bool for each page: something stands at its place."""
        crops = [crop(*one) for one in zip(pages, places, strict=True)]
        return (self(_tensor(crops)) > 0).numpy()


def stands(size: int) -> Stands:
    """The classifier of pages of `size` pixels: from build/, or trained now."""
    kept, network = CACHE / f"stands-{size}-{_key()}.safetensors", Stands()
    if kept.is_file():
        network.load_state_dict(load_file(kept))
    else:
        _train(network, list(lessons(TRAINED_ON, size)))
        CACHE.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, kept)
    return network.eval()


def alone(seeds: range) -> Iterator[Scene]:
    """The scenes with one subject, every second one of any size and anywhere."""
    for n, scene in enumerate(one for one in map(sample, seeds) if len(one.subjects) == 1):
        yield replace(scene, placing="anywhere") if n % 2 else scene


def lessons(seeds: range, size: int) -> Iterator[tuple[Shown, bool]]:
    """Each scene with its subject and without, and whether something stands there."""
    for scene in alone(seeds):
        at, subject = place_of(scene, 0), scene.subjects[0]
        for stands_, one in ((True, scene), (False, edit(scene, removal(scene).change))):
            yield Shown(render(one, size)[0], at, subject.kind, subject.look), stands_


def examine(network: Stands, size: int) -> float:
    """The share of renders it never saw about which it is right."""
    shown, truth = zip(*lessons(EXAMINED_ON, size), strict=True)
    found = network.look([one.page for one in shown], [one.at for one in shown])
    return float((found == np.array(truth)).mean())


def _train(network: Stands, taught: list[tuple[Shown, bool]]) -> None:
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    truth = torch.tensor([float(stands_) for _, stands_ in taught])
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    network.train()
    for _ in range(EPOCHS):
        order = rng.permutation(len(taught))
        for start in range(0, len(taught) // BATCH * BATCH, BATCH):
            batch = order[start : start + BATCH]
            logits = network(_tensor([worn(taught[i][0], rng) for i in batch]))
            loss = nn.functional.binary_cross_entropy_with_logits(logits, truth[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def _tensor(crops: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _key() -> str:
    """Changes with this code, the judge's and every drawing of the world."""
    here = Path(__file__)
    world = here.parents[3] / "resources" / "starter" / "world"
    files = [here, here.with_name("judge.py"), *sorted(world.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
