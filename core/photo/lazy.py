"""Libraries imported when first used: the window must not wait for them. Untyped, or hardly, hence Any."""

from importlib import import_module
from typing import Any


def ndimage() -> Any:
    return import_module("scipy.ndimage")


def fft() -> Any:
    return import_module("scipy.fft")


def sparse() -> Any:
    return import_module("scipy.sparse")


def sparse_linalg() -> Any:
    return import_module("scipy.sparse.linalg")


def spatial() -> Any:
    return import_module("scipy.spatial")


def csgraph() -> Any:
    return import_module("scipy.sparse.csgraph")


def tifffile() -> Any:
    return import_module("tifffile")


def imagecodecs() -> Any:
    return import_module("imagecodecs")
