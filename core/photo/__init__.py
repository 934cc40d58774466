"""Pixels and files: NumPy and Pillow, no torch."""
