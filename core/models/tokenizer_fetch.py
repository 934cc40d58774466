"""Fetching a tokenizer from the hub, once. No torch."""

from dataclasses import replace

from core.errors import InputError
from core.models.hub import Offer, listed
from core.models.hub_client import client
from core.models.hub_faults import sentences
from core.models.hub_terms import terms_of
from core.models.tokenizer_places import FILES, TOKENIZER, TokenizerKind


def offer_tokenizer(kind: TokenizerKind, endpoint: str | None = None) -> Offer:
    """What `core.models.transfer` fetches into `kind.home`. CoreError when the hub can't be asked."""
    repo, room = kind.repo, f"{kind.room}/" if kind.room else ""
    with sentences(repo):
        hub = client(endpoint)
        info = hub.model_info(repo)
        found = {file.path: file for file in listed(hub, repo, str(info.sha))}
    files = tuple(replace(found[room + name], to=name) for name in FILES if room + name in found)
    if room + TOKENIZER not in found:
        raise InputError(f"{repo} holds no {TOKENIZER} any more.", "Choose a folder that has one.")
    return Offer(repo, str(info.sha), files, kind.home, endpoint, terms_of(repo, info))
