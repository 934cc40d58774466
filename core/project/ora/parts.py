"""What lies where in a project, and what of it only we read."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.project.stored import PhotoSource, StoredHistory

VERSION = 1  # of what lies below OURS: a field that is added later has a default and makes no new one

MIMETYPE, TYPE = "mimetype", "image/openraster"
STACK, MERGED, THUMBNAIL = "stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"
OURS = "palimpsest/"
DOCUMENT, ARRAYS = f"{OURS}document.json", f"{OURS}arrays/"
PHOTO, MASK = "photo", "mask"  # the pictures that are no layers
MASK_NAME = "Mask"  # by which the mask is known where a program kept only the names
KEPT, KEPT_NAME = "mask-", "Mask: "  # what the ids and names of masks kept by name begin with


@dataclass(frozen=True)
class StoredVersion:
    """Of any project, however late."""

    version: Annotated[int, Meta(ge=1)]


@dataclass(frozen=True)
class StoredProject:
    """source: its copy lies below OURS, the arrays of the history below ARRAYS."""

    version: int
    source: PhotoSource
    history: StoredHistory
