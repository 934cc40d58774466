"""What recognition answers."""

from dataclasses import dataclass
from enum import StrEnum

from core.models.recognise.formats import Packs, Weights


class ModelKind(StrEnum):
    """What a file or folder is, whatever it is called."""

    CHECKPOINT = "checkpoint"  # a network with other parts of its model
    NETWORK = "network"
    VAE = "vae"
    TEXT_ENCODER = "text-encoder"
    IMAGE_ENCODER = "image-encoder"
    LORA = "lora"
    CONTROLNET = "controlnet"
    IP_ADAPTER = "ip-adapter"
    TEXTUAL_INVERSION = "textual-inversion"
    HYPERNETWORK = "hypernetwork"
    MOTION_MODULE = "motion-module"
    UPSCALER = "upscaler"
    SEGMENTER = "segmenter"
    GGUF = "gguf"
    FOLDER = "folder"
    WEB_PAGE = "web-page"
    LFS_POINTER = "lfs-pointer"
    PICKLE = "pickle"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Recognised:
    """What recognition found out. The same header gives the same `kind` and `families` under every name.

    families    names of the families it can be of, several where their layers are alike; () if none is known
    variant     which model of the family ("FLUX.1 Krea", "SDXL Lightning"), else ""
    format      of most of its numbers: float32, float16, bfloat16, float8, q4_k, nf4 …; "" for none
    prediction  "epsilon", "v" or "flow", None where it predicts nothing or nothing tells
    distilled   for few steps or without guidance: True where layers, metadata or the name say so, False where
                nothing does, None where the question doesn't arise
    by_name     the fields among these that rest on the name of the file or folder alone
    lacks       the parts that a checkpoint should have and hasn't: "vae", "text_encoder" …
    parts       numbers in each of its parts: "network", "vae", "text encoders"
    packed      of these what stays packed in memory, for each part that has some
    bytes       of the file, or of all weights in the folder
    why, hint   what is wrong with it (cut off, no model at all …) and what to do, "" while nothing is
    """

    kind: ModelKind
    families: tuple[str, ...] = ()
    variant: str = ""
    format: str = ""
    prediction: str | None = None
    distilled: bool | None = None
    by_name: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()
    packed: tuple[tuple[str, Packs], ...] = ()
    bytes: int = 0
    why: str = ""
    hint: str = ""

    @property
    def weights(self) -> dict[str, Weights]:
        """Of each of its parts."""
        packed = dict(self.packed)
        return {part: Weights(numbers, packed.get(part, Packs())) for part, numbers in self.parts}

    @property
    def family(self) -> str:
        """The families in words: "SDXL", "SD 1.x or SD 2.x"."""
        *rest, last = self.families or ("",)
        return f"{', '.join(rest)} or {last}" if rest else last

    @property
    def title(self) -> str:
        """What it is called, the variant or the family, and whether that is so by its name."""
        return f"{self.variant} (by its name)" if "variant" in self.by_name else self.variant or self.family
