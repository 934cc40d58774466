"""What a file is, by its first bytes: a picture that can be read, or something to be called by its name."""

import re

from core.errors import InputError

HEAD = 4096  # bytes that are looked at
_PILLOW = {  # how a file begins → Pillow's name of its format
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_NETPBM = re.compile(rb"P(?:[1-6f]|yP|yRGBA|0CMYK)[\s#]")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif", b"mif1", b"msf1", b"mif2")
_RAW_BRANDS = (b"crx ",)
_RAW_STARTS = (
    b"FUJIFILMCCD-RAW",
    b"FOVb",
    b"IIRO",
    b"IIRS",
    b"MMOR",
    b"IIU\0",
    b"\0MRM",
    b"II\x1a\0\0\0HEAPCCDR",
    b"ARRI",
)
_RAW_ENDINGS = re.compile(
    r"\.(3fr|arw|cr[23w]|dcr|dng|erf|fff|iiq|k25|kdc|mef|mos|mrw|nef|nrw|orf|pef|ra[fw]|rw[2l]|sr[2fw]|x3f)$",
    re.IGNORECASE,
)
_OTHERS = {  # how a file begins → what it is, what to do
    b"%PDF": ("a PDF document", "Save the page as a PNG first."),
    b"%!PS": ("a PostScript drawing", "Save it as a PNG first."),
    b"\xc5\xd0\xd3\xc6": ("a PostScript drawing", "Save it as a PNG first."),
    b"8BPS": ("a Photoshop document", "Save it as a TIFF or PNG first."),
    b"gimp xcf": ("a GIMP document", "Export it as a TIFF or PNG first."),
    b"PK\x03\x04": ("a zip archive or a document packed in one", "Take the picture out of it first."),
    b"PK\x05\x06": ("an empty zip archive", "Choose a picture."),
    b"Rar!": ("an archive", "Take the picture out of it first."),
    b"7z\xbc\xaf\x27\x1c": ("an archive", "Take the picture out of it first."),
    b"\x1f\x8b": ("a packed file", "Unpack it first."),
    b"version https://git-lfs": (
        "the place-holder of a file that Git LFS keeps elsewhere",
        "Fetch it with “git lfs pull”.",
    ),
    b"\xff\x0a": ("a JPEG XL picture, which can't be read yet", "Save it as a PNG or TIFF first."),
    b"\0\0\0\x0cJXL ": ("a JPEG XL picture, which can't be read yet", "Save it as a PNG or TIFF first."),
    b"\0\0\0\x0cjP  ": ("a JPEG 2000 picture, which can't be read yet", "Save it as a PNG or TIFF first."),
    b"\xff\x4f\xff\x51": ("a JPEG 2000 picture, which can't be read yet", "Save it as a PNG or TIFF first."),
    b"II\xbc": ("a JPEG XR picture, which can't be read yet", "Save it as a PNG or TIFF first."),
    b"v/1\x01": ("an OpenEXR picture, which can't be read yet", "Save it as a 16-bit TIFF first."),
    b"#?RADIANCE": ("a Radiance HDR picture, which can't be read yet", "Save it as a 16-bit TIFF first."),
    b"#?RGBE": ("a Radiance HDR picture, which can't be read yet", "Save it as a 16-bit TIFF first."),
    b"DDS ": ("a texture, which can't be read yet", "Save it as a PNG first."),
    b"\0\0\1\0": ("an icon", "Save it as a PNG first."),
    b"qoif": ("a QOI picture, which can't be read yet", "Save it as a PNG first."),
    b"P7\n": ("a PAM picture, which can't be read yet", "Save it as a PNG first."),
    b"\x1aE\xdf\xa3": ("a video", "Save one of its frames as a picture first."),
    b"OggS": ("a video or sound", "Save one of its frames as a picture first."),
    b"\0\0\1\xba": ("a video", "Save one of its frames as a picture first."),
    b"FLV": ("a video", "Save one of its frames as a picture first."),
    b"ID3": ("a sound", "Choose a picture."),
}
_VIDEO = ("a video", "Save one of its frames as a picture first.")
_MARKUP = re.compile(
    rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<!?([a-z:]+)(?:\s+([a-z]+))?", re.DOTALL | re.IGNORECASE
)


def format_of(head: bytes, name: str) -> str:
    """Pillow's name of the format of a file that begins with `head`: "PNG", "HEIF" …

    name: the file's. Raises InputError for any other kind of file, by what it is.
    """
    for start, known in _PILLOW.items():
        if head.startswith(start):
            if known == "TIFF" and head[8:10] == b"CR":
                raise raw(name)
            return known
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if _NETPBM.match(head):
        return "PPM"
    if head[4:8] == b"ftyp" and (found := _container(head, name)):
        return found
    raise _other(head, name)


def raw(name: str) -> InputError:
    """What is said of a camera's raw file."""
    return InputError(
        f"“{name}” is a camera's raw file.", "Develop it first: save it as a TIFF from a raw converter."
    )


def is_named_raw(name: str) -> bool:
    """Whether a file is called as cameras call raw files, many of which are TIFF in all else."""
    return _RAW_ENDINGS.search(name) is not None


def _container(head: bytes, name: str) -> str:
    """The format of a file in ISO's media container; "" for what is no picture."""
    length = int.from_bytes(head[:4], "big")
    box = head[8 : max(12, min(length, len(head)))]
    brands = {box[at : at + 4] for at in (0, *range(8, len(box), 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & set(_RAW_BRANDS):
        raise raw(name)
    return "HEIF" if brands & set(_HEIF_BRANDS) else ""


def _other(head: bytes, name: str) -> InputError:
    if head.startswith(_RAW_STARTS):
        return raw(name)
    found = next((said for start, said in _OTHERS.items() if head.startswith(start)), None)
    if head[4:8] in (b"ftyp", b"moov", b"mdat") or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        found = _VIDEO
    if found is None and (markup := _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf"))):
        found = _markup(markup)
    if found is None:
        return InputError(
            f"“{name}” is not a picture that can be read, or it is damaged.",
            "Open PNG, JPEG, WebP, TIFF or AVIF.",
        )
    what, hint = found
    return InputError(f"“{name}” is {what}{'' if 'picture' in what else ', not a picture'}.", hint)


def _markup(match: re.Match[bytes]) -> tuple[str, str]:
    first = match[1].lower()
    word = (match[2] or b"").lower() if first == b"doctype" else first
    if word == b"svg":
        return "an SVG drawing", "Save it as a PNG first."
    if word in (b"html", b"head", b"body", b"script", b"meta", b"title", b"div"):
        return "a web page", "Open it in a browser and save the picture that it shows."
    return "a text in XML", "Choose a picture."
