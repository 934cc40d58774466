"""Noise levels: x_t = a·x0 + s·ε, and the levels that an edit of N steps walks through."""

import math
from dataclasses import dataclass, replace

from core.errors import InputError

MANY = 200  # steps of a walk that hardly differs from one of more
FEW, LARGE = 10, 4300  # steps and patches between which FLUX.2's shift goes by both


@dataclass(frozen=True, slots=True)
class Level:
    """One noise level of the forward process `x = a·x0 + s·ε`.

    timestep is what the network is asked at, a whole number where the schedule is discrete. Level 0 of a walk
    is the picture itself: a = 1, s = 0, and the network, where it must be asked there, is asked at its
    smallest timestep.
    """

    timestep: float
    a: float
    s: float


@dataclass(frozen=True)
class VariancePreserving:
    """A discrete VP schedule (DDPM, arXiv 2006.11239): a = √ᾱ_t, s = √(1 − ᾱ_t), t = 0 … T−1.

    abar: ᾱ_t as floats, falling; ᾱ_{T−1} may be exactly 0 (zero terminal SNR, arXiv 2305.08891).
    """

    abar: tuple[float, ...]

    def at(self, timestep: int) -> Level:
        abar = self.abar[timestep]
        return Level(timestep, abar**0.5, (1 - abar) ** 0.5)

    def levels(self, steps: int) -> tuple[Level, ...]:
        """N + 1 levels from the picture (a = 1, s = 0) to the noisiest (t = T−1), evenly spaced in t.

        "Trailing" spacing, so that N steps always begin at full noise.
        """
        total = len(self.abar)
        if not 1 <= steps <= total:
            raise InputError(f"This model's schedule has {total} steps; {steps} were asked for.")
        noisy = (self.at(round(i * total / steps) - 1) for i in range(1, steps + 1))
        return (Level(0, 1.0, 0.0), *noisy)

    def at_strength(self, strength: float) -> Level:
        """The level at a share of the schedule, `strength` in (0, 1]: 0.5 is t = T/2 − 1."""
        return self.at(max(1, round(strength * len(self.abar))) - 1)

    def below(self, level: Level, share: float) -> Level:
        """The level that lies a `share` in [0, 1] of the schedule lower; the picture itself below all."""
        timestep = round(level.timestep - share * len(self.abar))
        return self.at(timestep) if timestep >= 0 else Level(0, 1.0, 0.0)


@dataclass(frozen=True)
class Flow:
    """Flow matching on straight lines (arXiv 2210.02747, 2403.03206): a = 1 − s, asked at time s·`times`.

    shift: levels of a walk are moved to s ← shift·s / (1 + (shift − 1)·s); above 1 more of them are noisy, as
    large pictures need (2403.03206, §5.3.2).
    end: where a walk's last level before the picture lies: all of them are stretched to it; None: where it is
    """

    shift: float = 1.0
    times: int = 1000
    end: float | None = None

    def for_patches(self, _patches: int) -> "Flow":
        """The schedule of a picture of so many patches: always the same."""
        return self

    def levels(self, steps: int) -> tuple[Level, ...]:
        """N + 1 levels from the picture (s = 0) to pure noise (s = 1), evenly spaced before the shift."""
        if not 1 <= steps <= self.times:
            raise InputError(f"This model's schedule has {self.times} steps; {steps} were asked for.")
        shift = self.shift_of(steps)
        smallest = self._level(_shifted(1 / self.times, shift)).timestep
        shares = [_shifted(i / steps, shift) for i in range(1, steps + 1)]
        if self.end is not None and steps > 1:
            stretch = (1 - self.end) / (1 - shares[0])
            shares = [1 - (1 - s) * stretch for s in shares]
        return (Level(smallest, 1.0, 0.0), *map(self._level, shares))

    def at_strength(self, strength: float) -> Level:
        """The level at a share of the schedule, `strength` in (0, 1]: 0.5 is the middle one of a walk."""
        return self._level(_shifted(strength, self.shift_of(MANY)))

    def below(self, level: Level, share: float) -> Level:
        """The level that lies a `share` in [0, 1] of the schedule lower; the picture itself below all."""
        return self._level(max(0.0, level.s - share))

    def shift_of(self, _steps: int) -> float:
        """The shift of a walk of so many steps."""
        return self.shift

    def _level(self, s: float) -> Level:
        return Level(self.times * s, 1 - s, s)


@dataclass(frozen=True)
class FlowBySize:
    """A flow whose shift grows with the picture (FLUX.1, Qwen-Image …): μ is linear in the patches.

    least, most: μ at `few` and at `many` patches; exponential: the shift is e^μ, else μ itself; times, end:
    as in Flow
    """

    least: float = 0.5
    most: float = 1.15
    few: int = 256
    many: int = 4096
    exponential: bool = True
    times: int = 1000
    end: float | None = None

    def for_patches(self, patches: int) -> Flow:
        """The schedule of a picture of so many patches."""
        rise = (self.most - self.least) / (self.many - self.few)
        mu = self.least + rise * (patches - self.few)
        return Flow(math.exp(mu) if self.exponential else mu, self.times, self.end)


@dataclass(frozen=True)
class FlowByWalk(Flow):
    """FLUX.2's flow, whose shift is e^μ by the patches and the steps, as its makers fitted it.

    (`compute_empirical_mu` of their code: two lines over the patches, at 10 steps and at 200, and a line
    between them; of large pictures the second alone.)
    """

    patches: int = 4096

    def for_patches(self, patches: int) -> "FlowByWalk":
        return replace(self, patches=patches)

    def shift_of(self, steps: int) -> float:
        many = 0.00016927 * self.patches + 0.45666666
        if self.patches > LARGE:
            return math.exp(many)
        few = 8.73809524e-05 * self.patches + 1.89833333
        return math.exp(many + (many - few) / (MANY - FEW) * (steps - MANY))


def _shifted(s: float, shift: float) -> float:
    return shift * s / (1 + (shift - 1) * s)
