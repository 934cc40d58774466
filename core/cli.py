"""The command line: the second front end, which proves that core needs no window."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import core
from core.diffusion.weight import Rescale, Shape, Weight
from core.edit.progress import Progress, Stage
from core.edit.report import read_recipe, report
from core.edit.request import STARTER, EditRequest, MaskRequest, Method
from core.errors import Cancelled, CoreError, InputError

if TYPE_CHECKING:
    from core.photo.photo import Photo

INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """Run a subcommand. 0 done; 2 wrong arguments or unusable input; 1 failed while running; 130 Ctrl-C."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except InputError as error:
        return _say(error.message, error.hint, code=2)
    except CoreError as error:
        return _say(error.message, error.hint, code=1)
    except (KeyboardInterrupt, Cancelled):
        return _say("Stopped; nothing was written.", code=INTERRUPTED)
    except Exception as error:  # a fault of the program: one line is all that a user can use
        return _say(f"Something went wrong inside: {type(error).__name__}: {error}", code=1)
    return 0


def _say(*lines: str, code: int) -> int:
    for line in filter(None, lines):
        print(line.splitlines()[0], file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nTry “{self.prog} --help”.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="palimpsest",
        description="Change one thing in a picture and leave the rest alone. Without a command: the window.",
    )
    parser.add_argument("--version", action="version", version=f"palimpsest {core.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, parser_class=_Parser)
    _add_edit(commands.add_parser("edit", help="change what a photo shows"))
    _add_mask(commands.add_parser("mask", help="find the region that an edit would change"))
    models = commands.add_parser("models", help="list the models on this machine")
    models.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="model folders to look at too"
    )
    models.set_defaults(run=_models)
    return parser


def _add_edit(edit: argparse.ArgumentParser) -> None:
    _add_common(edit, output="OUT", output_help="picture to write; the format follows its extension")
    add = edit.add_argument
    add("--avoid", metavar="TEXT", help="what must not be drawn")
    add("--mask", type=Path, metavar="PNG", help="use this mask instead of finding one")
    add("--save-mask", type=Path, metavar="PNG", help="write the very mask that the paste used")
    add("--save-heat", type=Path, metavar="PNG", help="write the heat map")
    add("--method", choices=[m.value for m in Method], help="default: diffedit")
    add("--steps", type=int, metavar="N", help="DDIM steps of the whole schedule (default 20)")
    add("--change", type=float, metavar="R", help="how far back to noise: encoding ratio, 0…1 (default 0.8)")
    add("--variation", type=float, metavar="V", help="fresh noise inside the mask, 0…1 (default 0)")
    _add_guidance(edit)
    add("--quality", type=int, default=95, metavar="Q", help="of lossy formats, 1…100 (default 95)")
    add("--recipe", type=Path, metavar="FILE.json", help="take the settings from a report; options override")
    edit.set_defaults(run=_edit)


def _add_guidance(edit: argparse.ArgumentParser) -> None:
    add = edit.add_argument
    add("--guidance", type=float, metavar="G", help="guidance scale (default 7.5)")
    add("--decay", type=float, metavar="D", help="0 constant … 1 full decay (default 0)")
    add("--decay-to", type=int, choices=[1, 0], help="where a decay ends: 1 prompt only, 0 prompt ignored")
    add("--shape", choices=[s.value for s in Shape], help="of the decay (default linear)")
    add("--interval", type=_interval, metavar="A:B", help="guide only at this progress, 0…1; 1 outside")
    add("--curve", type=_curve, metavar='"P:W,…"', help='free guidance curve, such as "0:7.5,0.5:4,1:1"')
    add("--rescale", choices=[r.value for r in Rescale], help="of the guided prediction (default off)")


def _add_mask(mask: argparse.ArgumentParser) -> None:
    _add_common(mask, output="MASK.png", output_help="the mask to write, 8-bit grey, of the photo's size")
    mask.add_argument("--save-heat", type=Path, metavar="PNG", help="write the heat map")
    mask.set_defaults(run=_mask, recipe=None)


