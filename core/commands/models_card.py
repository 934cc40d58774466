"""palimpsest models card: what is known of a model beyond its files; said, kept, written out and read in."""

import argparse
from pathlib import Path

from core.commands import console
from core.commands.parser import CommandParser

FROM = {  # core.models.ways.SaidBy → in words
    "distilled": "distilled: recognised",
    "lora": "a LoRA",
    "family": "usual for its family",
    "card": "the card beside it",
    "told": "said by you",
}


def add(card: CommandParser) -> None:
    """The options of the command."""
    card.add_argument("model", metavar="MODEL", help="a file, a folder, or a name as “list” tells")
    option = card.add_argument
    option(
        "--set",
        dest="said",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="say something of the model: steps, guidance, solver, change, mask-strength, kappa, clip-skip, "
        "prediction or zero-snr, written as for edit; none takes it back",
    )
    option(
        "--part",
        dest="parts",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="FILE",
        help="take what a single file lacks from these: a text encoder, a VAE",
    )
    option("--reset", action="store_true", help="take back all that you said of it")
    option("--import", dest="source", type=Path, metavar="FILE", help="say what a card says, and no more")
    option("--export", dest="target", type=Path, metavar="FILE", help="write all that is known as a card")
    card.set_defaults(run=_card)


def _card(given: argparse.Namespace) -> None:
    from core.models import card as cards
    from core.models.files.checkpoint import choose_part
    from core.models.show import place_of
    from core.models.ways import shown, ways_of

    place = place_of(given.model)
    if given.source is not None or given.said or given.reset:
        if given.source is not None:
            card = cards.import_card(given.source).here(cards.told_card(place))
        else:
            card = cards.ModelCard() if given.reset else cards.told_card(place)
        cards.tell(place, cards.with_said(card, given.said))
    for file in given.parts:
        choose_part(place, file)
    ways = ways_of(str(place))
    if given.target is not None:
        cards.write_card(given.target, ways.card.elsewhere)
        given.written.append(given.target)
    print(place)
    for name in cards.NAMES:
        by = ways.whence.get(name)
        value = "as its files or the program say" if by is None else shown(getattr(ways.card, name))
        source = "" if by is None else f"  ({FROM[by.source]}{', by its name' if by.by_name else ''})"
        print(f"  {name.replace('_', '-') + ':':15}{value}{source}")
    for part, file in cards.told_card(place).parts.items():
        print(f"  {part + ':':15}{file}")
    console.tell(cards.card_problems(place))
