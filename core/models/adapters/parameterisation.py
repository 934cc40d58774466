"""What a network predicts and on which schedule, where that is told and not read from its files. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass

SAID = {"epsilon": "epsilon", "v": "v_prediction"}  # by the names of diffusers' schedulers


@dataclass(frozen=True)
class Parameterisation:
    """None: as the model's own files say.

    prediction  "epsilon" or "v" (Salimans & Ho, arXiv 2202.00512)
    zero_snr    the schedule ends in nothing but noise: zero terminal SNR (Lin et al., arXiv 2305.08891)
    """

    prediction: str | None = None
    zero_snr: bool | None = None

    def over(self, scheduler: Mapping[str, object]) -> dict[str, object]:
        """A scheduler's configuration with what is told in the place of what it says."""
        told: dict[str, object] = {}
        if self.prediction is not None:
            told["prediction_type"] = SAID[self.prediction]
        if self.zero_snr is not None:
            told["rescale_betas_zero_snr"] = self.zero_snr
        return {**scheduler, **told}


AS_FILED = Parameterisation()


def flows(scheduler: Mapping[str, object]) -> bool:
    """Whether a scheduler's configuration is of flow matching."""
    return "FlowMatch" in str(scheduler.get("_class_name", ""))
