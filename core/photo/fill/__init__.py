"""A hole filled from what surrounds it, and what goes with a thing that is taken away."""