def _add_common(command: argparse.ArgumentParser, output: str, output_help: str) -> None:
    add = command.add_argument
    add("photo", type=Path, metavar="PHOTO")
    add("--from", dest="reference", metavar="TEXT", help="what is there (may be left out)")
    add("--to", dest="query", metavar="TEXT", help="what it should be")
    add("-o", "--output", type=Path, required=True, metavar=output, help=output_help)
    add("--threshold", type=float, metavar="F", help="cut of the heat map, 0…1 (default 0.5)")
    add("--grow", type=float, metavar="PX", help="grow the found mask by photo pixels; negative shrinks")
    add(
        "--feather",
        type=float,
        metavar="PX",
        help="fade of the paste-back (default 1 %% of the shorter side)",
    )
    add("--seed", type=int, metavar="N", help="default 0")
    add("--model", metavar="FOLDER", help=f"a diffusers folder (default: “{STARTER}”, which ships)")
    add("--device", choices=["auto", "cpu", "cuda", "mps"], help="default: auto")
    add("--report", type=Path, metavar="FILE.json", help="write the request, the evaluations and the seconds")


def _interval(text: str) -> tuple[float, float]:
    a, b = (float(part) for part in text.split(":"))
    return a, b


def _curve(text: str) -> tuple[tuple[float, float], ...]:
    return tuple(_interval(point) for point in text.split(","))


