"""Errors that a person reads: what happened, and what to do next."""


class CoreError(Exception):
    """Something a user can understand and mend.

    `message` says what happened in one sentence; `hint` says what to do next (may be empty). Anything the
    program raises on purpose is one of these; any other exception is a fault of the program.

    `lacks` names what alone would mend it: a tokenizer (core.models.text.tokenizer_places) or a part of a
    model ("vae", "text_encoder", …). A window offers the way to it.
    """

    def __init__(self, message: str, hint: str = "", lacks: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.lacks = lacks

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InputError(CoreError):
    """What was handed in can't be used: a file, a mask, a number. The command line exits with 2."""


class DeviceError(CoreError):
    """The machine can't do it: no such device, no memory left. Exits with 1."""


class LostError(CoreError):
    """The engine's process has ended by itself, and with it what it was at. Exits with 1."""


def require(condition: bool, message: str) -> None:
    """Raise ValueError, whose message a person can read, unless a condition of a request's fields holds."""
    if not condition:
        raise ValueError(message)


class Cancelled(Exception):  # noqa: N818 - not an error: somebody asked for it
    """Raised between two evaluations once Stop was asked for.

    `partial` is what an interrupted decoding had reached (`Engine.keep` turns it into a result), else None.
    """

    def __init__(self, partial: object | None = None) -> None:
        super().__init__("stopped")
        self.partial = partial
