"""A document as JSON: every part of a State in plain types, its arrays named by their content.

Projects and the recovery journal both hold these. A field that is added later has a default, so that what was
written before still opens; a meaning that changes makes a new VERSION.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from core.diffusion.clamp import Clamp
from core.document.search import Search
from core.document.strokes import Mode
from core.photo.masks.locality import Reach
from core.photo.rect import Rect

VERSION = 1

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Share = Annotated[float, Meta(ge=0, le=1)]
Length = Annotated[int, Meta(ge=0, le=1 << 20)]
Recipe = Mapping[str, object]  # a request as `EditRequest.to_json` writes it, whatever its version
Drafts = tuple[Recipe, Recipe]  # settings before and after


@dataclass(frozen=True)
class ArrayRef:
    """An array somewhere else. name: `core.photo.photo.digest` of it; kind: unsigned bytes, words, floats."""

    name: Digest
    kind: Literal["u1", "u2", "f4"]
    shape: Annotated[tuple[Length, ...], Meta(min_length=1, max_length=3)]


@dataclass(frozen=True)
class StoredTile:
    column: Length
    row: Length
    values: ArrayRef


@dataclass(frozen=True)
class StoredStrokes:
    """The tiles of both planes."""

    added: tuple[StoredTile, ...] = ()
    erased: tuple[StoredTile, ...] = ()


@dataclass(frozen=True)
class StoredHeat:
    values: ArrayRef
    same: bool = False
    snapped: ArrayRef | None = None
    clamp: Clamp = Clamp.RANGE
    unsure: ArrayRef | None = None
    even: Share | None = None
    area: Rect | None = None
    guide: ArrayRef | None = None
    reach: Reach | None = None


@dataclass(frozen=True)
class StoredMask:
    """auto: None while the found part sleeps, and where there is none."""

    heat: StoredHeat | None = None
    auto: ArrayRef | None = None
    strokes: StoredStrokes = field(default_factory=StoredStrokes)
    inverted: bool = False
    search: Search | None = None


@dataclass(frozen=True)
class StoredRegion:
    """A mask in its box."""

    box: Rect
    values: ArrayRef


@dataclass(frozen=True)
class StoredVariant:
    id: Id
    box: Rect
    drawn: ArrayRef
    mask: ArrayRef
    request: Recipe | None = None
    area: Rect | None = None
    beneath: str = ""
    made_with: StoredStrokes | None = None
    retouch: StoredStrokes = field(default_factory=StoredStrokes)
    region: StoredRegion | None = None


@dataclass(frozen=True)
class StoredLayer:
    id: Id
    name: str
    variant: StoredVariant
    others: tuple[StoredVariant, ...] = ()
    visible: bool = True
    opacity: Share = 1.0


@dataclass(frozen=True)
class StoredKept:
    """A mask kept by name."""

    id: Id
    name: str
    tiles: tuple[StoredTile, ...] = ()


@dataclass(frozen=True)
class StoredState:
    """Everything of a State but its photo. layers: bottom to top; draft: prompts and settings; kept: masks by
    name.
    """

    draft: Recipe
    layers: tuple[StoredLayer, ...] = ()
    mask: StoredMask = field(default_factory=StoredMask)
    kept: tuple[StoredKept, ...] = ()


@dataclass(frozen=True)
class StoredEntry:
    """One step of the history. drafts: before and after, where changing the settings was the point of it."""

    text: str
    state: StoredState
    drafts: Drafts | None = None


@dataclass(frozen=True)
class StoredFound:
    """A heat map that isn't the document's yet, and what it was found for."""

    heat: StoredHeat
    request: Recipe


@dataclass(frozen=True)
class StoredOrder:
    """An edit as it was asked for.

    start      which of the starts is the document when it was asked for
    mask       what may change; corrected: with the strokes of the start's own; found: what it was cut from
    again      the layer in whose place it draws;  searches: nothing, the mask alone is wanted, put into the
               one that is there by `mode`
    drafts     as for a step
    """

    id: Id
    request: Recipe
    start: Length
    mask: StoredRegion | None = None
    corrected: bool = False
    again: Id | None = None
    searches: bool = False
    group: str = ""
    found: StoredFound | None = None
    drafts: Drafts | None = None
    mode: Mode = Mode.REPLACE


@dataclass(frozen=True)
class StoredDrawn:
    """What came of an order."""

    order: StoredOrder
    variant: StoredVariant
    is_global: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredChoice:
    """Drawings that nobody has decided about. places: the orders of all, finished or not, side by side."""

    drawn: tuple[StoredDrawn, ...] = ()
    places: tuple[Id, ...] = ()
    marked: tuple[Id, ...] = ()
    shown: Id | None = None


@dataclass(frozen=True)
class StoredOrders:
    """What was asked for and isn't in the document; most of it begins with the same few documents.

    orders  what waits for its turn, the next one first;  choice: what waits for a decision
    """

    starts: tuple[StoredState, ...] = ()
    orders: tuple[StoredOrder, ...] = ()
    choice: StoredChoice = field(default_factory=StoredChoice)


@dataclass(frozen=True)
class StoredHistory:
    """Undo and redo: entries, oldest first, of which the one at `index` is shown; and the draft of now.

    waiting: edits that are not finished, or not decided about
    """

    entries: Annotated[tuple[StoredEntry, ...], Meta(min_length=1)]
    index: Length
    draft: Recipe
    waiting: StoredOrders = field(default_factory=StoredOrders)


@dataclass(frozen=True)
class SavedAs:
    """The project that a document is: its path, and when that file was changed last (ns) and its bytes."""

    path: str
    changed: int
    size: int


@dataclass(frozen=True)
class PhotoSource:
    """Where the photo comes from.

    path    of the file it was opened from, "" if pasted; name: as the photo says it
    copy    name of a file beside the work that holds the same photo
    file    SHA-256 of that copy's bytes; photo: `Photo.digest`, what has to come out of it
    """

    path: str
    name: str
    copy: Annotated[str, Meta(pattern=r"^photo\.[a-z0-9]{1,8}\Z")]
    file: Digest
    photo: Digest
