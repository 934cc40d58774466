"""palimpsest batch: one recipe over many pictures, on this machine or on a Ray cluster."""

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.console import INTERRUPTED, SOME_FAILED, check_query, tell, tell_out_of_place
from core.commands.options import add_mask_from, add_quality
from core.commands.progress_bar import ProgressBar
from core.edit.report import open_recipe
from core.edit.request import EditRequest
from core.errors import InputError

if TYPE_CHECKING:
    from core.batch.pictures import Gathered
    from core.batch.run import Tally, Workers


def add(batch: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = batch.add_argument
    add("recipe", type=Path, metavar="RECIPE.json", help="a report or a recipe: the settings of every edit")
    add("pictures", nargs="+", metavar="PICTURES", help="files, folders, globs, or .txt lists of these")
    add("-o", "--output", type=Path, required=True, metavar="FOLDER", help="results, manifest and reports")
    add("--workers", type=int, metavar="N", help="default: one for each GPU, else one")
    add("--masks", type=Path, metavar="FOLDER", help="masks, PNG, each of its picture's name and size")
    add_mask_from(batch)
    add_quality(batch)
    add("--cluster", metavar="ADDRESS", help="a Ray cluster: auto, or ray://HOST:PORT")
    add("--shared", action="store_true", help="all machines of the cluster see the same folders")
    batch.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    from core.batch.pictures import gather
    from core.batch.run import Batch
    from core.photo.files.export import reencodes

    request = _request(given)
    _check(given)
    gathered = gather(given.pictures, given.output, given.masks, given.recipe, given.mask_from)
    tell(gathered.notices)
    if request.method.masked:
        lossy = (said for item in gathered.items for said in reencodes(item.output, given.quality))
        tell(list(dict.fromkeys(lossy)))
    if request.mask is not None and given.masks is None:
        tell(["The recipe was made with a painted mask; here the region is found in each picture."])
    try:
        batch = Batch(request, gathered, given.output, given.quality)
        tell(batch.notices)
        if batch.skipped:
            tell([f"{batch.skipped} of {len(gathered.items)} pictures were done before."])
        if batch.due:
            tell_out_of_place(request, [item.source for item in gathered.items])
            with _workers(given, batch.request) as workers, _bar(gathered) as bar:
                batch.run(workers, partial(_show, bar))
    except KeyboardInterrupt:
        print("Stopped; what is done stays. The same command goes on.", file=sys.stderr)
        return INTERRUPTED
    for item, outcome in batch.failures:
        print(f"{item.source}: {outcome.error}", file=sys.stderr)
    return SOME_FAILED if batch.failures else 0


def _request(given: argparse.Namespace) -> EditRequest:
    request = open_recipe(given.recipe)
    check_query(request)
    return request


def _check(given: argparse.Namespace) -> None:
    if given.workers is not None and not 1 <= given.workers <= 10_000:
        raise InputError(f"--workers must be in 1…10000, not {given.workers}.")
    if given.mask_from is not None and given.masks is None:
        raise InputError("--mask-from needs masks.", "Name their folder with --masks.")
    if given.masks is not None and not given.masks.is_dir():
        raise InputError(f"There is no folder {given.masks}.", "Name the one that holds the masks.")
    if given.output.exists() and not given.output.is_dir():
        raise InputError(f"{given.output} is a file.", "Name a folder for the results.")
    if given.shared and given.cluster is None:
        raise InputError("--shared is for a cluster.", "Add --cluster, or leave it out.")


def _bar(gathered: "Gathered") -> ProgressBar:
    layout = "{percentage:3.0f} %|{bar}| {n_fmt}/{total_fmt} pictures{postfix}"
    return ProgressBar("picture", len(gathered.items), layout, stays=True)


def _show(bar: ProgressBar, tally: "Tally") -> None:
    """Pictures done, their rate and the time left."""
    from tqdm import tqdm

    beside = ""
    if tally.rate is not None and tally.seconds_left is not None:
        failed = f", {tally.failed} failed" if tally.failed else ""
        beside = f"{tally.rate:.1f} a minute, {tqdm.format_interval(tally.seconds_left)} left{failed}"
    bar.show(tally.total - tally.left, beside=beside)


@contextmanager
def _workers(given: argparse.Namespace, request: EditRequest) -> "Generator[Workers]":
    from core.batch.worker import Setup

    if given.cluster is None:
        from core.batch.local import local

        yield local(request, given.workers, given.quality)
        return
    from core.batch.cluster import Cluster

    setup = Setup(request, quality=given.quality)
    with Cluster(given.cluster, setup, given.workers, given.shared, lambda said: tell([said])) as cluster:
        yield cluster
