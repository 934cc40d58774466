"""A document as an OpenRaster file: what other programs show, and beside it what only we need."""

import shutil
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np

from core.document.composite import Composite
from core.document.kept_mask import KeptMask
from core.document.layer import Layer
from core.document.state import State
from core.errors import CoreError
from core.photo.files.atomic import write_atomic
from core.photo.photo import Photo
from core.project.blobs import to_bytes
from core.project.journal import Snapshot
from core.project.ora import pictures
from core.project.ora.archive import Archive
from core.project.ora.parts import (
    ARRAYS,
    DOCUMENT,
    KEPT,
    KEPT_NAME,
    MASK,
    MASK_NAME,
    MERGED,
    MIMETYPE,
    OURS,
    PHOTO,
    STACK,
    THUMBNAIL,
    TYPE,
    VERSION,
    StoredProject,
)
from core.project.ora.stack import ATOP, OVER, Mark, Picture, Stack, to_xml
from core.project.orders import pack_orders
from core.project.packing import Packer, recipe
from core.project.source import keep
from core.project.stored import ArrayRef, PhotoSource, StoredHistory
from core.text import to_json

HISTORY = 1 << 28  # bytes of steps beside the one that is shown


@dataclass(frozen=True)
class Origin:
    """Where the photo's own file may be: path, as it was opened from there; project, which has it inside."""

    path: Path | None = None
    project: Path | None = None


def save_project(path: Path, now: Snapshot, origin: Origin, history: int = HISTORY) -> None:
    """Write a document with a photo, whole or not at all.

    history  bytes of steps beside the one that is shown, those nearest to it

    Errors as for `core.photo.files.atomic.write_atomic`.
    """
    state = now.entries[now.index].state
    photo = state.photo
    assert photo is not None

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w") as archive:  # stored: what is in it is packed by itself
            archive.writestr(zipfile.ZipInfo(MIMETYPE), TYPE)
            _Writer(archive, photo).all(now, state, origin, history)

    write_atomic(path, write)


class _Writer:
    """Fills one archive."""

    def __init__(self, archive: zipfile.ZipFile, photo: Photo) -> None:
        self._archive, self._photo = archive, photo
        self._written = 0  # bytes of arrays
        self._arrays = set[str]()  # their names: equal ones need not be the same

    def all(self, now: Snapshot, state: State, origin: Origin, history: int) -> None:
        composite = Composite(self._photo, state.layers)
        channels = 3 if self._photo.alpha is None else 4
        stack = self._stack(state, channels)
        shown = pictures.of_composite(self._photo, composite)
        pictures.put(self._archive, MERGED, self._photo.size, channels, shown)
        small = pictures.thumbnail(self._photo, composite)
        height, width = small.shape[:2]
        pictures.put(self._archive, THUMBNAIL, (width, height), channels, [small])
        self._add(STACK, to_xml(stack))
        self._add(DOCUMENT, to_json(self._document(now, origin, history)))

    def _stack(self, state: State, channels: int) -> Stack:
        photo, name = self._photo, self._photo.name or "Photo"
        mark = self._picture(PHOTO, photo.size, channels, pictures.of_photo(photo))
        found = [Picture(name, _src(PHOTO), mark=mark), *map(self._layer, state.layers)]
        box = state.mask.box
        if box is not None:
            mark = self._picture(MASK, (box[2], box[3]), 4, pictures.of_mask(state.mask, box))
            found.append(Picture(MASK_NAME, _src(MASK), (box[0], box[1]), visible=False, mark=mark))
        found += [self._kept(kept) for kept in state.kept]
        return Stack(photo.size, tuple(found))

    def _kept(self, kept: KeptMask) -> Picture:
        x, y, width, height = kept.box
        id_ = f"{KEPT}{kept.id}"
        mark = self._picture(id_, (width, height), 4, pictures.of_mask(kept.mask, kept.box))
        return Picture(f"{KEPT_NAME}{kept.name}", _src(id_), (x, y), visible=False, mark=mark)

    def _layer(self, layer: Layer) -> Picture:
        x, y, width, height = layer.box
        request = layer.variant.request
        text = "" if request is None else request.to_json().decode()
        mark = self._picture(layer.id, (width, height), 4, pictures.of_variant(layer.variant), text)
        op = OVER if self._photo.alpha is None else ATOP  # what the photo lets through stays open
        return Picture(layer.name, _src(layer.id), (x, y), layer.opacity, layer.visible, op, mark=mark)

    def _picture(
        self, id_: str, size: tuple[int, int], channels: int, rows: Iterable[np.ndarray], text: str = ""
    ) -> Mark:
        return Mark(id_, *pictures.put(self._archive, _src(id_), size, channels, rows), text)

    def _document(self, now: Snapshot, origin: Origin, history: int) -> StoredProject:
        source = self._source(origin)
        packer, before = Packer(self._array), 0

        def full(size: int) -> bool:
            return self._written - before + size >= history

        packer.entry(now.entries[now.index])
        waiting = pack_orders(packer, *now.unfinished)
        before = self._written
        first, entries = packer.nearest(now.entries, now.index, full)
        stored = StoredHistory(entries, now.index - first, recipe(now.draft), waiting)
        return StoredProject(VERSION, source, stored)

    def _array(self, ref: ArrayRef, array: np.ndarray) -> None:
        if ref.name in self._arrays:
            return
        self._arrays.add(ref.name)
        data = to_bytes(array)
        self._written += len(data)
        self._add(f"{ARRAYS}{ref.name}", data)

    def _source(self, origin: Origin) -> PhotoSource:
        """The very bytes of the photo's file, from the project that was opened or from where it came from."""
        with TemporaryDirectory() as name:
            folder = Path(name)
            source = self._from_project(origin.project, folder) or keep(self._photo, origin.path, folder)
            entry = zipfile.ZipInfo(f"{OURS}{source.copy}")
            entry.file_size = (folder / source.copy).stat().st_size
            with (folder / source.copy).open("rb") as copy, self._archive.open(entry, "w") as inside:
                shutil.copyfileobj(copy, inside)
        return source

    def _from_project(self, path: Path | None, folder: Path) -> PhotoSource | None:
        """None if it is gone, or no longer has this photo."""
        if path is None:
            return None
        with suppress(CoreError), Archive(path) as before:
            source = before.project().source
            if source.photo == self._photo.digest:
                before.extract_source(source, folder)
                return source
        return None

    def _add(self, name: str, data: bytes) -> None:
        self._archive.writestr(zipfile.ZipInfo(name), data)


def _src(id_: str) -> str:
    return f"data/{id_}.png"
