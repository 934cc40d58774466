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
    limits = gc.get_threshold()
    gc.set_threshold(0)  # not gc.disable: garbage.Collector has done that already, and heeds this
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*limits)
