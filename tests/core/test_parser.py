"""The command line's parser: what was mistyped is told with what was probably meant."""

import pytest

from core import cli


@pytest.mark.parametrize(
    ("words", "says", "of"),
    [
        ("edit p.png --form x --to y -o o.png", "there is no option --form; did you mean --from?", "edit"),
        ("edit p.png --to y --ouput o.png", "there is no option --ouput; did you mean --output?", "edit"),
        ("models get --serach=horse", "there is no option --serach; did you mean --search?", "models get"),
        ("models list --xyz", "there is no option --xyz.", "models list"),
        ("edit p.png --to y -o o.png --steps lots", "--steps is a whole number, not “lots”.", "edit"),
        ("movie p.png --to y -o o.mp4 --fps lots", "--fps is a whole number, not “lots”.", "movie"),
        ("movie p.png --to y -o o.mp4 --seconds 1s", "--seconds is a number, not “1s”.", "movie"),
        ("movie --to y -o o.mp4 --size big", "--size is written as 512x512, not “big”.", "movie"),
        (
            "edit p.png --to y -o o.png --mask-from red",
            "--mask-from is one of luminance, transparent, opaque, not “red”.",
            "edit",
        ),
        (
            "movie p.png --to y -o o.mp4 --pacing fast",
            "--pacing is one of even, change, not “fast”.",
            "movie",
        ),
        ("edit p.png q.png --to y -o o.png", "q.png is more than it takes.", "edit"),
    ],
)
def test_an_error_names_the_command_whose_help_lists_the_options(words, says, of, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words.split())
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        f"palimpsest {of}: {says}",
        f"Try “palimpsest {of} --help”.",
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("models shwo FILE", "There is no command “shwo”; did you mean “show”?"),
        ("project shwo", "There is no command “shwo”; did you mean “show”?"),
        ("edti x.png", "There is no command “edti”; did you mean “edit”?"),
    ],
)
def test_a_mistyped_command_is_told_at_every_level(words, says, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words.split())
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [says]


def test_a_folder_to_list_is_no_mistyped_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "lists").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["models", "lists"]) == 0
    assert "did you mean" not in capsys.readouterr().err


def test_an_option_may_still_be_shortened(tmp_path, capsys):
    assert cli.main(["edit", str(tmp_path / "none.png"), "--to", "-", "--outp", str(tmp_path / "o.png")]) == 2
    assert "there is no option" not in capsys.readouterr().err
