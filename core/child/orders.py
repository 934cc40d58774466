"""What the two sides of an engine in a process of its own say to each other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reached:
    """In the arguments of a call: what a stopped run had reached, by its number."""

    number: int


@dataclass(frozen=True)
class Call:
    """Call a method of the engine.

    watched  it is told of progress and stopped by a Stop
    dropped  numbers of Reached that nobody wants any more
    limit    bytes that the engine may keep of what it computed; None: as before
    """

    method: str
    arguments: tuple[object, ...]
    watched: bool = False
    dropped: tuple[int, ...] = ()
    limit: int | None = None


@dataclass(frozen=True)
class Stop:
    """The call that came last is not wanted any more."""


@dataclass(frozen=True)
class Done:
    """What the method returned. cached: bytes that the engine keeps now of what it computed."""

    value: object
    cached: int


@dataclass(frozen=True)
class Stopped:
    """The method was stopped; what decoding had reached stays with the engine under this number."""

    reached: int | None


@dataclass(frozen=True)
class Failed:
    """The method raised something.

    kind   the name of its class, of core.errors where it has been a CoreError (`hint` is a string then)
    trace  as Python prints it
    """

    kind: str
    message: str
    hint: str | None
    trace: str
    lacks: str = ""
