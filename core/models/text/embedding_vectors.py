# pyright: reportUnknownMemberType=false
"""What a textual inversion learned: the vectors in its file, for each of a model's CLIP encoders."""

from collections.abc import Mapping

import torch

from core.errors import InputError
from core.models.files.header import SafetensorsHeader, read_header
from core.models.files.weights import opened
from core.models.recognise.first_bytes import PICKLES
from core.models.text.embeddings import EmbeddingFile

Vectors = dict[str, torch.Tensor]  # an encoder's role → (n, width) float32

ROLES = ("clip_l", "clip_g")  # as files for two encoders name them
KEYS = ("emb_params", "string_to_param.*", "*")  # as the web UI does for one; diffusers: the word itself
FAMILIES: dict[tuple[int, ...], str] = {  # by the widths of their text encoders
    (768,): "Stable Diffusion 1",
    (1024,): "Stable Diffusion 2",
    (768, 1280): "Stable Diffusion XL",
}
SO = "Its name is read as words."


def read_vectors(file: EmbeddingFile, widths: Mapping[str, int], most: int) -> Vectors:
    """The vectors for encoders of these widths, by role; at most so many.

    InputError for a pickle (never opened), a file of another kind, and one that was learned by another model.
    """
    if file.path.suffix.lower() in PICKLES:
        raise InputError(
            f"The embedding “{file.name}” is a pickle, which can run code, so it is never opened.",
            f"Get it as safetensors. {SO}",
        )
    header = read_header(file.path)
    keys = _keys(header, widths)
    found = {role: header.tensors[key].shape[-1] for role, key in keys.items()}
    if found != dict(widths):
        raise InputError(
            f"The embedding “{file.name}” was learned by {_family(found)}, but this model is of the kind "
            f"of {_family(widths)}.",
            SO,
        )
    with opened(header) as source:
        read = {role: source.tensor(key).float() for role, key in keys.items()}
    vectors = {role: one.reshape(-1, widths[role]) for role, one in read.items()}
    lengths = {len(one) for one in vectors.values()}
    if len(lengths) > 1 or not all(bool(torch.isfinite(one).all()) for one in vectors.values()):
        raise InputError(f"The embedding “{file.name}” is damaged.", f"Get it again. {SO}")
    if max(lengths) > most:
        raise InputError(f"The embedding “{file.name}” has more than {most} vectors.", SO)
    return vectors


def _keys(header: SafetensorsHeader, widths: Mapping[str, int]) -> dict[str, str]:
    """An encoder's role → the key of its vectors; a single one is for a single encoder, whatever its name."""
    vectors = [key for key, told in header.tensors.items() if len(told.shape) in (1, 2) and told.size]
    roles = {role: role for role in ROLES if role in vectors}
    known = next((key for key in KEYS if key in vectors), None)
    if not roles and known is None and len(header.tensors) > 1:
        vectors = []
    one = known or next(iter(vectors), None)
    keys = roles or ({} if one is None else {"": one})
    if not keys:
        raise InputError(f"{header.path.name} holds no embedding.", SO)
    return dict(zip(widths, keys.values(), strict=True)) if len(keys) == len(widths) == 1 else keys


def _family(widths: Mapping[str, int]) -> str:
    sides = tuple(sorted(widths.values()))
    return FAMILIES.get(sides, f"a model of the width {' and '.join(map(str, sides))}")
