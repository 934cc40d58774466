"""Arrays as bytes, checked against the name that they go by."""

import math
import zlib

import numpy as np

from core.errors import InputError
from core.photo.photo import digest
from core.project.stored import ArrayRef

LARGEST = 1 << 31  # bytes of one array: a photo of 700 megapixels


def to_bytes(array: np.ndarray) -> bytes:
    """An array's values, little-endian, row by row, compressed as fast as zlib does it."""
    plain = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    return zlib.compress(plain.data, 1)


def from_bytes(ref: ArrayRef, data: bytes) -> np.ndarray:
    """What `to_bytes` made, read-only. InputError if it isn't the array that the reference names.

    However the data are made up, no more is unpacked than the reference says.
    """
    dtype = np.dtype(f"<{ref.kind}")
    size = math.prod(ref.shape) * dtype.itemsize
    if size > LARGEST:
        raise InputError("This work can't be opened: a part of it is larger than any picture can be.")
    try:
        reader = zlib.decompressobj()
        plain = reader.decompress(data, size + 1)
    except zlib.error as error:
        raise _damaged() from error
    if len(plain) != size:
        raise _damaged()
    array = np.frombuffer(plain, dtype).reshape(ref.shape).astype(dtype.newbyteorder("="), copy=False)
    if digest(array) != ref.name:
        raise _damaged()
    array.setflags(write=False)
    return array


def _damaged() -> InputError:
    return InputError("A part of this work is damaged.", "Open a copy of the file, if there is one.")
