"""What a file of layers is: the tables are asked, then its own metadata, then its name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.models.recognise.adapted import is_adapted
from core.models.recognise.encoders import ENCODERS, IMAGE_ENCODERS, encoder_facts
from core.models.recognise.formats import Packs, format_of, packs
from core.models.recognise.guides import GUIDES
from core.models.recognise.kinds import ModelKind, Recognised
from core.models.recognise.layers import Layers, Shape
from core.models.recognise.lora_families import lora_families
from core.models.recognise.names import NameFacts, told_by, told_in
from core.models.recognise.networks import NETWORKS
from core.models.recognise.rooms import Rooms, divided, part_of, unwrapped
from core.models.recognise.segmenters import SEGMENTERS
from core.models.recognise.signature import Signature
from core.models.recognise.upscalers import UPSCALERS
from core.models.recognise.vaes import TINY, VAES

PARTS = (GUIDES, VAES, TINY, ENCODERS, IMAGE_ENCODERS, UPSCALERS, SEGMENTERS)
DRAWS = (ModelKind.CHECKPOINT, ModelKind.NETWORK)
PREDICTION = "modelspec.prediction_type"
V_MARK = "v_pred"  # an empty tensor that v models carry
# Of a network of no known family: something that embeds the time, and numbered blocks.
TIME = re.compile(
    r"(?:^|\.)(?:t_embedder|time_embed\w*|timestep_embed\w*|time_in|time_text_embed|t_block|adaln_single)\."
)
BLOCK = re.compile(r"(?:^|\.)\w*(?:blocks|layers)\.\d+\.")
GUIDED = ("controlnet_cond_embedding.", "controlnet_blocks.", "controlnet_down_blocks.", "input_hint_block.")


@dataclass(frozen=True)
class FileFacts:
    """What is read of a file: its shapes and formats by key, its own metadata, and its name without ending.

    prediction: "epsilon" or "v" where a file beside it says so, else ""
    """

    shapes: Mapping[str, Shape]
    formats: Mapping[str, str]
    metadata: Mapping[str, str]
    name: str
    bytes: int
    prediction: str = ""

    def numbers(self, key: str) -> int:
        total = 1
        for side in self.shapes[key]:
            total *= side
        return total


def recognise_facts(facts: FileFacts) -> Recognised:
    """ModelKind, family and the rest of a file that holds layers."""
    layers = Layers(facts.shapes)
    rooms = divided(facts.shapes)
    signature = next(iter(signatures(layers, rooms)), None)
    kind = ModelKind.UNKNOWN
    families: tuple[str, ...] = ()
    if signature is not None:
        kind, families = signature.kind, signature.families
    elif is_adapted(layers):
        kind, families = ModelKind.LORA, lora_families(layers, facts.metadata)
    else:
        kind = _build(layers, rooms)
    if kind is ModelKind.NETWORK and (rooms.vae or rooms.encoders):
        kind = ModelKind.CHECKPOINT
    return _completed(facts, rooms, kind, families, signature)


def signatures(layers: Layers, rooms: Rooms) -> Iterator[Signature]:
    """Every signature that the layers have: one, unless they are of no known kind."""
    if rooms.prefix:
        yield from NETWORKS.fitting(rooms.network)
        return
    for inner in unwrapped(layers):
        found = [signature for table in PARTS for signature in table.fitting(inner)]
        if not found and not is_adapted(inner):
            found = list(NETWORKS.fitting(inner))
        if found:
            yield from found
            return


def _build(layers: Layers, rooms: Rooms) -> ModelKind:
    """The kind of what is of no known family, by how it is built."""
    if rooms.prefix and len(rooms.network.shapes) > 1:
        return ModelKind.NETWORK
    if rooms.vae and rooms.encoders:
        return ModelKind.CHECKPOINT  # of which the network is missing
    for inner in unwrapped(layers):
        if any(map(inner.has, GUIDED)):
            return ModelKind.CONTROLNET
        if encoder_facts(inner)["build"]:
            return ModelKind.TEXT_ENCODER
        if inner.has("decoder.") and inner.has("encoder.") and _has_pictures(inner):
            return ModelKind.VAE
        keys = inner.shapes
        if len(keys) > 20 and any(map(TIME.search, keys)) and any(map(BLOCK.search, keys)):
            return ModelKind.NETWORK
    return ModelKind.UNKNOWN


def _has_pictures(layers: Layers) -> bool:
    """Convolutions in the encoder: it sees pictures, or films."""
    return any(key.startswith("encoder.") and len(shape) in (4, 5) for key, shape in layers.shapes.items())


def _completed(
    facts: FileFacts, rooms: Rooms, kind: ModelKind, families: tuple[str, ...], signature: Signature | None
) -> Recognised:
    drawn = kind in DRAWS
    own, name = told_in(facts.metadata, kind, families), told_by(facts.name, kind, families)
    by_name: list[str] = []
    variant = own.variant or name.variant
    if len(families) == 1 and variant in families[0]:  # said already
        variant = ""
    if variant and not own.variant:
        by_name.append("variant")
    distilled = _distilled(own, name, signature) if drawn or kind is ModelKind.LORA else None
    if distilled and distilled != _distilled(own, NameFacts(), signature):
        by_name.append("distilled")
    prediction = _prediction(facts, signature) or own.prediction
    if prediction is None and drawn:
        prediction = name.prediction
        if prediction:
            by_name.append("prediction")
    if prediction is None and signature is not None:
        prediction = signature.prediction
    keys = [key for key in facts.shapes if not drawn or part_of(key) == "network"]
    return Recognised(
        kind,
        families,
        variant,
        format_of(((key, facts.formats[key], facts.numbers(key)) for key in keys), facts.metadata),
        prediction if drawn else None,
        distilled,
        tuple(by_name),
        _lacks(rooms) if kind is ModelKind.CHECKPOINT else (),
        _parts(facts) if drawn else (),
        _packed(facts) if drawn else (),
        facts.bytes,
    )


def _distilled(own: NameFacts, name: NameFacts, signature: Signature | None) -> bool:
    """A name that denies it is believed before layers, which are alike; one that says so after them."""
    told = own.distilled if own.distilled is not None else name.distilled
    if told is False:
        return False
    return bool(told if signature is None or signature.distilled is None else signature.distilled)


def _prediction(facts: FileFacts, signature: Signature | None) -> str | None:
    """What the file, or one beside it, says that it predicts."""
    if signature is not None and signature.prediction == "flow":
        return "flow"
    if facts.prediction:
        return facts.prediction
    if V_MARK in facts.shapes:
        return "v"
    said = facts.metadata.get(PREDICTION, "")
    return ("v" if said.startswith("v") else "epsilon") if said else None


def _lacks(rooms: Rooms) -> tuple[str, ...]:
    parts = (("network", bool(rooms.prefix)), ("vae", rooms.vae), ("text_encoder", rooms.encoders))
    return tuple(part for part, there in parts if not there)


def _parts(facts: FileFacts) -> tuple[tuple[str, int], ...]:
    """How many numbers each part holds."""
    counts: dict[str, int] = {}
    for key in facts.shapes:
        if part := part_of(key):
            counts[part] = counts.get(part, 0) + facts.numbers(key)
    return tuple(counts.items())


def _packed(facts: FileFacts) -> tuple[tuple[str, Packs], ...]:
    """What of each part stays packed."""
    found: dict[str, Packs] = {}
    for key, shape in facts.shapes.items():
        if (part := part_of(key)) and (one := packs(key, facts.formats[key], shape)).numbers:
            found[part] = found.get(part, Packs()) + one
    return tuple(found.items())
