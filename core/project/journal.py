"""What was done, appended to a file as it is done: after any end of the program everything is still there.

A journal is a line that says what it is, and records: a kind, a length, a checksum, the payload. Arrays come
before the step that names them, so whatever was written whole can be used, and a torn end is passed over.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from core.document.drawn import Undecided
from core.document.history import UndoEntry
from core.document.order import Orders
from core.edit.request import EditRequest, request_from
from core.errors import InputError
from core.photo.files.atomic import explain_write
from core.photo.photo import Photo
from core.project.blobs import from_bytes, to_bytes
from core.project.orders import pack_orders, unpack_orders
from core.project.packing import Packer, recipe, unpack_entry
from core.project.stored import (
    ArrayRef,
    Length,
    PhotoSource,
    Recipe,
    SavedAs,
    StoredEntry,
    StoredHistory,
    StoredOrders,
)
from core.text import to_json

FIRST = b"Palimpsest journal 1\n"
HEAD = struct.Struct("<4sQI")  # kind, bytes, CRC-32 of the payload
SOURCE, PROJECT, ARRAY, ORDERS, STEP = b"SRC ", b"PROJ", b"ARR ", b"WAIT", b"STEP"
LARGEST = 1 << 31  # bytes of one record
JOURNAL = "journal"


@dataclass(frozen=True)
class Snapshot:
    """A document at one moment. entries, index: of its history; draft: prompts and settings as they are;
    orders: edits that were asked for and aren't finished; choice: drawings that nobody has decided about.
    """

    entries: tuple[UndoEntry, ...]
    index: int
    draft: EditRequest
    orders: Orders = ()
    choice: Undecided = field(default_factory=Undecided)

    @property
    def unfinished(self) -> tuple[Orders, Undecided]:
        """What isn't in the document yet."""
        return self.orders, self.choice


@dataclass(frozen=True)
class _Step:
    """From one snapshot to the next: so many of the oldest entries go, so many stay, these follow."""

    drop: Length
    keep: Length
    entries: tuple[StoredEntry, ...]
    index: Length
    draft: Recipe


