"""A first look at a large JPEG: what the whole picture will be, made small."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.photo.files import open as files
from core.photo.files.open import first_look, open_photo
from tests.core import profiles

SIZE = (2400, 1600)  # 1200 × 800 by a half: more than LOOK needs, a quarter would be less


@pytest.fixture(scope="module")
def soft() -> Image.Image:
    """Smooth, and different at every corner."""
    few = np.random.default_rng(4).integers(0, 256, (6, 9, 3), np.uint8)
    return Image.fromarray(few).resize(SIZE, Image.Resampling.BICUBIC)


@pytest.fixture(autouse=True)
def _worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WORTH", 1_000_000)


def written(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, quality=95, **options)  # type: ignore[arg-type]
    return path


def off(path: Path) -> float:
    """How far the look is from the whole picture as it is shown, in levels, on the mean."""
    look, photo = first_look(path), open_photo(path)
    assert look is not None
    assert look.size == photo.size
    height, width = look.pixels.shape[:2]
    assert max(width, height) == 1200
    whole = Image.fromarray(photo.space.to_srgb(photo.pixels)).resize((width, height), Image.Resampling.BOX)
    return float(np.abs(np.asarray(whole).astype(int) - look.pixels).mean())


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_stands_as_the_picture_will(soft: Image.Image, turn: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    assert off(written(soft, tmp_path / "a.jpg", exif=exif.tobytes())) < 1.5


@pytest.mark.parametrize("icc", [profiles.PROPHOTO, profiles.DISPLAY_P3])
def test_it_has_the_picture_s_colours(soft: Image.Image, icc: bytes, tmp_path: Path) -> None:
    assert off(written(soft, tmp_path / "a.jpg", icc_profile=icc)) < 1.5


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_it_is_converted_as_the_picture_is(soft: Image.Image, mode: str, tmp_path: Path) -> None:
    assert off(written(soft.convert(mode), tmp_path / "a.jpg")) < 1.5


def test_a_progressive_one_and_one_with_more_pictures_in_it_have_one_too(
    soft: Image.Image, tmp_path: Path
) -> None:
    assert off(written(soft, tmp_path / "a.jpg", progressive=True)) < 1.5
    soft.save(tmp_path / "b.jpg", "MPO", save_all=True, append_images=[soft.rotate(180)], quality=95)
    assert off(tmp_path / "b.jpg") < 1.5


def test_a_small_one_other_kinds_and_what_can_t_be_read_have_none(soft: Image.Image, tmp_path: Path) -> None:
    assert first_look(written(soft, tmp_path / "a.png")) is None
    assert first_look(written(soft.resize((300, 200)), tmp_path / "small.jpg")) is None
    assert first_look(tmp_path / "nowhere.jpg") is None
    (tmp_path / "text.jpg").write_text("no picture")
    assert first_look(tmp_path / "text.jpg") is None
    data = io.BytesIO()
    soft.save(data, "JPEG", quality=95)
    (tmp_path / "cut.jpg").write_bytes(data.getvalue()[: len(data.getvalue()) // 3])
    assert first_look(tmp_path / "cut.jpg") is None
    (tmp_path / "large.jpg").write_bytes(_claiming(data.getvalue(), 65000, 65000))
    assert first_look(tmp_path / "large.jpg") is None


def test_a_profile_of_no_use_costs_no_look(soft: Image.Image, tmp_path: Path) -> None:
    grey = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    grey[16:20] = b"GRAY"
    assert off(written(soft, tmp_path / "a.jpg", icc_profile=bytes(grey))) < 1.5


def _claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """The same file, whose header says another size."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[: at + 5] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + jpeg[at + 9 :]
