"""LoRA's relatives that do other things than add to a weight: known by name, not fused. No torch."""

import re
from collections.abc import Iterable

from core.errors import InputError

FUSED = "It fuses LoRA, LoCon, LoHa, LoKr, DoRA and full differences."
MARKS = {  # in their keys
    r"\.on_input$|\.ia3_l\b": "an (IA)³",
    r"\.boft_": "a BOFT",
    r"\.oft_": "an OFT",
    r"\.vera_lambda_": "a VeRA",
    r"\.[ab][12]\.weight$": "a GLoRA",
}


def not_fused(keys: Iterable[str], name: str) -> InputError | None:
    """Why a LoRA file with these keys can't be fused into any model; None when nothing in them speaks so.

    name: the file's.
    """
    for key in keys:
        for mark, kind in MARKS.items():
            if re.search(mark, key):
                return InputError(f"{name} is {kind}, which this program can't fuse.", FUSED)
    return None
