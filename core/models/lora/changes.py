"""How far a layer is changed: LoRA (Hu et al., arXiv 2106.09685) and its relatives, as matrices in float32.

Formulas as LyCORIS has them (Yeh et al., arXiv 2309.14859): LoHa multiplies two low-rank products element by
element (Hyeon-Woo et al., arXiv 2108.06098), LoKr is a Kronecker product, and either, as LoCon does, may have
a Tucker core for a convolution's kernel.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Change(ABC):
    """W′ − W of a layer at weight 1: alpha/rank times what its matrices make.

    weights  the matrices by their roles, as LyCORIS calls them;  alpha: None stands for the rank
    """

    weights: Mapping[str, torch.Tensor]
    alpha: float | None = None

    @property
    @abstractmethod
    def rank(self) -> int | None:
        """What alpha is divided by; None for a change that has no scale."""

    @abstractmethod
    def product(self) -> torch.Tensor:
        """What the matrices make, float32, unscaled. RuntimeError when they don't fit together."""

    def matrix(self) -> torch.Tensor:
        """The change, float32; its first side is the layer's output."""
        scale = 1.0 if self.rank is None or self.alpha is None else self.alpha / self.rank
        if "scalar" in self.weights:  # trained beside the matrices
            scale *= float(self.weights["scalar"])
        return self.product() * scale

    def _of(self, role: str) -> torch.Tensor:
        return self.weights[role].float()


class LowRank(Change):
    """LoRA and LoCon: up·down, with a Tucker core between them where there is one."""

    @property
    def rank(self) -> int:
        return self.weights["down"].shape[0]

    def product(self) -> torch.Tensor:
        up, down = self._of("up").flatten(1), self._of("down")
        if "mid" in self.weights:
            return _tucker(self._of("mid"), up.T, down.flatten(1))
        return (up @ down.flatten(1)).reshape(-1, *down.shape[1:])


class Hadamard(Change):
    """LoHa: (w1_a·w1_b) ∘ (w2_a·w2_b)."""

    @property
    def rank(self) -> int:
        return self.weights["hada_w1_b"].shape[0]

    def product(self) -> torch.Tensor:
        return self._factor(1) * self._factor(2)

    def _factor(self, n: int) -> torch.Tensor:
        return _low_rank(self, f"hada_w{n}", f"hada_t{n}")


class Kronecker(Change):
    """LoKr: w1 ⊗ w2, each whole or of low rank; two whole ones have no scale."""

    @property
    def rank(self) -> int | None:
        inner = (role for role in ("lokr_w2_b", "lokr_w1_b") if role in self.weights)
        return next((self.weights[role].shape[0] for role in inner), None)

    def product(self) -> torch.Tensor:
        first, second = self._factor(1), self._factor(2)
        second = second.contiguous()  # or torch.kron refuses it
        return torch.kron(first.reshape(*first.shape, *(1 for _ in second.shape[2:])), second)

    def _factor(self, n: int) -> torch.Tensor:
        whole = f"lokr_w{n}"
        return self._of(whole) if whole in self.weights else _low_rank(self, whole, f"lokr_t{n}")


class FullDifference(Change):
    """The difference itself, of a weight or a bias."""

    @property
    def rank(self) -> None:
        return None

    def product(self) -> torch.Tensor:
        return self._of("diff")


def change_of(weights: Mapping[str, torch.Tensor], alpha: float | None = None) -> Change | None:
    """The kind of change that matrices of these roles make; None when one is missing."""
    roles = weights.keys()
    if any(role.startswith("hada_") for role in roles):
        whole = {"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"} <= roles
        return Hadamard(weights, alpha) if whole else None
    if any(role.startswith("lokr_") for role in roles):
        sides = ("lokr_w1", "lokr_w2")
        whole = all(side in roles or {f"{side}_a", f"{side}_b"} <= roles for side in sides)
        return Kronecker(weights, alpha) if whole else None
    if "diff" in roles:
        return FullDifference(weights)
    return LowRank(weights, alpha) if {"up", "down"} <= roles else None


def _low_rank(change: Change, name: str, core: str) -> torch.Tensor:
    """The product of a factor's two matrices, round its Tucker core where there is one."""
    a, b = change.weights[f"{name}_a"].float(), change.weights[f"{name}_b"].float()
    return _tucker(change.weights[core].float(), a, b) if core in change.weights else a @ b


def _tucker(core: torch.Tensor, up: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    """core (r, r, kh, kw), up (r, out), down (r, in) → (out, in, kh, kw)."""
    return torch.einsum("ijhw,io,jc->ochw", core, up, down)
