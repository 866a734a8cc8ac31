"""The function that a board runs: it analyses a recording with the model that a visitor chose."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from fer.faces.core import MoodCore
from fer.jobs.job import Options
from fer.report.report import Report

Progress = Callable[[float, float | None], None]
"""A function that is called with the share that is done, 0 to 1, and the estimated seconds left, or
None. It may raise `Cancelled`."""

Analyse = Callable[[Path, Options, Progress, Path], Report]
CoreOf = Callable[[str], MoodCore]
"""A function that returns the core of a model, given `Options.model`. It is called on the board's
threads and may raise `ModelError`."""


def analyse_with(core_of: CoreOf) -> Analyse:
    """Return the function with which a board analyses recordings.

    Args:
        core_of: returns the core of a model.
    """

    def analyse(path: Path, options: Options, progress: Progress, checkpoint: Path) -> Report:
        # Decoders and the voice network are loaded only when the first recording comes.
        from fer.media.probe import probe
        from fer.media.sandbox.parent import pool
        from fer.recordings.lecture import analyze_lecture

        # An idle decoder takes 40 MB, about as much as it then takes to keep the result.
        with closing(pool):
            # A file with sound only has neither key frames nor eyes.
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
