"""MP4 and WebM by FFmpeg's libraries (PyAV): BT.709 colours, said so in the file."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from core.errors import CoreError
from core.movie.sink import Sink

CODECS = {".mp4": "libx264", ".webm": "libvpx-vp9"}
# About as good as one can see, whatever the size; 4:2:0 is what players and browsers take.
_OPTIONS = {".mp4": {"crf": "16", "preset": "medium"}, ".webm": {"crf": "20", "b:v": "0", "cpu-used": "2"}}
_LIBRARIES = "Install it by: pip install av. GIF, APNG and numbered PNGs need nothing more."


def codec(ending: str) -> Any:
    """PyAV, with the codec of .mp4 or .webm in it. CoreError when either is missing."""
    name = ending.removeprefix(".").upper().replace("WEBM", "WebM")
    try:
        import av
    except ImportError as error:
        raise CoreError(f"{name} needs FFmpeg's libraries, and PyAV is not installed.", _LIBRARIES) from error
    if CODECS[ending] not in av.codecs_available:
        message = f"The FFmpeg libraries here can't write {name}: {CODECS[ending]} is missing."
        raise CoreError(message, _LIBRARIES)
    return av


def write_video(sink: Sink, ending: str, frames: Iterator[np.ndarray], fps: int) -> None:
    """Fill a file with uint8 sRGB (H, W, 3) frames. CoreError for what FFmpeg refuses."""
    av = codec(ending)
    try:
        with av.open(sink, "w", format=ending.removeprefix(".")) as container:
            stream = None
            for pixels in frames:
                if sink.failed:
                    break
                even = _even(pixels)
                if stream is None:
                    stream = _stream(container, ending, even, fps)
                container.mux(stream.encode(_frame(av, even)))
            if stream is not None:
                container.mux(stream.encode())
    except av.FFmpegError as error:
        name = ending.removeprefix(".")
        message = f"FFmpeg's libraries can't write this {name} movie: {error.strerror or error}."
        raise CoreError(message, "GIF, APNG and numbered PNGs do without them.") from error


def _stream(container: Any, ending: str, like: np.ndarray, fps: int) -> Any:
    """Tagged with what `_frame` makes: of what is untagged players guess the matrix by its size."""
    from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

    stream = container.add_stream(CODECS[ending], rate=fps, options=_OPTIONS[ending])
    stream.height, stream.width = like.shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.colorspace, context.color_primaries = Colorspace.ITU709, ColorPrimaries.BT709
    context.color_trc, context.color_range = ColorTrc.BT709, ColorRange.MPEG
    return stream


def _frame(av: Any, pixels: np.ndarray) -> Any:
    """Y′CbCr by BT.709's matrix in the limited range; swscale's own choice would be BT.601's."""
    from av.video.reformatter import ColorRange, Colorspace

    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)


def _even(pixels: np.ndarray) -> np.ndarray:
    """Halved colour needs even sides: the last row or column is repeated."""
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
