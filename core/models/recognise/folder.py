"""What a folder of weights is: a diffusers folder, a part of one, or a place where single files lie."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from core.errors import InputError
from core.models.files.documents import read_json
from core.models.files.header import SafetensorsHeader, read_promise
from core.models.hub.repository import INDEX
from core.models.recognise.facts import FileFacts, recognise_facts
from core.models.recognise.file import recognise_file
from core.models.recognise.kinds import ModelKind, Recognised

NETWORKS = ("transformer", "unet", "decoder", "prior")
WEIGHTS = (".safetensors", ".gguf", ".ckpt", ".pt", ".pth", ".bin", ".sft")
PIPELINES = {  # how the class in model_index.json begins → family, where the network's layers don't tell
    "StableDiffusionXL": "SDXL", "StableDiffusion3": "SD 3", "StableVideoDiffusion": "Stable Video Diffusion",
    "StableCascade": "Stable Cascade", "StableAudio": "Stable Audio", "StableDiffusion": "SD 1.x",
    "Flux2Klein": "FLUX.2 klein", "Flux2": "FLUX.2 dev", "FluxFill": "FLUX.1 Fill", "Flux": "FLUX.1 dev",
    "Chroma": "Chroma", "QwenImage": "Qwen-Image", "ZImage": "Z-Image", "Lumina": "Lumina 2",
    "PixArt": "PixArt", "Sana": "Sana",
    "HunyuanDiT": "HunyuanDiT", "HunyuanVideo": "HunyuanVideo", "HunyuanImage": "HunyuanImage",
    "Kolors": "Kolors", "Kandinsky": "Kandinsky", "AuraFlow": "AuraFlow", "Wan": "Wan", "LTX": "LTX-Video",
    "CogVideo": "CogVideoX", "CogView": "CogView", "Mochi": "Mochi", "Cosmos": "Cosmos", "HiDream": "HiDream",
    "Krea2": "Krea-2", "OmniGen": "OmniGen", "IF": "DeepFloyd IF", "AnimateDiff": "AnimateDiff",
}  # fmt: skip
FEW_STEPS = ("LCMScheduler", "TCDScheduler", "SCMScheduler")  # made for distilled models alone
HALF = "Choose the folder of the whole model, with its model_index.json."
MOST = 1000  # files that are looked at


def recognise_folder(path: Path, name: str) -> Recognised:
    """What a folder is. `why` and `hint` say so where it is no whole model.

    name: what the model is called, for what only a name tells. InputError when it can't be looked into.
    """
    try:
        try:
            return _recognised(path, name)
        except InputError as error:  # of its settings
            return Recognised(ModelKind.FOLDER, bytes=_bytes(path), why=error.message, hint=error.hint)
    except OSError as error:
        raise InputError(f"{path.name} can't be looked into: {error.strerror or error}.") from error


def _recognised(path: Path, name: str) -> Recognised:
    if (path / INDEX).is_file():
        return _diffusers(path, name)
    if (path / "config.json").is_file() or (path / "adapter_config.json").is_file():
        return _part(path, name)
    return _files(path)


def _diffusers(path: Path, name: str) -> Recognised:
    index = read_json(path / INDEX)
    pipeline = str(index.get("_class_name", ""))
    told = Recognised(ModelKind.FOLDER)
    part = next((part for part in NETWORKS if part in index and (path / part).is_dir()), None)
    if part is not None:
        told = replace(_of_headers(_headers(path / part), name), kind=ModelKind.FOLDER)
    fitting = next((family for start, family in PIPELINES.items() if pipeline.startswith(start)), "")
    families = told.families or ((fitting,) if fitting else ())
    scheduler = _scheduler(path)
    distilled = bool(index.get("is_distilled")) or scheduler.get("_class_name") in FEW_STEPS
    said = _prediction(scheduler)
    overruled = {fact for fact, by in (("distilled", distilled), ("prediction", said)) if by}
    rooms = [(room.name, _headers(room)) for room in sorted(path.iterdir()) if room.is_dir()]
    counts = ((room, sum(header.numbers for header in found)) for room, found in rooms)
    return replace(
        told,
        families=families,
        prediction=said or told.prediction,
        distilled=distilled or told.distilled,
        by_name=tuple(fact for fact in told.by_name if fact not in overruled),
        parts=tuple((room, count) for room, count in counts if count),
        bytes=_bytes(path),
    )


def _scheduler(path: Path) -> dict[str, object]:
    file = path / "scheduler" / "scheduler_config.json"
    return read_json(file) if file.is_file() else {}


def _prediction(settings: Mapping[str, object]) -> str | None:
    """What the scheduler's settings say that the network predicts."""
    if "Flow" in str(settings.get("_class_name", "")) or settings.get("use_flow_sigmas"):
        return "flow"
    said = settings.get("prediction_type")
    return {"epsilon": "epsilon", "v_prediction": "v", "flow_prediction": "flow"}.get(str(said))


