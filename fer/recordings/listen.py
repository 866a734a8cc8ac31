"""Analyses the sound of a recording, and says what its readers should know."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from fer.errors import ModelError, RecordingError
from fer.files import name_of
from fer.media.audio import sounding_track
from fer.media.probe import VideoFacts, probe_sound
from fer.speech.analysis import analyze_speech
from fer.speech.speech_report import SpeechReport

log = logging.getLogger(__name__)


def check_track(path: Path | str, facts: VideoFacts, track: int) -> None:
    """Check that a recording has a sound track of this number, counted from 1.

    Ask before its pictures are read, so that nobody learns this after hours.

    Raises:
        RecordingError: it has not.
    """
    if not 1 <= track <= len(facts.sounds):
        raise RecordingError(
            f"{name_of(path)} has no track {track} with sound; it has {len(facts.sounds)}."
        )


def listen(
    path: Path | str,
    facts: VideoFacts,
    progress: Callable[[float], None] | None = None,
    track: int | None = None,
) -> tuple[SpeechReport | None, list[str]]:
    """Analyse the voice in a recording.

    Args:
        path: the recording.
        facts: facts of the recording, which must have sound.
        progress: called with the share that is done, 0 to 1.
        track: number of the sound track, which `check_track` has found; None takes the first one
            that is not silent.

    Returns:
        The report on the voice, and sentences for the report on the whole recording. If the sound
        of a recording with pictures cannot be analysed, the first is None, so that there is still
        a report on the pictures.

    Raises:
        RecordingError: the recording has no pictures and its sound cannot be analysed.
        ModelError: the recording has no pictures and the voice network cannot be used.
    """
    try:
        remarks = []
        if len(facts.sounds) > 1:
            track = sounding_track(path) if track is None else track
            remarks.append(
                f"The file has {len(facts.sounds)} tracks with sound. Track {track} was analysed, "
                "the others were not."
            )
        report = analyze_speech(path, progress, track=track)
        if not facts.is_cut_off:  # else the facts say that all of the file is
            remarks += report.remarks
        return report, remarks
    except (RecordingError, ModelError) as error:
        if not facts.has_video:
            raise
        log.warning("the sound cannot be analysed: %s", error)
        return None, [f"The sound was not analysed. {error}"]


def voice_alone(path: Path | str, track: int | None = None) -> tuple[SpeechReport, list[str]]:
    """Analyse the voice in a recording, whose pictures are not looked at.

    Args:
        path: the recording.
        track: number of the sound track, from 1; None takes the first one that is not silent.

    Returns:
        The report, and sentences on what is unusual in the recording.

    Raises:
        RecordingError: there is no such track, or the sound cannot be analysed.
        ModelError: the voice network cannot be used.
    """
    facts = probe_sound(path)
    if track is not None:
        check_track(path, facts, track)
    report, remarks = listen(path, facts, track=track)
    assert report is not None  # there are no pictures in these facts
    return report, facts.remarks + remarks
