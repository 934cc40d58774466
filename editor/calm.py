"""Keeps Python's garbage collector out of the way of the window."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Collect nothing meanwhile, and never look again at what was made: for imports, which all stays.

    Importing torch and diffusers makes a million objects. Each full collection looks at all of them and holds
    the interpreter, and with it the window, for up to half a second; and would again during every edit.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
