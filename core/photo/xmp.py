"""XMP packets: orientation reset, and what an edit writes into them (ISO 16684-1; IPTC photo metadata)."""

import re
from xml.dom import minidom
from xml.parsers.expat import ExpatError

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
PALIMPSEST = "urn:palimpsest-editor:xmp#"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_XAP = "http://ns.adobe.com/xap/1.0/"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta>'


def upright(packet: bytes) -> bytes:
    """The packet with tiff:Orientation set to 1, as attribute or element, everything else as it was."""
    return re.sub(rb"(tiff:Orientation(?:\s*=\s*[\"']|>)\s*)[1-8]", rb"\g<1>1", packet)


def mark(packet: bytes | None, *, edited: bool, recipe: str | None) -> bytes | None:
    """The packet with the edit written into it; a new packet where there is none, or none that can be read.

    edited  sets Iptc4xmpExt:DigitalSourceType to "composite with trained algorithmic media" and drops the
            packet's thumbnails, which show the picture before
    recipe  goes into palimpsest:Recipe; None leaves no recipe, nor the one of an earlier export
    """
    if not edited and recipe is None and (packet is None or PALIMPSEST.encode() not in packet):
        return packet
    document, rdf = _parse(packet)
    _set(document, rdf, PALIMPSEST, "palimpsest", "Recipe", recipe)
    if edited:
        _set(document, rdf, IPTC, "Iptc4xmpExt", "DigitalSourceType", COMPOSITE)
        _set(document, rdf, _XAP, "xmp", "Thumbnails", None)
    root = document.documentElement
    assert root is not None
    return (_BEGIN + root.toxml() + _END).encode()


def recipe_of(packet: bytes | None) -> str | None:
    """The recipe that an export wrote, None without one."""
    _, rdf = _parse(packet)
    found = rdf.getElementsByTagNameNS(PALIMPSEST, "Recipe")
    return (
        "".join(node.data for node in found[0].childNodes if isinstance(node, minidom.Text))
        if found
        else None
    )


def _parse(packet: bytes | None) -> tuple[minidom.Document, minidom.Element]:
    """The packet's document and its rdf:RDF element; an empty one for a packet that isn't XMP."""
    for text in (packet, _EMPTY.encode()):
        try:
            document = minidom.parseString((text or b"").strip(b"\0 \r\n\t"))
        except (ExpatError, ValueError, LookupError):
            continue
        if found := document.getElementsByTagNameNS(RDF, "RDF"):
            return document, found[0]
    raise AssertionError("an empty packet holds rdf:RDF")


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
