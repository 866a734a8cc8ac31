import numpy as np
import pytest

from fer.emotions import EMOTIONS, KNOWN, places
from fer.mood.groups import MEMBERS, Group, GroupShare, group_shares, group_values
from fer.mood.headline import headline, shares_in_words
from tests.mood.faces import bucket


def shares(**named):
    row = np.zeros(len(EMOTIONS))
    for name, value in named.items():
        row[EMOTIONS.index(name)] = value
    return row


def groups(values, width=0.1):
    """Groups with these shares, and intervals of this width around them."""
    return [
        GroupShare(group, value, max(0.0, value - width / 2), min(1.0, value + width / 2))
        for group, value in zip(Group, group_values(values), strict=True)
    ]


CALM = shares(neutral=0.78, happy=0.12, sad=0.06, surprise=0.04)
GLAD = shares(neutral=0.3, happy=0.7)


def test_every_emotion_belongs_to_one_group():
    assert sorted(name for members in MEMBERS.values() for name in members) == sorted(KNOWN)


def test_groups_add_their_members():
    values = shares(happy=0.5, angry=0.1, sad=0.2, neutral=0.2)
    by_group = dict(zip(Group, group_values(values), strict=True))
    assert by_group[Group.UNPLEASANT] == pytest.approx(0.3)
    assert sum(by_group.values()) == pytest.approx(1)


def test_the_bounds_of_a_group_are_those_of_its_members_together():
    """Sad and angry are often confused, so their joint share is more certain than either one."""
    some = bucket(*["sad"] * 6, *["angry"] * 4, *["neutral"] * 10).class_shares(None)
    (unpleasant,) = [share for share in group_shares(some) if share.group == Group.UNPLEASANT]
    assert unpleasant.value == pytest.approx(0.5)
    assert unpleasant.low < 0.5 < unpleasant.high
    members = places(MEMBERS[Group.UNPLEASANT], len(EMOTIONS))
    assert unpleasant.high - unpleasant.low < (some.high - some.low)[members].sum()


@pytest.mark.parametrize(
    ("values", "more", "said"),
    [
        (
            CALM,
            {"minutes": [CALM] * 10},
            "Mostly neutral (about 78%), some smiles (12%); steady for ten minutes. "
            "19 of 25 faces readable.",
        ),
        (
            GLAD,
            {"minutes": [CALM, CALM, GLAD]},
            "Mostly smiles (about 70%), many neutral faces (30%); more smiles than before. "
            "19 of 25 faces readable.",
        ),
        (
            shares(neutral=0.45, happy=0.4, sad=0.15),
            {},
            "A mixture: neutral faces (45%), smiles (40%), unpleasant expressions (15%). "
            "19 of 25 faces readable.",
        ),
        (
            CALM,
            {"width": 0.3},  # a wide interval is given as a range
            "Mostly neutral (63% to 93%), some smiles (0% to 27%). 19 of 25 faces readable.",
        ),
        (
            shares(neutral=0.51, happy=0.39, sad=0.1),
            {"width": 0.3},  # the ranges overlap
            "A mixture: neutral faces (36% to 66%), smiles (24% to 54%), "
            "unpleasant expressions (10%). 19 of 25 faces readable.",
        ),
        (
            shares(neutral=0.55, happy=0.38, sad=0.07),
            {"width": 0.7},  # the smallest group may be as large as the largest one
            "A mixture: neutral faces (20% to 90%), smiles (3% to 73%), "
            "unpleasant expressions (0% to 42%), surprised faces (0% to 35%). "
            "19 of 25 faces readable.",
        ),
        (
            CALM,
            {"width": 2.0, "minutes": [CALM] * 3},
            "The readings are too uncertain to say how the class looks. 19 of 25 faces readable.",
        ),
        (None, {}, "25 seen, none of them readable: too small, turned away or blurred."),
        (None, {"seen": 0, "readable": 0}, "No face seen in this time."),
        (
            shares(happy=1.0),
            {"seen": 1, "readable": 1},
            "Mostly smiles (about 100%). One face: a reading, not a class.",
        ),
        (
            shares(happy=1.0),
            {"seen": 3, "readable": 2},
            "Mostly smiles (about 100%). Only 2 faces readable: too few to speak of a class.",
        ),
        (
            shares(happy=1.0),
            {"seen": 3, "readable": 1},
            "Mostly smiles (about 100%). Only 1 face readable: too few to speak of a class.",
        ),
        (
            None,
            {"seen": 1, "readable": 0},
            "One face seen, but not readable: too small, turned away or blurred.",
        ),
        (
            shares(happy=1.0),
            {"seen": 12, "readable": 3},
            "Mostly smiles (about 100%). 3 of 12 faces readable.",
        ),
    ],
    ids=[
        "steady",
        "rising",
        "mixed",
        "ranges",
        "overlap",
        "hidden overlap",
        "unknown",
        "unreadable",
        "empty",
        "one",
        "two",
        "one of three",
        "one unreadable",
        "far away",
    ],
)
def test_one_sentence(values, more, said):
    given = {"seen": 25.0, "readable": 19.2, **more}
    named = [] if values is None else groups(values, given.pop("width", 0.1))
    assert headline(named, **given) == said


def test_a_list_has_the_first_part_alone():
    assert shares_in_words(CALM) == "Mostly neutral (about 78%), some smiles (12%)"
    assert shares_in_words(None) == ""


def test_a_lead_that_is_not_worth_saying_is_a_mixture():
    assert shares_in_words(shares(happy=0.51, neutral=0.49)).startswith("A mixture: smiles (51%)")


def test_a_pause_is_no_steady_time():
    pause = np.full(len(EMOTIONS), np.nan)
    assert "steady for two minutes" in headline(
        groups(CALM), seen=9, readable=9, minutes=[CALM, pause, CALM, CALM]
    )
    assert "steady" not in headline(groups(CALM), seen=9, readable=9, minutes=[CALM, CALM, pause])
    assert "before" not in headline(groups(CALM), seen=9, readable=9, minutes=[pause, pause, CALM])


def test_less_of_something_is_said_as_such():
    sour = shares(neutral=0.4, sad=0.6)
    better = shares(neutral=0.55, surprise=0.14, happy=0.14, sad=0.17)
    text = headline(groups(better), seen=9, readable=9, minutes=[sour, sour, better])
    assert "fewer unpleasant expressions than before" in text


@pytest.mark.parametrize(
    ("now", "minutes"),
    [
        (GLAD, [CALM, CALM]),  # they have just begun to laugh
        (GLAD, [shares(happy=0.9, neutral=0.1), CALM]),  # they laugh for the second time
        (
            shares(happy=0.7, neutral=0.3),
            [shares(happy=0.9, neutral=0.1), shares(happy=0.6, sad=0.4)],
        ),
    ],
)
def test_a_direction_does_not_contradict_what_they_show_now(now, minutes):
    text = headline(groups(now), seen=9, readable=9, minutes=minutes)
    assert text.startswith("Mostly smiles")
    assert "steady" not in text
    assert "fewer smiles" not in text


def test_a_class_is_not_steady_while_another_group_led():
    turned = shares(neutral=0.44, happy=0.47, sad=0.09)
    now = shares(neutral=0.47, happy=0.44, sad=0.09)
    assert "steady" not in headline(groups(now), seen=9, readable=9, minutes=[turned, turned])
