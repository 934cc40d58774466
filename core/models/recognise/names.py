"""What a name or a file's own metadata tells where layers are alike: Lightning, Turbo, Krea …"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.models.recognise.kinds import ModelKind


@dataclass(frozen=True)
class NameWord:
    """A word in a name, and what it tells of a model of these families (of every one, where none is named).

    kind     of such files only; a VAE is told by words of its own alone, whatever model its name speaks of
    variant  what the model then is called; distilled, prediction: what it then is
    """

    pattern: re.Pattern[str]
    variant: str = ""
    families: tuple[str, ...] = ()
    kind: ModelKind | None = None
    distilled: bool | None = None
    prediction: str | None = None

    def tells(self, text: str, kind: ModelKind, families: Iterable[str]) -> bool:
        """Whether it stands in a text and speaks of such files."""
        fits = not self.families or any(family in self.families for family in families)
        kinds = (kind,) if kind is ModelKind.VAE else (None, kind)
        return fits and self.kind in kinds and self.pattern.search(text) is not None

    def named(self, families: tuple[str, ...]) -> str:
        """The variant's whole name: a word that any family may bear goes after the family's."""
        plain = not self.families and len(families) == 1
        return f"{families[0]} {self.variant}" if plain else self.variant


def _word(
    pattern: str,
    variant: str = "",
    *families: str,
    kind: ModelKind | None = None,
    distilled: bool | None = None,
    prediction: str | None = None,
) -> NameWord:
    """In the pattern ^ and $ stand for the ends of a word: names have no spaces."""
    found = pattern.replace("^", r"(?<![a-z])").replace("$", r"(?![a-z])")
    return NameWord(re.compile(found), variant, families, kind, distilled, prediction)


FLUX = ("FLUX.1 dev", "FLUX.1 schnell", "FLUX.1 Fill", "FLUX.1")
SD2 = ("SD 2.x", "pruned SD 2.x", "SD 2.x unCLIP")
UNETS = ("SD 1.x", "pruned SD 1.x", "SDXL", "pruned SDXL", "SDXL inpainting", *SD2)
STEPS = r"(?<!\d)(?:[1-9]|1[0-6])[-_ ]?steps?(?![a-z])"  # that a model was distilled for
WORDS = (
    # what isn't distilled although another word of its name says so comes first
    _word(r"de[-_ ]?distill", distilled=False),
    _word(r"klein[-_. ]?base|^base[-_. ]?klein", "FLUX.2 klein base", "FLUX.2 klein", distilled=False),
    _word(r"klein", "", "FLUX.2 klein", distilled=True),
    _word(r"kontext", "FLUX.1 Kontext", *FLUX),
    _word(r"krea(?!.?2)", "FLUX.1 Krea", *FLUX),
    _word(r"kolors", "Kolors", "SDXL"),
    _word(r"playground.?v?2(?!.?5)", "Playground 2", "SDXL"),
    _word(r"ssd.?1b", "SSD-1B", "pruned SDXL"),
    _word(r"vega", "Vega", "pruned SDXL"),
    _word(r"koala", "KOALA", "pruned SDXL"),
    _word(r"z.?image.?turbo|zit$", "Z-Image-Turbo", "Z-Image", distilled=True),
    _word(r"chroma.?1?.?base", "Chroma Base", "Chroma"),
    _word(r"edit", "Qwen-Image-Edit", "Qwen-Image"),
    _word(r"layered", "Qwen-Image-Layered", "Qwen-Image"),
    _word(r"sigma", "PixArt-Sigma", "PixArt"),
    _word(r"alpha", "PixArt-Alpha", "PixArt"),
    _word(r"^ae$|flux", "FLUX.1", "FLUX.1", kind=ModelKind.VAE),
    _word(r"^sd.?3|diffusion.?3", "SD 3", "SD 3", kind=ModelKind.VAE),
    _word(r"fp16.?fix", "SDXL for half precision", "SDXL", kind=ModelKind.VAE),
    _word(r"xl", "SDXL", "SDXL", kind=ModelKind.VAE),
    _word(r"^mse$|^ema$|anime|^sd.?1|v1", "SD 1.x", "SD 1.x", kind=ModelKind.VAE),
    # distilled for few steps
    _word(r"lightning", "Lightning", distilled=True),
    _word(r"turbo", "Turbo", distilled=True),
    _word(r"hyper(?!.?(?:real|net|man|ion|detail|drive|space))", "Hyper", distilled=True),
    _word(r"lcm$", "LCM", distilled=True),
    _word(r"dmd.?2?$", "DMD2", distilled=True),
    _word(r"schnell", "", distilled=True),
    _word(r"^flash(?!.?(?:back|light))", "Flash", distilled=True),
    _word(r"^pcm$", "PCM", distilled=True),
    _word(r"lightx2v", "lightx2v", distilled=True),
    _word(r"^tcd$", "TCD", distilled=True),
    _word(r"sprint", "Sana Sprint", "Sana", distilled=True),
    _word(r"(?<!de)(?<!de[-_ ])distill", "distilled", distilled=True),
    _word(STEPS, "", distilled=True),
    # what the network predicts
    _word(r"v[-_]?pred", "", *UNETS, prediction="v"),
    _word(r"v_?parameterization", "", *UNETS, prediction="v"),
    _word(r"768[-_]?v|v2[-_.]?[01][-_]768|^768$", "", *SD2, prediction="v"),
    _word(r"512", "", *SD2, prediction="epsilon"),
)
SPEC = ("modelspec.architecture", "modelspec.title")  # what a file is called in its own header


@dataclass(frozen=True)
class NameFacts:
    """What words told: each of the facts by the first word that tells it, "" and None where none does."""

    variant: str = ""
    distilled: bool | None = None
    prediction: str | None = None


def told_by(text: str, kind: ModelKind, families: tuple[str, ...]) -> NameFacts:
    """What a name tells of a file of this kind and these families."""
    words = [word for word in WORDS if word.tells(text.lower(), kind, families)]
    return NameFacts(
        next((word.named(families) for word in words if word.variant), ""),
        next((word.distilled for word in words if word.distilled is not None), None),
        next((word.prediction for word in words if word.prediction), None),
    )


def named_steps(name: str) -> int | None:
    """The steps that a name says a model was distilled for; None where it says none."""
    found = re.search(STEPS, name.lower())
    return int(re.split(r"[-_ s]", found[0])[0]) if found else None


def told_in(metadata: Mapping[str, str], kind: ModelKind, families: tuple[str, ...]) -> NameFacts:
    """What the header tells of itself."""
    return told_by(" ".join(metadata.get(key, "") for key in SPEC), kind, families)
