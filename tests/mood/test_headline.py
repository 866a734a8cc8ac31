import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.mood.groups import MEMBERS, Group, group_shares
from fer.mood.headline import headline


def shares(**named):
    row = np.zeros(len(EMOTIONS))
    for name, value in named.items():
        row[EMOTIONS.index(name)] = value
    return row


CALM = shares(neutral=0.78, happy=0.12, sad=0.06, surprise=0.04)
GLAD = shares(neutral=0.3, happy=0.7)


def test_every_emotion_belongs_to_one_group():
    assert sorted(name for members in MEMBERS.values() for name in members) == sorted(EMOTIONS)


def test_groups_add_their_members_and_their_bounds():
    values = shares(happy=0.5, angry=0.1, sad=0.2, neutral=0.2)
    found = {share.group: share for share in group_shares(values, values / 2, values * 3)}
    assert found[Group.UNPLEASANT].value == pytest.approx(0.3)
    assert found[Group.UNPLEASANT].low == pytest.approx(0.15)
    assert found[Group.PLEASANT].high == 1.0
    assert sum(share.value for share in found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "more", "said"),
    [
        (
            CALM,
            {"minutes": [CALM] * 10},
            "Mostly neutral (about 78 %), some smiles (12 %); steady for ten minutes. "
            "19 of 25 faces readable.",
        ),
        (
            GLAD,
            {"minutes": [CALM, CALM, GLAD]},
            "Mostly smiles (about 70 %), many neutral faces (30 %); more smiles than before. "
            "19 of 25 faces readable.",
        ),
        (
            shares(neutral=0.45, happy=0.4, sad=0.15),
            {},
            "A mixture: neutral faces (45 %), smiles (40 %), unpleasant expressions (15 %). "
            "19 of 25 faces readable.",
        ),
        (
            CALM,
            {"low": CALM * 0.9, "high": CALM * 1.1},
            "Mostly neutral (70 to 86 %), some smiles (11 to 13 %). 19 of 25 faces readable.",
        ),
        (None, {}, "25 seen, none of them readable: too small, turned away or blurred."),
        (None, {"seen": 0, "readable": 0}, "No face seen yet."),
        (
            shares(happy=1.0),
            {"seen": 1, "readable": 1},
            "Mostly smiles (about 100 %). One face: a reading, not a class.",
        ),
        (
            shares(happy=1.0),
            {"seen": 3, "readable": 2},
            "Mostly smiles (about 100 %). Only 2 faces readable: too few to speak of a class.",
        ),
        (
            shares(happy=1.0),
            {"seen": 12, "readable": 3},
            "Mostly smiles (about 100 %). 3 of 12 faces readable.",
        ),
    ],
    ids=["steady", "rising", "mixed", "ranges", "unreadable", "empty", "one", "two", "far away"],
)
def test_one_sentence(values, more, said):
    assert headline(values, **{"seen": 25.0, "readable": 19.2, **more}) == said


def test_a_pause_is_no_steady_time():
    pause = np.full(len(EMOTIONS), np.nan)
    assert "steady for two minutes" in headline(
        CALM, seen=9, readable=9, minutes=[CALM, pause, CALM, CALM]
    )
    assert "steady" not in headline(CALM, seen=9, readable=9, minutes=[CALM, CALM, pause])
    assert "before" not in headline(CALM, seen=9, readable=9, minutes=[pause, pause, CALM])


def test_less_of_something_is_said_as_such():
    sour = shares(neutral=0.4, sad=0.6)
    better = shares(neutral=0.55, surprise=0.14, happy=0.14, sad=0.17)
    text = headline(better, seen=9, readable=9, minutes=[sour, sour, better])
    assert "fewer unpleasant expressions than before" in text
