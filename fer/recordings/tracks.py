"""Chooses among several video tracks the one that shows faces."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from fer.errors import RecordingError
from fer.faces.core import MoodCore
from fer.media.probe import VideoFacts, probe
from fer.media.video import samples

_LOOKS = 8
"""Number of pictures of each track in which faces are looked for."""


def with_most_faces(path: Path | str, facts: VideoFacts, core: MoodCore) -> VideoFacts:
    """Return the facts of the video track in which most faces are seen.

    Recorders in lecture halls store slides and cameras as several tracks of one file. A track that
    cannot be decoded is left out, and the facts name it.

    Args:
        path: the recording.
        facts: facts of one of its video tracks.
        core: looks for faces.

    Raises:
        RecordingError: no track can be read.
    """
    faces: list[tuple[int, VideoFacts]] = []
    damaged: dict[int, RecordingError] = {}
    for number, index in enumerate(facts.pictures, 1):
        try:
            track = probe(path, number)
            faces.append((_faces(path, track, core), track))
        except RecordingError as error:
            damaged[index] = error
    if not faces:
        raise damaged[facts.pictures[0]]
    _, best = max(faces, key=lambda found: found[0])
    return replace(best, undecodable=tuple(damaged))


def _faces(path: Path | str, facts: VideoFacts, core: MoodCore) -> int:
    rate = max(0.001, _LOOKS / max(1.0, facts.pictures_end_s))
    pictures = itertools.islice(samples(path, rate, 0, _LOOKS, facts=facts), _LOOKS)
    return sum(len(core.detector.detect(sample.image)) for sample in pictures)
