"""How far the filter looks that takes a heat map to the picture's edges (core.photo.masks.upsample)."""

# Measured on Storybook (tests/bench/bench_boundary.py). A window has to reach across the heat map's own
# uncertainty, but what it finds alike is taken for one thing: narrow ones keep a subject from its neighbour,
# wide ones find all of it. No width suits all, and the mean of four octaves is better than any of them.
WINDOWS = (1 / 16, 1 / 8, 1 / 4, 1 / 2)  # radii, of the grid's longest side
