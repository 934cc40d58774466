"""The command: who gets the arguments, and what is said when no window can open."""

import os
import subprocess
import sys

import pytest

from core.commands.parser import COMMANDS
from editor.__main__ import main
from tests.fresh import ROOT


def run(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    clean.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [sys.executable, "-m", "editor", *arguments],
        cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_subcommands_go_to_the_command_line_and_import_no_qt(monkeypatch):
    code = (
        "import sys\nfrom editor.__main__ import main\n"
        "try:\n    main(['edit', '--help'])\nexcept SystemExit: pass\n"
        "print('PySide6' in sys.modules, 'argparse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False True"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_reaches_its_own_help_and_is_named_by_that_of_the_window(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: palimpsest {command} ")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert command in capsys.readouterr().out.partition("Without a window")[2]


@pytest.mark.parametrize("display", [True, False])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["edti"], "There is no command “edti”; did you mean “edit”?"),
        (["Mask", "x.png"], "There is no command “Mask”; did you mean “mask”?"),
        (["model"], "There is no command “model”; did you mean “models”?"),
    ],
)
def test_a_mistyped_command_is_told_with_or_without_a_display(display, words, says, monkeypatch, capsys):
    monkeypatch.setattr("editor.__main__._headless", lambda: not display)
    monkeypatch.setattr("editor.app.run", lambda *given: pytest.fail("a window opened"))
    assert main(words) == 2
    assert capsys.readouterr().err.splitlines() == [says]


@pytest.mark.parametrize("word", ["edit.png", "folder/edti", "photograph", "edti"])
def test_what_may_be_a_picture_is_opened(word, monkeypatch, tmp_path):
    opened = []
    (tmp_path / "edti").touch()  # a file of that name is a file
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("editor.__main__._headless", lambda: False)
    monkeypatch.setattr("editor.app.run", lambda photo, *_: opened.append(str(photo)) or 0)
    assert main([word]) == 0
    assert opened == [word]


def test_a_picture_too_many_is_told_in_two_lines(capsys):
    with pytest.raises(SystemExit) as left:
        main(["one.png", "two.png"])
    assert left.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "palimpsest: two.png is more than it takes.",
        "Try “palimpsest --help”.",
    ]


def test_version(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("palimpsest ")


def test_without_a_display_one_sentence_and_what_to_do():
    done = run()
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "There is no display to open a window on.",
        "Use: palimpsest edit --help",
    ]


@pytest.mark.parametrize("environment", [{"QT_QPA_PLATFORM": "nonsense"}, {"DISPLAY": ":4711"}])
def test_a_screen_that_qt_cannot_use_is_a_sentence_and_no_abort(environment):
    done = run(**environment)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "The window can't open: Qt finds no way to the screen."


def test_wrong_arguments():
    assert run("--device", "abacus").returncode == 2


def test_reset_keeps_the_settings_aside_and_says_where(own_folders):
    file = own_folders / "config" / "palimpsest" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"geometry": "broken"}')
    done = run("--reset")  # without a display too
    kept = file.with_suffix(".old.json")
    assert done.stderr.splitlines()[0] == f"The settings until now are kept in {kept}."
    assert not file.exists()
    assert kept.read_text() == '{"geometry": "broken"}'
