"""One document: frozen states, commands from state to state, undo and redo."""
