"""From file to file: pictures of every kind, edited in a small mask, exported, and read by other programs.

Outside the mask every sample is the one that was written; what the file said beside is what ExifTool says of
the export, field by field. Chosen so that every way to store a picture meets every orientation, profile and
format to export to (seeded); what meets besides is left to chance.
"""

import json
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import av
import cv2
import numpy as np
import pytest
import tifffile

from core.errors import InputError
from core.photo.deep import edited
from core.photo.files.export import export_photo
from core.photo.files.open import open_photo
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.region import paste
from tests.core.corpus import ICC, TURNED, XMP, Beside, Source, ending, sources

MASK = (slice(9, 17), slice(5, 20))  # rows and columns that are repainted
DRAWN = (200, 30, 90)
TARGETS = (".png", ".tif", ".webp", ".jpg", ".avif")  # the first three hold a picture bit for bit
DEEP = (".png", ".tif")


def cases(source: Source) -> list[tuple[Beside, str]]:
    """What it says, and where it is exported to."""
    rng = Random(source.name)
    turns = rng.sample(sorted(TURNED), 8) if "turn" in source.says else [1] * len(TARGETS)
    targets = rng.sample(TARGETS, len(TARGETS))
    found = []
    for n, turn in enumerate(turns):
        icc = ICC["wide"] if "icc" in source.says and (n + len(source.name)) % 2 else None
        xmp = XMP if "xmp" in source.says and n % 3 else None
        found.append(
            (Beside(turn, icc, "exif" in source.says and n % 4 != 3, xmp), targets[n % len(targets)])
        )
    return found


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_outside_the_mask_every_sample_is_the_one_that_was_written(tmp_path: Path, source: Source) -> None:
    for n, (beside, target) in enumerate(cases(source)):
        path = tmp_path / f"{n} {source.name}.{ending(source)}"
        written = source.write(path, beside)
        photo = open_photo(path)
        out = tmp_path / f"{n} out{target}"
        mask = repainted(photo, out)
        wanted, found = seen(written, beside.turn, target, photo), read(out)
        about = f"{source.name}, {beside.turn}, to {target}"
        assert found.shape == wanted.shape, about
        assert found.dtype == wanted.dtype, about
        off = np.abs(found.astype(int) - wanted)[mask == 0]
        if target in (".jpg", ".avif"):
            assert off.mean() < 6, about  # noise, through a lossy encoder
        else:
            assert not off.any(), about
            if beside.icc is None:
                inside = found[mask > 0][:, :3].astype(int)
                assert (inside == np.array(DRAWN) * (257 if found.dtype == np.uint16 else 1)).all(), about


def repainted(photo: Photo, out: Path) -> np.ndarray:
    """Export with a small part painted over, as after an edit; the mask."""
    mask = np.zeros(photo.pixels.shape[:2], np.uint8)
    mask[MASK] = 255
    drawn = np.zeros_like(photo.pixels)
    drawn[MASK] = DRAWN
    pixels = paste(photo.pixels, drawn, mask, photo.space)
    export_photo(
        out, pixels, photo, quality=100, deep=edited(photo.deep, drawn, BoxedMask.of(mask), photo.space)
    )
    return mask


def seen(written: np.ndarray, turn: int, target: str, photo: Photo) -> np.ndarray:
    """What a program should read from the export: upright, in colour, with the bits that the format has."""
    upright = TURNED[turn](written)
    if upright.shape[2] < 3:
        upright = np.dstack([np.repeat(upright[..., :1], 3, axis=2), upright[..., 1:]])
    if upright.dtype == np.uint16 and target not in DEEP:
        upright = (upright >> 8).astype(np.uint8)
    if target == ".jpg" and upright.shape[2] == 4:
        share = upright[..., 3:] / 255
        upright = np.rint(upright[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    return upright


def read(path: Path) -> np.ndarray:
    """By OpenCV, RGB or RGBA, as stored; by FFmpeg what that can't: AVIF, and 8 bits of TIFF beside alpha."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None or (path.suffix == ".tif" and picture.dtype == np.uint8 and picture.shape[2] == 4):
        return by_ffmpeg(path)
    return picture[..., [2, 1, 0, 3][: picture.shape[2]]]


def by_ffmpeg(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        streams = [next(file.decode(stream)) for stream in file.streams.video]
    colour = streams[0].to_ndarray(format="rgba" if streams[0].format.name == "rgba" else "rgb24")
    if len(streams) == 1:
        return colour
    return np.dstack([colour, streams[1].to_ndarray(format="gray")])  # AVIF keeps its alpha beside


# -- what it says beside


GROUPS = ("IFD0", "ExifIFD", "GPS", "XMP-dc", "XMP-xmp", "ICC-header", "ICC_Profile")
CHANGED = {  # by turning, by the edit, or told of the file and not of the picture
    "IFD0:Orientation",
    "IFD0:ImageWidth",
    "IFD0:ImageHeight",
    "ExifIFD:ExifImageWidth",
    "ExifIFD:ExifImageHeight",
    "IFD0:XResolution",  # for which each format has a place of its own
    "IFD0:YResolution",
    "IFD0:ResolutionUnit",
    "IFD0:ApplicationNotes",  # XMP, where ExifTool doesn't look into it
}
LAYOUT = (
    "Strip",
    "Tile",
    "Rows",
    "Bits",
    "Samples",
    "Planar",
    "Photometric",
    "Compression",
    "Sample",
    "Predictor",
)
LAYOUT += ("SubfileType", "Extra", "Page", "YCbCr", "FillOrder")


def test_every_field_of_metadata_is_kept(tmp_path: Path) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    pairs: list[tuple[Path, Path, str]] = []
    for n, source in enumerate(one for one in sources() if one.says):
        path, out = tmp_path / f"{n} in.{ending(source)}", tmp_path / f"{n} out{TARGETS[n % len(TARGETS)]}"
        turn = 6 if "turn" in source.says else 1
        source.write(path, Beside(turn, ICC["wide"] if "icc" in source.says else None, True, XMP))
        repainted(open_photo(path), out)
        pairs.append((path, out, f"{source.name} to {out.suffix}"))
    said = told(tmp_path)
    missing: list[str] = []
    for path, out, about in pairs:
        before, after = said[path.name], said[out.name]
        assert after.get("IFD0:Orientation", 1) in (1, "Horizontal (normal)"), about
        lost = {key: value for key, value in before.items() if after.get(key) != value}
        missing += [f"{about}: {key} was {value}, is {after.get(key)}" for key, value in lost.items()]
    assert not missing
    compared = {key for path, _, _ in pairs for key in said[path.name]}
    assert compared >= {"IFD0:Artist", "ExifIFD:ISO", "GPS:GPSLatitude", "XMP-dc:Subject", "XMP-xmp:Rating"}
    assert "ICC_Profile:ProfileDescription" in compared


def told(folder: Path) -> dict[str, dict[str, Any]]:
    """What ExifTool says of every file in a folder, of the groups that are compared."""
    words = ["exiftool", "-json", "-G1", "-n", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return {Path(one["SourceFile"]).name: _compared(one) for one in json.loads(done.stdout)}


def _compared(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in fields.items()
        if key.split(":")[0] in GROUPS and key not in CHANGED and not key.split(":")[-1].startswith(LAYOUT)
    }


def test_a_picture_without_a_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((8, 8, 3), np.uint8), photometric="rgb", metadata=None)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags["ImageLength"].overwrite(0)
    with pytest.raises(InputError, match="no pixels"):
        open_photo(path)
