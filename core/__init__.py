"""The engine of Palimpsest: diffusion mathematics, models, photographs and edits. Knows no window."""

import os

__version__ = "0.1.0"

# Read once, when torch loads OpenMP, hence here, before anything can import it. Its threads otherwise spin
# while they wait for each other: beside a window or another program, an edit took several times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
