"""Real signals to real processes: every command ends with one sentence, and leaves no process behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import cli
from core.batch.outcome import NAME
from core.edit.request import EditRequest
from core.edit.result import ModelInfo
from tests.alive import alive, wait_for
from tests.fresh import ROOT

DRIVE = """
import os, signal, sys, threading
event, name, delay, number, *argv = sys.argv[1:]
come = []
def look(what, args):
    if what == event and name in str(args[0]) and not come:
        come.append(threading.Timer(float(delay), os.kill, (os.getpid(), int(number))))
        come[0].daemon = True
        come[0].start()
sys.addaudithook(look)
sys.argv = ["palimpsest", *argv]
from editor.__main__ import main
sys.exit(main())
"""
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="os.kill ends a process without a signal there"
)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(path)
    return path


def signalled(
    argv: list[str], event: str, name: str, delay: float = 0.0, number: int = signal.SIGINT
) -> subprocess.CompletedProcess:
    """The command, with a signal `delay` seconds after the first such audit event of its process."""
    command = [sys.executable, "-c", DRIVE, event, name, str(delay), str(int(number)), *argv]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def said(done: subprocess.CompletedProcess) -> list[str]:
    """What it says, but for the notes: that the starter makes nothing of this picture, for one."""
    return [line for line in done.stderr.splitlines() if not line.startswith("Note: ")]


def long_edit(photo: Path) -> list[str]:
    return ["edit", str(photo), "--to", "a zebra", "--steps", "1000", "-o", str(photo.with_name("out.png"))]


@pytest.mark.parametrize(
    ("event", "name", "delay"),
    [
        ("import", "core.cli", 0.0),
        ("import", "numpy", 0.01),
        ("import", "torch", 0.2),
        ("import", "diffusers", 0.0),
        ("import", "transformers", 0.3),
        ("open", ".safetensors", 1.0),
    ],
)
def test_ctrl_c_is_one_sentence_at_every_moment(photo, event, name, delay):
    done = signalled(long_edit(photo), event, name, delay)
    assert said(done) == ["Stopped; nothing was written."]
    assert done.returncode == 130
    assert list(photo.parent.iterdir()) == [photo]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_system_s_signals_end_it_in_the_same_way(photo, number):
    done = signalled(long_edit(photo), "import", "torch", 0.1, number)
    assert said(done) == ["Stopped; nothing was written."]
    assert done.returncode == 128 + number


@pytest.mark.parametrize(
    ("options", "moment", "says"),
    [
        ("movie PHOTO --to horse --to zebra -o OUT.gif", ("import", "core.edit.engine"), "Stopped"),
        ("grid PHOTO --to zebra --x seed=1,2,3 -o OUT.png", ("import", "core.edit.engine"), "Stopped"),
        ("batch RECIPE PHOTO -o OUT", ("open", NAME), "what is done stays"),
        ("models", ("import", "core.models.catalog"), "Stopped"),
    ],
)
def test_ctrl_c_is_one_sentence_of_every_command(photo, options, moment, says):
    recipe, out = photo.with_name("recipe.json"), photo.with_name("out")
    recipe.write_bytes(EditRequest(photo="", query="a zebra", steps=1000, device="cpu").to_json())
    for word, path in (("PHOTO", photo), ("RECIPE", recipe), ("OUT", out)):
        options = options.replace(word, str(path))
    done = signalled(options.split(), *moment)
    (line,) = said(done)
    assert says in line
    assert done.returncode == 130


def test_the_second_of_two_edits_stops_without_denying_the_first(photo, monkeypatch, capsys):
    class Stops:
        """An engine whose second edit is interrupted."""

        def __init__(self) -> None:
            self.done = 0

        def load(self, *_):
            return type("Info", (), {"name": "none"})

        def run(self, request, *_, **__):
            self.done += 1
            if self.done == 2:
                raise KeyboardInterrupt
            pixels = np.zeros((64, 64, 3), np.uint8)
            told = {"drawn": pixels, "mask": pixels[..., 0], "notices": (), "heat": None}
            return type("Result", (), {**told, "whole": lambda _: (pixels, None)})

    monkeypatch.setattr("core.cli._engine", lambda _: (Stops(), ModelInfo("none", "", 64, "cpu", "float32")))
    out = photo.with_name("out.png")
    assert cli.main(["edit", str(photo), "--to", "a zebra", "--to", "a horse", "-o", str(out)]) == 130
    said = capsys.readouterr().err.splitlines()  # what the model's card says comes first
    assert said[-1] == f"Stopped; written before: {out.with_stem('out-1')}."
    assert out.with_stem("out-1").is_file()


MANY = """
import sys
from functools import partial
from pathlib import Path
from core.batch.pictures import Item
from core.batch.processes import Processes
from tests.core.workers import Endless
if __name__ == "__main__":
    log = sys.argv[1]
    items = [Item(str(n), Path(log), Path(log)) for n in range(2)]
    list(Processes(partial(Endless, log), 2).run(items, lambda: False))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_workers_of_a_batch_end_with_it_however_it_ends(tmp_path, number):
    log, script = tmp_path / "log", tmp_path / "many.py"
    log.touch()
    script.write_text(MANY)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    batch = subprocess.Popen(
        [sys.executable, str(script), str(log)], env=environment, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: len(log.read_text().split()) == 2)
    workers = [int(pid) for pid in log.read_text().split()]
    try:
        batch.send_signal(number)
        batch.communicate(timeout=60)
        wait_for(lambda: not any(alive(pid) for pid in workers))
    finally:
        for pid in filter(alive, workers):
            os.kill(pid, signal.SIGKILL)
