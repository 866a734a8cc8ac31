"""The teacher's answers to a scene, as the network learns them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer.faces.detect.anchor_free import decode, grid, suppress
from fer.faces.detect.base import iou
from fer.training.detector.turns import Turn, ellipses

SIZE = 320
"""Side of a scene, in pixels."""

FACE_FROM = 0.3
"""Boxes and landmarks are learned at places where the teacher's score is above this."""

SEEN = 4
"""A turned face counts where at least so many of its five landmarks are left."""


def settled(answers: np.ndarray) -> np.ndarray:
    """Give all places of one face the answer of the place with the highest score.

    This is the answer that the teacher reports in the end. The landmarks of the other places differ
    from it by several percent of the face's width, which a network would learn, too.

    Args:
        answers: float32 (places, 15), the teacher's answers to a scene; they are not changed.

    Returns:
        float32 (places, 15).
    """
    answers = answers.copy()
    places = np.flatnonzero(answers[:, 0] > FACE_FROM)
    corners, strides = (part[places] for part in grid(SIZE, SIZE))
    rows = decode(answers[places], corners, strides)
    # Where there is no face, the teacher's boxes mean nothing and may be infinite.
    answers[:, 1:] = 0
    if len(rows):
        winners = rows[_winners(rows)]
        middles = winners[:, :2] + winners[:, 2:4] / 2
        answers[places, 1:] = _encoded(
            middles, winners[:, 2:4], winners[:, 5:].reshape(-1, 5, 2), corners, strides
        )
    return answers


def turned(answers: np.ndarray, turns: Sequence[Turn]) -> np.ndarray:
    """Turn the answers to a level scene with its pictures.

    A teacher that looked at the turned scene would give the landmarks of an upright face. Its
    scores say where the middle of a face lies between the places, so each face takes them along,
    unturned, to where its middle is now. The scores of places without a face move with what they
    see.

    Args:
        answers: float32 (places, 15), from `settled`; they are not changed.
        turns: the pictures of the scene; no two of them overlap.

    Returns:
        float32 (places, 15).
    """
    result = np.zeros_like(answers)
    corners, strides = grid(SIZE, SIZE)
    faces = np.flatnonzero(answers[:, 0] > FACE_FROM)
    rows = decode(answers[faces], corners[faces], strides[faces])
    winners = _winners(rows) if len(rows) else faces
    for turn in turns:
        places, origins = _moves(answers, turn)
        scores = answers[origins, 0]
        result[places, 0] = np.where(scores > FACE_FROM, 0.0, scores)
        for winner in np.unique(winners):
            row, same = rows[winner], faces[winners == winner]
            if turn.holds(row[:2] + row[2:4] / 2):
                _turn_face(result, answers[same, 0], same, row, turn)
    return result


def _winners(rows: np.ndarray) -> np.ndarray:
    """For each row (n, 15), see `decode`, the number of the surest row of the same face."""
    boxes, faces = rows[:, :4], suppress(rows)
    return faces[iou(boxes, boxes[faces]).argmax(axis=1)]


def _moves(answers: np.ndarray, turn: Turn) -> tuple[np.ndarray, np.ndarray]:
    """The places in a picture that get an answer, and the places that it comes from."""
    points = _middles()
    here = turn.holds(points)
    places = np.flatnonzero(here)
    origins = _nearest(turn.moved(points, -turn.angles(points))[places], places)
    places, origins = places[origins >= 0], origins[origins >= 0]
    return places[here[origins]], origins[here[origins]]


def _turn_face(
    result: np.ndarray, scores: np.ndarray, places: np.ndarray, row: np.ndarray, turn: Turn
) -> None:
    """Write a turned face into `result`, unless too little of it is left.

    Args:
        result: float32 (places, 15), is changed.
        scores: float32 (n,), of the places that saw the face before the turn.
        places: int (n,), these places.
        row: float32 (15,), the face in pixels, see `decode`.
        turn: of the picture that holds the middle of the face.
    """
    middle, landmarks = row[None, :2] + row[None, 2:4] / 2, row[5:].reshape(5, 2)
    angle = turn.angles(middle)
    middle_after, after = turn.moved(middle, angle), turn.moved(landmarks, angle)
    seen = turn.holds(landmarks) & turn.holds(after) & (turn.in_disc(after) == turn.in_disc(middle))
    if seen.sum() < SEEN or not turn.holds(middle_after)[0]:
        return
    new = np.zeros(len(result), np.float32)
    corners, strides = grid(SIZE, SIZE)
    # Each place's score goes to the four places around it, so that the scores keep their centre.
    points = (_middles()[places] + middle_after - middle) / strides[places] - 0.5
    low = np.floor(points)
    for shift in ((0, 0), (0, 1), (1, 0), (1, 1)):
        near = low + np.array(shift, np.float32)
        goals = _nearest((near + 0.5) * strides[places], places)
        shares = (1 - np.abs(points - near)).prod(axis=1) * scores
        np.add.at(new, goals[goals >= 0], shares[goals >= 0])
    # The highest score stays as it was. Of what went to four places, one has at least a quarter.
    new *= scores.max() / max(new.max(), scores.max() / 4)
    better = np.flatnonzero((new > result[:, 0]) & turn.holds(_middles()))
    result[better, 0] = new[better]
    better = better[new[better] > FACE_FROM]
    result[better, 1:] = _encoded(
        middle_after,
        ellipses(row[None, 2:4], angle),
        after[None],
        corners[better],
        strides[better],
    )


def _middles() -> np.ndarray:
    """Where each place lies: float32 (places, 2) as (x, y) in pixels.

    A place sees what lies around the middle of its stride: the faces that YuNet finds there have
    their middles there on average.
    """
    corners, strides = grid(SIZE, SIZE)
    return (corners + 0.5) * strides


def _nearest(points: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The places whose middles are nearest to points.

    Args:
        points: (n, 2) as (x, y) in pixels.
        like: int (n,), places; each point gets one of the same stride.

    Returns:
        int (n,), -1 where the point lies beyond all places.
    """
    every = grid(SIZE, SIZE)[1][:, 0].astype(int)
    strides = every[like]
    starts = np.searchsorted(every, strides)
    columns, rows = np.floor(points / strides[:, None]).astype(int).T
    across = SIZE // strides
    exists = (columns >= 0) & (rows >= 0) & (columns < across) & (rows < across)
    return np.where(exists, starts + rows * across + columns, -1)


def _encoded(
    middles: np.ndarray,
    sizes: np.ndarray,
    landmarks: np.ndarray,
    corners: np.ndarray,
    strides: np.ndarray,
) -> np.ndarray:
    """The answers of places to faces, all but the score; the opposite of `decode`.

    Args:
        middles, sizes: float32 (n, 2), of the boxes, in pixels.
        landmarks: float32 (n, 5, 2), in pixels.
        corners: float32 (n, 2) of the places, see `grid`.
        strides: float32 (n, 1) of the places, see `grid`.

    Returns:
        float32 (n, 14).
    """
    points = landmarks / strides[:, None] - corners[:, None]
    return np.concatenate(
        [middles / strides - corners, np.log(sizes / strides), points.reshape(-1, 10)], axis=1
    )
