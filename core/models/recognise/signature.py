"""One line of a table: by which layers a kind and a family are known."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from core.models.recognise.kinds import ModelKind
from core.models.recognise.layers import Layers

Fact = int | str | None
Facts = Mapping[str, Fact]


@dataclass(frozen=True)
class Signature:
    """Every name in `has` is there, none of `lacks` is, and each fact has one of the values given.

    has, lacks  keys, beginnings and endings (core.models.recognise.layers)
    facts       what is asked → the values it may have: "KEY:SIDE" of a weight, or one of the
                table's own facts
    """

    kind: ModelKind
    family: str | tuple[str, ...]
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict[str, tuple[Fact, ...]])
    prediction: str | None = None
    distilled: bool | None = None

    @property
    def families(self) -> tuple[str, ...]:
        return (self.family,) if isinstance(self.family, str) else self.family

    def fits(self, layers: Layers, facts: Facts) -> bool:
        """Whether these layers are of this kind and family."""
        return (
            all(layers.has(name) for name in self.has)
            and not any(layers.has(name) for name in self.lacks)
            and all(_fact(layers, facts, name) in allowed for name, allowed in self.facts.items())
        )


@dataclass(frozen=True)
class SignatureTable:
    """Signatures that exclude each other, and the facts beyond single weights that they ask for."""

    signatures: tuple[Signature, ...]
    facts: Callable[[Layers], Facts] = lambda _: {}

    def fitting(self, layers: Layers) -> Iterable[Signature]:
        """Those that fit, in the table's order: the first counts."""
        facts = self.facts(layers)
        return (signature for signature in self.signatures if signature.fits(layers, facts))

    def first(self, layers: Layers) -> Signature | None:
        """The signature that these layers have, if any."""
        return next(iter(self.fitting(layers)), None)


def _fact(layers: Layers, facts: Facts, name: str) -> Fact:
    if name in facts:
        return facts[name]
    key, _, side = name.rpartition(":")
    return layers.side(key, int(side)) if key else None
