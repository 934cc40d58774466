"""Small whole files of every kind that the program reads, for the fuzzer to change."""

import io
import json
import struct
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import tifffile
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from core.edit.request import EditRequest
from core.photo.files.xmp import mark

SIZE = 29, 21  # pixels of a picture: small files, and no side that divides by 8


def pixels(channels: int = 3, depth: int = 8) -> np.ndarray:
    """(21, 29, channels), or (21, 29) for one; smooth with some noise, over the whole range."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / 30
    tones = np.stack([x, y, x * y, 1 - x / 2][:channels], axis=-1)
    noise = np.random.default_rng(channels).uniform(-0.02, 0.02, tones.shape)
    values = np.clip(tones + noise, 0, 1) * (2**depth - 1)
    return np.squeeze(values.astype(np.uint8 if depth == 8 else np.uint16))


def exif(turn: int = 6) -> bytes:
    """With a directory of its own, a place on earth, a number that is no number, and a thumbnail's width."""
    found = Image.Exif()
    found[0x0112], found[0x010E], found[0x011A] = turn, "a meadow", 300.0
    found[0x013B] = "nobody"
    found.get_ifd(0x8769).update({0x829A: 0.01, 0x9003: "2026:11:28 10:00:00", 0xA002: SIZE[0]})
    found.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.5), 3: "E", 4: (13.0, 24.0, 0.0)})
    return found.tobytes()


def xmp() -> bytes:
    packet = mark(None, edited=True, recipe=recipe().decode())
    assert packet is not None
    return packet


def recipe() -> bytes:
    request = EditRequest(photo="", query="a zebra", reference="a horse", steps=4, device="cpu")
    return request.to_json()


def icc() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pngs() -> Iterator[bytes]:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp().decode())
    info.add_text("parameters", "a zebra, steps: 20", zip=True)
    info.add(b"gAMA", struct.pack(">I", 45455))
    info.add(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
    plain = Image.fromarray(pixels())
    yield _saved(plain, "PNG", pnginfo=info, exif=exif(), icc_profile=icc(), dpi=(300, 300))
    yield _saved(Image.fromarray(pixels(4)), "PNG")
    yield _saved(plain.quantize(16), "PNG", transparency=3)
    yield _saved(plain.convert("1"), "PNG")
    yield _saved(plain.convert("LA"), "PNG")
    yield _saved(Image.fromarray(pixels(1, 16)), "PNG")
    yield _saved(plain, "PNG", save_all=True, append_images=[plain.rotate(90)], duration=100)
    for kind, channels in ((2, 3), (6, 4), (4, 2)):
        yield _deep_png(kind, pixels(channels, 16))


def _deep_png(kind: int, values: np.ndarray) -> bytes:
    """16 bits a channel, as Pillow writes for none but grey."""
    import zlib

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">2I5B", values.shape[1], values.shape[0], 16, kind, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    made = (
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def jpegs() -> Iterator[bytes]:
    plain = Image.fromarray(pixels())
    more = {"exif": exif(), "icc_profile": icc(), "xmp": xmp(), "comment": b"a word", "dpi": (72, 72)}
    yield _saved(plain, "JPEG", **more)
    yield _saved(plain, "JPEG", progressive=True, subsampling="4:2:0", quality=40)
    yield _saved(plain.convert("L"), "JPEG", exif=exif(3))
    yield _saved(plain.convert("CMYK"), "JPEG")
    yield _saved(plain, "JPEG", restart_marker_blocks=2)


def webps() -> Iterator[bytes]:
    plain = Image.fromarray(pixels())
    yield _saved(plain, "WEBP", exif=exif(), icc_profile=icc(), xmp=xmp())
    yield _saved(Image.fromarray(pixels(4)), "WEBP", lossless=True, exif=exif(8))
    yield _saved(plain, "WEBP", save_all=True, append_images=[plain.rotate(90)])


def avifs() -> Iterator[bytes]:
    yield _saved(Image.fromarray(pixels()), "AVIF", exif=exif(), icc_profile=icc(), xmp=xmp(), speed=10)
    yield _saved(Image.fromarray(pixels(4)), "AVIF", speed=10)


def heics() -> Iterator[bytes]:
    try:
        import pillow_heif
    except ImportError:
        return
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels())).save(file, exif=exif(), quality=60)
    yield file.getvalue()


