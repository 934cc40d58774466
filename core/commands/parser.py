"""The command line's commands and its parser: two lines for an error, and what was probably meant."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

COMMANDS = {  # name → help; the entry point hands these on before it looks for a display
    "edit": "change what a photo shows",
    "mask": "find the region that an edit would change, or what is named alone",
    "select": "a mask of what clicks or a box mean, by SAM 2.1",
    "remove": "take away what is named or masked",
    "grid": "vary two parameters of an edit over a labelled sheet",
    "batch": "one recipe over many pictures, here or on a cluster",
    "movie": "go from prompt to prompt, frame by frame",
    "export": "write the picture that a project shows",
    "project": "what a project holds: show",
    "models": "the models on this machine, and how to get one",
}
HELP = ("-h", "--help")
KINDS: Mapping[object, str] = {int: "is a whole number", float: "is a number"}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Which of the known words was probably meant by a mistyped one; None where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), list(known), n=1)
    return near[0] if near else None


def mistyped(word: str, commands: Iterable[str]) -> str | None:
    """What to say of a word that is nearly a command; None for a command, a file, any other word."""
    known = tuple(commands)
    plain = Path(word).name == word and not Path(word).suffix and not word.startswith("-")
    if not plain or word in known or Path(word).exists():
        return None
    meant = nearest(word, known)
    return None if meant is None else f"There is no command “{word}”; did you mean “{meant}”?"


class CommandParser(argparse.ArgumentParser):
    """An ArgumentParser with errors of its own."""

    _meant: str | None = None
    _commands: Any = None  # argparse's action; None for a command that has options alone

    def add_subparsers(self, **words: Any) -> Any:
        self._commands = super().add_subparsers(**words)
        return self._commands

    def mean(self, command: str) -> None:
        """Where the first word is none of its commands, this one is meant, and gets all words."""
        self._meant = command

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nTry “{self.prog} --help”.\n")

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] - of its three overloads
        self, args: Iterable[str] | None = None, namespace: Any = None
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        if self._commands is None:
            self._check_options(words)
        elif words:
            if (said := mistyped(words[0], self._commands.choices)) is not None:
                self.exit(2, f"{said}\n")
            if self._meant is not None and words[0] not in (*self._commands.choices, *HELP):
                words = [self._meant, *words]
        elif self._meant is not None:
            words = [self._meant]
        found, more = super().parse_known_args(words, namespace)
        if more:
            self.error(f"{' '.join(more)} is more than it takes.")
        return found, more

    def _check_options(self, words: Sequence[str]) -> None:
        """An option that there isn't is said before what is lacking, which may be what it was meant to be."""
        known = [option for option in self._option_string_actions if option.startswith("--")]
        for word in words:
            if word == "--":
                return
            name = word.partition("=")[0]
            if not name.startswith("--") or " " in word or any(one.startswith(name) for one in known):
                continue
            meant = nearest(name, known)
            self.error(f"there is no option {name}{f'; did you mean {meant}?' if meant else '.'}")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """As argparse has it; what can't be read is told by its option and what that expects."""
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            self._refuse(action, KINDS.get(action.type, error.message), arg_string)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            self._refuse(action, "", value)

    def _refuse(self, action: argparse.Action, expects: str, given: object) -> NoReturn:
        if action is self._commands:
            self.error(f"there is no command “{given}”.")
        if action.choices is not None:
            expects = f"is one of {', '.join(map(str, action.choices))}"
        name = "/".join(action.option_strings) or action.metavar or action.dest
        self.error(f"{name} {expects}, not “{given}”.")
