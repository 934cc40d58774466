"""palimpsest models get: what newcomers are offered, what the hub has, and fetching it."""

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.console import INTERRUPTED
from core.commands.progress_bar import ProgressBar
from core.errors import InputError

if TYPE_CHECKING:
    from core.models.hub.named import Offer
    from core.models.offered import Offered
    from core.models.recognise.kinds import ModelKind

PRECISIONS = ("auto", "half", "single")


def add(get: argparse.ArgumentParser) -> None:
    """`models get`: alone it lists what is offered; with names it fetches; --search looks on the hub."""
    add = get.add_argument
    add("names", nargs="*", metavar="MODEL", help="a name of the list, OWNER/MODEL, or its page's address")
    add("--search", nargs="+", metavar="WORD", help="look for models on the hub with these in their names")
    add("--to", type=Path, metavar="FOLDER", help="fetch into a folder below this one")
    add("--file", metavar="NAME", help="which file, where a repository holds several models")
    precision = "of the weights, where there is a choice; auto (the default): what the device computes in"
    add("--precision", choices=PRECISIONS, default="auto", help=precision)
    add("--without-t5", action="store_true", help="leave out the text encoder T5 where that can be done")
    get.set_defaults(run=_run)


def add_login(login: argparse.ArgumentParser) -> None:
    """`models login`."""
    login.set_defaults(run=_log_in)


def _run(given: argparse.Namespace) -> int:
    """Search, list what is offered, or fetch."""
    if given.search and given.names:
        raise InputError("Search or fetch, one at a time.", "Leave out --search to fetch.")
    if given.search:
        _search(" ".join(given.search))
    elif not given.names:
        _offer()
    try:
        for text in given.names:
            _get(given, text)
    except KeyboardInterrupt:
        print("Stopped; what has come stays. The same command goes on.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _log_in(_given: argparse.Namespace) -> None:
    """Ask for a token, unseen, or read it from a pipe, never from the command line, which others can read."""
    from core.models.hub.client import sign_in

    asked = "Token of the hub (https://huggingface.co/settings/tokens): "
    sign_in(getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline())
    print("The hub knows this token; huggingface_hub keeps it for every program that uses it.")


def _offer() -> None:
    from core.models.memory.machine import this_machine
    from core.models.offered import offered, shelf

    for it in offered(this_machine()):
        print(_told(it), end="\n\n")
    print(
        f"As known in {shelf().known}; a licence is read anew from the model's card before it is fetched.\n"
        "Fetch one with “palimpsest models get NAME”, in quotes or as OWNER/MODEL."
    )


def _told(it: "Offered") -> str:
    """Some lines of a model that is offered."""
    from core.models.memory.machine import size
    from core.models.ways import usual_of

    known = it.known
    marks = {"no": "no commercial use", "limited": "commercial use within limits", "unknown": "see its page"}
    licence = ", ".join(filter(None, (known.licence or "licence", marks.get(known.commercial))))
    usual = usual_of(known)
    own = [f"usual guidance {usual.guidance:g}"] if usual.guidance is not None else []
    own += [f"{usual.steps} steps"] if usual.steps is not None else []
    gate = ["behind a gate: an account is asked for"] if known.gated else []
    lean = f", {size(known.lean)} with --without-t5" if known.t5 else ""
    rather = f" Without T5: {it.lean.sentence}" if it.lean else ""
    halved = " in half precision" if known.kind == "model" else ""
    state = f"here: {it.where}" if it.where else f"{size(known.bytes)} to fetch{halved}{lean}"
    if it.begun and not it.where:
        state += f", {size(it.begun)} of it are here"
    return "\n  ".join(
        (
            f"{known.name}{' (recommended)' if it.recommended else ''}: {known.repo}",
            known.good_at,
            "; ".join((f"{known.family}, {known.pixels} pixels", *own)),
            "; ".join((f"{licence} ({known.licence_link})", *gate)),
            f"{state}. {it.verdict.sentence}{rather}",
        )
    )


def _search(words: str) -> None:
    from core.models.hub.search import search

    found = search(words)
    for hit in found:
        downloads = "" if hit.downloads is None else f"{hit.downloads:,} downloads"
        print("\t".join(filter(None, (hit.repo, downloads, hit.terms.sentence))))
    if not found:
        print(f"No model that draws pictures from words is called “{words}”.", file=sys.stderr)


def _get(given: argparse.Namespace, text: str) -> None:
    from core.models.hub.address import read_address
    from core.models.hub.fits import offer_fits
    from core.models.hub.named import look
    from core.models.hub.repository import BESIDE
    from core.models.hub.transfer import download
    from core.models.memory.machine import this_machine
    from core.models.recognise.kinds import ModelKind

    address, machine = read_address(text), this_machine()
    offer = look(
        address.repo,
        given.to,
        revision=address.revision,
        file=given.file or address.file,
        precision=machine.precision if given.precision == "auto" else given.precision,
        t5=not given.without_t5,
    )
    print(_facts(offer, left_out=given.without_t5))
    if offer.kind is ModelKind.SEGMENTER or offer.kind not in BESIDE:
        print(offer_fits(offer, machine, t5=not given.without_t5).sentence)
    with ProgressBar("B", offer.bytes, scaled=True) as bar:
        model = download(offer, lambda done, _: bar.show(done), lambda: None)
    print(_used(offer.kind, model if given.to or model.is_file() else address.repo))


def _used(kind: "ModelKind | None", model: "Path | str") -> str:
    """How to use what was fetched. kind: of a single file."""
    from core.models.recognise.kinds import ModelKind

    if kind in (None, ModelKind.CHECKPOINT):
        return f"Use it with --model {model}"
    if kind is ModelKind.LORA:
        return f"Use it with --lora {model}"
    if kind is ModelKind.SEGMENTER:
        return f"Select with it: palimpsest select --model {model}"
    return f"It lies at {model}"


def _facts(offer: "Offer", *, left_out: bool) -> str:
    """What is to be known before the first byte: licence, size, what was chosen."""
    from core.models.memory.machine import size

    said = [f"{offer.repo}: {offer.terms.sentence}"]
    if offer.precision:
        other = "single" if offer.precision == "half" else "half"
        said.append(f"In {offer.precision} precision (--precision {other} would be {size(offer.other)}).")
    if offer.t5:
        rather = "of T5 are left out" if left_out else "of it are T5 (--without-t5)"
        said.append(f"{size(offer.t5)} {rather}: without it, long and involved prompts are read less well.")
    said.append(f"{size(offer.bytes)}, of which {size(offer.left)} are to be fetched into {offer.folder}.")
    return "\n".join(said)
