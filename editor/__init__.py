"""The window: thin widgets round one document."""

import ctypes
import sys

REFERENCES = 1 << 40


def _keep_singletons() -> None:
    """Give None, True and False more references than a session can lose.

    PySide6 6.12 hands them out without counting, as is right since Python 3.12, where they are immortal
    (PEP 683). Python 3.11 counts them: after some five thousand Qt calls None would be freed, and with it the
    process ("none_dealloc: deallocating None").
    """
    if sys.version_info < (3, 12):
        for singleton in (None, True, False):
            ctypes.c_ssize_t.from_address(id(singleton)).value += REFERENCES


_keep_singletons()
