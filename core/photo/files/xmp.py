"""XMP packets: orientation reset, and what an edit writes into them (ISO 16684-1; IPTC photo metadata).

A packet comes with a stranger's file: what it may cost is bounded, and one beyond that counts as unreadable.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from io import StringIO
from typing import cast
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from defusedxml import minidom as safe

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
PALIMPSEST = "urn:palimpsest-editor:xmp#"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_XAP = "http://ns.adobe.com/xap/1.0/"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'
MARKUP = 50_000  # elements and attributes: a second or two of work
DEPTH = 100  # elements inside each other; each is a call of Python's when a tree is walked or written
EMBEDDED = "embedded files"
# What a packet says about data that lie elsewhere in its file and are not exported:
# (namespaces that begin so, names in them that begin so, what it is)
_CLAIMS = (
    ("http://ns.adobe.com/hdr-gain-map/1.0/", "", "HDR gain map"),
    ("http://ns.apple.com/HDRGainMap/1.0/", "", "HDR gain map"),
    ("http://ns.google.com/photos/1.0/depthmap/", "", "depth map"),
    ("http://ns.google.com/photos/dd/1.0/", "", "depth map"),
    ("http://ns.google.com/photos/1.0/audio/", "", "sound"),
    ("http://ns.google.com/photos/1.0/image/", "", EMBEDDED),
    ("http://ns.google.com/photos/1.0/container/", "", EMBEDDED),
    ("", "MotionPhoto", "motion video"),
    ("", "MicroVideo", "motion video"),
    ("http://ns.adobe.com/xmp/note/", "HasExtendedXMP", "extended XMP"),
)
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta>'


def upright(packet: bytes) -> bytes:
    """The packet with tiff:Orientation set to 1, as attribute or element, everything else as it was."""
    return re.sub(rb"(tiff:Orientation(?:\s*=\s*[\"']|>)\s*)[1-8]", rb"\g<1>1", packet)


def mark(packet: bytes | None, *, edited: bool, recipe: str | None) -> bytes | None:
    """The packet with the edit written into it; a new packet where there is none, or none that can be read.

    What it claims of data that no export keeps, such as a gain map, goes: `left_out` says what.

    edited  sets Iptc4xmpExt:DigitalSourceType to "composite with trained algorithmic media" and drops the
            packet's thumbnails, which show the picture before
    recipe  goes into palimpsest:Recipe; None leaves no recipe, nor the one of an earlier export
    """
    marks = edited or recipe is not None or (packet is not None and PALIMPSEST.encode() in packet)
    found = _parse(packet)
    claims = [] if found is None else list(_claims(*found))
    if not marks and not claims:
        return packet
    document, rdf = found or _new()
    for _, remove in claims:
        remove()
    _set(document, rdf, PALIMPSEST, "palimpsest", "Recipe", recipe)
    if edited:
        _set(document, rdf, IPTC, "Iptc4xmpExt", "DigitalSourceType", COMPOSITE)
        _set(document, rdf, _XAP, "xmp", "Thumbnails", None)
    root = document.documentElement
    assert root is not None
    text = _Exact()
    root.writexml(text)
    return (_BEGIN + text.getvalue() + _END).encode()


def left_out(packet: bytes | None) -> list[str]:
    """What `mark` leaves out of a packet, as "HDR gain map"; ["XMP"] of one that can't be read."""
    if not packet:
        return []
    found = _parse(packet)
    if found is None:
        return ["XMP"]
    names = list(dict.fromkeys(what for what, _ in _claims(*found) if what))
    return [name for name in names if name != EMBEDDED] or names


def recipe_in(packet: bytes | None) -> str | None:
    """The recipe that an export wrote, None without one."""
    if packet is None or PALIMPSEST.encode() not in packet:
        return None
    if (found := _parse(packet)) is None or not (
        nodes := found[1].getElementsByTagNameNS(PALIMPSEST, "Recipe")
    ):
        return None
    return "".join(node.data for node in nodes[0].childNodes if isinstance(node, minidom.Text))


