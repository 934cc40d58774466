"""What one guided step measured. No torch: the window draws it under the guidance curve."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StepTrace:
    """Norms of one guided step: Frobenius over a sample, on ε̂ (on x̂0 where a = 0). None: not computed.

    weight  the guidance weight used
    u, t    ‖u‖ unconditional and ‖t‖ conditional;  update ‖t−u‖;  p ‖p‖ combined
    cosine  cos(t, u) of the two x̂0 inside the mask, which is what an adaptive skip goes by
    """

    weight: float
    u: float | None
    t: float | None
    update: float | None
    p: float
    cosine: float | None
