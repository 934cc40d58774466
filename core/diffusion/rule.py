"""What of the draws makes the heat map. No torch: a request names it."""

from enum import StrEnum


class Rule(StrEnum):
    """How the two prompts' predictions become a heat map.

    DIFFERENCE  how far they lie apart: the paper's; as in recipes up to version 5
    EVIDENCE    how far they lie apart where the reference's are the truer ones (`core.diffusion.contrast`)
    """

    DIFFERENCE = "difference"
    EVIDENCE = "evidence"
