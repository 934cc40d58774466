"""What a file changes of one parameter of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from core.models.lora.changes import Change
from core.models.lora.places import WHOLE, Place

EPS = torch.finfo(torch.float32).eps  # added to a norm, as LyCORIS and ComfyUI do
MAGNITUDES = ("dora_scale", "lora_magnitude_vector")  # Kohya's and LyCORIS' name for DoRA's m, and PEFT's


@dataclass(frozen=True)
class Update:
    """A change and its place. magnitude: DoRA's m (Liu et al., arXiv 2402.09353), shaped as W's norms.

    With m the change depends on the weight that it is added to: W′ = m·(W + ΔW)/‖W + ΔW‖, row by row or
    column by column, as m has one number for each.
    """

    place: Place
    change: Change
    magnitude: torch.Tensor | None = None

    def on(self, device: torch.device, /) -> "Update":
        """The same with its numbers there."""
        weights = {role: weight.to(device) for role, weight in self.change.weights.items()}
        m = None if self.magnitude is None else self.magnitude.to(device)
        return replace(self, change=replace(self.change, weights=weights), magnitude=m)

    def delta(self, original: torch.Tensor) -> torch.Tensor:
        """W′ − W at weight 1, in float32, of the shape of the model's own parameter W."""
        change = self.place.rows.cut(self.change.matrix()).reshape(original.shape)
        if self.magnitude is None:
            return change
        before = original.to(change.device, torch.float32)
        after = before + change
        kept = 0 if self.magnitude.shape[0] == after.shape[0] else 1
        others = [side for side in range(after.ndim) if side != kept]
        norm = after.square().sum(dim=others, keepdim=True).sqrt()
        return after * (self.magnitude.float() / (norm + EPS)) - before


def magnitude(weights: Mapping[str, torch.Tensor], place: Place, sides: Sequence[int]) -> torch.Tensor | None:
    """DoRA's m for one place, shaped to multiply its weight; None where the layer has none.

    sides: of the file's layer. ValueError when m has not one number for each row or column of it.
    """
    role = next((role for role in MAGNITUDES if role in weights), None)
    if role is None:
        return None
    m, rest = weights[role], [1] * (len(sides) - 1)
    by_rows = role == "lora_magnitude_vector" or m.ndim == 1 or m.shape[0] == sides[0]
    if by_rows and m.numel() == sides[0]:
        return place.rows.cut(m.reshape(-1, *rest))
    if not by_rows and m.numel() == sides[1] and place.rows == WHOLE:
        return m.reshape(1, -1, *rest[1:])
    raise ValueError(f"a magnitude of {tuple(m.shape)} for a weight of {tuple(sides)}")
