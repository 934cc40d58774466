"""Colour: any picture to RGB, and the ICC profile that is right for it afterwards."""

from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image


def to_rgb(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, bytes | None, list[str]]:
    """(RGB or RGBA picture, its RGB profile or None for sRGB, notices).

    image  in one of `core.photo.decode.PIXEL_MODES`
    icc    the file's profile. An RGB one stays; a grey, CMYK or Lab picture is converted to sRGB through its
           own; one that doesn't belong to the picture's mode is left out.
    """
    space = space_of(icc)
    match image.mode:
        case "RGB" | "RGBA":
            odd = icc is not None and space != "RGB"
            notices = ["The picture's colour profile isn't one for RGB and was left out."] if odd else []
            return image, None if odd else icc, notices
        case "L" | "LA":
            return _from_grey(image, icc, space)
        case "LAB":
            return _from_lab(image), None, ["The picture was converted from Lab to sRGB."]
        case _:
            return _from_cmyk(image, icc if space == "CMYK" else None)


def _from_grey(
    image: Image.Image, icc: bytes | None, space: str
) -> tuple[Image.Image, bytes | None, list[str]]:
    """Grey is R = G = B: right as it stands under an RGB profile, while a grey one has its own tone curve."""
    notices = ["The picture is grey; it is edited and exported as RGB."]
    if icc is not None and space == "GRAY":
        converted = _through(image.convert("L"), icc)
        if converted is not None:
            if image.mode == "LA":
                converted.putalpha(image.getchannel("A"))
            return converted, None, notices
    rgb = image.convert("RGBA" if image.mode == "LA" else "RGB")
    return rgb, icc if space == "RGB" else None, notices


def _from_cmyk(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, None, list[str]]:
    converted = None if icc is None else _through(image, icc)
    if converted is not None:
        return converted, None, ["The picture was converted from CMYK to sRGB by its colour profile."]
    return (
        image.convert("RGB"),
        None,
        ["The picture was converted from CMYK to sRGB without a colour profile."],
    )


def _from_lab(image: Image.Image) -> Image.Image:
    cms = _cms()
    return cms.profileToProfile(image, cms.createProfile("LAB"), cms.createProfile("sRGB"), outputMode="RGB")


def _through(image: Image.Image, icc: bytes) -> Image.Image | None:
    """The picture converted through its ICC profile to sRGB; None if the profile is of no use."""
    cms = _cms()
    try:
        source = cms.ImageCmsProfile(BytesIO(icc))
        return cms.profileToProfile(image, source, cms.createProfile("sRGB"), outputMode="RGB")
    except (cms.PyCMSError, OSError):
        return None


def _cms() -> Any:
    """Little CMS: imported when a picture needs it; its profiles are untyped."""
    return import_module("PIL.ImageCms")


def space_of(icc: bytes | None) -> str:
    """The colour space a profile is for, as its header says: "RGB", "GRAY", "CMYK" …; "" for none."""
    if icc is None or len(icc) < 128 or icc[36:40] != b"acsp":
        return ""
    return icc[16:20].decode("ascii", "replace").strip()
