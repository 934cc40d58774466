"""The licence of a model on the hub, as its own card says, and whether it is behind a gate. No torch."""

import re
from dataclasses import dataclass
from typing import Any

from core.models.hub.repository import page_of
from core.models.offered import known_model
from core.text import shown

LONGEST = 100  # letters of a licence's name
UNPAID = re.compile(r"(?<![a-z])(nc|non-?commercial|research)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Terms:
    """licence: its name, "" where the card has none; link: where it stands; gated: an account is asked for.

    commercial    as in core.models.offered.Known: "no" where the licence's name says so too
    """

    licence: str = ""
    link: str = ""
    gated: bool = False
    commercial: str = "unknown"

    @property
    def sentence(self) -> str:
        """All of it, to be read before anything is fetched."""
        name = self.licence or "not told by its card"
        marks = {"no": ", no commercial use", "limited": ", commercial use within limits"}
        gate = "; an account on the hub is asked for" if self.gated else ""
        return f"Licence: {name}{marks.get(self.commercial, '')} ({self.link}){gate}."


UNTOLD = Terms()


def terms_of(repo: str, info: Any) -> Terms:
    """What a repository's card says. A card with nonsense says nothing."""
    card = info.card_data
    said = {key: _text(getattr(card, key, None)) for key in ("license", "license_name", "license_link")}
    tagged = [_text(tag)[8:] for tag in info.tags or () if _text(tag).startswith("license:")]
    name = said["license"] or (tagged[0] if tagged else "")
    if name == "other" or not name:
        name = said["license_name"] or name
    known = known_model(repo)
    commercial = known.commercial if known is not None else "unknown"
    if UNPAID.search(name):
        commercial = "no"
    return Terms(name, _link(repo, said["license_link"]), bool(info.gated), commercial)


def _link(repo: str, said: str) -> str:
    """An address: the card's own, that of a file in the repository, or the repository's page."""
    if re.fullmatch(r"https?://[!-~]+", said):
        return said
    if re.fullmatch(r"[\w./-]+", said) and ".." not in said:
        return f"{page_of(repo)}/blob/main/{said.lstrip('/')}"
    return page_of(repo)


def _text(value: object) -> str:
    """One line that can be shown; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return shown("".join(letter for letter in value if letter.isprintable()))[:LONGEST].strip()
