"""Where in the photo the region is looked for. No torch: a request names it."""

from enum import StrEnum


class LookIn(StrEnum):
    """What the model sees while it looks for the region.

    WHOLE  the whole photo, whatever the area is; as in recipes up to version 6
    AREA   the area where that is a box, at the model's own resolution; else the whole photo
    ZOOM   likewise; but where there is no box, and the photo is larger than the model's view, what was found
           is looked at again in a frame round it, and once more, as long as that shows it sharper
    PLACE  as AREA; but where there is no box, and the photo is larger than the model's view, the place is
           looked for first, in windows of several sizes (`core.photo.pyramid`)
    """

    WHOLE = "whole"
    AREA = "area"
    ZOOM = "zoom"
    PLACE = "place"
