"""A screen of its own (Xvfb), a window manager (openbox), and hands on mouse and keyboard (xdotool)."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NEEDED = ("Xvfb", "openbox", "xdotool")
PATIENCE = 120.0  # seconds for anything to happen on a busy machine


def missing() -> list[str]:
    """What this machine lacks for a journey."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Desk:
    """One display of so many pixels. `close` ends everything that it started."""

    def __init__(self, width: int = 1400, height: int = 900) -> None:
        read, write = os.pipe()
        self._xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
            pass_fds=(write,), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as pipe:
            self.display = f":{pipe.readline().strip()}"
        self.environment = {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}
        manager = ["openbox", "--config-file", str(Path(__file__).with_name("openbox.xml"))]
        self._manager = subprocess.Popen(manager, env=self.environment, stderr=subprocess.DEVNULL)

    def do(self, *words: object) -> None:
        """One xdotool command."""
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=PATIENCE)

    def shoot(self, path: Path) -> None:
        """A picture of the whole screen, where ImageMagick is there to take it."""
        if shutil.which("import"):
            subprocess.run(
                ["import", "-window", "root", str(path)], env=self.environment, check=True, timeout=PATIENCE
            )

    def close(self) -> None:
        for process in (self._manager, self._xvfb):
            process.terminate()
            process.wait(PATIENCE)


class Program:
    """The program on a desk: hands in through the display, questions through the probe."""

    def __init__(self, desk: Desk, album: Path, *arguments: str, **environment: str) -> None:
        """`album`: the folder for a screenshot when something never happens."""
        self.desk, self.album = desk, album
        self._answers: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "tests.flow.probe", *arguments],
            cwd=ROOT, env={**desk.environment, **environment}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.complaints: list[str] = []
        for read in (self._hear, self._read_complaints):
            threading.Thread(target=read, daemon=True).start()

    def ask(self, question: str) -> Any:
        """The value of an expression about `window`; what the program was at, if it can't answer."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(question + "\n")
            self.process.stdin.flush()
            answer = json.loads(self._answers.get(timeout=PATIENCE))
        except (OSError, queue.Empty, json.JSONDecodeError):
            raise RuntimeError(f"no answer to {question}\n{self._last_words()}") from None
        if "error" in answer:
            raise LookupError(f"{question}: {answer['error']}")
        return answer["value"]

    def until(self, question: str) -> None:
        """Wait until an expression is true (one that fails is not yet true)."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.ask(question):
                    return
            except LookupError:
                pass
            time.sleep(0.05)
        self.desk.shoot(self.album / "stuck.png")
        raise TimeoutError(f"{question}: see {self.album / 'stuck.png'}")

    def click(self, widget: str, x: float = 0.5, y: float = 0.5, held: str = "") -> None:
        """A real click into a widget. held: a key that is down meanwhile"""
        down, up = (["keydown", held], ["keyup", held]) if held else ([], [])
        self.desk.do("mousemove", *self._place(widget, x, y), *down, "click", 1, *up)

    def drag(self, widget: str, *points: tuple[float, float]) -> None:
        """Press at the first point, move through the others, let go."""
        places = [self._place(widget, x, y) for x, y in points]
        self.desk.do("mousemove", *places[0], "mousedown", 1)
        for place in places[1:]:
            self.desk.do("mousemove", *place)
            time.sleep(0.03)
        self.desk.do("mouseup", 1)

    def press(self, *keys: str) -> None:
        self.desk.do("key", "--clearmodifiers", *keys)

    def write(self, text: str) -> None:
        self.desk.do("type", "--delay", 15, text)

    def leave(self) -> int:
        """Wait for the program's end."""
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """End it if it is still there, and close its pipes."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):  # a question that it didn't live to hear
                    pipe.close()

    def _place(self, widget: str, x: float, y: float) -> tuple[int, int]:
        left, top = self.ask(f"at({widget}, {x}, {y})")
        return left, top

    def _last_words(self) -> str:
        """How the program ended, or where each of its threads stands, and what it complained of."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGUSR1)  # the probe prints its stacks
            time.sleep(1)
        return f"exit code {self.process.poll()}\n{''.join(self.complaints)}"

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(line)
        self._answers.put("")  # the program has ended: nobody need wait

    def _read_complaints(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.complaints.append(line)
