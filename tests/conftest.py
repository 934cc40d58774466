"""What holds for every test: nobody's settings are touched, no thread is left behind. Imports no Qt."""

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from core.edit.result import HeatMap

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# A busy machine is no fault of the code: no test is timed.
hypothesis.settings.register_profile("untimed", deadline=None, derandomize=True)
hypothesis.settings.load_profile("untimed")


class AtOnce:
    """Names what fails at once: a run that is killed before its end has said it then."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = crash.message.partition("\n")[0] if crash else report.when
            self._terminal.ensure_newline()
            self._terminal.write_line(f"FAILED {report.nodeid}: {why}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """What fails is named, and signals are heard again that a shell in the background lets nobody hear.

    They are inherited, and the programs that the tests start and send signals to obey that.
    """
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        config.pluginmanager.register(AtOnce(terminal))
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Numbered here: pytest reads through all that earlier tests left for each number that it gives."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(n) for n in itertools.count())


@pytest.fixture(autouse=True)
def own_folders(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches and logs of a test lie in a folder of its own, beside what it writes itself."""
    home = next(_homes)
    home.mkdir()
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return home


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a test writes has to outlive the machine, and a disk takes its time to promise that."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(autouse=True)
def no_leaked_thread() -> Iterator[None]:
    """Fail a test that leaves a thread of its own running."""
    before = set(threading.enumerate())
    yield
    leaked = [thread for thread in threading.enumerate() if thread not in before and _is_own(thread)]
    assert not leaked, f"still running after the test: {leaked}"


@pytest.fixture
def heat() -> HeatMap:
    """A found region: a smooth bump left of the middle, at a small working resolution."""
    y, x = np.mgrid[0:40, 0:64].astype(np.float32)
    values = np.exp(-((x - 20) ** 2 + (y - 20) ** 2) / 120).astype(np.float32)
    values.setflags(write=False)
    return HeatMap(values)


def _is_own(thread: threading.Thread) -> bool:
    """A library's daemon may stay (tqdm's monitor); a dummy stands for a thread Python did not start."""
    return not thread.daemon
