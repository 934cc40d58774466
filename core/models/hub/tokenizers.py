"""Fetching a tokenizer from the hub, once. No torch."""

from dataclasses import replace

from core.errors import InputError
from core.models.hub.client import client
from core.models.hub.faults import sentences
from core.models.hub.named import Offer, listed
from core.models.hub.terms import terms_of
from core.models.text.tokenizer_places import FILES, TOKENIZER, TokenizerKind


def offer_tokenizer(kind: TokenizerKind, endpoint: str | None = None) -> Offer:
    """What `core.models.hub.transfer` fetches into `kind.home`. CoreError when the hub can't be asked."""
    repo, room = kind.repo, f"{kind.room}/" if kind.room else ""
    with sentences(repo):
        hub = client(endpoint)
        info = hub.model_info(repo)
        found = {file.path: file for file in listed(hub, repo, str(info.sha))}
    files = tuple(replace(found[room + name], to=name) for name in FILES if room + name in found)
    if room + TOKENIZER not in found:
        raise InputError(f"{repo} holds no {TOKENIZER} any more.", "Choose a folder that has one.")
    return Offer(repo, str(info.sha), files, kind.home, endpoint, terms_of(repo, info))
