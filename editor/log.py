"""Nothing dies in silence: a rotating log file, and every uncaught exception told to the window."""

import logging
import logging.handlers
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from core.errors import CoreError

log = logging.getLogger("palimpsest")

LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_folder() -> Path:
    return platformdirs.user_log_path("palimpsest")


def start(folder: Path | None = None) -> None:
    """Log to a rotating file (three of 1 MB) in `folder`, and Qt's own messages with it."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    folder = folder or log_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            folder / "palimpsest.log",
            maxBytes=1_000_000,
            backupCount=2,
            encoding="utf-8",
            errors="backslashreplace",  # a file name may be no Unicode
        )
    except OSError:  # a read-only home must not keep the window from opening
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root.addHandler(handler)
    qInstallMessageHandler(_from_qt)


def _from_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger(f"qt.{context.category}").log(LEVELS.get(kind, logging.WARNING), message)


def details(error: BaseException) -> str:
    """What Copy Details puts on the clipboard: the whole traceback, causes included."""
    return "".join(traceback.format_exception(error))


def fault(error: BaseException) -> CoreError:
    """An unexpected exception as something the banner can show; the cause keeps the traceback."""
    wrapped = CoreError(
        f"Something went wrong: {type(error).__name__}.",
        "Your picture is safe. Try again; if it happens again, copy the details and report them.",
    )
    wrapped.__cause__ = error
    return wrapped


class Faults(QObject):
    """Uncaught exceptions of any thread, as a signal in this object's own thread."""

    happened = Signal(object)  # CoreError

    def install(self) -> None:
        """Take over Python's exception hooks until `remove`."""
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook = self._uncaught
        threading.excepthook = lambda args: self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before

    def _uncaught(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt) or error is None:
            sys.__excepthook__(kind, error or kind(), trace)
            return
        log.critical("uncaught", exc_info=(kind, error, trace))
        self.happened.emit(fault(error))
