"""What a fresh interpreter has imported after a statement."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TORCH = ("torch", "diffusers", "transformers")
QT = ("PySide6", "shiboken6", "pyqtgraph", "qtawesome", "qtpy")


def loaded_by(statement: str, packages: tuple[str, ...]) -> list[str]:
    """Which of the packages are loaded once the statement has run, printing allowed."""
    code = f"import sys\n{statement}\nprint('', *(name for name in {packages} if name in sys.modules))"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()[-1].split()