def tiffs() -> Iterator[bytes]:
    image = Image.fromarray(pixels())
    tags = Image.Exif()
    tags.load(exif())
    tags[700], tags[34675] = xmp(), icc()
    yield _saved(image, "TIFF", exif=tags)
    yield _saved(image.convert("CMYK"), "TIFF", compression="tiff_lzw")
    yield _saved(image.quantize(8), "TIFF", compression="packbits")
    yield _saved(image.convert("1"), "TIFF", compression="group4")
    yield _saved(image, "TIFF", compression="jpeg")
    for depth in (8, 16):
        for channels in (1, 3, 4):
            yield _tiff(pixels(channels, depth), compression="zlib", predictor=True, rowsperstrip=5)
        yield _tiff(pixels(3, depth), tile=(16, 16), compression="lzw", byteorder=">")
        yield _tiff(np.moveaxis(pixels(3, depth), -1, 0), planarconfig="separate", compression="zstd")
        yield _tiff(pixels(3, depth), bigtiff=True, rowsperstrip=4)
    yield _tiff(pixels(3).astype(np.float32) / 255)
    pages = io.BytesIO()
    with tifffile.TiffWriter(pages) as writer:
        for reduced in (1, 0):
            writer.write(pixels()[::2, ::2] if reduced else pixels(), subfiletype=reduced)
    yield pages.getvalue()


def _tiff(values: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    byteorder, big = options.pop("byteorder", "<"), options.pop("bigtiff", False)
    grey = values.ndim == 2
    if not grey and min(values.shape) == 4:
        options["extrasamples"] = ["unassalpha"]
    with tifffile.TiffWriter(file, bigtiff=big, byteorder=byteorder) as writer:
        writer.write(values, photometric="minisblack" if grey else "rgb", metadata=None, **options)
    return file.getvalue()


def gifs() -> Iterator[bytes]:
    image = Image.fromarray(pixels()).quantize(32)
    yield _saved(image, "GIF", transparency=1)
    yield _saved(image, "GIF", save_all=True, append_images=[image.rotate(90)], interlace=0)


def bmps() -> Iterator[bytes]:
    image = Image.fromarray(pixels())
    for mode in ("RGB", "L", "1", "RGBA"):
        yield _saved(image.convert(mode), "BMP")


def ppms() -> Iterator[bytes]:
    image = Image.fromarray(pixels())
    for mode in ("RGB", "L", "1"):
        yield _saved(image.convert(mode), "PPM")
    yield _saved(Image.fromarray(pixels(1, 16)), "PPM")
    yield b"P3\n# a word\n2 2\n255\n" + b" ".join(b"%d" % n for n in range(12))


def masks() -> Iterator[bytes]:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    inside = np.where((x - 14) ** 2 + (y - 10) ** 2 < 60, 255, 0).astype(np.uint8)
    mask = Image.fromarray(inside)
    yield _saved(mask, "PNG")
    yield _saved(mask.convert("1"), "PNG")
    yield _saved(mask.convert("P"), "PNG")
    yield _saved(Image.merge("RGBA", (*Image.fromarray(pixels()).split(), mask)), "PNG")
    yield _deep_png(4, np.stack([inside.astype(np.uint16) * 257] * 2, axis=-1))


def settings() -> bytes:
    from editor.settings import Settings

    return msgspec.json.encode(Settings(recent=("/a.png",), prompts=("a horse",), geometry="AdnQywADAAA="))


def lines() -> bytes:
    return b"a.png\nsub\n*.png\nb.jpg\n\n./a.png"


def loras(model: Any) -> list[bytes]:
    """In the layouts of kohya and peft, for the tiny model's network and text encoder."""
    import torch
    from safetensors.torch import save

    found = []
    for layout in ("kohya", "peft"):
        tensors: dict[str, Any] = {}
        for part, module in (("unet", model.parts.unet), ("text_encoder", model.parts.text_encoder)):
            names = [n for n, p in module.named_parameters() if n.endswith("weight") and p.ndim in (2, 4)]
            for name in [n for n in names if "to_q" in n or "q_proj" in n or "conv1" in n][:3]:
                weight = module.get_parameter(name)
                down = torch.full((2, *weight.shape[1:]), 0.01)
                up = torch.full((weight.shape[0], 2, *(1 for _ in weight.shape[2:])), 0.01)
                layer = name.removesuffix(".weight")
                if layout == "kohya":
                    key = f"lora_{'te' if part != 'unet' else part}_{layer.replace('.', '_')}"
                    tensors |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up}
                    tensors[f"{key}.alpha"] = torch.tensor(2.0)
                else:
                    tensors |= {f"{part}.{layer}.lora_A.weight": down, f"{part}.{layer}.lora_B.weight": up}
        found.append(save(tensors, {"lora_adapter_metadata": json.dumps({"unet.r": 2})}))
    return found
