"""What a command shows on a terminal while it works."""

from core.commands.progress_bar import PIECES, JobBar, ProgressBar, time_left
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


def test_a_job_s_bar_goes_by_its_evaluations(capsys, monkeypatch):
    """Whatever the stages are: FlowEdit's encoding has as many steps as noises, SDEdit none."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with JobBar() as bar:
        bar(Progress(Stage.FINDING, 3, 10, share=0.2))
        bar(Progress(Stage.ENCODING, 12, 24, share=0.504, seconds_left=7.6))
        assert bar.done == 50
        said = last_shown(capsys)
        assert said.startswith("encoding:  50%")
        assert said.endswith(", 8 s left]")
        bar(Progress(Stage.PASTING, 0, 1, share=1.0))
        assert bar.done == 100


def test_a_file_gets_no_bar_and_the_count_all_the_same(capsys):
    with ProgressBar("picture", 8, stays=True) as bar:
        bar.show(3)
    assert bar.done == 3
    assert capsys.readouterr().err == ""
