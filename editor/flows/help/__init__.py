"""Help: palette, keys, log, About."""
