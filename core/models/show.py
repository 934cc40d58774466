"""All that can be said of a model before it is opened: what it is, what it needs, whether it can be used."""

from dataclasses import asdict, dataclass
from pathlib import Path

from core.causes import reading
from core.errors import InputError
from core.models.catalog import catalog, folder_of, name_of
from core.models.families import DRAWN
from core.models.files.checkpoint import read_checkpoint
from core.models.files.diffusers_folder import AGAIN, check_folder
from core.models.files.header import read_header
from core.models.files.refusal import refusal
from core.models.files.split import by_command
from core.models.lora.others import not_fused
from core.models.memory.machine import Fit, Machine, Verdict, fits, size
from core.models.recognise.file import recognise_file
from core.models.recognise.folder import recognise_folder
from core.models.recognise.kinds import ModelKind, Recognised
from core.models.segment.folders import WEIGHTS, is_segmenter

DRAWS = {  # kinds that are drawn with, in words
    ModelKind.CHECKPOINT: "a checkpoint",
    ModelKind.NETWORK: "a network",
    ModelKind.GGUF: "a GGUF file",
    ModelKind.FOLDER: "a diffusers folder",
}
UNKNOWN = "a family unknown"
BESIDE = {  # kinds that are used beside a model, in words
    ModelKind.LORA: "a LoRA for",
    ModelKind.TEXTUAL_INVERSION: "a textual inversion for",
    ModelKind.SEGMENTER: "a segmentation model, which selects on pictures:",
}
SELECTS = "Choose the tool Select Object, or use it with palimpsest select --model."
FITS = {Fit.YES: True, Fit.TIGHT: True, Fit.NO: False, Fit.UNKNOWN: None}
WORDS = {Fit.YES: "yes", Fit.TIGHT: "tightly", Fit.NO: "no", Fit.UNKNOWN: "unknown"}
SYMBOLS = {"epsilon": "ε", "v": "v", "flow": "flow"}


@dataclass(frozen=True)
class Shown:
    """A file or folder looked at. usable: as what it is, a LoRA as a LoRA; else `why` not, and what to do.

    hint: also how what is used beside a model is used. lacks: as of a CoreError.
    """

    path: Path
    told: Recognised
    usable: bool
    why: str = ""
    hint: str = ""
    lacks: str = ""

    def needs(self, machine: Machine) -> int | None:
        """Bytes of memory that an edit takes on this machine, all parts at once; None where nobody knows."""
        return machine.memory(self.told.weights) or None

    def fits(self, machine: Machine) -> Verdict:
        """Whether there is so much memory, in a word and in a sentence."""
        return fits(self.told.weights, machine)

    @property
    def is_model(self) -> bool:
        """It can be opened by itself."""
        return self.usable and self.told.kind not in BESIDE

    @property
    def is_lora(self) -> bool:
        return self.told.kind is ModelKind.LORA

    @property
    def is_segmenter(self) -> bool:
        """It selects on pictures what is pointed at."""
        return self.usable and self.told.kind is ModelKind.SEGMENTER

    @property
    def is_text_encoder(self) -> bool:
        """It is no model, but networks that read it find it."""
        return self.told.kind is ModelKind.TEXT_ENCODER and not self.told.why

    @property
    def is_vae(self) -> bool:
        """It is no model, but can be chosen in the place of a model's own VAE."""
        return self.told.kind is ModelKind.VAE and not self.told.why

    @property
    def sentence(self) -> str:
        """What it is, or why it can't be used."""
        if self.why:
            return self.why
        told, name = self.told, self.path.name
        if told.kind in BESIDE:
            what = BESIDE[told.kind]
            return f"{name} is {what} {told.title or UNKNOWN}, {told.format}, {size(told.bytes)}."
        facts = [told.format, size(told.bytes)]
        if told.prediction is not None:
            by_name = " by its name" if "prediction" in told.by_name else ""
            facts.append(f"predicts {SYMBOLS[told.prediction]}{by_name}")
        if told.distilled:
            facts.append("distilled" + (" by its name" if "distilled" in told.by_name else ""))
        return f"{name} is {DRAWS[told.kind]} of {told.title or UNKNOWN}: {', '.join(filter(None, facts))}."


