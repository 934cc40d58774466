"""What one file is, by its first bytes and its header."""

from dataclasses import replace
from pathlib import Path

from core.errors import InputError
from core.models.files.header import AGAIN, SafetensorsHeader, damage_of, read_promise
from core.models.recognise.beside import prediction_beside
from core.models.recognise.facts import FileFacts, recognise_facts
from core.models.recognise.first_bytes import PICKLED, SAFE, stranger, unreadable
from core.models.recognise.gguf import GgufHeader, read_gguf
from core.models.recognise.kinds import ModelKind, Recognised

GENERIC = ("model", "diffusion_pytorch_model", "pytorch_model", "adapter_model", "pytorch_lora_weights")
ARCHITECTURES = {  # of what draws, in a GGUF file whose layers are of no known family
    "flux": "FLUX.1",
    "sd3": "SD 3",
    "sdxl": "SDXL",
    "sd1": "SD 1.x",
    "aura": "AuraFlow",
    "ltxv": "LTX-Video",
    "hyvid": "HunyuanVideo",
    "wan": "Wan",
    "hidream": "HiDream",
    "cosmos": "Cosmos",
    "lumina2": "Lumina 2",
    "qwen_image": "Qwen-Image",
    "chroma": "Chroma",
}


def recognise_file(path: Path) -> Recognised:
    """What a file is. One that is damaged is told for what it was, with `why` and `hint`.

    InputError for one that isn't there or can't be read.
    """
    try:
        held = path.stat().st_size
        if not path.is_file():  # a pipe would be waited for without end
            raise InputError(f"{path.name} is not a file.", "Choose a .safetensors file.")
        found = stranger(path)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        if found is not None and found.kind is ModelKind.GGUF:
            return recognise_gguf(read_gguf(path), path, held)
        if found is not None:
            return Recognised(found.kind, bytes=held, why=found.why, hint=found.hint)
        header = read_promise(path)
    except InputError as error:
        kind = ModelKind.GGUF if found is not None else ModelKind.UNKNOWN
        if PICKLED in error.message:
            return Recognised(ModelKind.PICKLE, by_name=("kind",), bytes=held, why=error.message, hint=SAFE)
        return Recognised(kind, bytes=held, why=error.message, hint=error.hint)
    damage = damage_of(header)
    try:
        told = recognise_header(header)
    except InputError as error:  # of the file beside it
        told, damage = recognise_facts(facts_of(header, held)), damage or error
    return told if damage is None else replace(told, why=damage.message, hint=damage.hint)


def recognise_header(header: SafetensorsHeader) -> Recognised:
    """What a safetensors file is, by a header that was read before.

    InputError when the YAML beside it is damaged.
    """
    facts = facts_of(header, header.path.stat().st_size)
    return recognise_facts(replace(facts, prediction=prediction_beside(header.path)))


def facts_of(header: SafetensorsHeader, held: int) -> FileFacts:
    """What a header and its file's name tell. held: bytes of the file, which need not be on this machine."""
    return FileFacts(
        {key: tensor.shape for key, tensor in header.tensors.items()},
        {key: tensor.dtype for key, tensor in header.tensors.items()},
        header.metadata,
        name_of(header.path),
        held,
    )


def name_of(path: Path) -> str:
    """What a file is called by people: its folder's name where its own is one that every model's file has."""
    folder = path.parent
    return f"{folder.parent.name} {folder.name}" if path.stem.lower() in GENERIC else path.stem


def recognise_gguf(header: GgufHeader, path: Path, held: int) -> Recognised:
    """What a GGUF file is, by a header that was read before. held: bytes of the file, wherever it is."""
    told = recognise_facts(
        FileFacts(
            {key: tensor.shape for key, tensor in header.tensors.items()},
            {key: tensor.format for key, tensor in header.tensors.items()},
            {},
            name_of(path),
            held,
        )
    )
    said = header.texts.get("general.architecture", "")
    if told.kind is not ModelKind.TEXT_ENCODER or (said in ARCHITECTURES and not told.families):
        families = told.families or ((ARCHITECTURES.get(said, said),) if said else ())
        told = replace(told, kind=ModelKind.GGUF, families=families, lacks=())
    if held < header.promised:
        why = f"{path.name} is cut off: {held:,} of {header.promised:,} bytes are there."
        return replace(told, why=why, hint=AGAIN)
    return told


def _missing(path: Path) -> InputError:
    if path.is_symlink():
        return InputError(f"{path.name} is a link that leads nowhere.", "Remove it, or mend it.")
    return InputError(f"There is no file {path}.", "Look at its name.")
