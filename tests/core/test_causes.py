"""What lies behind the errors that libraries raise: full memory, an interrupt, damage."""

import errno
from collections.abc import Callable

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from core.causes import is_interrupt, is_out_of_memory, reading
from core.edit.engine import Engine
from core.errors import DeviceError, InputError
from core.models.memory.ladder import Ladder


class PanicException(BaseException):
    """Stands for pyo3_runtime's."""


def array_too_large() -> None:
    np.empty((1 << 20, 1 << 20, 1 << 10))


def tensor_too_large() -> None:
    torch.empty(1 << 50)


def raises(error: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def wrapped(error: BaseException) -> Callable[[], None]:
    """As diffusers does with what a weight file raises: the cause of the context of another error."""

    def call() -> None:
        try:
            raise ValueError("Unable to locate the file") from error
        except ValueError:
            raise OSError("Unable to load weights from checkpoint file") from None

    return call


FULL = [
    array_too_large,
    tensor_too_large,
    raises(MemoryError()),
    raises(torch.OutOfMemoryError("x")),
    raises(RuntimeError("could not create a primitive")),
    raises(RuntimeError("std::bad_alloc")),
    raises(RuntimeError("LZMA_MEM_ERROR")),
    raises(OSError("out of memory error when reading image file")),
    raises(OSError(errno.ENOMEM, "Cannot allocate memory")),
    raises(SafetensorError("I/O error: Cannot allocate memory (os error 12)")),
    raises(Exception("Cannot allocate memory (os error 12)")),
    raises(PanicException("memory: Out of memory (os error 12)")),
    raises(ExceptionGroup("two", [ValueError(), MemoryError()])),
    wrapped(MemoryError()),
    wrapped(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")),
    wrapped(OSError(errno.ENOMEM, "Cannot allocate memory")),
]
DAMAGE = [
    raises(KeyError("x")),
    raises(OSError(errno.EIO, "Input/output error")),
    raises(RuntimeError("the tensor has elements, but its data is not allocated yet")),
    raises(RuntimeError("Memory allocation error: Security limit exceeded: Image size 84x2147483716")),
    raises(ValueError("out of memory")),  # only said by somebody's file
    raises(SafetensorError("Error while deserializing header: invalid header")),
    raises(PanicException("called `Option::unwrap()` on a `None` value")),
    wrapped(KeyError("x")),
]


def caught(call: Callable[[], None]) -> BaseException:
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("call", FULL)
def test_full_memory_is_seen_through_every_wrapping_and_is_no_damage(call):
    assert is_out_of_memory(caught(call))
    with pytest.raises(type(caught(call))), reading("the folder", "Copy it again."):
        call()


@pytest.mark.parametrize("call", DAMAGE)
def test_anything_else_is_damage_in_a_sentence(call):
    assert not is_out_of_memory(caught(call))
    with pytest.raises(InputError, match="the folder can't be used: ") as refused:  # noqa: SIM117
        with reading("the folder", "Copy it again."):
            call()
    assert refused.value.hint == "Copy it again."


def test_an_interrupt_is_one_whatever_a_library_makes_of_it():
    hidden = wrapped(KeyboardInterrupt())
    assert is_interrupt(caught(hidden))
    for call in (hidden, raises(KeyboardInterrupt())):
        with pytest.raises(KeyboardInterrupt), reading("the folder", ""):
            call()


def test_a_way_out_is_no_damage():
    for error in (SystemExit(1), GeneratorExit()):
        with pytest.raises(type(error)), reading("the folder", ""):
            raise error


@pytest.mark.parametrize("call", [one for one in FULL if isinstance(caught(one), Exception)])
def test_every_kind_of_full_memory_climbs_the_ladder(call):
    taken: list[int] = []

    def fits() -> str:
        if not taken:
            call()
        return "done"

    def rung() -> bool:
        taken.append(1)
        return True

    assert Ladder([rung], torch.device("cpu")).climb(fits) == "done"


@pytest.mark.parametrize("what", ["read_header", "fill"])
@pytest.mark.parametrize("call", [wrapped(MemoryError()), wrapped(KeyboardInterrupt())])
def test_short_memory_and_ctrl_c_while_loading_are_not_called_a_damaged_model(tiny, monkeypatch, what, call):
    monkeypatch.setattr(f"core.models.files.diffusers_modules.{what}", lambda *_: call())
    expected = KeyboardInterrupt if is_interrupt(caught(call)) else DeviceError
    with pytest.raises(expected) as said:
        Engine().load(str(tiny), "cpu")
    if expected is DeviceError:
        assert "not enough memory to load" in str(said.value)
        assert "again" not in str(said.value)
