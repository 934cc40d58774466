"""The command line's parser: its errors are two lines, and it may mean a command where none is named."""

import argparse
import sys
from collections.abc import Container, Iterable
from typing import Any, NoReturn

HELP = ("-h", "--help")


class CommandParser(argparse.ArgumentParser):
    """An ArgumentParser with errors of its own."""

    _meant: str | None = None
    _commands: Container[str] = ()

    def mean(self, command: str, commands: Container[str]) -> None:
        """Where the first word is none of its commands, this one is meant, and gets all words."""
        self._meant, self._commands = command, commands

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nTry “{self.prog} --help”.\n")

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] - of its three overloads
        self, args: Iterable[str] | None = None, namespace: Any = None
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        named = bool(words) and (words[0] in self._commands or words[0] in HELP)
        if self._meant is not None and not named:
            words = [self._meant, *words]
        return super().parse_known_args(words, namespace)
