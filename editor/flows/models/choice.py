"""A model in the chooser: what is known of it, from the list that ships, a search, or the hub itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.models.hub.fetched import Fetched
    from core.models.hub.named import Offer
    from core.models.hub.search import Hit
    from core.models.memory.machine import Machine, Verdict
    from core.models.offered import Offered

PRECISION = "half"  # half the bytes, and what every device can start from


@dataclass(frozen=True)
class ModelChoice:
    """One line of the chooser, and its page.

    kind          as core.models.offered.Known
    file          one of the repository's; files: those to choose among, with their bytes
    licence       "" where it isn't known;  terms: a sentence of it;  commercial: as core.models.offered.Known
    bytes         to fetch, 0 while nobody asked;  left: of these, what hasn't come yet
    fits          None while nobody asked;  lean: without T5, where the family can do without
    t5            bytes of that text encoder, 0 where there is none to leave out;  has_t5: `bytes` hold them
    where         its folder or file, if it is here;  own: fetched, so that it can be deleted
    on_disk       bytes that are here of one that was fetched, whole or begun
    offer         what the hub said when it was asked
    """

    title: str
    repo: str
    good_at: str = ""
    kind: str = "model"
    file: str = ""
    revision: str = ""
    files: tuple[tuple[str, int], ...] = ()
    licence: str = ""
    link: str = ""
    terms: str = ""
    commercial: str = "unknown"
    gated: bool = False
    bytes: int = 0
    left: int = 0
    fits: "Verdict | None" = None
    lean: "Verdict | None" = None
    t5: int = 0
    has_t5: bool = True
    where: Path | None = None
    own: bool = False
    on_disk: int = 0
    recommended: bool = False
    offer: "Offer | None" = None

    @property
    def page(self) -> str:
        """Where a person reads about it, and accepts its terms."""
        from core.models.hub.repository import page_of

        return page_of(self.repo)

    @property
    def selects(self) -> bool:
        """It draws nothing: Select Object asks it what a click means."""
        return self.kind == "segmenter"

    @property
    def is_known(self) -> bool:
        """Licence and size are there to be read, so that it may be fetched."""
        return bool(self.bytes and (self.licence or self.offer is not None))

    def to_fetch(self, *, t5: bool) -> int:
        """Bytes to fetch, with or without T5."""
        return self.bytes + self.t5 * (t5 - self.has_t5)

    def verdict(self, *, t5: bool) -> "Verdict | None":
        """Whether it fits, with or without T5."""
        return self.fits if t5 or self.lean is None else self.lean


def gathered(home: Path | None) -> tuple["Machine", tuple[ModelChoice, ...]]:
    """This machine, the models of the list that ships, and what else was fetched. It reads many files.

    home: where models go, None for the program's own place.
    """
    from core.models.hub.fetched import fetched
    from core.models.hub.repository import rooms
    from core.models.memory.machine import this_machine
    from core.models.offered import offered

    machine = this_machine()
    shown = [_of_offered(it) for it in offered(machine, home) if it.known.kind != "vae"]
    there = {it.repo: it for it in fetched([*rooms(home), *rooms()])}
    shelf = [replace(it, on_disk=there[it.repo].bytes) if it.repo in there else it for it in shown]
    others = [_of_fetched(it) for repo, it in there.items() if repo not in {one.repo for one in shown}]
    return machine, (*shelf, *others)


def found(words: str) -> tuple[ModelChoice, ...]:
    """What the hub has under some words. CoreError as core.models.hub.search.search."""
    from core.models.hub.search import search

    return tuple(_of_hit(hit) for hit in search(words))


def named(text: str) -> ModelChoice:
    """The model that a name or an address means. InputError as core.models.hub.address.read_address."""
    from core.models.hub.address import read_address

    address = read_address(text)
    return ModelChoice(address.repo, address.repo, file=address.file, revision=address.revision)


def looked(choice: ModelChoice, machine: "Machine", home: Path | None, *, t5: bool) -> ModelChoice:
    """The same with what the hub says of it; with `files` where one is to be chosen first."""
    from core.models.hub.fits import offer_fits
    from core.models.hub.named import SeveralFiles, look
    from core.models.recognise.kinds import ModelKind

    try:
        offer = look(
            choice.repo, home, revision=choice.revision, file=choice.file, precision=PRECISION, t5=t5
        )
    except SeveralFiles as several:
        return replace(choice, files=several.files, offer=None)
    terms = offer.terms
    return replace(
        choice,
        kind="segmenter" if offer.kind is ModelKind.SEGMENTER else choice.kind,
        licence=terms.licence or choice.licence,
        link=terms.link or choice.link,
        commercial=terms.commercial,
        gated=terms.gated,
        bytes=offer.bytes,
        left=offer.left,
        fits=choice.fits if choice.lean else offer_fits(offer, machine, t5=t5),
        t5=offer.t5,
        has_t5=t5,
        where=offer.model if not offer.left else choice.where,
        own=not offer.left or choice.own,
        offer=offer,
    )


def looks_like_a_name(text: str) -> bool:
    """It means one model, rather than words to look for."""
    from core.models.offered import known_model

    return "/" in text or known_model(text) is not None


def fetcher(choice: ModelChoice) -> "Callable[[Callable[[int, int], object], Callable[[], object]], Path]":
    """What fetches a choice that was looked up: call it with (progress, check)."""
    from core.models.hub.transfer import download

    offer = choice.offer
    assert offer is not None
    return lambda tell, check: download(offer, tell, check)


def of_file(choice: ModelChoice, file: str) -> ModelChoice:
    """One file of a repository that holds several models: nothing is known of it yet."""
    return replace(choice, file=file, offer=None, bytes=0, left=0, fits=None)


def with_what_came(choice: ModelChoice) -> ModelChoice:
    """The same, with what of it lies on the disk by now."""
    offer = choice.offer
    return choice if offer is None else replace(choice, left=offer.left, on_disk=offer.bytes - offer.left)


def deleted(choice: ModelChoice, home: Path | None) -> int:
    """Delete what was fetched of it, and tell the bytes that this frees. Errors as core.models.hub.remove."""
    from core.models.hub.fetched import fetched
    from core.models.hub.remove import remove
    from core.models.hub.repository import rooms

    there = [(place, it) for place in (home, None) for it in fetched(rooms(place)) if it.repo == choice.repo]
    folders = {it.folder: place for place, it in there}
    return sum(remove(str(folder), place) for folder, place in folders.items())


def without_files(choice: ModelChoice) -> ModelChoice:
    """The same after it was deleted."""
    return replace(choice, where=None, own=False, on_disk=0, left=choice.bytes, offer=None)


def own_place() -> str:
    """Where models go if nobody chose another folder."""
    from core.models.hub.repository import models_home

    return str(models_home())


def signed_in() -> bool:
    """Whether huggingface_hub keeps a token."""
    from core.models.hub.client import signed_in

    return signed_in()


def sign_in(token: str) -> None:
    """Hand a token to huggingface_hub's own store. Errors as core.models.hub.client.sign_in."""
    from core.models.hub.client import sign_in

    sign_in(token)


def _of_offered(it: "Offered") -> ModelChoice:
    from core.models.memory.machine import BYTES

    known, t5 = it.known, it.known.t5 * BYTES[PRECISION]
    return ModelChoice(
        known.name,
        known.repo,
        known.good_at,
        kind=known.kind,
        file=known.file,
        licence=known.licence,
        link=known.licence_link,
        terms=known.terms,
        commercial=known.commercial,
        gated=known.gated,
        bytes=known.bytes,
        left=max(0, known.bytes - it.begun),
        fits=it.verdict,
        lean=it.lean,
        t5=t5,
        where=it.where,
        own=it.own,
        recommended=it.recommended,
    )


def _of_fetched(it: "Fetched") -> ModelChoice:
    return ModelChoice(it.repo, it.repo, where=it.model, own=True, on_disk=it.bytes)


def _of_hit(hit: "Hit") -> ModelChoice:
    from core.models.catalog import folder_of

    terms, folder = hit.terms, folder_of(hit.repo)
    return ModelChoice(
        hit.repo,
        hit.repo,
        licence=terms.licence,
        link=terms.link,
        commercial=terms.commercial,
        gated=terms.gated,
        where=folder if folder.is_absolute() and folder.exists() else None,
    )