def _parse(packet: bytes | None) -> tuple[minidom.Document, minidom.Element] | None:
    """The packet's document and its rdf:RDF element; None of what isn't XMP, or beyond its bounds."""
    text = (packet or b"").strip(b"\0 \r\n\t")
    if text.count(b"<") + text.count(b"=") > MARKUP:
        return None
    try:
        document: minidom.Document = safe.parseString(cast("str", text))  # which takes bytes as well
    except (ExpatError, ValueError, LookupError):  # ValueError: also of entities, which multiply
        return None
    if document.documentElement is None or _depth(document.documentElement) > DEPTH:
        return None
    found = document.getElementsByTagNameNS(RDF, "RDF")
    return (document, found[0]) if found else None


def _new() -> tuple[minidom.Document, minidom.Element]:
    document = minidom.parseString(_EMPTY)
    return document, document.getElementsByTagNameNS(RDF, "RDF")[0]


def _depth(root: minidom.Element) -> int:
    """How many elements lie inside each other, `root` among them."""
    deepest, level = 0, [root]
    while level:
        deepest += 1
        level = [node for parent in level for node in parent.childNodes if isinstance(node, minidom.Element)]
    return deepest


def _claims(document: minidom.Document, rdf: minidom.Element) -> Iterator[tuple[str, Callable[[], object]]]:
    """(what is claimed, how to take it out) for every property about data that lie elsewhere in the file."""
    for element in rdf.getElementsByTagName("*"):
        parent = element.parentNode
        if (what := _claim(element.namespaceURI, element.localName)) and parent is not None:
            yield what, partial(parent.removeChild, element)
    for element in document.getElementsByTagName("*"):
        for attribute in list(element.attributes.values()):
            space, remove = attribute.namespaceURI, partial(element.removeAttributeNode, attribute)
            if what := _claim(space, attribute.localName):
                yield what, remove
            elif space == _XMLNS and _claim(attribute.value, ""):
                yield "", remove  # of a namespace of which nothing is left


def _claim(space: str | None, name: str) -> str:
    for begins, names, what in _CLAIMS:
        if (space or "").startswith(begins) and name.startswith(names):
            return what
    return ""


class _Exact(StringIO):
    """Writes line ends and tabs so that they are read again: minidom of Python 3.11 leaves that to chance."""

    _before = ""

    def write(self, text: str) -> int:
        piece = text
        if self._before.endswith('="'):  # an attribute's value, in which they would be read as spaces
            piece = piece.replace("\n", "&#10;").replace("\t", "&#9;")
        self._before = text
        return super().write(piece.replace("\r", "&#13;"))


def _set(
    document: minidom.Document, rdf: minidom.Element, space: str, prefix: str, name: str, value: str | None
) -> None:
    """Give a simple property its only value, or none at all with None."""
    descriptions = rdf.getElementsByTagNameNS(RDF, "Description")
    for description in descriptions:
        if description.hasAttributeNS(space, name):
            description.removeAttributeNS(space, name)
    for old in rdf.getElementsByTagNameNS(space, name):
        if old.parentNode is not None:
            old.parentNode.removeChild(old)
    for description in descriptions:
        if _says_nothing(description) and description.parentNode is not None:
            description.parentNode.removeChild(description)  # else every export would leave one more
    descriptions = rdf.getElementsByTagNameNS(RDF, "Description")
    if value is None:
        return
    about = (
        descriptions[0].getAttributeNS(RDF, "about") if descriptions else ""
    )  # the same throughout a packet
    description = document.createElementNS(RDF, f"{rdf.prefix or 'rdf'}:Description")
    description.setAttributeNS(RDF, f"{rdf.prefix or 'rdf'}:about", about)
    new = document.createElementNS(space, f"{prefix}:{name}")
    new.setAttributeNS(_XMLNS, f"xmlns:{prefix}", space)
    new.appendChild(document.createTextNode(value))
    description.appendChild(new)
    rdf.appendChild(description)


def _says_nothing(description: minidom.Element) -> bool:
    names = (attribute.name for attribute in description.attributes.values())
    return not description.childNodes and all(
        name.startswith("xmlns") or name.endswith(":about") for name in names
    )
