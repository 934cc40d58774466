"""The methods of an edit."""

from enum import StrEnum


class Method(StrEnum):
    """Two switches make six methods: how the picture becomes another, and whether a mask holds the rest."""

    DIFFEDIT = "diffedit"
    SDEDIT = "sdedit"
    MASKED_SDEDIT = "masked-sdedit"
    ENCODE_DECODE = "encode-decode"
    FLOWEDIT = "flowedit"
    MASKED_FLOWEDIT = "masked-flowedit"

    @property
    def inverts(self) -> bool:
        """Start from the picture's own inversion (else from fresh noise)."""
        return self in (Method.DIFFEDIT, Method.ENCODE_DECODE)

    @property
    def masked(self) -> bool:
        """Keep everything outside the mask (else the whole picture is decoded)."""
        return self in (Method.DIFFEDIT, Method.MASKED_SDEDIT, Method.MASKED_FLOWEDIT)

    @property
    def flows(self) -> bool:
        """Go from prompt to prompt without an inversion (`core.diffusion.flow_edit`)."""
        return self in (Method.FLOWEDIT, Method.MASKED_FLOWEDIT)

    @property
    def draws_anew(self) -> bool:
        """Start from fresh noise: nothing but its noise level keeps the picture's form."""
        return self in (Method.SDEDIT, Method.MASKED_SDEDIT)

    @property
    def unmasked(self) -> "Method":
        """The same for the whole picture."""
        if self.flows:
            return Method.FLOWEDIT
        return Method.ENCODE_DECODE if self.inverts else Method.SDEDIT
