"""The starter model: its world, its recipe and its weights."""
