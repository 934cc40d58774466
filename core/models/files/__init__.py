"""Weights and what describes them, in every layout that they come in: read, never trusted."""
