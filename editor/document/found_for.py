"""What a found mask was found for, in a few words."""

from textwrap import shorten

from PySide6.QtCore import QCoreApplication

from core.document.mask import Mask
from core.document.search import Search
from core.edit.request import EditRequest

LONG = 24  # letters of a prompt


def found_for(mask: Mask, draft: EditRequest) -> str:
    """“Found for “a horse → a zebra””, of a mask that sleeps; in no order where the rule knows none.

    draft: the words of now; where they are the very same, it is said what else is another
    """
    search, now, tr = mask.search, Search.of(draft), QCoreApplication.translate
    assert search is not None
    first = search.reference
    turned = first and now.reference and first != now.reference
    if search.prompts == now.prompts and not turned:
        if search.model != now.model:
            return tr("FoundFor", "Found with another model")
        where, here = ((one.searched, one.placed, one.zoomed) for one in (search, now))
        if where != here:
            return tr("FoundFor", "Found before the area was changed")
        return tr("FoundFor", "Found with other settings")
    prompts = sorted(filter(None, search.prompts), key=lambda prompt: (prompt != first, prompt))
    joined = (" → " if first else " / ").join(shorten(prompt, LONG, placeholder="…") for prompt in prompts)
    return tr("FoundFor", "Found for “{prompts}”").format(prompts=joined)
