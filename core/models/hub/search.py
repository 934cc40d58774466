"""Looking for models on the hub by words. No torch."""

from dataclasses import dataclass
from itertools import islice

from core.models.hub.client import client
from core.models.hub.faults import sentences
from core.models.hub.repository import is_hub_name
from core.models.hub.terms import Terms, terms_of

MOST = 20
TASK = "text-to-image"


@dataclass(frozen=True)
class Hit:
    """A model that a search found. downloads: of the last month, None where the hub doesn't say."""

    repo: str
    terms: Terms
    downloads: int | None


def search(words: str, endpoint: str | None = None) -> tuple[Hit, ...]:
    """The models that draw pictures from words, and whose names hold these; the most downloaded first.

    One request, of at most MOST models. CoreError when the hub can't be reached.
    """
    with sentences(f"“{words}”"):
        found = client(endpoint).list_models(
            search=words,
            pipeline_tag=TASK,
            sort="downloads",
            limit=MOST,
            expand=["downloads", "gated", "cardData", "tags"],
        )
        return tuple(
            Hit(info.id, terms_of(info.id, info), info.downloads if isinstance(info.downloads, int) else None)
            for info in islice(found, MOST)
            if is_hub_name(info.id)
        )
