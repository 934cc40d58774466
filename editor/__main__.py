"""The command `palimpsest`: a subcommand goes to the command line, anything else opens the window."""

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import core
from core.calm import uncollected
from core.commands.parser import COMMANDS, CommandParser, mistyped
from core.interrupt import Interrupts

FOR_CLI = (*COMMANDS, "--version")  # core.cli imports no Qt, and the window no core.cli
LIBRARIES = (
    "libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1"
    " libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libfontconfig1 libdbus-1-3 libglib2.0-0 fonts-dejavu-core"
)


def main(argv: Sequence[str] | None = None) -> int:
    """0 once the window is closed; 1 if none can open; 2 wrong arguments; or the command line's own codes."""
    alone, argv = argv is None, list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a narrow terminal lacks; names' odd bytes
    if argv and argv[0] in FOR_CLI:
        code = _command(argv)
        if alone:  # what is left is Python's tidying up: nothing that could be stopped
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        return code
    if argv and (said := mistyped(argv[0], FOR_CLI)) is not None:
        return _say(said, code=2)
    if alone and signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # until the window hears it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    given = _parser().parse_args(argv)
    if given.reset and not _reset():
        return 1
    if _headless():
        return _say("There is no display to open a window on.", "Use: palimpsest edit --help")
    try:
        from PySide6.QtCore import qInstallMessageHandler
        from PySide6.QtWidgets import QApplication  # noqa: F401 - does Qt find its libraries?
    except ImportError as error:
        return _say(f"Qt can't start: {error}.", f"On Debian and Ubuntu: apt install {LIBRARIES}")
    qInstallMessageHandler(_at_start)
    with uncollected():
        from editor.app import run

    return run(given.photo, given.model, given.device)


def _command(argv: list[str]) -> int:
    """The command line's exit code, also when it is stopped while it is being imported."""
    with Interrupts() as stop:
        try:
            from core import cli

            return cli.main(argv)
        except (Exception, KeyboardInterrupt):  # libraries make errors of their own of an interrupt
            if stop.came is None:
                raise
            _say("Stopped; nothing was written.")
            return stop.code


def _parser() -> argparse.ArgumentParser:
    from core.edit.request import DEVICES

    parser = CommandParser(
        prog="palimpsest",
        description="Change one thing in a picture and leave the rest alone. Opens the window.",
        epilog=f"Without a window: palimpsest with one of {', '.join(COMMANDS)}.",
    )
    parser.add_argument("photo", nargs="?", type=Path, metavar="PHOTO", help="a picture or project to open")
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="folder, .safetensors file, hub name or “starter”; as last time without",
    )
    parser.add_argument("--device", choices=DEVICES, help="as last time without")
    parser.add_argument(
        "--reset", action="store_true", help="forget all settings first; the old file is kept beside them"
    )
    parser.add_argument("--version", action="version", version=f"palimpsest {core.__version__}")
    return parser


def _reset() -> bool:
    """Set the settings aside, and say where they are; whether that could be done."""
    from core.errors import CoreError
    from editor.settings import Store

    try:
        kept = Store().reset()
    except CoreError as error:
        _say(error.message, error.hint)
        return False
    _say("There were no settings." if kept is None else f"The settings until now are kept in {kept}.")
    return True


def _headless() -> bool:
    """Linux without X11 and Wayland, and no other platform asked for: Qt would abort."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _at_start(kind: object, _context: object, message: str) -> None:
    """Until the log takes over: Qt's fatal message becomes a sentence, for after it Qt aborts."""
    if getattr(kind, "name", "") == "QtFatalMsg":
        _say(
            "The window can't open: Qt finds no way to the screen.",
            message.splitlines()[0],
            f"On Debian and Ubuntu this may help: apt install {LIBRARIES}",
        )
        os._exit(1)


def _say(*lines: str, code: int = 1) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
