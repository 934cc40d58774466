"""XMP packets and EXIF blocks, by themselves: what is merged, what is left alone, what garbage does."""

import struct
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.photo.files import exif, xmp

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
    assert xmp.recipe_in(twice) == "two"


def test_a_recipe_of_an_earlier_export_does_not_linger() -> None:
    once = xmp.mark(None, edited=True, recipe="one")
    assert xmp.recipe_in(xmp.mark(once, edited=True, recipe=None)) is None
    assert xmp.recipe_in(xmp.mark(once, edited=False, recipe=None)) is None
    assert xmp.recipe_in(None) is None


def test_thumbnails_in_xmp_go_with_the_edit() -> None:
    old = packet(
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        "<xmp:Thumbnails><rdf:Alt><rdf:li>BEFORE</rdf:li></rdf:Alt></xmp:Thumbnails></rdf:Description>"
    )
    assert b"BEFORE" not in (xmp.mark(old, edited=True, recipe=None) or b"")


def test_line_ends_and_tabs_stay_in_text_and_in_attributes() -> None:
    said = "A line.&#10;Another,&#13;&#9;and &quot;more&quot; &lt;"
    old = packet(f'<rdf:Description xmlns:o="urn:o" o:a="{said}"><o:b>{said}</o:b></rdf:Description>')
    marked = xmp.mark(old, edited=True, recipe=None)
    assert marked is not None
    root = ElementTree.fromstring(marked)
    told = 'A line.\nAnother,\r\tand "more" <'
    assert [e.attrib["{urn:o}a"] for e in root.iter() if "{urn:o}a" in e.attrib] == [told]
    assert [e.text for e in root.iter("{urn:o}b")] == [told]


DEEP = "<rdf:Description>" + "<a>" * 990 + "</a>" * 990 + "</rdf:Description>"
ENTITIES = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
BOMB = f'<!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]>'.encode() + packet("<a>&e9;</a>")
FETCHED = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + packet("<a>&e;</a>")


@pytest.mark.parametrize(
    "odd",
    [packet(DEEP), BOMB, FETCHED, packet("<a/>" * 60_000), packet("<a>" * 25_000), packet("<a><b></a></b>")],
    ids=["deep", "bomb", "fetched", "wide", "unclosed", "crossed"],
)
def test_xmp_that_no_one_can_read_is_replaced_and_named(odd: bytes) -> None:
    assert xmp.left_out(odd) == ["XMP"]
    marked = xmp.mark(odd, edited=True, recipe="r")
    assert sources(marked) == [xmp.COMPOSITE]
    assert xmp.recipe_in(marked) == "r"
    carrying = odd.replace(b"</rdf:RDF>", f'<b xmlns="{xmp.PALIMPSEST}"/></rdf:RDF>'.encode())
    assert xmp.recipe_in(carrying) is None


def test_nesting_that_occurs_is_read() -> None:
    old = packet("<rdf:Description>" + "<a>" * 50 + "text" + "</a>" * 50 + "</rdf:Description>")
    assert xmp.left_out(old) == []
    assert b"<a>text</a>" in (xmp.mark(old, edited=True, recipe=None) or b"")


HDRGM = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"'
GOOGLE = "http://ns.google.com/photos/1.0"
CAMERA = f'xmlns:GCamera="{GOOGLE}/camera/"'
CONTAINER = f'xmlns:Container="{GOOGLE}/container/" xmlns:Item="{GOOGLE}/container/item/"'
ITEM = '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Length="9"/></rdf:li>'
NOTE = 'xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'


@pytest.mark.parametrize(
    ("attributes", "inside", "what"),
    [
        (f'{HDRGM} hdrgm:Version="1.0"', "", "HDR gain map"),
        (HDRGM, "<hdrgm:Max><rdf:Seq><rdf:li>1</rdf:li></rdf:Seq></hdrgm:Max>", "HDR gain map"),
        (f'{CAMERA} GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"', "", "motion video"),
        (CAMERA, "<GCamera:MicroVideoOffset>12</GCamera:MicroVideoOffset>", "motion video"),
        (
            CONTAINER,
            f"<Container:Directory><rdf:Seq>{ITEM}</rdf:Seq></Container:Directory>",
            "embedded files",
        ),
        (f'{NOTE} xmpNote:HasExtendedXMP="0123"', "", "extended XMP"),
    ],
)
@pytest.mark.parametrize("edited", [True, False])
def test_claims_about_what_is_not_exported_go(attributes: str, inside: str, what: str, edited: bool) -> None:
    claim = f"<rdf:Description {attributes}>{inside}</rdf:Description>"
    kept = '<rdf:Description xmlns:odd="http://example.org/odd/" odd:kept="yes"/>'
    old = packet(claim + kept)
    assert xmp.left_out(old) == [what]
    marked = xmp.mark(old, edited=edited, recipe=None)
    assert marked is not None
    assert xmp.left_out(marked) == []
    for word in (b"hdrgm", b"Motion", b"MicroVideo", b"Container", b"Item:", b"Extended"):
        assert word not in marked
    assert b'odd:kept="yes"' in marked


def test_other_properties_of_the_camera_stay() -> None:
    camera = "http://ns.google.com/photos/1.0/camera/"
    old = packet(f'<rdf:Description xmlns:c="{camera}" c:MotionPhoto="1" c:SpecialTypeID="type"/>')
    assert b'c:SpecialTypeID="type"' in (xmp.mark(old, edited=True, recipe=None) or b"")


def test_nothing_to_say_leaves_the_packet_byte_for_byte() -> None:
    assert xmp.mark(b"anything at all", edited=False, recipe=None) == b"anything at all"
    assert xmp.mark(None, edited=False, recipe=None) is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"])))
def test_any_recipe_comes_back(recipe: str) -> None:
    assert xmp.recipe_in(xmp.mark(None, edited=True, recipe=recipe)) == recipe


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
