"""Pictures in order as an H.264 video, by FFmpeg as a library. Only a few of them are in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import BadInput
from engine.files import reason, temporary_path

try:
    import av
except ImportError:
    raise BadInput(
        "Videos need PyAV, which is not installed; `pip install 'dataset-studio[video]'` or `pip install av` adds it."
    ) from None

_BT709, _LIMITED = 1, 1
"""As FFmpeg numbers them: how colours become brightness and colour differences, and their range."""


def write_film(path: Path, pictures: Iterable[npt.NDArray[np.uint8]], rate: float) -> None:
    """Write pictures (H, W, 3) of one size as an .mp4 file, `rate` in a second; whole or not at all.

    Odd sizes get their last column or row twice: the format stores colours for two by two pixels. What `pictures`
    raises is raised here.

    Raises:
        BadInput: the file cannot be written.
    """
    temporary = temporary_path(path)
    try:
        with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as film:
            _encode(film, pictures, Fraction(rate).limit_denominator(100_000))
        temporary.replace(path)
    except (OSError, av.error.FFmpegError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise BadInput(f"{path} cannot be written: {why}; choose another place.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _encode(film: av.container.OutputContainer, pictures: Iterable[npt.NDArray[np.uint8]], rate: Fraction) -> None:
    stream = None
    for picture in pictures:
        even = np.pad(picture, [(0, picture.shape[0] % 2), (0, picture.shape[1] % 2), (0, 0)], mode="edge")
        if stream is None:
            stream = film.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "medium"})
            stream.height, stream.width = even.shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.codec_context.color_range = _LIMITED
            for name in ("colorspace", "color_primaries", "color_trc"):
                setattr(stream.codec_context, name, _BT709)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), "rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=_BT709, dst_color_range=_LIMITED)
        film.mux(stream.encode(frame))
    if stream is not None:
        film.mux(stream.encode(None))
