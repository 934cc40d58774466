"""What an edit costs: evaluations of the network."""

from dataclasses import dataclass

AT_ONCE = 4  # samples in one call of the network on a processor: by it a cost is told beforehand


@dataclass(frozen=True)
class Evaluations:
    """UNet evaluations by stage: one sample through the network is one; a batch of k counts k."""

    mask: int = 0
    encode: int = 0
    decode: int = 0

    @property
    def total(self) -> int:
        return self.mask + self.encode + self.decode

    def __add__(self, other: "Evaluations") -> "Evaluations":
        return Evaluations(self.mask + other.mask, self.encode + other.encode, self.decode + other.decode)

    def as_dict(self) -> dict[str, int]:
        return {"mask": self.mask, "encode": self.encode, "decode": self.decode, "total": self.total}
