"""`make test`: both parts run whatever the first one found, and what either has found is not lost."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOSING = "=========== 1 failed, 2 passed in 0.25s ==========="
PYTEST = f"""#!/bin/sh
case "$*" in *tests/core*) part=core code=$CORE ;; *) part=window code=$WINDOW ;; esac
trap 'echo "FAILED $part, interrupted"; echo "{CLOSING}"; exit 2' INT
echo "tests/$part/test_a.py .F. [ 50%]"
while [ -n "$WAITS" ] && [ ! -e "$TOLD/go" ]; do sleep 0.01; done
echo "{CLOSING}"
exit "$code"
"""


@pytest.fixture
def make(tmp_path: Path):
    """Run `make test` in a folder whose pytest is a stand-in; returns its process."""
    if shutil.which("make") is None or shutil.which("bash") is None:
        pytest.skip("no make or no bash here")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name, script in (("pytest", PYTEST), ("python", "#!/bin/sh\n"), ("pip", "#!/bin/sh\n")):
        (commands / name).write_text(script)
        (commands / name).chmod(0o755)
    for stamp in (".installed", ".installed-test"):
        (tmp_path / ".venv" / stamp).touch()

    def run(core: int = 0, window: int = 0, *, waits: bool = False) -> subprocess.Popen[str]:
        env = {**os.environ, "CORE": str(core), "WINDOW": str(window), "TOLD": str(tmp_path)}
        env |= {"WAITS": "yes" if waits else "", "MAKEFLAGS": ""}
        return subprocess.Popen(
            ["make", "test"], cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    return run


@pytest.mark.parametrize(("core", "window"), [(0, 0), (1, 0), (0, 1)])
def test_both_parts_are_run_and_either_fails_the_whole(make, core, window):
    run = make(core, window)
    said = run.communicate()[0].splitlines()
    assert (run.returncode == 0) == (core == window == 0)
    assert {f"tests/{part}/test_a.py .F. [ 50%]" for part in ("core", "window")} <= set(said)
    assert said.count(CLOSING) == 2


def test_progress_is_told_and_an_interrupt_loses_nothing_of_it(make):
    run = make(waits=True)
    assert run.stdout is not None
    while not run.stdout.readline().startswith("tests/core"):
        pass
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate()[0]
    assert "FAILED core, interrupted" in said
    assert "tests/window" not in said
    assert run.returncode != 0
