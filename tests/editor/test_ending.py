"""Real signals to a real window: it ends as if it had been closed, whatever it is at, and asks nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fresh import ROOT

# The program, whose engine never comes to an end, and which at a moment does something to itself.
PROGRAM = """
import os, signal, sys, threading, time
from pathlib import Path
moment, number, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
sys.argv = ["palimpsest"]
kill = lambda: os.kill(os.getpid(), number)
if moment == "importing":
    from editor.__main__ import main
    sys.addaudithook(lambda event, args: args[0] == "PySide6.QtWidgets" and kill())
    sys.exit(main())
import editor.app as app
import editor.jobs, editor.tasks
from editor.__main__ import main
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from editor.jobs import Jobs

editor.jobs.GRACE, editor.tasks.GRACE = 300, 0.3  # what is given up here never ends

class Stuck:
    begun = False
    def load(self, model, device):
        Stuck.begun = True
        while True:
            time.sleep(1)

def write():
    kill()
    time.sleep(1)
    out.write_text("whole")

class Window(app.MainWindow):
    def __init__(self, *args):
        super().__init__(*args)
        if moment == "building":
            kill()
        self.timer = QTimer(self, interval=20, timeout=self.look)
        self.timer.start()
        self.did = False

    def look(self):
        if self.did or not {
            "shown": self.isVisible(), "furnishing": self.furnishing.begun, "loading": Stuck.begun,
        }.get(moment, hasattr(self, "panels")):
            return
        self.did = True
        if moment == "looking":
            self.tasks.start(lambda: time.sleep(1000), print, print)
            self.lookups.start(lambda: time.sleep(1000), print, print)
        if moment == "asking":
            QTimer.singleShot(0, lambda: self.files.ask("?"))
            QTimer.singleShot(200, kill)
        elif moment == "writing":
            self.tasks.write(write, print, print)
        elif moment == "session":
            QApplication.instance().session_ends()
            out.write_text(self._store._path.read_text())
            self.document._modified = True
            QCoreApplication.sendEvent(QApplication.instance(), QEvent(QEvent.Type.Quit))
        elif moment == "twice":
            type(self).end = lambda self: kill()  # it would stay for ever
            kill()
        else:
            kill()

app.MainWindow = Window
app.Jobs = lambda _: Jobs(Stuck)
sys.exit(main())
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals to others there")


def ended(tmp_path: Path, moment: str, number: int = signal.SIGINT) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", PROGRAM, moment, str(int(number)), str(tmp_path / "out")]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    "moment", ["building", "shown", "furnishing", "loading", "looking", "asking", "writing"]
)
def test_ctrl_c_closes_the_window_at_every_moment(tmp_path, own_folders, moment):
    done = ended(tmp_path, moment)
    assert (done.returncode, done.stdout.replace("None", "").strip(), done.stderr) == (130, "", "")
    settings = own_folders / "config" / "palimpsest" / "settings.json"
    assert json.loads(settings.read_text())["geometry"]
    if moment == "writing":
        assert (tmp_path / "out").read_text() == "whole"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_system_s_signals_close_it_too(tmp_path, own_folders, number):
    done = ended(tmp_path, "loading", number)
    assert (done.returncode, done.stderr) == (128 + number, "")
    assert (own_folders / "config" / "palimpsest" / "settings.json").is_file()


def test_before_there_is_a_window_the_program_ends_at_once_without_a_word(tmp_path):
    done = ended(tmp_path, "importing")
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_a_second_ctrl_c_is_meant(tmp_path):
    done = ended(tmp_path, "twice")
    assert (done.returncode, done.stderr) == (130, "")


def test_the_end_of_the_session_asks_nothing_and_writes_the_settings_first(tmp_path):
    done = ended(tmp_path, "session")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((tmp_path / "out").read_text())["geometry"]
