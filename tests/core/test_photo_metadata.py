"""XMP packets and EXIF blocks, by themselves: what is merged, what is left alone, what garbage does."""

import struct
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.photo import exif, xmp

SOURCE = f"{{{xmp.IPTC}}}DigitalSourceType"
RDF = xmp.RDF


def packet(description: str, namespaces: str = "") -> bytes:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}" {namespaces}>{description}'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def sources(marked: bytes | None) -> list[str | None]:
    """Every digital source type in a packet, by another XML library than the one that wrote it."""
    assert marked is not None
    root = ElementTree.fromstring(marked)
    elements: list[str | None] = [element.text for element in root.iter(SOURCE)]
    return elements + [element.attrib[SOURCE] for element in root.iter() if SOURCE in element.attrib]


@pytest.mark.parametrize("old", [None, b"", b"not xml", b"<a/>", b"\xff\xfe\0", packet("")])
def test_a_picture_without_usable_xmp_gets_a_packet(old: bytes | None) -> None:
    marked = xmp.mark(old, edited=True, recipe=None)
    assert sources(marked) == [xmp.COMPOSITE]
    assert marked is not None
    assert marked.startswith(b'<?xpacket begin="\xef\xbb\xbf"')
    assert marked.endswith(b'<?xpacket end="w"?>')


def test_an_older_source_type_is_replaced_in_either_form() -> None:
    namespaces = f'xmlns:i="{xmp.IPTC}"'
    camera = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    as_attribute = f'<rdf:Description rdf:about="" i:DigitalSourceType="{camera}"/>'
    as_element = (
        f'<rdf:Description rdf:about=""><i:DigitalSourceType>{camera}</i:DigitalSourceType></rdf:Description>'
    )
    for old in (as_attribute, as_element, as_attribute + as_element):
        assert sources(xmp.mark(packet(old, namespaces), edited=True, recipe=None)) == [xmp.COMPOSITE]


def test_everything_else_in_the_packet_stays_with_its_prefixes() -> None:
    old = packet(
        '<rdf:Description rdf:about="uuid:1" xmlns:odd="http://example.org/odd/" odd:kept="yes">'
        "<odd:list><rdf:Bag><rdf:li>ä &amp; ö</rdf:li></rdf:Bag></odd:list></rdf:Description>"
    )
    marked = xmp.mark(old, edited=True, recipe="r")
    assert marked is not None
    assert b'odd:kept="yes"' in marked
    assert "ä &amp; ö".encode() in marked
    root = ElementTree.fromstring(marked)
    abouts = {element.attrib[f"{{{RDF}}}about"] for element in root.iter(f"{{{RDF}}}Description")}
    assert abouts == {"uuid:1"}


def test_marking_twice_says_it_once() -> None:
    once = xmp.mark(packet(""), edited=True, recipe="one")
    twice = xmp.mark(once, edited=True, recipe="two")
    assert sources(twice) == [xmp.COMPOSITE]
    assert xmp.recipe_of(twice) == "two"


def test_a_recipe_of_an_earlier_export_does_not_linger() -> None:
    once = xmp.mark(None, edited=True, recipe="one")
    assert xmp.recipe_of(xmp.mark(once, edited=True, recipe=None)) is None
    assert xmp.recipe_of(xmp.mark(once, edited=False, recipe=None)) is None
    assert xmp.recipe_of(None) is None


def test_thumbnails_in_xmp_go_with_the_edit() -> None:
    old = packet(
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        "<xmp:Thumbnails><rdf:Alt><rdf:li>BEFORE</rdf:li></rdf:Alt></xmp:Thumbnails></rdf:Description>"
    )
    assert b"BEFORE" not in (xmp.mark(old, edited=True, recipe=None) or b"")


def test_nothing_to_say_leaves_the_packet_byte_for_byte() -> None:
    assert xmp.mark(b"anything at all", edited=False, recipe=None) == b"anything at all"
    assert xmp.mark(None, edited=False, recipe=None) is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"])))
def test_any_recipe_comes_back(recipe: str) -> None:
    assert xmp.recipe_of(xmp.mark(None, edited=True, recipe=recipe)) == recipe


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'tiff:Orientation="6"', b'tiff:Orientation="1"'),
        (b"tiff:Orientation = '3'", b"tiff:Orientation = '1'"),
        (b"<tiff:Orientation>8</tiff:Orientation>", b"<tiff:Orientation>1</tiff:Orientation>"),
        (b'other:Orientation="6"', b'other:Orientation="6"'),
    ],
)
def test_orientation_in_xmp_is_reset(old: bytes, new: bytes) -> None:
    assert xmp.upright(b"before " + old + b" after") == b"before " + new + b" after"


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_in_exif_is_reset_in_place(order: str) -> None:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHIHH", 0x0100, 3, 1, 640, 0) + struct.pack(
        order + "HHIHH", 0x0112, 3, 1, 6, 0
    )
    block = exif.HEAD + mark + struct.pack(order + "IH", 8, 2) + entries + bytes(4) + b"rest"
    reset = exif.upright(block)
    assert exif.parsed(reset)[exif.ORIENTATION] == 1
    assert exif.parsed(reset)[0x0100] == 640
    assert len(reset) == len(block)
    assert reset.endswith(b"rest")


@given(st.binary(max_size=80), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_no_exif_breaks_the_tools(tail: bytes, head: bytes) -> None:
    block = exif.HEAD + head + tail
    assert len(exif.upright(block)) == len(block)
    assert len(exif.without_thumbnail(block)) == len(block)
