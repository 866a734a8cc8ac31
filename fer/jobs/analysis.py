"""What a board runs: the analysis of a recording with the model that a visitor chose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fer.faces.core import MoodCore
from fer.jobs.job import Options
from fer.report.report import Report

Progress = Callable[[float, float | None], None]
"""Takes the part done, 0 to 1, and an estimate of the seconds left; may raise `Cancelled`."""

Analyse = Callable[[Path, Options, Progress, Path], Report]
CoreOf = Callable[[str], MoodCore]
"""From `Options.model` to its core. Called on the board's threads; may raise `ModelError`."""


def analyse_with(core_of: CoreOf) -> Analyse:
    """What a board needs to analyse recordings, each with the core of its model."""

    def analyse(path: Path, options: Options, progress: Progress, checkpoint: Path) -> Report:
        # Decoders and the second network load when the first recording comes.
        from fer.media.probe import probe
        from fer.recordings.lecture import analyze_lecture

        # Sound has neither key frames nor eyes.
        seen = probe(path).has_video
        return analyze_lecture(
            path,
            options.samples_per_second,
            lambda state: progress(state.fraction, state.seconds_left),
            core=core_of(options.model),
            checkpoint=checkpoint,
            quick_look=options.quick_look and seen,
            blinks=options.blinks and seen and not options.quick_look,
            picture=options.picture if seen else None,
            sound=options.sound,
        )

    return analyse
