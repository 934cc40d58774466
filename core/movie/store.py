"""Frames kept beside the output while a movie is made, so that an interrupted one can go on."""

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

import core
from core.edit.evaluations import Evaluations
from core.errors import InputError
from core.movie.request import MovieRequest
from core.photo.files.atomic import explain_write, write_atomic
from core.text import from_json, to_json


class Kept(msgspec.Struct, frozen=True):
    """A finished frame: its place on the way, what it cost, what was noticed. Its turn names its file."""

    place: float
    evaluations: Evaluations
    notices: tuple[str, ...] = ()


class FrameList(msgspec.Struct):
    """What a folder of frames belongs to."""

    palimpsest: str
    movie: str
    finding: Evaluations
    frames: list[Kept]


class FrameStore:
    """The folder of one unfinished movie: a PNG a frame in the order of drawing, the mask, the manifest.

    Its name holds the beginning of a digest of the request and the model's weights: other settings keep their
    frames elsewhere, and the same settings find theirs again. A frame counts once the manifest names it.
    """

    def __init__(self, output: Path, request: MovieRequest, weights: str = "") -> None:
        """weights: `core.models.identity`."""
        digest = hashlib.sha256(f"{request.digest()}{weights}".encode()).hexdigest()
        self.folder = output.with_name(f"{output.stem}.frames-{digest[:8]}")
        self._manifest = FrameList(core.__version__, digest, Evaluations(), [])
        known = self._read()
        if known is not None and (known.palimpsest, known.movie) == (core.__version__, digest):
            self._manifest = known
        self._turns = {kept.place: turn for turn, kept in enumerate(self._manifest.frames)}

    @property
    def frames(self) -> tuple[Kept, ...]:
        """What is finished, in the order of drawing."""
        return tuple(self._manifest.frames)

    @property
    def cost(self) -> Evaluations:
        """What the mask and all finished frames cost, in whichever run."""
        return sum((kept.evaluations for kept in self._manifest.frames), self._manifest.finding)

    @property
    def notices(self) -> tuple[str, ...]:
        """What was noticed while the finished frames were drawn, each once."""
        return tuple(dict.fromkeys(said for kept in self._manifest.frames for said in kept.notices))

    def prepare(self) -> None:
        """Make the folder before anything is computed for it. InputError where that is not allowed."""
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise explain_write(error, self.folder) from error

    @property
    def mask(self) -> np.ndarray | None:
        """The mask found for this movie, uint8 (H, W)."""
        path = self.folder / "mask.png"
        return _read_png(path) if self._manifest.finding.total and path.is_file() else None

    def keep_mask(self, mask: np.ndarray, cost: Evaluations) -> None:
        self._write("mask.png", mask)
        self._manifest.finding = cost
        self._save()

    def __contains__(self, place: float) -> bool:
        return place in self._turns and self._path(place).is_file()

    def read(self, place: float) -> np.ndarray:
        """The finished frame at a place, uint8 (H, W, 3). InputError when its file is gone or damaged."""
        return _read_png(self._path(place))

    def keep(
        self, place: float, pixels: np.ndarray, cost: Evaluations, notices: tuple[str, ...] = ()
    ) -> None:
        """Write a frame, then name it in the manifest. CoreError when the disk can't take it."""
        turn = self._turns.get(place, len(self._manifest.frames))
        self._write(f"{turn + 1:05}.png", pixels)
        self._manifest.frames[turn:] = [Kept(place, cost, notices), *self._manifest.frames[turn + 1 :]]
        self._turns[place] = turn
        self._save()

    def leave(self) -> None:
        """An unfinished movie's frames stay; a folder in which nothing came to be does not."""
        with suppress(OSError):
            self.folder.rmdir()

    def remove(self) -> None:
        """The movie is written: its frames are not needed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, place: float) -> Path:
        return self.folder / f"{self._turns[place] + 1:05}.png"

    def _write(self, name: str, pixels: np.ndarray) -> None:
        image = Image.fromarray(pixels)
        write_atomic(self.folder / name, lambda file: image.save(file, "PNG", compress_level=1))

    def _save(self) -> None:
        data = to_json(self._manifest)
        write_atomic(self.folder / "manifest.json", lambda file: file.write(data))

    def _read(self) -> FrameList | None:
        """What was begun here; what can't be read counts as nothing."""
        try:
            return from_json((self.folder / "manifest.json").read_bytes(), FrameList)
        except (OSError, msgspec.DecodeError):
            return None


def _read_png(path: Path) -> np.ndarray:
    try:
        # opened here: of a file that Pillow opens it leaves open what it can't read
        with path.open("rb") as file, Image.open(file) as image:
            return np.array(image)
    except (OSError, SyntaxError) as error:
        raise InputError(
            f"The finished frame {path} can't be read.", f"Delete the folder {path.parent} to begin anew."
        ) from error
