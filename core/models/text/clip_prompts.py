# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Prompts read by CLIP encoders: as they stand, or with weights, in chunks and with textual inversions.

A token's weight multiplies what the encoder says at its place, and the chunk's mean is brought back to what
it was: Automatic1111's rule ("Original" emphasis), by which shared prompts are weighed. The pooled text is
that of the first chunk, without weights, as Automatic1111 and ComfyUI take it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import Piece, understood
from core.errors import InputError
from core.models.adapters.part import Part, Tensors
from core.models.backbone import Reading
from core.models.text.chunks import Chunk, Slot, Unit, chunked
from core.models.text.clip import MARKS, check_ids, token_ids
from core.models.text.embedding_vectors import Vectors, read_vectors
from core.models.text.embeddings import EmbeddingFile, taken_out

COMMA = ",</w>"
Call = Callable[[Any], Tensors]


@dataclass(frozen=True)
class ClipEncoder:
    """One of a model's CLIP encoders.

    role   by which a textual inversion's file names it: "clip_l" or "clip_g"
    call   ids (1, L) → how the encoder is asked: its hidden states (1, L, D) first, then what is pooled
    """

    role: str
    part: Part
    tokenizer: Any
    call: Callable[[torch.Tensor], Call]


class ClipPrompts:
    """The CLIP encoders of a model. length: tokens they read at a time, with the marks before and after.

    ask: of the adapter, which does it without overfilling memory.
    """

    def __init__(
        self, encoders: Sequence[ClipEncoder], length: int, ask: Callable[[Part, Call], Tensors]
    ) -> None:
        self._encoders, self._length, self._room, self._ask = tuple(encoders), length, length - MARKS, ask
        self._learned: dict[EmbeddingFile, Vectors | InputError] = {}

    def count(self, prompt: str, reading: Reading) -> TokenCount:
        """Tokens and chunks of a prompt by itself, and which textual inversions stand in it."""
        if not reading.weighted:
            ids = self._encoders[0].tokenizer(prompt, add_special_tokens=False)["input_ids"]
            return TokenCount(len(ids), self._room)
        parts = [part for _, part in _parts(prompt, reading) if isinstance(part, EmbeddingFile)]
        learned = {file.name: self._vectors(file) for file in parts}
        notes = [str(found) for found in learned.values() if isinstance(found, InputError)]
        notes += [f"“{part}” is read as words here." for part in understood(prompt).unread]
        chunks = max((self._chunks(encoder, prompt, reading) for encoder in self._encoders), key=len)
        return TokenCount(
            used=sum(map(len, chunks)),
            limit=len(chunks) * self._room,
            chunks=len(chunks),
            embeddings=tuple(name for name, found in learned.items() if isinstance(found, dict)),
            notes=tuple(notes),
        )

    @torch.inference_mode()
    def read(self, prompt: str, reading: Reading) -> list[Tensors]:
        """What each encoder says: (1, chunks · L, D) float32, then the first chunk's other answers.

        With weights in `reading.chunks` at least: what is missing is what the encoder says to no words.
        """
        if not reading.weighted:
            return [self._plain(encoder, prompt) for encoder in self._encoders]
        chunks = [self._chunks(encoder, prompt, reading) for encoder in self._encoders]
        length = max(reading.chunks, *map(len, chunks))
        return [
            self._said(encoder, [*own, *[()] * (length - len(own))])
            for encoder, own in zip(self._encoders, chunks, strict=True)
        ]

    def _plain(self, encoder: ClipEncoder, prompt: str) -> Tensors:
        ids = token_ids(encoder.tokenizer, prompt, self._length, encoder.part.module)
        return self._ask(encoder.part, encoder.call(ids))

    def _said(self, encoder: ClipEncoder, chunks: Sequence[Chunk]) -> Tensors:
        said = [self._chunk(encoder, chunk) for chunk in chunks]
        return torch.cat([hidden for hidden, *_ in said], dim=1), *said[0][1:]

    def _chunk(self, encoder: ClipEncoder, chunk: Chunk) -> Tensors:
        tokens, after = encoder.tokenizer, self._room - len(chunk)
        marks = tokens.bos_token_id, tokens.eos_token_id, tokens.pad_token_id
        ids = [marks[0], *(slot.token for slot in chunk), marks[1], *[marks[2]] * after]
        call = encoder.call(check_ids(torch.tensor([ids]), self._length, encoder.part.module))
        hidden, *others = self._ask(encoder.part, self._with_vectors(call, encoder, chunk))
        return weighed(hidden, [1.0, *(slot.weight for slot in chunk), 1.0, *[1.0] * after]), *others

    def _with_vectors(self, call: Call, encoder: ClipEncoder, chunk: Chunk) -> Call:
        """The call, while what was learned stands in the place of the tokens' own vectors."""
        rows = {
            place: self._usable(slot.row[0])[encoder.role][slot.row[1]]
            for place, slot in enumerate(chunk, start=1)
            if slot.row is not None
        }
        if not rows:
            return call

        def put(_layer: Any, _ids: Any, vectors: torch.Tensor) -> torch.Tensor:
            vectors = vectors.clone()
            vectors[0, list(rows)] = torch.stack(list(rows.values())).to(vectors)
            return vectors

        def asked(module: Any) -> Tensors:
            hook = module.get_input_embeddings().register_forward_hook(put)
            try:
                return call(module)
            finally:
                hook.remove()

        return asked

    def _chunks(self, encoder: ClipEncoder, prompt: str, reading: Reading) -> list[Chunk]:
        return chunked(self._units(encoder, prompt, reading), self._room)

    def _units(self, encoder: ClipEncoder, prompt: str, reading: Reading) -> Iterator[Unit | None]:
        comma = encoder.tokenizer.convert_tokens_to_ids(COMMA)
        for piece, part in _parts(prompt, reading):
            if part is None:
                yield None
            elif isinstance(part, EmbeddingFile) and isinstance(self._vectors(part), dict):
                rows = range(len(self._usable(part)[encoder.role]))
                yield Unit(tuple(Slot(0, piece.weight, (part, row)) for row in rows))
            else:
                text = part if isinstance(part, str) else part.name
                for token in encoder.tokenizer(text, add_special_tokens=False)["input_ids"]:
                    yield Unit((Slot(token, piece.weight),), comma=token == comma)

    def _vectors(self, file: EmbeddingFile) -> Vectors | InputError:
        """What was learned, or why it can't be used here."""
        if file not in self._learned:
            widths = {one.role: int(one.part.module.config.hidden_size) for one in self._encoders}
            try:
                self._learned[file] = read_vectors(file, widths, self._room)
            except InputError as error:
                self._learned[file] = error
        return self._learned[file]

    def _usable(self, file: EmbeddingFile) -> Vectors:
        found = self._vectors(file)
        assert isinstance(found, dict)
        return found


def weighed(hidden: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    """hidden (1, L, D) times a weight for each place; the mean of all stays what it was."""
    if all(weight == 1 for weight in weights):
        return hidden
    found = hidden * torch.tensor(weights, dtype=hidden.dtype, device=hidden.device)[None, :, None]
    restored = found * (hidden.mean() / found.mean())
    return restored if bool(torch.isfinite(restored).all()) else found


def _parts(prompt: str, reading: Reading) -> Iterator[tuple[Piece, str | EmbeddingFile | None]]:
    """What stands in a prompt, each with the piece that it is part of; None for a BREAK."""
    for n, segment in enumerate(understood(prompt).segments):
        if n:
            yield Piece(""), None
        for piece in segment:
            for part in taken_out(piece.text, reading.embeddings):
                yield piece, part
