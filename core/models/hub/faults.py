"""What can go wrong with the hub, as sentences. No torch."""

from collections.abc import Generator
from contextlib import contextmanager

from core.errors import CoreError, InputError
from core.models.hub.repository import page_of

TOO_MANY = 429  # requests, says HTTP
LOG_IN = "log in with “palimpsest models login”"


class GatedError(InputError):
    """A repository whose terms are to be accepted on its page, by somebody whom the hub knows.

    page: where;  signed_in: the hub was asked with a token, which isn't enough yet
    """

    def __init__(self, repo: str, *, signed_in: bool) -> None:
        self.page, self.signed_in = page_of(repo), signed_in
        then = "then try again" if signed_in else f"then {LOG_IN}"
        super().__init__(
            f"{repo} is behind a gate: its authors ask for its terms to be accepted first.",
            f"Accept them on {self.page}, {then}.",
        )


@contextmanager
def sentences(repo: str) -> Generator[None]:
    """What can go wrong on the way, as sentences."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RemoteEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )
    from huggingface_hub.utils import httpx

    try:
        yield
    except OfflineModeIsEnabled as error:
        raise InputError(
            "Nothing is downloaded: HF_HUB_OFFLINE is set.",
            "Unset it, or choose a model that is on this machine.",
        ) from error
    except GatedRepoError as error:
        asked = error.response.request.headers
        raise GatedError(repo, signed_in="authorization" in asked) from error
    except RepositoryNotFoundError as error:
        raise InputError(
            f"There is no model {repo} on the hub, or it is private.",
            f"Look at the name; for a private one, {LOG_IN}.",
        ) from error
    except (RevisionNotFoundError, RemoteEntryNotFoundError) as error:
        raise InputError(
            f"{repo} has changed, or what was asked for was never in it.",
            "Look it up again: what has come is kept.",
        ) from error
    except HfHubHTTPError as error:
        code = error.response.status_code
        if code >= 500 or code == TOO_MANY:  # it may answer the next time
            raise CoreError(f"The hub is busy (HTTP {code}).", "Try later: what has come is kept.") from error
        raise InputError(f"The hub refused {repo} (HTTP {code}).", "Try later.") from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(
            f"The hub's answer about {repo} can't be understood: {type(error).__name__}.",
            "Try later; look at the address in HF_ENDPOINT, if you have set one.",
        ) from error
    except (httpx.HTTPError, OSError) as error:
        raise CoreError(
            f"The hub can't be reached, or the transfer broke off: {type(error).__name__}.",
            "Look at the network and try again: what has come is kept.",
        ) from error
