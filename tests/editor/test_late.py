"""What is brought in the background: nothing is left to be imported at a click."""

import subprocess
import sys

CODE = """
import sys
from types import SimpleNamespace
from editor.late import Late

tasks = SimpleNamespace(start=lambda work, done, failed: done(work()))
guidance = SimpleNamespace(plotWanted=SimpleNamespace(connect=lambda *_: None), isVisible=lambda: False)
Late(tasks, print, None).bring(guidance)
there = set(sys.modules)

import numpy as np
from core.edit.mask_request import MaskRequest
from core.edit.result import HeatMap
from core.photo.masks.click import Click

heat = HeatMap(np.eye(9, 12, dtype=np.float32))
for clicks in ((), (Click(3, 4),), (Click(3, 4), Click(40, 20, keep=False))):
    heat.mask(MaskRequest(clicks=clicks, grow=2.0), (48, 32))
print([name for name in sys.modules if name.startswith("scipy") and name not in there])
"""


def test_a_first_cut_and_a_first_click_import_nothing_of_scipy():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
