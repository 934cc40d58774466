"""huggingface_hub's client, asked for nothing that nobody wants to know. No torch.

It knows endpoint, mirror, proxy and token, by its own environment variables and its own store.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core.errors import CoreError, InputError
from core.models.hub.faults import sentences

if TYPE_CHECKING:
    from huggingface_hub import HfApi

WAIT = 30  # seconds for an answer
TOKEN = re.compile(r"[!-~]+")
PARTIAL = 206  # content, says HTTP
REFUSED = (400, 401, 403)
ORGANISATION = "api_org"  # what the tokens of organisations begin with, which the client doesn't take


def client(endpoint: str | None = None) -> "HfApi":
    """The hub's client. endpoint: None for the one that HF_ENDPOINT names, or the hub itself."""
    from huggingface_hub import HfApi

    _quiet()
    return HfApi(endpoint=endpoint)


@contextmanager
def answer(
    repo: str, path: str, revision: str, endpoint: str | None, begin: int = 0, end: int | None = None
) -> Generator[Any]:
    """The hub's answer with the bytes of a file, those from `begin` to before `end`, as they are stored.

    With `begin` the server may send the file from its start: its status tells (PARTIAL).
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    _quiet()
    url = hf_hub_url(repo, path, revision=revision, endpoint=endpoint)
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if begin or end is not None:
        headers["Range"] = f"bytes={begin}-" + ("" if end is None else str(end - 1))
    with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=WAIT) as response:
        hf_raise_for_status(response)
        yield response


def piece(repo: str, path: str, revision: str, endpoint: str | None, begin: int, end: int) -> bytes:
    """Some bytes of a file, from `begin` to before `end`; fewer where it ends before."""
    read = bytearray()
    with sentences(repo), answer(repo, path, revision, endpoint, begin, end) as response:
        skipped = 0 if response.status_code == PARTIAL else begin
        for block in response.iter_raw():
            read += block
            if len(read) >= skipped + end - begin:
                break
    return bytes(read[skipped : skipped + end - begin])


def sign_in(token: str) -> None:
    """Keep a token where huggingface_hub keeps its own, after asking the hub for it; no other place holds it.

    InputError for one that the hub doesn't know, CoreError when it can't be reached; neither tells the token.
    """
    from huggingface_hub import login
    from huggingface_hub.errors import HfHubHTTPError

    _quiet()
    token = token.strip()
    where = "Make one at https://huggingface.co/settings/tokens; it begins with hf_ and may read."
    if not TOKEN.fullmatch(token) or token.startswith(ORGANISATION):
        raise InputError("That is no token.", where)
    try:
        with sentences("this token"):
            login(token)
    except CoreError as error:
        cause = error.__cause__
        if isinstance(cause, HfHubHTTPError) and cause.response.status_code in REFUSED:
            raise InputError("The hub doesn't accept this token.", where) from None
        raise error from None  # the library's own error may hold it


def signed_in() -> bool:
    """Whether the hub's client has a token."""
    from huggingface_hub import get_token

    return get_token() is not None


def _quiet() -> None:
    """No telemetry, and no list of coding agents, which the client would get for its own name to tell."""
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True