def _part(path: Path, name: str) -> Recognised:
    """A folder that holds one network and its settings: half a model."""
    found = _of_headers(_headers(path), name)
    if found.kind is ModelKind.SEGMENTER:
        return replace(found, bytes=_bytes(path))  # the one network is all of it
    told = replace(found, kind=ModelKind.FOLDER, bytes=_bytes(path))
    file = path / ("config.json" if (path / "config.json").is_file() else "adapter_config.json")
    settings = read_json(file)
    architectures = settings.get("architectures")
    names = cast("list[object]", architectures) if isinstance(architectures, list) else []
    said = settings.get("_class_name") or (names[0] if names else settings.get("peft_type")) or "one network"
    title = f" of {found.title}" if found.title else ""
    why = f"{path.name} is the folder of one part of a model ({said}{title}), not of a whole one."
    hint = "Add it as a LoRA: choose the file in it." if found.kind is ModelKind.LORA else HALF
    return replace(told, why=why, hint=hint)


def _files(path: Path) -> Recognised:
    """A folder without settings: of what lies in it, one file is told of, several are named."""
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in WEIGHTS and file.is_file())[
        :MOST
    ]
    folder = Recognised(ModelKind.FOLDER, bytes=sum(file.stat().st_size for file in files))
    rooms = [room for room in ("unet", "transformer", "vae") if (path / room).is_dir()]
    if rooms and not files:
        why = f"{path.name} lacks {INDEX}, which says what its parts make up."
        return replace(folder, bytes=_bytes(path), why=why, hint="Copy or download the whole folder again.")
    if not files:
        return replace(folder, why=f"{path.name} holds no model.", hint=HALF)
    if len(files) > 1:
        some = ", ".join(file.name for file in files[:3])
        why = f"{path.name} holds no diffusers model, but {len(files)} files of weights: {some}."
        return replace(folder, why=why, hint="Open one of the files.")
    told = recognise_file(files[0])
    why = f"{path.name} holds no diffusers model, but a file: {files[0].name}."
    return replace(told, kind=ModelKind.FOLDER, why=why, hint="Open that file.")


def _headers(room: Path) -> list[SafetensorsHeader]:
    """Of a part's files: the plain ones, else those of one number format; none that can't be read."""
    files = sorted(room.glob("*.safetensors"))
    plain = [file for file in files if not any(mark in file.name for mark in (".fp16", ".bf16", ".non_ema"))]
    found: list[SafetensorsHeader] = []
    for file in plain or [file for file in files if ".fp16" in file.name] or files:
        try:
            found.append(read_promise(file))
        except InputError:
            continue
    return found


def _of_headers(headers: Sequence[SafetensorsHeader], name: str) -> Recognised:
    """What several files are that make up one network."""
    tensors = {key: tensor for header in headers for key, tensor in header.tensors.items()}
    metadata = {key: text for header in headers for key, text in header.metadata.items()}
    shapes = {key: tensor.shape for key, tensor in tensors.items()}
    formats = {key: tensor.dtype for key, tensor in tensors.items()}
    return recognise_facts(FileFacts(shapes, formats, metadata, name, 0))


def _bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*.safetensors") if file.is_file())
