"""Keeps, for one recording of a folder, which results have come back and which are missing."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from fer.errors import RecordingError
from fer.faces.core import MoodCore
from fer.files import name_of, write_whole
from fer.media.probe import VideoFacts, probe
from fer.recordings.assembly import Assembly
from fer.recordings.checkpoint import Checkpoint, clear, identity
from fer.recordings.listen import check_track
from fer.recordings.segment import Plan, Segment
from fer.recordings.tracks import with_most_faces
from fer.recordings.worker import VOICE
from fer.speech.speech_report import SpeechReport

_DONE = "done.json"
_CHECKPOINT = ".checkpoint"


@dataclass(frozen=True)
class FolderOptions:
    """How each recording of a folder is analysed; see `fer.recordings.cluster.analyze_folder`."""

    samples_per_second: float = 2.0
    quick_look: bool = False
    voice: bool = True
    expected: float | None = None
    blinks: bool = False
    picture: int | None = None
    sound: int | None = None


@dataclass(eq=False)
class Unfinished:
    """A recording whose report is not finished.

    Attributes:
        path: the recording.
        name: path of the recording within its folder.
        out: folder of its report.
        facts: facts of the recording.
        plan: how it is cut.
        key: changes with everything that the result depends on.
        assembly: puts its segments together.
        expected: number of faces that should be visible; None estimates it.
        sound: number of the sound track, counted from 1; None takes the first that is not silent.
        store: keeps segments for a later run; None before `open`.
        waiting: segments that came before their turn.
        voice: report on the sound; None as long as there is none.
        remarks: sentences about the sound, for the report.
        left: indexes of the segments that are missing, and `VOICE` if the sound is missing.
    """

    path: Path
    name: str
    out: Path
    facts: VideoFacts
    plan: Plan
    key: str
    assembly: Assembly
    expected: float | None = None
    sound: int | None = None
    store: Checkpoint | None = None
    waiting: dict[int, Segment] = field(default_factory=dict)
    voice: SpeechReport | None = None
    remarks: list[str] = field(default_factory=list)
    left: set[int] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        path: Path,
        name: str,
        out: Path,
        core: MoodCore,
        options: FolderOptions,
    ) -> Unfinished:
        """Begin the analysis of a recording.

        Raises:
            RecordingError: the recording cannot be analysed.
            ValueError: an option is out of its range.
        """
        facts = probe(path, options.picture)
        if options.picture is None and len(facts.pictures) > 1:
            facts = with_most_faces(path, facts, core)
        quick_look = options.quick_look
        plan = Plan.of(facts, options.samples_per_second, quick_look, options.blinks)
        listens = options.voice and facts.has_audio and not quick_look
        if not facts.has_video and not listens:
            raise RecordingError(f"{name_of(path)} holds sound only, and sound is not analysed.")
        assembly = Assembly.reading_with(core, plan)
        key = identity(path, plan, core) + (" voice" if listens else "")
        if options.expected is not None:
            key += f" {options.expected} expected"
        if listens and options.sound is not None:
            check_track(path, facts, options.sound)
            key += f" of track {options.sound}"
        job = cls(path, name, out, facts, plan, key, assembly, options.expected, options.sound)
        if facts.has_video:
            job.left.update(range(plan.segments))
        if listens:
            job.left.add(VOICE)
        return job

    @property
    def is_done(self) -> bool:
        """Whether an earlier run has written the report, and all its files are still there."""
        try:
            note = json.loads((self.out / _DONE).read_text("utf-8"))
            # Older notes name no files.
            files = [self.out / name for name in note.get("files", ())]
            return note["key"] == self.key and all(file.is_file() for file in files)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return False

    def task(self, index: int) -> str:
        """Return Dask's key of a task.

        It does not contain the file's name: Dask shows its keys, and accepts UTF-8 only.
        """
        digest = hashlib.sha256(os.fsencode(self.name) + self.key.encode()).hexdigest()
        return f"{digest}-{index}"

    def length(self, index: int) -> float:
        """Return the length of a task in seconds of the recording; sound counts a tenth of it."""
        whole = max(self.facts.duration_s, 1.0)
        return 0.1 * whole if index == VOICE else whole / self.plan.segments

    def open(self) -> None:
        """Open the checkpoint, and take the segments that an earlier run has left in it."""
        self.store = Checkpoint(self.out / _CHECKPOINT, self.key)
        for index in sorted(self.left - {VOICE}):
            segment = self.store.load(index)
            if segment is not None:
                self.take(index, segment)

    def take(self, index: int, result: object) -> None:
        """Take the result of a task."""
        self.left.discard(index)
        if index == VOICE:
            self.voice, self.remarks = cast("tuple[SpeechReport | None, list[str]]", result)
            return
        assert isinstance(result, Segment)
        self.waiting[index] = result
        while (segment := self.waiting.pop(self.assembly.taken, None)) is not None:
            self.assembly.add(segment)

    def finish(self) -> list[str]:
        """Write the report, and return its remarks.

        Raises:
            RecordingError: not one picture could be decoded.
            OSError: the report cannot be written.
        """
        report = self.assembly.report(
            name_of(self.path), self.facts, self.voice, self.expected, self.remarks
        )
        self.out.mkdir(parents=True, exist_ok=True)
        note = {"key": self.key, "files": [*report.save(self.out)]}
        write_whole(self.out / _DONE, json.dumps(note).encode())
        clear(self.out / _CHECKPOINT)
        return report.summary.get("remarks", [])
