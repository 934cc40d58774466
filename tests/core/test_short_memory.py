"""The n-th large allocation fails: told as short memory and never as damage, and nothing else is lost."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.diffusion.solver import Solver
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.edit.result import EditResult
from core.errors import CoreError, DeviceError, InputError
from core.photo.deep import Deep
from core.photo.files.export import export_photo
from core.photo.files.mask_files import open_mask
from core.photo.files.open import open_photo
from core.photo.photo import Photo
from tests.short_memory import KINDS, Memory, memories

SIDE = 64
SHORT = "memory"  # the word that every such sentence has
SAID = "Memory was short"


def written(path: Path) -> Path:
    """A picture with alpha where its format can hold it, of 16 bits when named so."""
    pixels = np.random.default_rng(2).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    alpha = np.linspace(0, 255, SIDE * SIDE).astype(np.uint8).reshape(SIDE, SIDE)
    exif = Image.Exif()
    exif[0x0112] = 6
    if path.suffix in (".gif", ".bmp", ".ppm"):
        Image.fromarray(pixels).save(path)
    else:
        deep = Deep(pixels, pixels[::-1].copy(), (alpha, alpha)) if "deep" in path.name else None
        export_photo(path, pixels, Photo(pixels, alpha, exif=exif.tobytes()), deep=deep, edited=False)
    return path


NAMES = [f"a.{ending}" for ending in ("png", "jpg", "webp", "tif", "avif", "gif", "bmp", "ppm")]
NAMES += ["deep.png", "deep.tif"]


def check_told(run: Callable[[], object]) -> None:
    """Every allocation that fails is told as short memory."""
    failed = 0
    for memory in memories(SIDE * SIDE):
        error = told(memory, run)
        if memory.struck:
            failed += 1
            assert error is not None, f"nothing was said of {memory.struck}"
            assert SHORT in error.message, (memory.struck, error)
            assert not isinstance(error, InputError), (memory.struck, error)
        else:
            assert error is None
    assert failed > 1


def told(memory: Memory, run: Callable[[], object]) -> CoreError | None:
    """Run it on a memory that fails; what was said. Any other error is the program's fault."""
    try:
        with memory:
            run()
    except CoreError as error:
        return error
    except Exception as error:
        error.add_note(f"after {memory.struck}")
        raise
    return None


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_that_does_not_fit_is_not_called_damaged(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name)
    check_told(lambda: open_photo(path))


def test_a_mask_that_does_not_fit_is_not_called_damaged(tmp_path: Path) -> None:
    path, mask = tmp_path / "a.png", np.zeros((SIDE, SIDE), np.uint8)
    mask[:, : SIDE // 2] = 255
    Image.merge("RGB", [Image.fromarray(mask)] * 3).save(path)
    check_told(lambda: open_mask(path, (SIDE, SIDE)))


# -- the model


LARGE = 8192  # bytes: what a layer of the tiny model gives, and a picture's pixels


@pytest.mark.parametrize("kind", ["MemoryError", "oneDNN"])  # the words of all others: test_causes
def test_a_model_that_does_not_fit_is_not_called_damaged(tiny: Path, tiny_v: Path, kind: str) -> None:
    engine = Engine()
    engine.load(str(tiny_v), "cpu")
    before = engine._model
    failed = 0
    for memory in memories(LARGE, KINDS[kind]):
        error = told(memory, lambda: engine.load(str(tiny), "cpu"))
        if error is not None:
            failed += 1
            assert isinstance(error, DeviceError), (memory.struck, error)
            assert SHORT in error.message, (memory.struck, error)
            assert engine._model is before
        else:
            assert not memory.struck or SAID in str(engine._model.notices), memory.struck
            engine.load(str(tiny_v), "cpu")
            before = engine._model
    assert failed


@pytest.mark.parametrize("kind", ["MemoryError", "oneDNN"])  # the words of all others: test_causes
def test_an_edit_that_does_not_fit_leaves_the_engine_as_it_was(tiny, picture, kind: str) -> None:
    request = EditRequest(
        photo="", query="a zebra", reference="a horse", model=str(tiny), device="cpu", steps=2, change=0.5,
        find=MaskRequest(snap=False, draws=2), solver=Solver.DPM,
    )  # fmt: skip
    plain, engine = Engine().run(request, picture), Engine()
    engine.load(request.model, request.device)
    climbed, failed, results = 0, 0, list[EditResult]()
    for memory in memories(LARGE, KINDS[kind]):
        error = told(memory, lambda: results.append(engine.run(request, picture)))
        if error is not None:
            failed += 1
            assert isinstance(error, DeviceError), (memory.struck, error)
            assert SHORT in error.message, (memory.struck, error)
        elif memory.struck:
            climbed += 1
            assert SAID in str(results[-1].notices), memory.struck
            assert np.abs(results[-1].on(picture).astype(int) - plain.on(picture)).max() <= 2, memory.struck
        again = engine.run(request, picture)
        assert again.notices == ()
        assert again.pixels.tobytes() == plain.pixels.tobytes(), memory.struck
        engine._cache.clear()
    assert climbed
    assert failed
