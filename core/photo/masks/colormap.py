"""Heat maps in colour: a perceptual map from black through purple and orange to pale yellow."""

from functools import cache

import numpy as np

# The look of inferno (van der Walt & Smith), as nine colours at equal distances.
_ANCHORS = (
    (0, 0, 4),
    (31, 12, 72),
    (85, 15, 109),
    (136, 34, 106),
    (186, 54, 85),
    (227, 89, 51),
    (249, 140, 10),
    (249, 201, 50),
    (252, 255, 164),
)


@cache
def inferno_table() -> np.ndarray:
    """The 256 colours, uint8 (256, 3), read-only; lightness rises from the first to the last."""
    anchors = np.asarray(_ANCHORS, np.float64)
    places = np.linspace(0, 255, len(anchors))
    table = np.stack([np.interp(np.arange(256), places, anchors[:, c]) for c in range(3)], axis=1)
    table = np.rint(table).astype(np.uint8)
    table.setflags(write=False)
    return table


def inferno(values: np.ndarray) -> np.ndarray:
    """Float values of any shape in [0, 1] (clipped; NaN is 0) → uint8 (…, 3)."""
    level = np.nan_to_num(np.asarray(values, np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    return inferno_table()[np.rint(np.clip(level, 0, 1) * 255).astype(np.uint8)]
