"""Drawings of one edit side by side, to choose from."""
