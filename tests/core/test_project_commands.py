"""palimpsest export and project show: a project without a window."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import cli
from core.document.composite import Composite
from core.photo.files.open import open_photo
from core.project.ora.write import Origin, save_project
from tests.core.test_journal import HEIGHT, WIDTH, Work, values
from tests.fresh import QT, TORCH, loaded_by


@pytest.fixture
def work(tmp_path) -> Work:
    path = tmp_path / "horse.png"
    Image.fromarray(values(HEIGHT, WIDTH, 3)).save(path)
    work = Work(open_photo(path))
    work.repaint(1)
    work.repaint(2)
    work.fade(0.5)
    work.undo()
    for seed in (1, 2, 4):
        work.ask(seed)
    work.vary(2)
    save_project(tmp_path / "work.ora", work.now, Origin(path))
    return work


def test_an_export_is_the_picture_as_shown(tmp_path, work, capsys):
    assert cli.main(["export", str(tmp_path / "work.ora"), "-o", str(tmp_path / "out.tif")]) == 0
    state = work.history.state
    assert np.array_equal(
        open_photo(tmp_path / "out.tif").pixels, Composite(state.photo, state.layers).whole()
    )
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [["out.ora"], ["none/out.png"]])
def test_what_cannot_be_written_is_said_before_anything_is_read(tmp_path, words, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["export", "nothing.ora", "-o", *words]) == 2
    assert "nothing.ora" not in capsys.readouterr().err


def test_a_project_is_shown(tmp_path, work, capsys):
    assert cli.main(["project", "show", str(tmp_path / "work.ora")]) == 0
    said = capsys.readouterr().out
    assert "300 × 200 pixels" in said
    assert "layer\tedit 2\t100%\t“” → “b”, seed 0" in said
    assert "steps\t3, of which 2 can be undone" in said
    assert said.endswith("waiting\t2 in the queue\nvariants\t1 to choose from\n")
    assert cli.main(["project", "show", str(tmp_path / "work.ora"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["size"] == [WIDTH, HEIGHT]
    assert [one["name"] for one in facts["pictures"]] == ["edit 2", "edit 1", "horse.png"]
    assert facts["pictures"][0]["recipe"]["query"] == "b"
    assert facts["history"]["at"] == 2
    assert [one["seed"] for one in facts["history"]["waiting"]] == [2, 4]


def test_what_is_no_project_is_a_sentence(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "a.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
    for words in (["project", "show"], ["export", "-o", str(tmp_path / "b.png")]):
        assert cli.main([*words, str(tmp_path / "a.ora")]) == 2
    assert not Path(tmp_path / "b.png").exists()
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_neither_takes_torch_or_qt(tmp_path, work):
    words = ["export", str(tmp_path / "work.ora"), "-o", str(tmp_path / "out.png")]
    assert loaded_by(f"from core import cli; cli.main({words})", (*TORCH, *QT)) == []
    heavy = (*TORCH, *QT, "numpy", "PIL", "zipfile")
    assert (
        loaded_by("from core import cli\ntry: cli.main(['export', '--help'])\nexcept SystemExit: pass", heavy)
        == []
    )