class Journal:
    """Writes one document's journal in a folder of its own. For one thread.

    limit  bytes after which it is made anew, with the steps nearest to what is shown, as many as take half of
           that. Only a single state that is larger takes more
    """

    def __init__(self, folder: Path, source: PhotoSource, limit: int) -> None:
        self._path, self._source, self.limit = folder / JOURNAL, source, limit
        self._entries: tuple[UndoEntry, ...] = ()  # those in the file
        self._file: BinaryIO | None = None
        self._good = self._needed = 0  # bytes: written whole; after the file was made anew
        self._saved: SavedAs | None = None  # as in the file
        self._unfinished: tuple[Orders, Undecided] = (), Undecided()  # likewise
        self._packer = Packer(self._keep)

    @property
    def nbytes(self) -> int:
        """What the file takes."""
        return self._good

    def write(self, now: Snapshot, saved: SavedAs | None = None) -> None:
        """Bring the file up to `now`; on return it is on the disk. CoreError if it can't be: then the file
        holds what it held, and the next call tries again.

        saved: the project that the document is, None if it is none
        """
        try:
            now = self._known(now)
            step = None if self._file is None else self._step(now)
            if step is None or self._good > max(self.limit, self._needed + self.limit // 2):
                self._renew(now, saved)
            else:
                self._append(now, saved, *step)
        except OSError as error:
            self._forget_torn()
            raise explain_write(error, self._path) from error

    def close(self) -> None:
        """The file stays as it is."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _known(self, now: Snapshot) -> Snapshot:
        """Without the oldest entries, if they were left out of the file and none of them is shown."""
        if not self._entries:
            return now
        first = next((i for i, entry in enumerate(now.entries) if entry is self._entries[0]), 0)
        return (
            now if first > now.index else replace(now, entries=now.entries[first:], index=now.index - first)
        )

    def _step(self, now: Snapshot) -> tuple[int, int] | None:
        """How many of the file's entries go at the start, and how many then stay; None: it has to be made
        anew.
        """
        drop = next((i for i, entry in enumerate(self._entries) if entry is now.entries[0]), None)
        if drop is None:
            return None
        keep = 0
        for old, new in zip(self._entries[drop:], now.entries, strict=False):
            if old is not new:
                break
            keep += 1
        return drop, keep

    def _append(self, now: Snapshot, saved: SavedAs | None, drop: int, keep: int) -> None:
        file = self._file
        assert file is not None
        if saved != self._saved:
            _record(file, PROJECT, to_json(saved))
        if now.unfinished != self._unfinished:
            self._put_unfinished(file, now)
        entries = tuple(map(self._packer.entry, now.entries[keep:]))
        _record(file, STEP, to_json(_Step(drop, keep, entries, now.index, recipe(now.draft))))
        _flush(file)
        self._good, self._entries, self._saved = file.tell(), now.entries, saved
        self._unfinished = now.unfinished

    def _renew(self, now: Snapshot, saved: SavedAs | None) -> None:
        """A new file in the place of the old one, with what `now` needs alone."""
        self.close()
        part = self._path.with_suffix(".new")
        self._packer, self._file = Packer(self._keep), part.open("wb")
        self._file.write(FIRST)
        _record(self._file, SOURCE, to_json(self._source))
        _record(self._file, PROJECT, to_json(saved))
        full = partial(self._is_full, self._file)
        self._put_unfinished(self._file, now)
        first, stored = self._packer.nearest(now.entries, now.index, full)
        _record(self._file, STEP, to_json(_Step(0, 0, stored, now.index - first, recipe(now.draft))))
        _flush(self._file)
        part.replace(self._path)
        self._good = self._needed = self._file.tell()
        self._entries, self._saved = now.entries[first : first + len(stored)], saved
        self._unfinished = now.unfinished

    def _put_unfinished(self, file: BinaryIO, now: Snapshot) -> None:
        packed = pack_orders(self._packer, *now.unfinished)  # its arrays come first
        _record(file, ORDERS, to_json(packed))

    def _is_full(self, file: BinaryIO, size: int) -> bool:
        return file.tell() + size >= self.limit // 2

    def _keep(self, ref: ArrayRef, array: np.ndarray) -> None:
        assert self._file is not None
        _record(self._file, ARRAY, to_json(ref) + b"\n" + to_bytes(array))

    def _forget_torn(self) -> None:
        """Nothing of what failed counts: the next write makes the file anew."""
        if self._file is not None:
            with suppress(OSError):  # what it still held back can't be written either
                self._file.close()
            self._file = None


@dataclass(frozen=True)
class Recovered:
    """What a journal holds: where the photo comes from, the history, and its arrays, still packed; and the
    project that it was.
    """

    source: PhotoSource
    history: StoredHistory
    arrays: Mapping[ArrayRef, bytes]
    saved: SavedAs | None = None

    def snapshot(self, photo: Photo) -> Snapshot:
        """The document again, over its photo. InputError for what is damaged or missing."""

        def packed(ref: ArrayRef) -> bytes:
            if ref not in self.arrays:
                raise InputError("A part of this work is missing.")
            return self.arrays[ref]

        return snapshot_of(self.history, photo, packed)


def snapshot_of(history: StoredHistory, photo: Photo, packed: Callable[[ArrayRef], bytes]) -> Snapshot:
    """The document again, over its photo. InputError for what is damaged.

    packed  an array as `core.project.blobs` packs it; asked once for each
    """
    if not history.index < len(history.entries):
        raise InputError("This work can't be opened: its steps are damaged.")
    found: dict[ArrayRef, np.ndarray] = {}

    def get(ref: ArrayRef) -> np.ndarray:
        if ref not in found:
            found[ref] = from_bytes(ref, packed(ref))
        return found[ref]

    entries = tuple(unpack_entry(stored, photo, get) for stored in history.entries)
    unfinished = unpack_orders(history.waiting, photo, get)
    return Snapshot(entries, history.index, request_from(history.draft), *unfinished)


def read(folder: Path) -> Recovered:
    """The last state that a journal has whole. InputError if it has none."""
    source: PhotoSource | None = None
    saved: SavedAs | None = None
    history: StoredHistory | None = None
    arrays: dict[ArrayRef, bytes] = {}
    entries: tuple[StoredEntry, ...] = ()
    orders = StoredOrders()
    try:
        for kind, payload in _records(folder / JOURNAL):
            if kind == SOURCE:
                source = msgspec.json.decode(payload, type=PhotoSource)
            elif kind == PROJECT:
                saved = msgspec.json.decode(payload, type=SavedAs | None)
            elif kind == ARRAY:
                head, data = payload.split(b"\n", 1)
                arrays[msgspec.json.decode(head, type=ArrayRef)] = data
            elif kind == ORDERS:
                orders = msgspec.json.decode(payload, type=StoredOrders)
            elif kind == STEP:
                step = msgspec.json.decode(payload, type=_Step)
                entries = (*entries[step.drop : step.drop + step.keep], *step.entries)
                if not step.index < len(entries):
                    break
                history = StoredHistory(entries, step.index, step.draft, orders)
    except (OSError, ValueError) as error:  # a msgspec.ValidationError is a ValueError
        if source is None or history is None:
            raise InputError("Nothing can be restored: the journal is damaged.") from error
    if source is None or history is None:
        raise InputError("Nothing can be restored: the journal holds nothing yet.")
    return Recovered(source, history, arrays, saved)


def _records(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Every record that is whole, up to the first that isn't."""
    with path.open("rb") as file:
        if file.read(len(FIRST)) != FIRST:
            return
        while len(head := file.read(HEAD.size)) == HEAD.size:
            kind, length, sum_ = HEAD.unpack(head)
            if length > LARGEST:
                return
            payload = file.read(length)
            if len(payload) < length or zlib.crc32(payload) != sum_:
                return
            yield kind, payload


def _record(file: BinaryIO, kind: bytes, payload: bytes) -> None:
    file.write(HEAD.pack(kind, len(payload), zlib.crc32(payload)) + payload)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
