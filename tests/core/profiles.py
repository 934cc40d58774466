"""ICC profiles of three primaries and one tone curve, written by hand (ICC.1:2001-04), for any test."""

import struct

import numpy as np

D65 = (0.3127, 0.3290)
D50 = (0.3457, 0.3585)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
PCS = (63190, 65536, 54061)  # D50 in ICC's fixed point


def xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def colorants(red, green, blue, white) -> np.ndarray:
    """XYZ of the primaries under D50, in columns: scaled to the white, then adapted by Bradford."""
    primaries = np.stack([xyz(*red), xyz(*green), xyz(*blue)], axis=1)
    matrix = primaries * np.linalg.solve(primaries, xyz(*white))
    gain = (BRADFORD @ np.array(PCS) / 65536) / (BRADFORD @ xyz(*white))
    return np.linalg.inv(BRADFORD) @ np.diag(gain) @ BRADFORD @ matrix


def curve(decode) -> bytes:
    """A tone curve of 4096 points. decode: encoded 0…1 → linear 0…1."""
    points = np.rint(decode(np.linspace(0, 1, 4096)) * 65535).astype(">u2")
    return b"curv" + bytes(4) + struct.pack(">I", len(points)) + points.tobytes()


def gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + bytes(2)


def profile(matrix: np.ndarray, tone: bytes) -> bytes:
    """An RGB profile. matrix: XYZ of the primaries in columns; tone: `curve` or `gamma`."""
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(11 + 67)
    tags = {b"desc": name, b"wtpt": _number(PCS), b"cprt": b"text" + bytes(4) + b"none\0"}
    for letter, column in zip((b"r", b"g", b"b"), matrix.T, strict=True):
        tags |= {letter + b"XYZ": _number(np.rint(column * 65536).astype(int)), letter + b"TRC": tone}
    return _file(b"RGB ", tags)


def grey(tone: bytes) -> bytes:
    """A grey profile."""
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(11 + 67)
    return _file(b"GRAY", {b"desc": name, b"wtpt": _number(PCS), b"kTRC": tone})


def _number(values) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">iii", *(int(value) for value in values))


def _file(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = 128 + len(table) + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + struct.pack(">iii", *PCS)
    return head.ljust(128, b"\0") + table + body


def srgb_decode(v: np.ndarray) -> np.ndarray:
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def prophoto_decode(v: np.ndarray) -> np.ndarray:
    return np.where(v < 16 / 512, v / 16, v**1.8)


SRGB_MATRIX = colorants((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65)
P3_MATRIX = colorants((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65)
PROPHOTO_MATRIX = colorants((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), D50)
DISPLAY_P3 = profile(P3_MATRIX, curve(srgb_decode))
PROPHOTO = profile(PROPHOTO_MATRIX, curve(prophoto_decode))


def lab(matrix: np.ndarray, decode, values: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of values 0…1 (..., 3) in a space, by CIE's formulas and without Little CMS."""
    ratio = decode(values) @ matrix.T / (np.array(PCS) / 65536)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
