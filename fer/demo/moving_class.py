"""A film of a class that does not exist: twelve faces that look calm, laugh, wonder and frown.

The film lasts `LOOP_S` seconds and begins again. Which expression a face has at which moment is
written here; what the app reads from it is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from fer.demo.face import SIDE, Expression, face, portrait

COLUMNS, ROWS = 4, 3
TILE = (240, 180)
"""(width, height) of one face's part of the picture, px."""

LOOP_S = 60.0
"""After this many seconds the film begins again."""

_FADE_S = 0.4
_STAGGER_S = 2.0
_AWAY = "away"

_EXPRESSIONS = {
    "calm": Expression(curve=1.5, inner_brows=-1.5),
    "grave": Expression(curve=2.5, width=17, opening=2, inner_brows=-2, outer_brows=-2),
    "mild": Expression(curve=0.8, inner_brows=-0.5),
    "smile": Expression(curve=-4.0, width=18),
    "wonder": Expression(
        curve=0, width=9, opening=12, mouth_y=150, inner_brows=4, outer_brows=4, eyes=0.4
    ),
    "frown": Expression(curve=6, opening=2, mouth_y=149, inner_brows=-5.5, outer_brows=-3),
    "worry": Expression(curve=5.5, opening=2, mouth_y=148, inner_brows=5.9, outer_brows=-1.2),
}

# What the faces show between the scenes. Calm faces of twelve different people are read with more
# or less confidence. One calm look on all twelve fits no mixture of emotions: the intervals became
# so wide that the page could not say how the class looks.
_USUAL = ("grave", "calm", "grave", "mild", "calm", "grave")

# Begin and end in seconds, what is seen, and how many of the twelve faces show it.
_SCENES = (
    (12.0, 24.0, "laugh", 6),
    (12.0, 22.0, "smile", 3),
    (33.0, 39.0, "wonder", 5),
    (44.0, 57.0, "frown", 3),
    (44.0, 57.0, "worry", 2),
    (26.0, 42.0, _AWAY, 1),
)

SCENE_STARTS = {name: begin for begin, _, name, _ in _SCENES}
"""When what is seen begins, in seconds of the film, by its name."""


@dataclass(frozen=True)
class _Person:
    """One of the twelve faces: how its head sways, its light, and its expressions over time."""

    mirrored: bool
    phase: float
    zoom: float
    light: tuple[float, float, float]
    usual: str
    scenes: tuple[tuple[float, float, str], ...]

    def looks(self, t: float) -> tuple[str, str, float]:
        """Returns the last expression, the new one, and how far it has changed, 0 to 1."""
        for begin, end, name in self.scenes:
            if begin <= t < end:
                return self.usual, name, min(1.0, (t - begin) / _FADE_S)
            if end <= t < end + _FADE_S:
                return name, self.usual, (t - end) / _FADE_S
        return self.usual, self.usual, 1.0


class MovingClass:
    """Makes the pictures of the film. They are the same each time."""

    def __init__(self) -> None:
        """Paints the expressions, which takes about 0.3 s of one core."""
        self._faces = {name: face(look) for name, look in _EXPRESSIONS.items()}
        self._faces["laugh"] = portrait()
        self._faces[_AWAY] = _empty_tile()
        self._people = _people()

    def frame(self, t: float) -> np.ndarray:
        """Make one picture.

        Args:
            t: seconds since the film began, from 0.

        Returns:
            uint8 (540, 960, 3) BGR, new at each call.
        """
        width, height = TILE
        picture = np.empty((ROWS * height, COLUMNS * width, 3), np.uint8)
        for index, person in enumerate(self._people):
            top, left = index // COLUMNS * height, index % COLUMNS * width
            picture[top : top + height, left : left + width] = self._tile(person, t)
        return picture

    def _tile(self, person: _Person, t: float) -> np.ndarray:
        before, now, share = person.looks(t % LOOP_S)
        if _AWAY in (before, now):
            # A camera is either on or off, so a face does not fade in or out.
            head = self._faces[now]
        else:
            head = cv2.addWeighted(self._faces[now], share, self._faces[before], 1 - share, 0)
        if person.mirrored:
            head = head[:, ::-1]
        sway = math.sin(2 * math.pi * t / 7 + person.phase)
        nod = math.sin(2 * math.pi * t / 5 + 2 * person.phase)
        width, height = TILE
        zoom = person.zoom * width / SIDE
        turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE * 0.4), 3 * sway, zoom)
        turn[0, 2] += width / 2 - SIDE / 2 + 4 * sway
        turn[1, 2] += height * 0.52 - SIDE * 0.4 + 3 * nod
        tile = cv2.warpAffine(head, turn, TILE, borderMode=cv2.BORDER_REPLICATE)
        return np.clip(tile * np.array(person.light), 0, 255).astype(np.uint8)


@cache
def _people() -> tuple[_Person, ...]:
    chance = np.random.default_rng(5)
    count = COLUMNS * ROWS
    scenes: list[list[tuple[float, float, str]]] = [[] for _ in range(count)]
    for begin, end, name, number in _SCENES:
        free = [index for index in range(count) if not _overlaps(scenes[index], begin, end)]
        for index in chance.permutation(free)[:number]:
            later = float(chance.uniform(0, _STAGGER_S))
            scenes[index].append((begin + later, end - _STAGGER_S + later, name))
    return tuple(
        _Person(
            mirrored=bool(index % 2),
            phase=float(chance.uniform(0, 2 * math.pi)),
            zoom=float(chance.uniform(1.1, 1.3)),
            light=tuple(chance.uniform(0.85, 1.08) * chance.uniform(0.95, 1.05, 3)),
            usual=_USUAL[index % len(_USUAL)],
            scenes=tuple(scenes[index]),
        )
        for index in range(count)
    )


def _overlaps(scenes: list[tuple[float, float, str]], begin: float, end: float) -> bool:
    return any(begin < last and first < end for first, last, _ in scenes)


def _empty_tile() -> np.ndarray:
    """Returns the tile that a video call shows for somebody whose camera is off."""
    return np.full((SIDE, SIDE, 3), 40, np.uint8)
