"""The window's one document: the current state, apply, undo, redo, and the news of what changed."""
