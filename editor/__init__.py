"""The window: thin widgets round one document."""
