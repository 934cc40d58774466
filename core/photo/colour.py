"""Colour: any picture to RGB, and the ICC profile that is right for it afterwards."""

from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image

from core.photo.files.icc import grey_as_rgb, space_of
from core.photo.space import one_way


def to_rgb(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, bytes | None, list[str]]:
    """(RGB or RGBA picture, its RGB profile or None for sRGB, notices).

    image  in one of `core.photo.files.decode.PIXEL_MODES`
    icc    the file's profile. An RGB one stays, a grey one becomes one for RGB with the same tone curve; CMYK
           and Lab are converted to sRGB (`is_converted` says so); one that doesn't belong to the picture's
           mode is left out.
    """
    match image.mode:
        case "RGB" | "RGBA":
            return _from_rgb(image, icc)
        case "L" | "LA":
            return _from_grey(image, icc)
        case "LAB":
            return _from_lab(image), None, ["The picture was converted from Lab to sRGB."]
        case _:
            return _from_cmyk(image, icc if space_of(icc) == "CMYK" else None)


def is_converted(mode: str, icc: bytes | None) -> bool:
    """Whether `to_rgb` changes the numbers of a picture of this mode and profile."""
    if mode in ("L", "LA"):
        return icc is not None and space_of(icc) == "GRAY" and grey_as_rgb(icc) is None
    if mode in ("RGB", "RGBA"):
        return icc is not None and space_of(icc) == "RGB" and one_way(icc)
    return True


def _from_rgb(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, bytes | None, list[str]]:
    if icc is not None and space_of(icc) != "RGB":
        return image, None, ["The picture's colour profile isn't one for RGB and was left out."]
    if icc is not None and is_converted(image.mode, icc):
        converted = _through(image, icc)
        if converted is not None:
            return (
                converted,
                None,
                ["The picture was converted to sRGB: its colour profile leads only there."],
            )
    return image, icc, []


def _from_grey(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, bytes | None, list[str]]:
    """Grey is R = G = B: right as it stands under an RGB profile, also one with the grey one's tone curve."""
    notices, space = ["The picture is grey; it is edited and exported as RGB."], space_of(icc)
    if icc is not None and is_converted(image.mode, icc):
        converted = _through(image, icc)
        if converted is not None:
            return converted, None, notices
    rgb = image.convert("RGBA" if image.mode == "LA" else "RGB")
    if icc is not None and space == "GRAY":
        return rgb, grey_as_rgb(icc), notices
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
    """The picture converted through its ICC profile to sRGB, RGB or RGBA; None if it is of no use."""
    cms = _cms()
    colours = image if image.mode == "CMYK" else image.convert("L" if image.mode in ("L", "LA") else "RGB")
    try:
        source = cms.ImageCmsProfile(BytesIO(icc))
        converted = cms.profileToProfile(colours, source, cms.createProfile("sRGB"), outputMode="RGB")
    except (cms.PyCMSError, OSError):
        return None
    if image.mode in ("LA", "RGBA"):
        converted.putalpha(image.getchannel("A"))
    return converted


def _cms() -> Any:
    """Little CMS: imported when a picture needs it; its profiles are untyped."""
    return import_module("PIL.ImageCms")
