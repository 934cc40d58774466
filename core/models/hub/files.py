"""Which files of a repository make up a model: its family's parts, each in one number format. No torch."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.errors import InputError
from core.models.families import Family
from core.models.files.diffusers_folder import weights_stem
from core.models.hub.repository import INDEX, SAFE, SINGLE, Remote, is_plain_name

# Configurations, vocabularies and chat templates, beside weights; never a pickle.
ENDINGS = (".json", ".txt", ".model", ".jinja")
# weights/NAME.safetensors, in one file or in numbered ones, with or without the mark of a number format
FILE = re.compile(
    r"(?P<stem>\w+?)(?:\.(?P<mark>\w+))?(?:-\d+-of-(?P<of>\d+))?(?:\.(?P<late>\w+))?\.safetensors"
)
LIST = re.compile(r"(?P<stem>\w+)\.safetensors\.index(?:\.(?P<mark>\w+))?\.json")
ORDERS = {"half": ("fp16", "bf16", ""), "single": ("", "fp16", "bf16")}  # marks by precision, best first
OTHER_MODEL = "Choose another model."


@dataclass(frozen=True)
class Stored:
    """The files that one part's weights lie in; mark: the number format in their names, "" for none."""

    mark: str
    files: tuple[Remote, ...]


def single_files(found: Iterable[Remote]) -> tuple[Remote, ...]:
    """The files of a repository that could each be a model or a part of one."""
    return tuple(
        replace(file, to=file.path.split("/")[-1])
        for file in found
        if file.path.endswith(SINGLE) and all(map(is_plain_name, file.path.split("/")))
    )


def folder_files(
    repo: str, found: Sequence[Remote], family: Family, precision: str, *, without: Iterable[str] = ()
) -> tuple[Remote, ...]:
    """The files that a diffusers folder of this family needs, in "half" or "single" precision.

    A part that isn't there in this precision comes in the other. without: optional parts to leave out.
    InputError names what is missing, and a file whose name is none.
    """
    wanted = [part for part in (*family.parts, *family.optional) if part not in set(without)]
    here = {part: [file for file in found if _part(file) == part] for part in wanted}
    strange = [file.path for files in here.values() for file in files if not _is_plain(file)]
    if strange:
        raise InputError(f"{repo} holds a file {strange[0]!r}, which is no name for one.", OTHER_MODEL)
    missing = [part for part in family.parts if not here[part]]
    chosen = [file for file in found if file.path == INDEX]
    for part in wanted:
        stored = _stored(part, here[part], precision) if part in family.weights else Stored("", ())
        if stored is not None:
            beside = (file for file in here[part] if file.path.endswith(ENDINGS) and not _listing(file))
            chosen += (*beside, *stored.files)
        elif part in family.parts and part not in missing:
            missing.append(f"the weights of {part}")
    if any(file.path.endswith(SAFE) for file in chosen) and missing:
        raise InputError(f"{repo} lacks {', '.join(missing)}.", OTHER_MODEL)
    if missing:
        raise InputError(
            f"{repo} holds no safetensors weights; pickled ones can run code, so they are never fetched.",
            "Choose a repository with the safetensors version of this model.",
        )
    return tuple(chosen)


def _stored(part: str, files: Sequence[Remote], precision: str) -> Stored | None:
    """Of the number formats of a part the first that is there whole, in the order of a precision."""
    formats = {stored.mark: stored for stored in _formats(part, files)}
    return next((formats[mark] for mark in ORDERS[precision] if mark in formats), None)


def _formats(part: str, files: Sequence[Remote]) -> Iterable[Stored]:
    """Each number format of a part that is whole: one file, or numbered ones with their list."""
    named = [(file, FILE.fullmatch(_name(file))) for file in files]
    told = [(file, said) for file, said in named if said is not None and said["stem"] == weights_stem(part)]
    for mark in dict.fromkeys(said["mark"] or said["late"] or "" for _, said in told):
        mine = [(file, said) for file, said in told if (said["mark"] or said["late"] or "") == mark]
        one = next((file for file, said in mine if not said["of"]), None)
        if one is not None:  # under the plain name it is found whatever its format
            yield Stored(mark, (replace(one, to=f"{part}/{weights_stem(part)}{SAFE}"),))
            continue
        lists = [file for file in files if (said := _listing(file)) and (said["mark"] or "") == mark]
        if lists and all(int(said["of"]) == len(mine) for _, said in mine):
            yield Stored(mark, (*lists, *(file for file, _ in mine)))


def _listing(file: Remote) -> re.Match[str] | None:
    """Whether a file says which of the numbered ones holds which weight."""
    return LIST.fullmatch(_name(file))


def _part(file: Remote) -> str:
    """The part that a file belongs to; "" for what lies elsewhere or deeper."""
    folders = file.path.split("/")
    return folders[0] if len(folders) == 2 and file.path.endswith((*ENDINGS, SAFE)) else ""


def _is_plain(file: Remote) -> bool:
    return all(map(is_plain_name, file.path.split("/")))


def _name(file: Remote) -> str:
    return file.path.split("/")[-1]
