"""OpenRaster's stack.xml: which pictures lie over each other, and how.

https://www.openraster.org/baseline/layer-stack-spec.html
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as Safe

from core.errors import InputError
from core.photo.rect import Size

VERSION = "0.0.3"  # of OpenRaster
OURS = "urn:palimpsest-editor:ora#"
OVER, ATOP = "svg:src-over", "svg:src-atop"
DEEPEST, MOST, FARTHEST = 100, 10_000, 1 << 20  # groups in each other, pictures, pixels from the corner
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("palimpsest", OURS)


@dataclass(frozen=True)
class Mark:
    """What a picture is to us: other programs keep this, or drop it.

    id      PHOTO, MASK, or a layer's;  recipe: of the layer's edit as JSON, "" for none
    file    of the PNG as it was written;  pixels: of what is in it, however it is packed
    """

    id: str
    file: str
    pixels: str
    recipe: str = ""


@dataclass(frozen=True)
class Picture:
    """One picture of a stack. at: where its corner lies; plain: its opacity alone decides how it looks."""

    name: str
    src: str
    at: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    visible: bool = True
    op: str = OVER
    plain: bool = True
    mark: Mark | None = None


@dataclass(frozen=True)
class Stack:
    """size: of the canvas; pictures: bottom to top, groups taken apart."""

    size: Size
    pictures: tuple[Picture, ...]

    @property
    def plain(self) -> bool:
        """Whether what is visible can be shown by pictures and opacities alone."""
        return all(one.plain for one in self.pictures if one.visible)


def named(name: str) -> str:
    """A name as XML can hold it."""
    return _NO_XML.sub(" ", name)


def to_xml(stack: Stack) -> bytes:
    """The file's bytes."""
    width, height = stack.size
    image = Element("image", version=VERSION, w=str(width), h=str(height))
    pictures = SubElement(image, "stack")
    for picture in reversed(stack.pictures):
        layer = SubElement(pictures, "layer")
        layer.attrib.update(_attributes(picture))
        if picture.mark is not None:
            for key in ("id", "file", "pixels", "recipe"):
                layer.set(f"{{{OURS}}}{key}", named(getattr(picture.mark, key)))
    return tostring(image, encoding="UTF-8", xml_declaration=True)


def _attributes(picture: Picture) -> dict[str, str]:
    return {
        "name": named(picture.name),
        "src": picture.src,
        "x": str(picture.at[0]),
        "y": str(picture.at[1]),
        "opacity": repr(picture.opacity),
        "visibility": "visible" if picture.visible else "hidden",
        "composite-op": picture.op,
    }


def of_xml(data: bytes) -> Stack:
    """What the file says. InputError for what is no stack."""
    try:
        image: Any = Safe.fromstring(data, forbid_dtd=True)
        root = image.find("stack")
        size = int(image.attrib["w"]), int(image.attrib["h"])
        if root is None or not all(0 < side <= FARTHEST for side in size):
            raise _damaged()
        pictures = tuple(_walk(root, 1.0, visible=True, plain=True, depth=0))
    except (ParseError, DefusedXmlException, LookupError, ValueError, OverflowError) as error:
        raise _damaged() from error
    if len(pictures) > MOST:
        raise InputError("This project has more layers than can be opened.")
    return Stack(size, pictures)


def _walk(group: Element, opacity: float, *, visible: bool, plain: bool, depth: int) -> Iterator[Picture]:
    """The pictures of a group, bottom to top."""
    if depth > DEEPEST:
        raise _damaged()
    for one in reversed(group):
        shown = visible and one.get("visibility", "visible") == "visible"
        share, op = _opacity(one), one.get("composite-op", OVER)
        if one.tag == "stack":
            alike = plain and share == 1 and op == OVER
            yield from _walk(one, opacity * share, visible=shown, plain=alike, depth=depth + 1)
        elif one.tag == "layer":
            alike = plain and op in (OVER, ATOP)
            at = _place(one, "x"), _place(one, "y")
            name, src = one.get("name", ""), one.get("src", "")
            yield Picture(name, src, at, opacity * share, shown, op, alike, _mark(one))


def _mark(layer: Element) -> Mark | None:
    id_, file, pixels, recipe = (layer.get(f"{{{OURS}}}{key}") for key in ("id", "file", "pixels", "recipe"))
    if id_ is None or file is None or pixels is None:
        return None
    return Mark(id_, file, pixels, recipe or "")


def _opacity(element: Element) -> float:
    value = float(element.get("opacity", "1"))
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 1.0


def _place(element: Element, axis: str) -> int:
    value = round(float(element.get(axis, "0")))
    if abs(value) > FARTHEST:
        raise _damaged()
    return value


def _damaged() -> InputError:
    return InputError("This project can't be opened: its list of layers is damaged.", "Open a copy of it.")
