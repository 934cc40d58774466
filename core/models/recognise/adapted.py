"""LoRA files and their relatives: which layers of which network they change, by name and by width. No torch.

Their trainers write one layer under many names; here each is brought to one spelling, with underscores and
without the prefix that says which part of the model it is in.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from core.models.recognise.layers import Layers, Shape

ENDING = re.compile(  # of the weights that LoRA and its relatives (LoHa, LoKr, DoRA, OFT, IA3, GLoRA …) write
    r"[._](?:"
    r"lora_(?P<kohya>down|up|mid)\.(?:weight|bias)"
    r"|lora_(?P<peft>A|B)(?:\.\w+)?\.(?:weight|bias)|lora_embedding_(?:A|B)"
    r"|lora\d?(?:_linear_layer)?\.(?P<old>down|up)\.weight"
    r"|hada_(?P<hada>w[12]_[ab]|t[12])|lokr_(?P<lokr>w[12](?:_[ab])?|t2)"
    r"|(?P<full>diff|set_weight)|diff_b|w_norm|b_norm"
    r"|(?P<glora>[ab][12])\.weight"
    r"|oft_blocks|oft_diag|oft_R\.\w+\.weight|boft_\w+|rescale|on_input|(?:ia3_l|vera_lambda_[bd])(?:\.\w+)*"
    r"|dora_scale|lora_magnitude_vector(?:\.\w+)*|scalar|(?P<alpha>alpha|scale))$"
)
PREFIXES = re.compile(
    r"^(?:base_model\.model\.)?(?:model\.)?"
    r"(?:(?P<text>lora_te\d?_|lora_prior_te_|lycoris_te\d?_|te[123]?\.|text_encoders?(?:_\d)?\."
    r"|conditioner\.embedders\.\d\.|cond_stage_model\.|clip_[lg]\.|t5xxl\.)"
    r"|(?P<network>lora_unet_|lora_transformer_|lora_dit_|lycoris_unet_|lycoris_|lora_prior_unet_"
    r"|diffusion_model\.|unet\.|transformer\.|dit\.|net\.)?)"
)
BUNDLE = "bundle_emb."  # vectors of words that a LoRA brings along
DOWN, UP = ("down", "A"), ("up", "B")


@dataclass(frozen=True)
class ChangedLayer:
    """One layer that a file changes.

    name, prefix  what it is called, and what says before it which part of the model it is in
    text          whether it is a text encoder's
    into, out     widths of what goes in and comes out, 0 where they are not known
    sides         of its weights: 4 of a convolution
    """

    name: str
    prefix: str
    text: bool
    into: int
    out: int
    sides: int

    @cached_property
    def within(self) -> str:
        """Its name without the prefix, with underscores."""
        return self.name.replace(".", "_")


def is_adapted(layers: Layers) -> bool:
    """Whether a file holds changes of layers rather than layers: at least half of its keys say so."""
    keys = [key for key in layers.shapes if not key.startswith(BUNDLE)]
    found = [key for key in keys if (ending := ENDING.search(key)) and not ending["alpha"]]
    alphas = sum(key.endswith((".alpha", ".scale")) for key in keys)
    return bool(found) and 2 * len(found) >= len(keys) - alphas


def changes(layers: Layers) -> list[ChangedLayer]:
    """Every layer that is changed."""
    found: dict[str, dict[str, Shape]] = {}
    for key, shape in layers.shapes.items():
        ending = None if key.startswith(BUNDLE) else ENDING.search(key)
        if ending is not None:
            role = next((said for said in ending.groups() if said), "")
            found.setdefault(key[: ending.start()], {})[role] = shape
    return [_change(name, roles) for name, roles in found.items()]


def _change(name: str, roles: dict[str, Shape]) -> ChangedLayer:
    match = PREFIXES.match(name)
    assert match is not None  # everything in it is optional
    into, out = _widths(roles)
    sides = max((len(shape) for shape in roles.values()), default=0)
    plain = name[match.end() :].replace(".processor.", ".")  # as diffusers once called attention's layers
    return ChangedLayer(plain, match[0], bool(match["text"]), into, out, sides)


def _widths(roles: dict[str, Shape]) -> tuple[int, int]:
    """What goes into a layer and what comes out, (0, 0) where its weights don't say."""
    flat = {role: (shape[0], math.prod(shape[1:])) for role, shape in roles.items() if len(shape) > 1}
    down = next((roles[role][1] for role in DOWN if len(roles.get(role, ())) > 1), 0)
    up = next((flat[role][0] for role in UP if role in flat), 0)
    if down or up:
        return down, up
    if {"w1_a", "w1_b", "w2_a"} <= flat.keys() and flat["w1_a"][0] == flat["w2_a"][0]:
        return flat["w1_b"][1], flat["w1_a"][0]  # LoHa: both products are as large as the weight
    first, second = (_factor(flat, which) for which in ("w1", "w2"))
    if first and second:  # LoKr: the weight is their Kronecker product
        return first[1] * second[1], first[0] * second[0]
    full = flat.get("diff") or flat.get("set_weight")
    return (full[1], full[0]) if full else (0, 0)


def _factor(flat: dict[str, Shape], which: str) -> Shape | None:
    if which in flat:
        return flat[which]
    a, b = flat.get(f"{which}_a"), flat.get(f"{which}_b")
    return (a[0], b[1]) if a and b else None


def widest(found: Iterable[ChangedLayer], pattern: re.Pattern[str]) -> set[int]:
    """What goes into the layers of such names."""
    return {change.into for change in found if change.into and pattern.search(change.within)}
