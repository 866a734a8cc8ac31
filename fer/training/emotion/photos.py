"""Measures how the app reads faces in labelled photographs, starting from the whole picture.

FER2013's faces are already cut out, and its labels come from the words of an image search. On
whole photographs the app's face detector and crop are measured, too, and so is the effect of a
slow video call or a tilted head on neutral faces.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import av
import cv2
import numpy as np

from fer.emotions import CONTEMPT, EMOTIONS, FIVE
from fer.faces.core import FaceReading, FaceState, MoodCore
from fer.training import metrics
from fer.training.archive import Archive, contents
from fer.training.emotion.classes import class_of
from fer.training.emotion.people import Person, read_negative_by_group
from fer.training.files import DataError, decode_picture_file, is_image

CALL = (320, 240)
"""Width and height of the small video call, in pixels."""
CALL_RATE, CALL_FRAMES, CALL_BITS = 10, 20, 80_000
"""Its frames per second, the number of frames until a face is read, and its bits per second."""
TILT = 45.0
"""The angle by which a picture is tilted, in degrees."""
DAMAGED = 300
"""The number of neutral faces that are read again, once in the video call and once tilted."""
_DRAWS = 1000
_NEUTRAL = EMOTIONS.index("neutral")


@dataclass(frozen=True)
class Photos:
    """Labelled photographs, each of one person.

    Attributes:
        pictures: encoded images.
        labels: int (N,), index into `EMOTIONS`.
        persons: name of the person in each picture.
        files: name of each picture, LABEL/NUMBER_PERSON.jpg.
    """

    pictures: list[bytes]
    labels: np.ndarray
    persons: list[str]
    files: list[str]


def read_photos(path: Path) -> Photos:
    """Read a zip of photographs with the layout LABEL/NUMBER_PERSON.jpg.

    There may be folders above these. Photographs of contempt are left out, since the app's reading
    has no such class.

    Raises:
        DataError: the file is no such zip, or a label is no emotion.
    """
    pictures, labels, persons, files = [], [], [], []
    with Archive(path, "expected a zip of LABEL/NUMBER_PERSON.jpg") as archive:
        for name in filter(is_image, archive.names):
            file = PurePosixPath(name)
            try:
                label = class_of(file.parent.name)
            except ValueError as error:
                raise DataError(f"{path}/{name}: {file.parent.name!r} is no emotion") from error
            if label == CONTEMPT:
                continue
            labels.append(EMOTIONS.index(label))
            pictures.append(archive.read(name))
            persons.append(file.stem.partition("_")[2] or file.stem)
            files.append(f"{file.parent.name}/{file.name}")
    if not pictures:
        raise DataError(f"{path}: no pictures in it; {contents(archive.names)}")
    return Photos(pictures, np.array(labels), persons, files)


def figures(core: MoodCore, photos: Photos, people: dict[str, Person] | None = None) -> dict:
    """Measure what the app reads in the photographs, ready for JSON.

    Args:
        core: what reads them.
        photos: the photographs.
        people: estimates of who is in them, by the name of the file.

    Returns:
        `faces` (number of faces that were read), `persons`, `found` (share of the pictures with
        such a face), `accuracy`, `recall` and `faces_by_class`, `uar_five` (mean recall over
        `FIVE`), `happy_kept`, `neutral_read_negative`, `ece` and `confusion_matrix`; under
        `intervals_95` the 95 % intervals by resampling persons; and, for neutral faces alone,
        `video_call` and `tilted`, and with `people` the rates `by_group`.
    """
    rows = [_read(core, decode_picture_file(picture, "photograph")) for picture in photos.pictures]
    found = np.array([row is not None for row in rows])
    if not found.any():
        return {"faces": 0, "found": 0.0}
    probabilities = np.stack([row for row in rows if row is not None])
    labels = photos.labels[found]
    persons = np.unique(np.array(photos.persons)[found], return_inverse=True)[1]
    matrix = metrics.confusion(probabilities, labels)
    rates = _rates(probabilities, labels)
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(persons == person) for person in range(persons.max() + 1)]
    drawn = []
    for _ in range(_DRAWS):
        which = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        drawn.append(_rates(probabilities[which], labels[which]))
    by_group = {}
    if people is not None:
        files = np.array(photos.files)[found]
        known = np.flatnonzero((labels == _NEUTRAL) & np.isin(files, list(people)))
        by_group["by_group"] = read_negative_by_group(
            probabilities[known], [people[file] for file in files[known]], persons[known]
        )
    classes = metrics.per_class(matrix)
    return {
        "faces": len(labels),
        "persons": len(members),
        "found": float(found.mean()),
        # The photographs show none of contempt, which a network may know nevertheless.
        "recall": dict(zip(EMOTIONS, classes["recall"], strict=False)),
        "faces_by_class": dict(zip(EMOTIONS, classes["faces"], strict=False)),
        **{key: None if np.isnan(value) else value for key, value in rates.items()},
        "intervals_95": {
            key: np.nanquantile([draw[key] for draw in drawn], (0.025, 0.975)).tolist()
            for key, value in rates.items()
            if not np.isnan(value)
        },
        "confusion_matrix": matrix.tolist(),
        "video_call": _changed(core, photos, in_a_call),
        "tilted": _changed(core, photos, tilted),
        **by_group,
    }


def in_a_call(picture: np.ndarray, seed: int = 0) -> np.ndarray:
    """Show a picture in a small, slow video call: uint8 (240, 320, 3) BGR.

    The picture drifts by a few pixels and has the noise of a camera, since H.264 would make a
    picture that stands still sharper with every frame.

    Args:
        picture: uint8 (h, w, 3) BGR.
        seed: of the noise.
    """
    rng = np.random.default_rng(seed)
    width, height = CALL
    scale = height / picture.shape[0]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=CALL_RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = CALL_BITS
        stream.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "maxrate": str(CALL_BITS),
            "bufsize": str(CALL_BITS),
        }
        for number in range(CALL_FRAMES):
            turn = 2 * np.pi * number / CALL_RATE
            left = (width - scale * picture.shape[1]) / 2
            matrix = np.array(
                [[scale, 0, left + 6 * np.cos(turn)], [0, scale, 4 * np.sin(turn)]], np.float32
            )
            shown = cv2.warpAffine(picture, matrix, CALL, borderMode=cv2.BORDER_REPLICATE)
            noisy = shown + rng.normal(0, 3, shown.shape)
            frame = av.VideoFrame.from_ndarray(
                np.clip(noisy, 0, 255).astype(np.uint8), format="bgr24"
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as recorded:
        *_, last = recorded.decode(video=0)
    return last.to_ndarray(format="bgr24")


def tilted(picture: np.ndarray, seed: int = 0) -> np.ndarray:
    """Turn a picture by `TILT` about its middle; pixels from outside it repeat its border.

    Args:
        picture: uint8 (h, w, 3) BGR.
        seed: not used; the changes of a picture all take one.
    """
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), TILT, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def _read(core: MoodCore, picture: np.ndarray) -> np.ndarray | None:
    """The probabilities of the `middle_face`, or None if the app reads none."""
    face = middle_face(core, picture)
    return None if face is None else face.probabilities


def middle_face(core: MoodCore, picture: np.ndarray) -> FaceReading | None:
    """Read the face nearest to the middle of a photograph, or None if the app reads none.

    Args:
        core: what reads it.
        picture: uint8 (h, w) grey or (h, w, 3) BGR.
    """
    faces = [face for face in core.read(picture) if face.state != FaceState.UNREAD]
    if not faces:
        return None
    middle = np.array(picture.shape[1::-1]) / 2

    def away(face) -> float:
        x, y, width, height = face.box
        return float(np.hypot(*(np.array([x + width / 2, y + height / 2]) - middle)))

    return min(faces, key=away)


def _rates(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Compute the rates that get intervals; NaN where a draw has no face of a class."""
    answers = probabilities.argmax(1)
    recall = {
        name: float((answers[labels == i] == i).mean()) if (labels == i).any() else np.nan
        for i, name in enumerate(EMOTIONS)
    }
    negative = metrics.neutral_read_negative(probabilities, labels)
    return {
        "accuracy": float((answers == labels).mean()),
        "uar_five": float(np.mean([recall[name] for name in FIVE])),
        "happy_kept": recall["happy"],
        "neutral_read_negative": np.nan if negative is None else negative,
        "ece": metrics.calibration_error(probabilities, labels),
    }


def _changed(
    core: MoodCore, photos: Photos, change: Callable[[np.ndarray, int], np.ndarray]
) -> dict:
    """Compare the readings of neutral faces before and after a change of the picture.

    Returns:
        The number of `faces` that were read both times, their share (`found`), and for these the
        rates `neutral_read_negative` and `neutral_read_negative_before`.
    """
    neutral = np.flatnonzero(photos.labels == _NEUTRAL)
    chosen = neutral[:: max(1, len(neutral) // DAMAGED)][:DAMAGED]
    before, after = [], []
    for number in chosen:
        picture = decode_picture_file(photos.pictures[number], "photograph")
        first, second = _read(core, picture), _read(core, change(picture, int(number)))
        if first is not None and second is not None:
            before.append(first)
            after.append(second)
    labels = np.full(len(after), _NEUTRAL)
    if not after:
        return {"faces": 0, "found": 0.0}
    return {
        "faces": len(after),
        "found": len(after) / len(chosen),
        "neutral_read_negative": metrics.neutral_read_negative(np.stack(after), labels),
        "neutral_read_negative_before": metrics.neutral_read_negative(np.stack(before), labels),
    }
