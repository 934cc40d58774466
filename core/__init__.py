"""The engine of Palimpsest: diffusion mathematics, models, photographs and edits. Knows no window."""

__version__ = "0.1.0"
