"""Video: a recording in, pictures at chosen times out.

Time is the presentation timestamp, never a count of frames. The time axis of a recording is cut
into cells of `1 / rate` seconds, and the sample of a cell is the first picture shown in it. Cells
and timestamps do not depend on where decoding begins, so any part of a recording can be read on
its own and gives the pictures that a read from the beginning gives.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer.errors import RecordingError
from fer.files import name_of
from fer.media.container import opened, video_stream
from fer.media.decoder import Decoder
from fer.media.picture import as_shown
from fer.media.sandbox.parent import in_child


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture of a recording.

    Attributes:
        t: s since the start of the recording.
        image: uint8 (H, W, 3) BGR, upright, square pixels, longest side at most `MAX_SIDE`.
        scale: pixels of the shown video per pixel of `image`.
    """

    t: float
    image: np.ndarray
    scale: float


@in_child(time_of=lambda sample: sample.t)
def samples(
    path: Path | str,
    rate: float,
    first_cell: int = 0,
    last_cell: int | None = None,
    *,
    key_frames_only: bool = False,
    threads: int = 0,
) -> Generator[Sample, None, None]:
    """The samples of some cells of a recording, in order of time.

    Args:
        path: any file with pictures.
        rate: cells a second.
        first_cell, last_cell: cells `first_cell` to `last_cell - 1` are read; None reads to the
            end. Cell k lasts from `k / rate` to `(k + 1) / rate` seconds.
        key_frames_only: sample key frames only, which need no other frame. Cells without one
            have no sample.
        threads: of the decoder; 0 lets FFmpeg choose.

    Raises:
        RecordingError: the file cannot be read or decoded at all. Damage in the middle is
            skipped.
    """
    with opened(path) as container:
        video = video_stream(container)
        if video is None:
            raise RecordingError(f"{name_of(path)} holds no pictures.")
        reader = Decoder(container, video, rate, first_cell, last_cell, threads)
        frames = reader.key_frames() if key_frames_only else reader.frames()
        cell = first_cell - 1
        for frame in frames:
            t = reader.time(frame.pts)
            if t is None or not cell < (here := reader.cell(t)):
                continue
            if last_cell is not None and here >= last_cell:
                break
            cell = here
            picture = as_shown(frame, video)
            if picture is not None:
                yield Sample(round(t, 6), *picture)