def request_of(given: argparse.Namespace) -> EditRequest:
    """The request that these arguments ask for; what was not given comes from the recipe, else the defaults.

    The photo's digest and a default feather are filled in later. InputError for a value out of range.
    """
    base = _recipe(given.recipe)
    chosen: dict[str, Any] = {name: value for name, value in vars(given).items() if value is not None}
    plain = (
        "query",
        "reference",
        "avoid",
        "steps",
        "change",
        "variation",
        "seed",
        "feather",
        "model",
        "device",
    )
    try:
        fields: dict[str, Any] = {name: chosen[name] for name in plain if name in chosen}
        if "method" in chosen:
            fields["method"] = Method(chosen["method"])
        if "rescale" in chosen:
            fields["rescale"] = Rescale(chosen["rescale"])
        find = {name: chosen[name] for name in ("threshold", "grow") if name in chosen}
        request = (base or EditRequest(photo="", query="")).with_(**fields, mask=None)
        return request.with_(
            find=MaskRequest(**{**_fields(request.find), **find}), guidance=_weight(chosen, request.guidance)
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


def _fields(instance: Any) -> dict[str, Any]:
    return {name: getattr(instance, name) for name in instance.__dataclass_fields__}


def _recipe(path: Path | None) -> EditRequest | None:
    if path is None:
        return None
    try:
        return read_recipe(path.read_bytes()).with_(photo="")
    except OSError as error:
        raise InputError(f"The recipe {path} can't be read: {error.strerror}.") from error


def _edit(given: argparse.Namespace) -> None:
    from core.photo.files import export_photo, open_mask, save_heat, save_mask

    request = request_of(given)
    _check_edit(given, request)
    photo = _open(given.photo)
    request = _feathered(request, given, photo)
    mask = None if given.mask is None else open_mask(given.mask, (photo.width, photo.height))
    engine, name = _engine(request)
    finds = request.method.masked and mask is None
    with _Bar((request.find.draws if finds else 0) + 2 * request.decode_steps) as bar:
        result = engine.run(request, photo.pixels, mask, on_progress=bar)
    _notices(result.notices)
    export_photo(given.output, result.pixels, photo, quality=given.quality)
    if given.save_mask is not None:
        save_mask(given.save_mask, result.mask)
    if given.save_heat is not None and result.heat is not None:
        save_heat(given.save_heat, result.heat.values, (photo.width, photo.height))
    _write_report(given.report, lambda: report(result, name))


def _mask(given: argparse.Namespace) -> None:
    from core.photo import mask as masks
    from core.photo.files import save_heat, save_mask

    given.feather = given.feather or 0.0
    request = request_of(given)
    _check_outputs(given.photo, [given.report], [given.output, given.save_heat])
    _check_query(request)
    photo = _open(given.photo)
    size = (photo.width, photo.height)
    engine, name = _engine(request)
    with _Bar(request.find.draws) as bar:
        found = engine.find(request, photo.pixels, on_progress=bar)
    cut = masks.enlarge(masks.cut(found.heat.values, size, request.find.threshold, request.find.grow), size)
    if not cut.any():
        raise InputError(
            "No region was found.",
            "Say more exactly what is there and what it should be, or lower --threshold.",
        )
    save_mask(given.output, masks.feather(cut, request.feather))
    if given.save_heat is not None:
        save_heat(given.save_heat, found.heat.values, size)
    _write_report(given.report, lambda: report(found, name))


def _models(given: argparse.Namespace) -> None:
    from core.models.catalog import catalog

    for entry in catalog(given.folders):
        state = entry.problem or f"{entry.bytes / 1e6:,.1f} MB"
        print("\t".join(filter(None, (entry.name, entry.model, state, entry.knows))))


def _check_edit(given: argparse.Namespace, request: EditRequest) -> None:
    """What can be known to be wrong before anything is opened or computed."""
    from core.photo.files import export_format

    _check_query(request)
    if given.mask is not None and given.threshold is not None:
        raise InputError(
            "--mask and --threshold exclude each other.", "A given mask is not cut from a heat map."
        )
    if given.mask is not None and not request.method.masked:
        raise InputError(
            f"The method {request.method} uses no mask.", "Leave --mask out, or choose diffedit."
        )
    if given.save_heat is not None and (given.mask is not None or not request.method.masked):
        raise InputError("There is no heat map to save: nothing is searched for.", "Leave --save-heat out.")
    if not 1 <= given.quality <= 100:
        raise InputError(f"Quality must be in 1…100, not {given.quality}.")
    _check_outputs(given.photo, [given.output, given.report], [given.save_mask, given.save_heat])
    export_format(given.output)


def _check_query(request: EditRequest) -> None:
    if not request.query.strip():
        raise InputError("What should it be?", 'Say it with --to "a zebra".')


def _check_outputs(photo: Path, files: Sequence[Path | None], pngs: Sequence[Path | None]) -> None:
    """An edit takes a while: what can't be written is better said before it than after."""
    paths = [path for path in (*files, *pngs) if path is not None]
    for path in paths:
        if not path.absolute().parent.is_dir():
            raise InputError(f"There is no folder {path.absolute().parent}.", "Make it first.")
        if path.is_dir():
            raise InputError(f"{path} is a folder.", "Name a file in it.")
        if path.resolve() == photo.resolve():
            raise InputError(f"{path} is the photo itself.", "Write to another file, so that it isn't lost.")
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError("Two of the files to write have the same name.", "Give each its own.")
    for path in filter(None, pngs):
        if path.suffix.lower() != ".png":
            raise InputError(f"{path.name} must be a PNG file.", f"Call it {path.stem}.png.")


def _open(path: Path) -> "Photo":
    from core.photo.files import open_photo

    photo = open_photo(path)
    _notices(photo.notices)
    return photo


def _feathered(request: EditRequest, given: argparse.Namespace, photo: "Photo") -> EditRequest:
    from core.photo.mask import default_feather

    if given.feather is not None or given.recipe is not None:
        return request
    return request.with_(feather=default_feather((photo.width, photo.height)))


def _engine(request: EditRequest) -> tuple[Any, str]:
    """The engine with the model loaded, and the model's name. This is where torch is imported."""
    from core.edit.engine import Engine

    engine = Engine()
    return engine, engine.load(request.model, request.device).name


def _notices(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(f"Note: {sentence}", file=sys.stderr)


def _write_report(path: Path | None, make: Callable[[], bytes]) -> None:
    from core.photo.atomic import write_atomic

    if path is not None:
        data = make()
        write_atomic(path, lambda file: file.write(data))


class _Bar:
    """A progress bar over all steps of a job, on a terminal only."""

    def __init__(self, steps: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=steps, unit="step", leave=False, disable=not sys.stderr.isatty())
        self._before = 0
        self._stage: Stage | None = None

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self._stage, self._before = progress.stage, int(self._bar.n)
            self._bar.set_description(progress.stage.value)
        self._bar.update(self._before + progress.i - self._bar.n)
