"""Options that several subcommands share, and the request that they ask for. No torch."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.diffusion.clamp import Clamp
from core.diffusion.solver import Solver
from core.diffusion.target import Target
from core.diffusion.weight import Rescale, Shape, Weight
from core.edit.report import open_recipe
from core.edit.request import EditRequest, Lora, MaskRequest, Method
from core.errors import InputError
from resources import STARTER


def add_guidance(edit: argparse.ArgumentParser) -> None:
    add = edit.add_argument
    add("--guidance", type=float, metavar="G", help="guidance scale (default 7.5)")
    add("--decay", type=float, metavar="D", help="0 constant … 1 full decay (default 1)")
    add("--decay-to", type=int, choices=[1, 0], help="where a decay ends: 1 prompt only, 0 prompt ignored")
    add("--shape", choices=[s.value for s in Shape], help="of the decay (default linear)")
    add("--interval", type=_interval, metavar="A:B", help="guide only at this progress, 0…1; 1 outside")
    add("--curve", type=_curve, metavar='"P:W,…"', help='free guidance curve, such as "0:7.5,0.5:4,1:1"')
    add("--rescale", choices=[r.value for r in Rescale], help="of the guided prediction (default off)")
    add("--eta", type=float, metavar="E", help="projected: share kept of the parallel part (default 0)")
    add("--radius", type=float, metavar="R", help="projected: cap of the update's norm on x̂0; 0 none")
    add(
        "--skip",
        type=float,
        metavar="COS",
        help="once the two predictions are this parallel, decode by the prompt alone; 1 never (default)",
    )
    aim = edit.add_mutually_exclusive_group()
    aim.add_argument(
        "--colour-target", dest="colour", metavar="#RRGGBB", help="steer the region's mean colour there"
    )
    aim.add_argument(
        "--brightness-target",
        dest="brightness",
        type=float,
        metavar="L",
        help="steer the region's mean brightness there, 0 black … 1 white",
    )
    add("--target-strength", type=float, metavar="K", help="share of the way each step goes (default 0.5)")
    add("--target-until", type=float, metavar="P", help="share of the steps that are steered (default 0.4)")


def add_solver(edit: argparse.ArgumentParser) -> None:
    add = edit.add_argument
    add(
        "--solver",
        choices=[s.value for s in Solver],
        help="the walk to noise and back (default edit-friendly)",
    )
    add("--iterations", type=int, metavar="K", help="of the fixed-point solver at each step (default 2)")


def add_finding(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--settle",
        type=float,
        metavar="S",
        help="stop drawing once a draw moves the heat map by no more than this share; 0 never (default 0.08)",
    )
    command.add_argument(
        "--mask-strength",
        dest="strength",
        type=float,
        metavar="S",
        help="noise level of the draws as a share of the schedule, 0…1 (default: the model's own)",
    )
    command.add_argument(
        "--clamp",
        choices=[clamp.value for clamp in Clamp],
        help="what is 1 on the heat map: the hottest there is, and 0 the coldest (default); "
        "the 99th percentile of the difference; or three times its mean",
    )


def add_common(
    command: argparse.ArgumentParser, output: str, output_help: str, *, several: bool = False
) -> None:
    """several: --to and -o may be repeated, and are lists."""
    action = "append" if several else "store"
    add = command.add_argument
    add("photo", type=Path, metavar="PHOTO")
    add("--from", dest="reference", metavar="TEXT", help="what is there (may be left out)")
    add("--to", dest="query", action=action, metavar="TEXT", help="what it should be")
    add("-o", "--output", type=Path, action=action, required=True, metavar=output, help=output_help)
    add("--threshold", type=float, metavar="F", help="cut of the heat map, 0…1 (default 0.4)")
    add("--grow", type=float, metavar="PX", help="grow the found mask by photo pixels; negative shrinks")
    add(
        "--snap",
        action=argparse.BooleanOptionalAction,
        help="let the found mask follow the picture's edges, or not (default: it does)",
    )
    add("--seed", type=int, metavar="N", help="default 0")
    add("--model", metavar="MODEL", help=f"folder, .safetensors file or hub name (default: “{STARTER}”)")
    add(
        "--lora",
        dest="loras",
        type=lora_of,
        action="append",
        metavar="FILE[:W]",
        help="merge a LoRA file with weight W (default 1); may be given several times",
    )
    add("--device", choices=["auto", "cpu", "cuda", "mps"], help="default: auto")
    add("--report", type=Path, metavar="FILE.json", help="write the request, the evaluations and the seconds")


def add_paste(command: argparse.ArgumentParser) -> None:
    """What the model sees of the photo, and how what it draws is put back."""
    add = command.add_argument
    add("--area", type=area_of, metavar="whole|auto|X,Y,W,H", help="what the model works on (default: whole)")
    add(
        "--feather",
        type=float,
        metavar="PX",
        help="fade of the paste-back (default 1 %% of the shorter side)",
    )


def lora_of(text: str) -> Lora:
    """FILE, or FILE:WEIGHT. A colon in a path is no weight."""
    file, colon, weight = text.rpartition(":")
    try:
        return Lora(str(Path(file).absolute()), float(weight)) if colon else lora_of(f"{text}:1")
    except ValueError:
        return Lora(str(Path(text).absolute()))


def area_of(text: str) -> str | tuple[int, int, int, int]:
    """A name, or four whole numbers. Names are checked with the request."""
    if "," not in text:
        return text
    x, y, w, h = (int(part) for part in text.split(","))
    return x, y, w, h


def _interval(text: str) -> tuple[float, float]:
    a, b = (float(part) for part in text.split(":"))
    return a, b


def _curve(text: str) -> tuple[tuple[float, float], ...]:
    return tuple(_interval(point) for point in text.split(","))


def request_of(given: argparse.Namespace) -> EditRequest:
    """The request that these arguments ask for; what was not given comes from the recipe, else the defaults.

    The photo's digest and a default feather are filled in later. InputError for a value out of range.
    """
    base = recipe_of(given.recipe)
    chosen: dict[str, Any] = {name: value for name, value in vars(given).items() if value is not None}
    plain = (
        "query",
        "reference",
        "avoid",
        "steps",
        "change",
        "variation",
        "iterations",
        "seed",
        "feather",
        "area",
        "model",
        "device",
        "skip",
    )
    try:
        fields: dict[str, Any] = {name: chosen[name] for name in plain if name in chosen}
        if "method" in chosen:
            fields["method"] = Method(chosen["method"])
        if "solver" in chosen:
            fields["solver"] = Solver(chosen["solver"])
        if "rescale" in chosen:
            fields["rescale"] = Rescale(chosen["rescale"])
        if "loras" in chosen:
            fields["loras"] = tuple(chosen["loras"])
        find = _some(chosen, "threshold", "grow", "snap", "settle", "strength")
        if "clamp" in chosen:
            find["clamp"] = Clamp(chosen["clamp"])
        request = (base or EditRequest(photo="", query="")).with_(**fields, mask=None)
        return request.with_(
            find=MaskRequest(**{**_fields(request.find), **find}),
            guidance=_weight(chosen, request.guidance),
            projection=replace(request.projection, **_some(chosen, "eta", "radius")),
            target=_target(chosen, request.target),
        )
    except ValueError as error:
        message = str(error)
        raise InputError(f"{message[0].upper()}{message[1:]}.") from error


def _weight(chosen: dict[str, Any], base: Weight) -> Weight:
    """A curve or an interval excludes a decay; any of them replaces the one in the recipe."""
    alone = [name for name in ("curve", "interval") if name in chosen]
    decaying = [name for name in ("decay", "decay_to", "shape") if name in chosen]
    if len(alone) > 1 or (alone and decaying):
        raise ValueError("--curve and --interval exclude each other, and --decay, --decay-to and --shape")
    fields = _fields(base)
    if "guidance" in chosen:
        fields["scale"] = chosen["guidance"]
        fields["curve"] = None  # a curve replaces the scale
    if alone or decaying:
        fields |= {"curve": None, "interval": None, **{name: chosen[name] for name in alone}}
    if alone:
        fields["decay"] = 0.0
    fields |= {name: chosen[name] for name in ("decay", "decay_to") if name in chosen}
    if "shape" in chosen:
        fields["shape"] = Shape(chosen["shape"])
    return Weight(**fields)


def _target(chosen: dict[str, Any], base: Target) -> Target:
    """A colour replaces the recipe's brightness, and the other way round."""
    fields = _some(chosen, "colour", "brightness")
    if fields:
        fields = {"colour": None, "brightness": None, **fields}
    renamed = {name: chosen[f"target_{name}"] for name in ("strength", "until") if f"target_{name}" in chosen}
    return replace(base, **fields, **renamed)


def _some(chosen: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: chosen[name] for name in names if name in chosen}


def _fields(instance: Any) -> dict[str, Any]:
    return {name: getattr(instance, name) for name in instance.__dataclass_fields__}


def recipe_of(path: Path | None) -> EditRequest | None:
    """The request in a recipe or report, of any photo; None without one. InputError when it can't be read."""
    return None if path is None else open_recipe(path).with_(photo="")
