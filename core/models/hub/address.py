"""What people type or paste to name a model on the hub. No torch."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from core.errors import InputError
from core.models.hub.repository import is_hub_name, is_plain_name
from core.models.offered import known_model

HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co", "hf-mirror.com")
VIEWS = ("tree", "blob", "resolve", "raw", "blame", "commit", "commits")  # what stands before a revision
OTHERS = {"datasets": "a data set", "spaces": "a program that runs on the hub", "collections": "a collection"}
MAIN = "main"
REVISION = re.compile(r"(?:refs/(?:pr|heads)/)?[\w.-]+")
EXAMPLE = "A name looks like owner/model; its page's address will do too."


@dataclass(frozen=True)
class Address:
    """A repository on the hub. revision: "" for its newest; file: one of its files, "" for none."""

    repo: str
    revision: str = ""
    file: str = ""


def read_address(text: str) -> Address:
    """A name from the list that is offered, owner/model, or an address copied from a browser.

    InputError for anything else, and for an address that leads to no model.
    """
    text = text.strip().strip("<>\"'“”")
    known = known_model(text)
    if known is not None:
        return Address(known.repo, file=known.file)
    if "://" in text or text.startswith(HOSTS):
        return _of_link(text)
    if not is_hub_name(text):
        raise InputError(f"“{text[:100]}” is no name on the hub.", EXAMPLE)
    return Address(text)


def _of_link(text: str) -> Address:
    shown = text[:100]
    try:
        link = urlsplit(text if "://" in text else f"https://{text}")
        host = link.hostname or ""
    except ValueError as error:
        raise InputError(f"“{shown}” is no address.", EXAMPLE) from error
    if link.scheme not in ("http", "https") or host not in (*HOSTS, _mirror()):
        raise InputError(
            f"“{shown}” is not an address of the hub.",
            "Download its .safetensors file by hand and open that, or give a model of huggingface.co.",
        )
    parts = [unquote(part) for part in link.path.split("/") if part]
    if parts and parts[0] in OTHERS:
        raise InputError(f"“{shown}” leads to {OTHERS[parts[0]]}, not to a model.", EXAMPLE)
    parts = parts[1:] if parts[:1] == ["models"] and len(parts) > 2 else parts
    repo, rest = "/".join(parts[:2]), parts[2:]
    if not is_hub_name(repo):
        raise InputError(f"“{shown}” leads to no model.", EXAMPLE)
    if not rest or rest[0] not in VIEWS:  # discussions and the like belong to the model too
        return Address(repo)
    revision, path = _divided(rest[1:])
    if not (REVISION.fullmatch(revision) or not revision) or not all(map(is_plain_name, path)):
        raise InputError(f"“{shown}” leads to no file of {repo}.", EXAMPLE)
    file = "/".join(path) if rest[0] != "tree" else ""
    return Address(repo, "" if revision == MAIN else revision, file if _is_weights(file) else "")


def _divided(parts: list[str]) -> tuple[str, list[str]]:
    """Revision and path behind /tree/ and the like. A revision with slashes is one part, or refs/…"""
    if parts[:1] == ["refs"] and len(parts) > 2:
        return "/".join(parts[:3]), parts[3:]
    return (parts[0], parts[1:]) if parts else ("", [])


def _is_weights(file: str) -> bool:
    """Whether a file that somebody looked at is what they want; of a README or index the whole model is."""
    return "." in file and not file.endswith((".json", ".md", ".txt", ".model", ".gitattributes"))


def _mirror() -> str | None:
    """The host that the hub's client was told to ask instead."""
    from huggingface_hub import constants

    return urlsplit(constants.ENDPOINT).hostname
