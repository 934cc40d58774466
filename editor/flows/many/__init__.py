"""Many edits at once: grid, movie, batch, each with its dialog."""
