"""Options that several subcommands share, and the request that they ask for. No torch.

The options of an edit's parameters come from the table (`core.edit.parameters`); each lies in the parsed
arguments under its field, such as "guidance.scale".
"""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from core.edit.parameter import Parameter
from core.edit.parameters import by_name
from core.edit.request import EditRequest, Lora
from core.edit.together import check_apart, put
from core.errors import InputError
from core.photo.files.formats import QUALITY
from core.photo.files.mask_from import MaskFrom

PROMPTS = ("reference", "query")  # which every command takes in its own way
OWN = "A model's card may say other values than these defaults: try `palimpsest models card starter`."
# What a search for the region reads.
SEARCH = ("find.", "prompt_style", "feather", "area", "seed", "model", "vae", "device")


def add_parameters(
    command: argparse.ArgumentParser, *, beginning: tuple[str, ...] = ("",), without: Iterable[str] = PROMPTS
) -> None:
    """An option for every row of the table whose field has such a beginning; and the LoRAs."""
    command.epilog = OWN
    for row in by_name().values():
        if row.field.startswith(beginning) and row.field not in without:
            _add(command, row)
    command.add_argument(
        "--lora",
        dest="loras",
        type=lora_of,
        action="append",
        metavar="FILE[:W]",
        help="fuse a LoRA file with weight W (default 1); may be given several times. <lora:NAME:W> in a "
        "prompt fuses the file of that name from the LoRA folders of this program, ComfyUI and Automatic1111",
    )


def _add(command: argparse.ArgumentParser, row: Parameter) -> None:
    words: dict[str, Any] = {"dest": row.field, "help": row.help + _default(row)}
    if row.kind is bool:
        words["action"] = argparse.BooleanOptionalAction
    else:
        words["type"] = reader(row)
        if row.metavar:
            words["metavar"] = row.metavar
        elif row.values:
            words["metavar"] = f"{{{','.join(row.values)}}}"
    command.add_argument(f"--{row.name}", **words)


def reader(row: Parameter) -> Callable[[str], Any]:
    """What reads a value of the row for a parser."""

    def read(text: str) -> Any:
        try:
            return row.read(text)
        except InputError as error:
            raise argparse.ArgumentTypeError(row.expects) from error  # the parser says of what

    return read


def _default(row: Parameter) -> str:
    """“ (default …)”, but for what is empty, off, or left to the model."""
    default = row.default
    if default in (None, "", ()) or row.field == "feather":
        return ""
    return f" (default {('off', 'on')[default] if isinstance(default, bool) else f'{default}'})"


def add_prompts(command: argparse.ArgumentParser, *, several: bool = False) -> None:
    """--from and --to; several: --to may be repeated, and is a list."""
    add = command.add_argument
    add("--from", dest="reference", metavar="TEXT", help="what is there (may be left out)")
    action = "append" if several else "store"
    add("--to", dest="query", action=action, metavar="TEXT", help="what it should be")


def add_files(
    command: argparse.ArgumentParser, output: str, output_help: str, *, several: bool = False
) -> None:
    """The photo, what is written, the report; several: -o may be repeated, and is a list."""
    action = "append" if several else "store"
    add = command.add_argument
    add("photo", type=Path, metavar="PHOTO")
    add("-o", "--output", type=Path, action=action, required=True, metavar=output, help=output_help)
    add_report(command, "write the request, the evaluations and the seconds")


def add_report(command: argparse.ArgumentParser, help_: str) -> None:
    command.add_argument("--report", type=Path, metavar="FILE.json", help=help_)


def add_mask(command: argparse.ArgumentParser, help_: str) -> None:
    """--mask, and what of that picture is meant."""
    command.add_argument("--mask", type=Path, metavar="PNG", help=help_)
    add_mask_from(command)


def add_mask_from(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--mask-from",
        type=MaskFrom,
        choices=list(MaskFrom),
        help="what of it is the mask: its luminance, or where it is transparent or opaque "
        "(default: luminance; a picture of many tones is refused)",
    )


def add_quality(command: argparse.ArgumentParser) -> None:
    help_ = f"of lossy formats, 1…100 (default {QUALITY})"
    command.add_argument("--quality", type=_quality, default=QUALITY, metavar="Q", help=help_)


def _quality(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 100:
        return int(text)
    raise argparse.ArgumentTypeError("is a whole number in 1…100")


def add_recipe(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE.json",
        help="take the settings from a report, or a picture that carries them; options override",
    )


def lora_of(text: str) -> Lora:
    """FILE, or FILE:WEIGHT. A colon in a path is no weight."""
    file, colon, weight = text.rpartition(":")
    try:
        return Lora(str(Path(file).absolute()), float(weight)) if colon else lora_of(f"{text}:1")
    except ValueError:
        return Lora(str(Path(text).absolute()))


def request_of(given: argparse.Namespace) -> EditRequest:
    """The request that these arguments ask for.

    What was not given comes from the recipe, else from the model's own ways, else from the defaults.

    The photo's digest and a default feather are filled in later. InputError for a value out of range, or
    two options that exclude each other.
    """
    base = recipe_of(given.recipe) or EditRequest(photo="", query="")
    chosen = {name: value for name, value in vars(given).items() if value is not None}
    rows = [row for row in by_name().values() if row.field in chosen]
    check_apart(*rows)
    values: dict[str, object] = {row.field: chosen[row.field] for row in rows}
    if "loras" in chosen:
        values["loras"] = tuple(chosen["loras"])
    from core.models.lora.named import with_named_loras
    from core.models.ways import begun

    try:
        asked = with_named_loras(put(base.with_(mask=None), values))
        if given.recipe is not None:  # it says all
            return asked
        return begun(asked, {name: values[name] for name in values if name not in (*PROMPTS, "loras")})
    except ValueError as error:
        message = str(error)
        raise InputError(f"{message[0].upper()}{message[1:]}.") from error


def recipe_of(path: Path | None) -> EditRequest | None:
    """The request in a recipe or report, of any photo; None without one. InputError when it can't be read."""
    if path is None:
        return None
    from core.edit.report import open_recipe

    return open_recipe(path).with_(photo="")
