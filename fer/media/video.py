"""Reads the pictures of a recording at chosen times.

Time is the presentation timestamp, never a count of frames. The time axis of a recording is cut
into cells of `1 / rate` seconds. The sample of a cell is the first picture that begins in it. If no
picture begins in it, the picture before is still shown and counts for this cell, too. Cells and
timestamps do not depend on where decoding begins. So any part of a recording can be read alone, and
gives the same pictures as when the whole is read.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer.errors import RecordingError
from fer.files import name_of
from fer.media.container import opened, picture_stream
from fer.media.decoder import Decoder
from fer.media.picture import as_shown
from fer.media.probe import VideoFacts, probe
from fer.media.sandbox.parent import in_child


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture of a recording.

    Attributes:
        times: seconds since the start of the recording, one time for each cell that the picture
            stands for.
        image: uint8 (H, W, 3) BGR, upright, square pixels, longest side at most
            `fer.media.picture.MAX_SIDE`.
        scale: pixels of the shown video per pixel of `image`.
        left, top: where the picture begins in the shown video, in pixels of the video. Both are 0
            unless the shape of the picture differs from that of the recording's first picture.
    """

    times: tuple[float, ...]
    image: np.ndarray
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    @property
    def t(self) -> float:
        """The first of `times`."""
        return self.times[0]

    def box(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """Convert a box from pixels of `image` to pixels of the shown video.

        Args:
            box: x, y, width, height in pixels of `image`.

        Returns:
            x, y, width, height in pixels of the shown video.
        """
        x, y, width, height = (side * self.scale for side in box)
        return round(x + self.left), round(y + self.top), round(width), round(height)


@in_child(time_of=lambda sample: sample.t)
def samples(
    path: Path | str,
    rate: float,
    first_cell: int = 0,
    last_cell: int | None = None,
    *,
    facts: VideoFacts | None = None,
    key_frames_only: bool = False,
    threads: int = 0,
) -> Generator[Sample, None, None]:
    """Yield the samples of some cells of a recording, in order of time.

    Args:
        path: any file with pictures.
        rate: cells a second.
        first_cell, last_cell: cells `first_cell` to `last_cell - 1` are read; None reads to the
            end. Cell k lasts from `k / rate` to `(k + 1) / rate` seconds.
        facts: the result of `probe` for this recording; None probes it.
        key_frames_only: whether to take key frames only, which need no other frame. Cells without
            a key frame then have no sample.
        threads: number of decoder threads; 0 lets FFmpeg choose.

    Raises:
        RecordingError: the file cannot be read or decoded at all. Damage in the middle is
            skipped.
    """
    if facts is None:
        facts = probe(path)
    if not facts.has_video:
        raise RecordingError(f"{name_of(path)} holds no pictures.")
    with opened(path) as container:
        video = picture_stream(container, facts.picture)
        decoder = Decoder(
            container,
            video,
            rate,
            first_cell,
            last_cell,
            clock=facts.clock,
            end_s=facts.pictures_end_s,
            clean=facts.clean,
            threads=threads,
        )
        frames = decoder.key_frames() if key_frames_only else decoder.frames()
        newest = first_cell - 1
        for frame in frames:
            t = decoder.time(frame.pts)
            if t is None or frame.pts is None:
                continue
            cell, times = decoder.cell(t), []
            if newest < cell and (last_cell is None or cell < last_cell):
                times.append(round(t, 6))
                newest = cell
            held, number = decoder.held.pop(frame.pts, (0, 0))
            times += [round(place / rate, 6) for place in range(held, held + number)]
            newest = max(newest, held + number - 1)
            if not times:
                if last_cell is not None and cell >= last_cell:
                    break
                continue
            picture = as_shown(frame, video, facts.orientation)
            if picture is not None:
                yield Sample(tuple(times), picture, *_fitted(picture, facts))


def _fitted(picture: np.ndarray, facts: VideoFacts) -> tuple[float, float, float]:
    """Return `scale`, `left` and `top` with which a picture fits into the shown video.

    As in a player, the picture is as large as possible and stands in the middle.
    """
    height, width = picture.shape[:2]
    scale = min(facts.width / width, facts.height / height)
    left, top = (facts.width - width * scale) / 2, (facts.height - height * scale) / 2
    # Sizes are rounded, so less than a pixel is not a border.
    return scale, left if left > 1 else 0.0, top if top > 1 else 0.0
