"""What a command shows on a terminal while it works."""

from core.commands.progress_bar import PIECES, ProgressBar, StepBar, time_left
from core.edit.progress import Progress, Stage


def last_shown(capsys) -> str:
    return capsys.readouterr().err.rstrip("\r\n ").rpartition("\r")[2]


def test_a_bar_says_what_is_done_and_what_is_left(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with ProgressBar("frame", 8, PIECES) as bar:
        bar.show(2, "decoding", time_left(12.4))
        said = last_shown(capsys)
        assert said.startswith("decoding:  25%")
        assert "2/8 frames [" in said
        assert said.endswith(", 12 s left]")
        bar.show(4, beside=time_left(None))
        assert last_shown(capsys).endswith(", 12 s left]")
    assert not last_shown(capsys)


def test_the_steps_of_a_stage_come_after_those_of_the_stages_before(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with StepBar(10) as bar:
        for stage, steps in ((Stage.FINDING, 3), (Stage.ENCODING, 2)):
            for i in range(1, steps + 1):
                bar(Progress(stage, i, steps))
        assert bar.done == 5
        said = last_shown(capsys)
        assert said.startswith("encoding:  50%")
        assert " 5/10 [" in said


def test_a_file_gets_no_bar_and_the_count_all_the_same(capsys):
    with ProgressBar("picture", 8, stays=True) as bar:
        bar.show(3)
    assert bar.done == 3
    assert capsys.readouterr().err == ""
