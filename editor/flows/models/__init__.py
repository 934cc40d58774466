"""Which model runs, what it wears, and where it comes from."""
