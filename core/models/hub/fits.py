"""Whether what the hub offers fits this machine. No torch."""

from core.models.hub.named import Offer
from core.models.memory.machine import BYTES, Machine, Verdict, fits, judged, segmenting
from core.models.offered import known_fits, known_model
from core.models.recognise.formats import Weights
from core.models.recognise.kinds import ModelKind


def offer_fits(offer: Offer, machine: Machine, *, t5: bool) -> Verdict:
    """One of the shelf by what is known of it, any other by its files.

    t5: the offer was looked up with that text encoder. The header of a single file tells its parts; of a
    folder they are told by its files' bytes, in half precision where it has one kind of them only.
    """
    told, known = offer.told, known_model(offer.repo)
    if known is not None and known.file == (offer.model.name if told else ""):
        return known_fits(known, machine, t5=t5)
    if told is not None and told.kind is ModelKind.SEGMENTER:
        return judged(segmenting(offer.weights // BYTES["single"]), machine)
    wide = BYTES[offer.precision or "half"]
    return fits(
        (told and told.weights) or {part: Weights(held // wide) for part, held in offer.parts}, machine
    )
