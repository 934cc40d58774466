"""Keeps Python's garbage collector out of the way of imports."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Collect nothing meanwhile, and never look again at what was made: for imports, which all stays.

    Importing torch and diffusers makes a million objects. Looking at all of them, again and again as they
    become more, takes a fifth of the time that importing does.
    """
    limits = gc.get_threshold()
    gc.set_threshold(0)  # not gc.disable: who has done that already must not find it enabled afterwards
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*limits)
