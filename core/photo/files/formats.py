"""Which files count as pictures by their ending: for dialogs, folders and exports. It imports no library.

What a file really is, its first bytes say (`core.photo.files.kinds`).
"""

OPENED = {  # ending → Pillow's name of the format
    ".png": "PNG",
    ".apng": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".ppm": "PPM",
    ".pgm": "PPM",
    ".pbm": "PPM",
    ".pnm": "PPM",
}
PROJECT = ".ora"  # no picture, but opened as one
LOSSLESS = ("PNG", "TIFF")  # which also hold 16 bits per channel
_WRITTEN = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif")
EXPORTS = {ending: OPENED[ending] for ending in _WRITTEN}
LOSSY = tuple(ending for ending, kind in EXPORTS.items() if kind not in LOSSLESS)  # what a quality is for
QUALITY = 95  # of these, 1…100, where nobody asks for another
