"""What an encoder writes to: a file whose failure is the disk's, whatever the encoder makes of it."""

from typing import BinaryIO


class Sink:
    """A binary file that takes everything once it has failed, and tells of it afterwards.

    FFmpeg's callbacks print a traceback for what a file raises, and Pillow calls a full disk an encoder's
    error. Here both hear nothing: `check` raises the first OSError.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: OSError | None = None
        self._at = 0

    @property
    def failed(self) -> bool:
        """Nothing more is written: whoever encodes may stop."""
        return self._error is not None

    def check(self) -> None:
        """Raise what the file raised first, if it did."""
        if self._error is not None:
            raise self._error

    def write(self, data: bytes) -> int:
        if self._error is None:
            try:
                self._file.write(data)
            except OSError as error:
                self._error = error
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        if self._error is None:
            try:
                self._at = self._file.seek(offset, whence)
            except OSError as error:  # the buffer is written first
                self._error = error
        return self._at

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Pillow asks for it; the file is flushed when it is whole."""
