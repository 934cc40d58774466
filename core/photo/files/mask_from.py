"""What of a picture is the mask. Apart from the reading of such files: the commands name it at once."""

from enum import StrEnum


class MaskFrom(StrEnum):
    """What of a picture is the mask: its brightness, where it is transparent, or where it isn't."""

    LUMINANCE = "luminance"
    TRANSPARENT = "transparent"
    OPAQUE = "opaque"
