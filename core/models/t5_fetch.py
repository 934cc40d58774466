"""Fetching the tokenizer of T5 from the hub, once. No torch."""

from core.errors import InputError
from core.models.hub import Offer, listed
from core.models.hub_client import client
from core.models.hub_faults import sentences
from core.models.hub_terms import terms_of
from core.models.t5_tokenizer import FILES, REPO, TOKENIZER, tokenizer_home


def offer_tokenizer(endpoint: str | None = None) -> Offer:
    """What `core.models.transfer` fetches into `tokenizer_home`. CoreError when the hub can't be asked."""
    with sentences(REPO):
        hub = client(endpoint)
        info = hub.model_info(REPO)
        found = {file.path: file for file in listed(hub, REPO, str(info.sha))}
    files = tuple(found[name] for name in FILES if name in found)
    if TOKENIZER not in found:
        raise InputError(f"{REPO} holds no {TOKENIZER} any more.", "Choose a folder that has one.")
    return Offer(REPO, str(info.sha), files, tokenizer_home(), endpoint, terms_of(REPO, info))
