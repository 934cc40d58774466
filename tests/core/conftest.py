"""What the tests of core share: tiny models with random weights, a picture, and little garbage."""

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.core.tiny import tiny_stable_diffusion
from tests.hub_server import FILES, Hub, running

if TYPE_CHECKING:
    from tests.core.small_card import Counted


def few_to_collect() -> None:
    """Let the garbage collector pass over all there is by now.

    Every load of a model calls it, and that takes half a second where it looks through all that torch,
    diffusers and transformers keep.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _few_to_collect() -> None:
    few_to_collect()


@pytest.fixture(autouse=True)
def _as_many_threads() -> Iterator[None]:
    """A batch's worker sets its process's threads, and other threads draw other last bits."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    yield
    if torch:
        torch.set_num_threads(before)


@pytest.fixture(scope="session")
def make_tiny() -> Callable[..., Path]:
    return tiny_stable_diffusion


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, predicting noise."""
    folder = tiny_stable_diffusion(tmp_path_factory.mktemp("models") / "tiny")
    few_to_collect()  # with the libraries that are loaded only now
    return folder


@pytest.fixture(scope="session")
def tiny_v(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sizes, predicting v at zero terminal SNR."""
    folder = tmp_path_factory.mktemp("models") / "tiny-v"
    return tiny_stable_diffusion(folder, prediction="v_prediction", zero_snr=True)


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """A colourful 48 × 40 picture, uint8 (40, 48, 3), read-only."""
    y, x = np.mgrid[0:40, 0:48]
    pixels = np.stack([x * 5, y * 6, (x * y) % 256], axis=-1).astype(np.uint8)
    pixels.setflags(write=False)
    return pixels


@pytest.fixture(scope="module")
def small_pictures() -> Iterator[None]:
    """Families whose configurations tell no size take their tiny folders for models of 32 pixels."""
    from core.models.adapters.chroma import Chroma
    from core.models.adapters.flux import Flux
    from core.models.adapters.flux2 import Klein
    from core.models.adapters.qwen_image import QwenImage
    from core.models.adapters.z_image import ZImage

    with pytest.MonkeyPatch.context() as patch:
        for family in (ZImage, Klein, Flux, Chroma, QwenImage):
            patch.setattr(family, "PIXELS", 32)
        yield


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> "Counted":
    """The device to which a streamed network's layers go, counting."""
    from core.models.memory import stream
    from tests.core.small_card import Counted

    device = Counted()
    monkeypatch.setattr(stream, "on_device", device.copy)
    return device


@pytest.fixture
def small_card(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Called, models are loaded for a device that holds a byte, or so many."""
    import torch

    from core.models.memory.device import Placement
    from tests.core.small_card import CARD

    def begin(memory: int = 1) -> None:
        small = Placement(CARD, torch.float32, torch.float32, batch=4, memory=memory)
        monkeypatch.setattr("core.models.load.place", lambda *_, **__: small)

    return begin


@pytest.fixture
def as_on_mps(monkeypatch: pytest.MonkeyPatch) -> None:
    """diffusers counts places in float64 unless a device's name says that it can't, and Z-Image's on the
    CPU whatever the device.
    """
    import torch
    from diffusers.models.transformers.transformer_z_image import RopeEmbedder
    from diffusers.utils import torch_utils
    from torch.utils._python_dispatch import _disable_current_modes

    monkeypatch.setitem(torch_utils._DTYPE_UNSUPPORTED_DEVICES, torch.float64, frozenset({"cpu"}))
    counted = RopeEmbedder.precompute_freqs_cis

    def unseen(*told: Any, **more: Any) -> list[torch.Tensor]:
        with _disable_current_modes():
            return counted(*told, **more)

    monkeypatch.setattr(RopeEmbedder, "precompute_freqs_cis", staticmethod(unseen))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models go, and none elsewhere."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path / "data")
    monkeypatch.setattr("core.models.programs.PROGRAMS", ())
    return tmp_path / "data" / "models"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The server (tests.hub_server), and a client that may ask it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("core.models.hub.transfer.ATTEMPTS", 1)
    monkeypatch.setattr("core.models.hub.transfer.PAUSE", 0.01)
    with running(FILES) as server:
        yield server
