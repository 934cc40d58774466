"""A long session doesn't run out of None."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALLS = """
import editor
from PySide6.QtCore import QObject
thing = QObject()
for _ in range(100_000):
    thing.setObjectName("name")
    thing.parent()
print("alive")
"""


def test_a_hundred_thousand_qt_calls_are_survived():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", CALLS], capture_output=True, text=True, env=environment, check=False
    )
    assert run.stdout == "alive\n", run.stderr
