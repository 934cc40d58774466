"""The guided predictions of one decoding."""

from collections.abc import Callable
from dataclasses import replace

import torch

from core.diffusion.guidance import Combination, combine
from core.diffusion.schedule import Level
from core.diffusion.step import Field, Prediction
from core.diffusion.trace import StepTrace
from core.diffusion.weight import Guided, needs
from core.edit.request import EditRequest
from core.models.backbone import Text

# x (1, C, h, w) under each text, at a scale where that is embedded
PredictEach = Callable[[torch.Tensor, Level, list[Text], float], list[Prediction]]


class Guide:
    """Called once for each step, in order: evaluates only what that step needs. `traces`: what they measured.

    Once the two predictions agree within the mask, as the request's `skip` says, the prompt's own is taken
    alone until the end (adaptive guidance: Castillo et al., arXiv 2312.12487, measured on x̂0 instead of ε̂).
    mask: (1, 1, h, w); predicts: what the network predicts; guided: what guides it.
    """

    def __init__(
        self,
        request: EditRequest,
        predict: PredictEach,
        text: Callable[[str], Text],
        query: Text,
        mask: torch.Tensor,
        predicts: Field,
        guided: Guided = Guided.PROMPTS,
    ) -> None:
        self.traces: list[StepTrace] = []
        self._request, self._predict, self._text, self._query = request, predict, text, query
        self._mask = mask
        self._combination = combination_of(request, predicts)
        self._parallel, self._guided = False, guided

    def __call__(self, y: torch.Tensor, level: Level, weight: float) -> Prediction:
        """The guided prediction of y (1, C, h, w).

        Below w = 1 guidance points towards u, so there u is the empty text, never what it leads away from.
        """
        if self._guided is not Guided.PROMPTS:
            return self._alone(y, level, weight)
        request = self._request
        need = needs(weight, request.rescale, parallel=self._parallel)
        if self._parallel and need.conditional:
            weight = 1.0
        away_from = request.away_from if weight >= 1 else ""
        texts = [self._text(away_from)] * need.unconditional + [self._query] * need.conditional
        found = self._predict(y, level, texts, 1.0)
        u = found[0] if need.unconditional else None
        t = found[-1] if need.conditional else None
        combination = replace(self._combination, least=1.0 if away_from else 0.0)
        prediction, trace = combine(u, t, weight, combination, level, self._mask)
        self.traces.append(trace)
        self._parallel |= trace.cosine is not None and trace.cosine > request.skip
        return prediction

    def _alone(self, y: torch.Tensor, level: Level, weight: float) -> Prediction:
        """The query's prediction, at the weight where that is embedded."""
        weight = weight if self._guided is Guided.EMBEDDED else 1.0
        (found,) = self._predict(y, level, [self._query], weight)
        prediction, trace = combine(None, found, weight, self._combination, level, self._mask)
        self.traces.append(trace)
        return prediction


def combination_of(request: EditRequest, predicts: Field) -> Combination:
    """How the request combines two predictions; predicts: what the network predicts."""
    assert request.kappa is not None
    return Combination(request.rescale, request.kappa, request.projection, predicts=predicts)
