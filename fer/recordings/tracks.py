"""Chooses among several video tracks the one that shows faces."""

from __future__ import annotations

import itertools
from pathlib import Path

from fer.faces.core import MoodCore
from fer.media.probe import VideoFacts, probe
from fer.media.video import samples

_LOOKS = 8
"""Number of pictures of each track in which faces are looked for."""


def with_most_faces(path: Path | str, facts: VideoFacts, core: MoodCore) -> VideoFacts:
    """Return the facts of the video track in which most faces are seen.

    Recorders in lecture halls store slides and cameras as several tracks of one file.

    Args:
        path: the recording.
        facts: facts of its first video track.
        core: looks for faces.

    Raises:
        RecordingError: a track cannot be read.
    """
    tracks = [probe(path, number) for number in range(1, 1 + len(facts.pictures))]
    return max(tracks, key=lambda track: _faces(path, track, core))


def _faces(path: Path | str, facts: VideoFacts, core: MoodCore) -> int:
    rate = max(0.001, _LOOKS / max(1.0, facts.pictures_end_s))
    pictures = itertools.islice(samples(path, rate, 0, _LOOKS, facts=facts), _LOOKS)
    return sum(len(core.detector.detect(sample.image)) for sample in pictures)
