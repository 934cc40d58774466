"""Automatic1111's line of parameters, which most programs and galleries read: written and read.

The prompt, “Negative prompt: …” if there is one, and a last line of “Name: value” with commas between; a
value with a comma, a colon or a line's end in it is written as JSON.
"""

import json
import re
from pathlib import PurePath

import core
from core.diffusion.solver import Solver
from core.edit.carried.generation import Generation, generation
from core.edit.request import EditRequest
from core.photo.rect import Size

_NEGATIVE = "Negative prompt:"
_PAIR = re.compile(r'\s*(\w[\w \-/]*):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_MARKS = ("Steps", "Sampler", "CFG scale", "Seed", "Size")  # of which the last line has some
_ENOUGH = 3
_LONGEST = 1 << 16  # letters of that line that are read
_SAMPLERS = {  # as they call them, or the nearest that they have
    Solver.DDIM: "DDIM",
    Solver.DPM: "DPM++ 2M",
    Solver.FIXED_POINT: "DDIM",
    Solver.EDIT_FRIENDLY: "DDPM",
}


def line(request: EditRequest, size: Size | None = None) -> str:
    """A request as other programs read it: the query as the prompt, and what they have a name for.

    size: of the picture. What they have none for (the region, the reference) is in the recipe alone.
    """
    loras = "".join(f" <lora:{PurePath(lora.file).stem}:{lora.weight:g}>" for lora in request.loras)
    prompt = [request.query + loras]
    if request.avoid:
        prompt.append(f"{_NEGATIVE} {request.avoid}")
    said = {
        "Steps": str(request.steps),
        "Sampler": _SAMPLERS[request.solver],
        "CFG scale": f"{request.guidance.scale:g}",
        "Seed": str(request.seed),
        "Size": "" if size is None else f"{size[0]}x{size[1]}",
        "Model": PurePath(request.model).name.removesuffix(".safetensors"),
        "VAE": PurePath(request.vae).name,
        "Denoising strength": f"{request.change:g}",
        "Clip skip": "" if request.clip_skip is None else str(request.clip_skip),
        "Version": f"Palimpsest {core.__version__}",
    }
    pairs = ", ".join(f"{name}: {_quoted(value)}" for name, value in said.items() if value)
    return "\n".join([*prompt, pairs])


def read(text: str) -> Generation | None:
    """What such a text says; None of any other. Some programs put lines of their own behind it."""
    lines = text.strip().splitlines()
    for n in reversed(range(len(lines))):
        said = _pairs(lines[n])
        if sum(name in said for name in _MARKS) >= _ENOUGH:
            return _generation("\n".join(lines[:n]), said)
    return None


def _generation(prompts: str, said: dict[str, str]) -> Generation | None:
    prompt, _, negative = prompts.partition(_NEGATIVE)
    ours = said.get("Version", "").startswith("Palimpsest")
    fields = {
        "prompt": prompt,
        "negative": negative,
        "steps": said.get("Steps"),
        "seed": said.get("Seed"),
        "scale": said.get("CFG scale"),
        "model": said.get("Model"),
    }
    return generation("Palimpsest" if ours else "Automatic1111", fields)


def _pairs(line: str) -> dict[str, str]:
    found, at = dict[str, str](), 0
    while at < min(len(line), _LONGEST):
        if match := _PAIR.match(line, at):
            found[match[1].strip()] = _plain(match[2].strip())
            at = match.end()
        else:
            at = line.find(",", at) + 1 or len(line)
    return found


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if set(value) & set(',:\n"') else value


def _plain(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
