"""MovieRequest: everything that decides the frames of a movie, and nothing else. No torch."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import msgspec

from core.diffusion.solver import Solver
from core.edit.method import Method
from core.edit.request import Blend, EditRequest, check_prompts, request_from
from core.edit.words.lora_tags import without_tags
from core.errors import InputError, require
from core.photo.rect import Size
from core.text import from_json, to_json

VERSION = 1
MOST_FRAMES = 5000
MAX_FPS = 60
SIDES = (16, 4096)  # pixels of a picture from the model alone


class Interpolation(StrEnum):
    """How the text embedding goes from prompt to prompt."""

    LINEAR = "linear"
    SPHERICAL = "spherical"


class Steady(StrEnum):
    """What every frame is an edit of: the same picture, or where the way to its first prompt ended."""

    FIXED = "fixed"
    CHAINED = "chained"


class Pacing(StrEnum):
    """Frames at equal steps of the text, or where the picture changes about equally."""

    EVEN = "even"
    CHANGE = "change"


@dataclass(frozen=True)
class MovieRequest:
    """One movie. Same request, same machine: same frames.

    edit           what all frames share; its reference finds the mask, its query is not looked at
    prompts        two or more, in the order in which the movie visits them
    seconds        from one prompt to the next, > 0; fps frames a second, 1…60
    interpolation  of the text embedding between two prompts
    steady         fixed: every frame is an edit of the photo; chained: of the last frame before its first
                   prompt, with the colours held to those of the first frame
    to_seed        the noise turns from the edit's seed to this one over the movie; None keeps it
    size           (width, height) of a movie from the model alone; None edits a photo
    """

    edit: EditRequest
    prompts: tuple[str, ...]
    seconds: float = 2.0
    fps: int = 12
    interpolation: Interpolation = Interpolation.LINEAR
    steady: Steady = Steady.FIXED
    pacing: Pacing = Pacing.EVEN
    to_seed: int | None = None
    size: Size | None = None
    version: int = VERSION

    def __post_init__(self) -> None:
        require(
            self.version == VERSION, f"this movie has version {self.version}; this program reads {VERSION}"
        )
        require(len(self.prompts) >= 2, f"a movie goes between two prompts or more, not {len(self.prompts)}")
        check_prompts(*self.prompts)
        require(all(prompt.strip() for prompt in self.prompts), "every prompt of a movie must say something")
        require(all(a != b for a, b in pairwise(self.prompts)), "two prompts in a row are the same")
        require(1 <= self.fps <= MAX_FPS, f"frames a second must be in 1…{MAX_FPS}, not {self.fps}")
        require(0 < self.seconds <= 3600, f"the seconds must be in (0, 3600], not {self.seconds:g}")
        require(self.frames <= MOST_FRAMES, f"{self.frames} frames are more than {MOST_FRAMES}")
        require(self.to_seed is None or 0 <= self.to_seed < 2**63, "the second seed must be in 0…2⁶³−1")
        if self.size is not None:
            low, high = SIDES
            require(
                all(low <= side <= high for side in self.size),
                f"a side must have {low}…{high} pixels, not {self.size[0]} × {self.size[1]}",
            )

    @property
    def texts(self) -> tuple[str, ...]:
        """All that the model reads for this movie, but for the empty text."""
        return tuple(map(without_tags, (self.edit.reference, self.edit.avoid, *self.prompts)))

    @property
    def ways(self) -> int:
        """Ways from one prompt to the next."""
        return len(self.prompts) - 1

    @property
    def frames_a_way(self) -> int:
        return max(1, round(self.seconds * self.fps))

    @property
    def frames(self) -> int:
        """All frames, the first prompt's own included."""
        return self.ways * self.frames_a_way + 1

    @property
    def seed_is_idle(self) -> bool:
        """The second seed would move nothing: the noise is the picture's own, and none of it gives way."""
        edit = self.edit
        own = edit.method.inverts and edit.solver is not Solver.EDIT_FRIENDLY and edit.variation == 0
        return self.to_seed is not None and self.size is None and own

    def way(self, place: float) -> int:
        """Which way a place in [0, ways] lies on; a prompt between two ways ends the earlier one."""
        return max(0, min(self.ways, -int(-place // 1)) - 1)

    def at(self, place: float, chunks: int = 1) -> EditRequest:
        """The edit that draws the frame at a place: whole numbers are the prompts themselves.

        chunks: in which every prompt of the movie is read at least, so that its ways agree where they meet.
        """
        way = self.way(place)
        blend = Blend(
            query=self.prompts[way + 1],
            share=place - way,
            spherical=self.interpolation is Interpolation.SPHERICAL,
            seed=self.to_seed,
            seed_share=place / self.ways if self.to_seed is not None else 0.0,
            chunks=chunks,
        )
        edit = self.edit.with_(query=self.prompts[way], mask=None, blend=blend)
        chained = self.steady is Steady.CHAINED and way > 0
        if chained:  # its picture shows what the way before has come to
            edit = edit.with_(reference=self.prompts[way])
        if self.size is not None and chained:  # what the model drew alone is edited from there on
            return edit.with_(method=Method.ENCODE_DECODE)
        return edit

    def finds(self) -> tuple[EditRequest, ...]:
        """The searches whose regions together are what may change: one for each prompt that is gone to."""
        if self.size is not None or not self.edit.method.masked or self.edit.mask is not None:
            return ()
        first, *others = self.prompts
        reference = self.edit.reference
        queries = others if reference == first else self.prompts
        return tuple(self.edit.with_(query=query, blend=None) for query in dict.fromkeys(queries))

    def with_(self, **changes: object) -> "MovieRequest":
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_json(self) -> bytes:
        """Canonical JSON, UTF-8."""
        return to_json(self)

    def digest(self) -> str:
        """SHA-256 of the request, in hexadecimal: names what was begun, so that it can go on."""
        same = MovieRequest.from_json(self.to_json())  # 2 and 2.0 mean the same
        return hashlib.sha256(same.to_json()).hexdigest()

    @staticmethod
    def from_json(data: bytes | str) -> "MovieRequest":
        """Read what `to_json` wrote. Unknown fields and values out of range are refused (InputError)."""
        try:
            fields = from_json(data, dict[str, object])
            unknown = set(fields) - set(MovieRequest.__dataclass_fields__)
            if unknown:
                raise InputError(
                    f"This movie has an unknown field “{min(unknown)}”.", "It may be of a newer version."
                )
            if "edit" in fields:
                fields["edit"] = msgspec.to_builtins(request_from(fields["edit"]))
            return msgspec.convert(fields, MovieRequest)
        except (msgspec.DecodeError, ValueError) as error:
            raise InputError(f"This movie can't be used: {error}.") from error
