"""What a found mask was found for, in a few words."""

from textwrap import shorten

from PySide6.QtCore import QCoreApplication

from core.document.mask import Mask
from core.document.search import Search
from core.edit.request import EditRequest

LONG = 24  # letters of a prompt


def found_for(mask: Mask, draft: EditRequest) -> str:
    """“Found for “a horse → a zebra””; in no order where the rule knows none.

    draft: the words of now; where they are the very same, something else is another
    """
    search = mask.search
    if search is None or search.prompts == Search.of(draft).prompts:
        return QCoreApplication.translate("FoundFor", "Found with another model or elsewhere")
    first = search.reference
    prompts = sorted(filter(None, search.prompts), key=lambda prompt: (prompt != first, prompt))
    joined = (" → " if first else " / ").join(shorten(prompt, LONG, placeholder="…") for prompt in prompts)
    return QCoreApplication.translate("FoundFor", "Found for “{prompts}”").format(prompts=joined)