def show(model: str) -> Shown:
    """Look at a file, a folder, or a model by the name that the catalog or the hub has for it. Headers only.

    InputError when there is none of that name, or it can't be read.
    """
    path = place_of(model)
    if path.name == WEIGHTS and is_segmenter(path.parent):
        path = path.parent
    folder = path.is_dir()
    told = recognise_folder(path, name_of(path)) if folder else recognise_file(path)
    if told.kind is ModelKind.SEGMENTER and is_segmenter(path):
        return Shown(path, told, usable=True, hint=SELECTS)
    refused = refusal(told, path.name)
    if refused is None:
        refused = _refused(path, told)
    elif told.kind in BESIDE and not told.why and (not told.families or DRAWN & {*told.families}):
        other = not_fused(read_header(path).tensors, path.name) if told.kind is ModelKind.LORA else None
        if other is None:
            return Shown(path, told, usable=True, hint=refused.hint)
        refused = other
    if refused is None:
        return Shown(path, told, usable=True)
    return Shown(path, told, usable=False, why=refused.message, hint=refused.hint, lacks=refused.lacks)


def _refused(path: Path, told: Recognised) -> InputError | None:
    """What the loader says when it looks at the headers, without a weight."""
    try:
        with reading(path.name, AGAIN):
            if told.kind is ModelKind.FOLDER:
                check_folder(path)
            else:
                read_checkpoint(path)
    except InputError as error:
        return error
    return None


def place_of(model: str) -> Path:
    """Where a model lies: a path, a name on the hub that was downloaded, or a name in the list of models.

    InputError when there is none of that name.
    """
    path = folder_of(model)
    if path.exists() or path.is_symlink():
        return path
    named = next((entry.folder for entry in catalog() if entry.name == model), None)
    if named is None:
        hint = "“palimpsest models” lists what is on this machine; “palimpsest models get” fetches by name."
        raise InputError(f"There is no file, folder or model {model} on this machine.", hint)
    return named


def as_json(shown: Shown, machine: Machine) -> dict[str, object]:
    """The facts by name, for other programs; null for what isn't known or doesn't apply."""
    told = shown.told
    return {
        "path": str(shown.path),
        "kind": told.kind.value,
        "family": told.family,
        "variant": told.variant,
        "format": told.format,
        "prediction": told.prediction,
        "distilled": told.distilled,
        "by_name": list(told.by_name),
        "bytes": told.bytes,
        "numbers": dict(told.parts),
        "needs": shown.needs(machine),
        "fits": FITS[shown.fits(machine).fit],
        "usable": shown.usable,
        "why": shown.why,
        "hint": shown.hint,
        "sentence": shown.sentence,
        "machine": asdict(machine),
    }


def lines(shown: Shown, machine: Machine) -> list[str]:
    """The facts for people, a line each: the sentence first, what to do at last."""
    told = shown.told
    facts = {
        "kind": told.kind.value,
        "family": told.family or "unknown",
        "variant": told.variant,
        "format": told.format,
        "prediction": told.prediction or "",
        "distilled": {True: "yes", False: "no sign of it", None: ""}[told.distilled],
        "size": size(told.bytes),
        "needs": _needs(shown, machine),
        "fits": _fits(shown, machine),
        "usable": "yes" if shown.usable else "no",
        "hint": f"{shown.hint} {by_command(shown.lacks)}".strip(),
    }
    marked = {name: f"{said} (by its name)" if name in told.by_name else said for name, said in facts.items()}
    return [shown.sentence, *(f"  {name + ':':12}{said}" for name, said in marked.items() if said)]


def _needs(shown: Shown, machine: Machine) -> str:
    if shown.told.kind not in DRAWS:
        return ""
    needs = shown.needs(machine)
    memory = "memory" if machine.device == "cpu" else "graphics memory"
    return "unknown" if needs is None else f"about {size(needs)} of {memory}"


def _fits(shown: Shown, machine: Machine) -> str:
    if shown.told.kind not in DRAWS:
        return ""
    verdict = shown.fits(machine)
    return f"{WORDS[verdict.fit]}. {verdict.sentence}"
