"""An OpenRaster file as strangers may have made it: nothing is trusted, no more unpacked than is allowed."""

import shutil
import struct
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Self

import msgspec

from core.errors import CoreError, InputError
from core.photo.files.open import open_photo
from core.photo.photo import Photo
from core.project.blobs import LARGEST
from core.project.ora.parts import (
    ARRAYS,
    DOCUMENT,
    MIMETYPE,
    OURS,
    STACK,
    TYPE,
    VERSION,
    StoredProject,
    StoredVersion,
)
from core.project.ora.pictures import as_file
from core.project.ora.stack import Stack, of_xml
from core.project.source import opened
from core.project.stored import ArrayRef, PhotoSource
from core.text import from_json

STACK_MOST, DOCUMENT_MOST = 1 << 24, 1 << 28  # bytes
ALL_MOST = 1 << 34  # bytes unpacked of one file
AGAIN = "Open a copy of it, if there is one."


class Archive:
    """Reads one file while it is entered. Every method raises InputError for what is damaged or missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = ALL_MOST

    def __enter__(self) -> Self:
        with self._explained():
            self._zip = zipfile.ZipFile(self._path)
            try:
                self._check_type()
            except BaseException:
                self._zip.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def stack(self) -> Stack:
        """Its pictures and how they lie."""
        return of_xml(self._read(STACK, STACK_MOST))

    @property
    def is_ours(self) -> bool:
        """There is what only we read; another program that wrote the file would have left it out."""
        return self._find(DOCUMENT) is not None

    def project(self) -> StoredProject:
        """What only we read, of this version or an earlier one."""
        data = self._read(DOCUMENT, DOCUMENT_MOST)
        try:
            version = from_json(data, StoredVersion).version
            if version > VERSION:
                raise InputError(
                    f"“{self._path.name}” was saved by a later version of Palimpsest.",
                    "Open it with that version, or bring this one up to date.",
                )
            return from_json(data, StoredProject)
        except msgspec.DecodeError as error:
            raise self._damaged() from error

    def photo(self, project: StoredProject) -> Photo:
        """From the copy of its file, never from where that once lay."""
        with TemporaryDirectory() as folder:
            self.extract_source(project.source, Path(folder))
            try:
                return opened(replace(project.source, path=""), Path(folder))
            except InputError as error:
                raise self._damaged() from error

    def extract_source(self, source: PhotoSource, folder: Path) -> None:
        """Put the copy of the photo's file into a folder."""
        self._extract(f"{OURS}{source.copy}", folder / source.copy)

    def picture(self, src: str) -> Photo:
        """Any picture in it, as `open_photo` has it."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "picture.png"
            self._extract(src, path)
            return open_photo(path)

    def as_file(self, src: str) -> str:
        """What tells the entry from others of its name, "" without one."""
        entry = self._find(src)
        return "" if entry is None else as_file(entry)

    def array(self, ref: ArrayRef) -> bytes:
        """One of the history's, packed."""
        return self._read(f"{ARRAYS}{ref.name}", LARGEST)

    @contextmanager
    def reading(self, name: str) -> Generator[IO[bytes]]:
        """An entry, opened. What goes wrong while it is read is told as by the other methods."""
        with self._explained():
            entry = self._find(name)
            if entry is None:
                raise InputError(f"“{self._path.name}” is no whole project: {name} is missing.", AGAIN)
            self._left -= entry.file_size
            if entry.file_size > LARGEST or self._left < 0:
                raise InputError(f"“{self._path.name}” holds more than any project can.", AGAIN)
            with self._zip.open(entry) as file:
                yield file

    def _read(self, name: str, most: int) -> bytes:
        """The bytes of an entry: no more than it said that it has, which zipfile sees to."""
        with self.reading(name) as file:
            data = file.read(most + 1)
            if len(data) > most:
                raise self._damaged()
            return data

    def _extract(self, name: str, path: Path) -> None:
        with self.reading(name) as file, path.open("wb") as copy:
            shutil.copyfileobj(file, copy)

    def _find(self, name: str) -> zipfile.ZipInfo | None:
        """Some programs begin names with a stroke, in the list or in the archive."""
        for known in (name, f"/{name}", name.removeprefix("/")):
            try:
                return self._zip.getinfo(known)
            except KeyError:
                continue
        return None

    def _check_type(self) -> None:
        if self._find(STACK) is None or self._read(MIMETYPE, 100).strip() != TYPE.encode():
            raise InputError(
                f"“{self._path.name}” is no OpenRaster file.", "Open an .ora file, or a picture."
            )

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except CoreError:
            raise
        except OSError as error:
            raise self._unreadable(error) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, struct.error) as error:
            raise self._damaged() from error
        except (
            RuntimeError,
            NotImplementedError,
            ValueError,
            OverflowError,
        ) as error:  # encrypted
            raise self._damaged() from error
        except MemoryError as error:
            raise CoreError(
                f"There isn't enough memory to open “{self._path.name}”.", "Close something and try again."
            ) from error

    def _damaged(self) -> InputError:
        return InputError(f"“{self._path.name}” is damaged.", AGAIN)

    def _unreadable(self, error: OSError) -> InputError:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return InputError(f"There is no file “{self._path}”.", "Check its name and folder.")
        if isinstance(error, IsADirectoryError):
            return InputError(f"“{self._path}” is a folder.", "Choose a project in it.")
        if isinstance(error, PermissionError):
            return InputError(f"You are not allowed to read “{self._path}”.", "Change its permissions.")
        return InputError(f"“{self._path.name}” can't be read: {error.strerror or error}.", AGAIN)
