"""FlowEdit's own numbers, and what it costs. No torch: the window tells it beforehand."""

from dataclasses import dataclass

from core.bounds import check_bounds, number
from core.diffusion.weight import MAX_SCALE, Guided, Rescale, evaluations


@dataclass(frozen=True)
class FlowSettings:
    """What FlowEdit (`core.diffusion.flow_edit`) takes beside steps and guidance, by its paper's names.

    source_guidance  in [0, 100]: the guidance weight of what is there; the query's is the edit's own
    n_avg  draws of noise at each step, over which the step is averaged, in 1…16
    n_min  last steps that are drawn by the query alone, in 0…1000; more than there are is all of them
    n_max is not here: it is the number of decoding's steps.
    """

    source_guidance: float = number(1.0, 0, MAX_SCALE, called="the source's guidance")
    n_avg: int = number(1, 1, 16)
    n_min: int = number(0, 0, 1000)

    def __post_init__(self) -> None:
        check_bounds(self)

    def led(self, steps: int) -> int:
        """Of so many steps those that lead from prompt to prompt; the rest is drawn by the query alone."""
        return max(0, steps - self.n_min)

    def draws(self, steps: int) -> int:
        """How often the picture is seen under noise over so many steps."""
        return self.led(steps) * self.n_avg

    def target(self, weights: tuple[float, ...], rescale: Rescale, guided: Guided) -> int:
        """Evaluations of what it should be. weights: one per step, noisiest first."""
        led = self.led(len(weights))
        drawn = evaluations(weights[led:], rescale, guided)
        return self.n_avg * evaluations(weights[:led], rescale, guided) + drawn
