"""Settings that tell when one of them is set otherwise, whoever sets it."""

from typing import Generic, Self, TypeVar, overload

from PySide6.QtCore import QObject, Signal

T = TypeVar("T")


class Observable(QObject):
    """changed: one of its Observed is another now."""

    changed = Signal()


class Observed(Generic[T]):
    """An attribute of an Observable, with the value that it has as long as none is set."""

    def __init__(self, value: T) -> None:
        self._value = value

    def __set_name__(self, _owner: type, name: str) -> None:
        self._place = f"_{name}"

    @overload
    def __get__(self, thing: None, _owner: type) -> Self: ...
    @overload
    def __get__(self, thing: Observable, _owner: type) -> T: ...
    def __get__(self, thing: Observable | None, _owner: type) -> T | Self:
        return self if thing is None else getattr(thing, self._place, self._value)

    def __set__(self, thing: Observable, value: T) -> None:
        if value != getattr(thing, self._place, self._value):
            setattr(thing, self._place, value)
            thing.changed.emit()
