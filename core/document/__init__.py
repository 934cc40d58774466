"""All that the user makes of a photo: frozen states, commands from state to state, and the earlier states."""
