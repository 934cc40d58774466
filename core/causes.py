"""What lies behind an exception: memory that ran out, somebody's Ctrl+C, or a file that is damaged. No torch.

Libraries wrap what they meet: a MemoryError comes as an OSError about a checkpoint, an interrupt too, and the
ones in Rust panic. So every question here looks down the whole chain of causes.
"""

import errno
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import cast

from core.errors import Cancelled, CoreError, InputError

# What CUDA, ROCm, XPU, MPS, cuBLAS, cuDNN, oneDNN, the computer's own allocators and the decoders of pictures
# say, in lower case and with blanks for underscores. Only a part of it comes as an error of its own class;
# the rest is a plain RuntimeError, OSError or AcceleratorError.
FULL = re.compile(
    "|".join(
        (
            "out of (device |host )?memory",
            "(not enough|insufficient) memory",
            r"\ballocat(e|ion)\b",
            "alloc failed",  # CUBLAS_STATUS_, CUDNN_STATUS_, CUSOLVER_STATUS_
            "bad alloc",  # C++
            "mem error",  # zlib, xz
            "invalid buffer size",  # MPS: one tensor larger than Metal's buffers
            "could not create a (primitive|memory)",  # oneDNN: it has no room for its scratchpad
            r"\(os error (12|8|14|1455)\)",  # Rust, on Linux and macOS; on Windows the other three
        )
    )
)
WENT_WRONG = "Something went wrong inside"
LIMIT = "security limit"  # libheif calls what it finds too large an allocation error too
WINDOWS_FULL = (8, 14, 1455)  # ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT
SPEAKING = ("safetensors", "safetensors_rust", "tokenizers")  # whose errors, too, say it in words only


def is_out_of_memory(error: BaseException) -> bool:
    """An accelerator's or this computer's own memory is full: that, or something behind it, says so."""
    return any(_is_full(one) for one in _behind(error))


def is_interrupt(error: BaseException) -> bool:
    """Somebody pressed Ctrl+C, whatever a library has made of it."""
    return any(isinstance(one, KeyboardInterrupt) for one in _behind(error))


def first_line(error: BaseException) -> str:
    """What an error says, in one line of at most 200 characters; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip()[:200]


def in_words(error: BaseException, what: str = WENT_WRONG) -> str:
    """A fault that nobody foresaw, in a line: what happened, the error's class and its own words."""
    return f"{what}: {type(error).__name__}: {error}"


@contextmanager
def reading(what: str, hint: str) -> Generator[None]:
    """Use a stranger's file by libraries that raise anything: it becomes "`what` can't be used: …".

    That is an InputError. An interrupt goes on as KeyboardInterrupt; short memory (`is_out_of_memory`) and
    what is a sentence already go on as they are.
    """
    try:
        yield
    except (CoreError, Cancelled):
        raise
    except BaseException as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from error
        if is_out_of_memory(error) or not (isinstance(error, Exception) or _is_panic(error)):
            raise
        raise InputError(f"{what} can't be used: {first_line(error)}", hint) from error


def _is_full(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # the second is torch's
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM or getattr(error, "winerror", None) in WINDOWS_FULL
    speaks = isinstance(error, RuntimeError | OSError) or type(error) is Exception or _is_panic(error)
    if not speaks and type(error).__module__.partition(".")[0] not in SPEAKING:
        return False
    said = str(error).lower().replace("_", " ")
    return LIMIT not in said and FULL.search(said) is not None


def _is_panic(error: BaseException) -> bool:
    """A library in Rust (tokenizers, safetensors) gave up: its exception is no Exception, and has no home."""
    return type(error).__name__ == "PanicException"


def _behind(error: BaseException) -> Iterator[BaseException]:
    """An error, and all that it was raised from or while handling, hidden or not."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
        if isinstance(one, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", one).exceptions
