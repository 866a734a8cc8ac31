import io
import re

import numpy as np
import pypdf
import pytest

from fer.emotions import EMOTIONS
from fer.mood.timeline import TIMELINE_COLUMNS
from fer.report.contents import contents
from fer.report.html import to_html
from fer.report.live_report import live_report
from fer.report.pdf import to_pdf
from fer.report.pulse import PULSE_COLUMNS, STUDENTS, agreement, pulse_sentences
from fer.report.report import CUE_COLUMNS
from tests.tables import timeline


def of_class(lost, clear, valence, students=20):
    """A timeline of a class with one part of half a minute for each value."""
    table = timeline(30 * len(lost)).assign(t=np.arange(30.0 * len(lost)))
    table["valence"] = np.repeat(valence, 30)
    for column in PULSE_COLUMNS:
        table[column] = 0.0
    table["pulse_lost"], table["pulse_clear"] = np.repeat(lost, 30), np.repeat(clear, 30)
    table[STUDENTS] = students
    return table


RISING = np.arange(12.0)


def test_faces_that_follow_the_presses_agree():
    found = agreement(of_class(12 - RISING, RISING, RISING / 20))
    assert found.parts == 12
    assert found.correlation == pytest.approx(1)
    assert (found.lost, found.both) == (9, 6)
    assert "Faces and presses agree" in pulse_sentences(of_class(12 - RISING, RISING, RISING))[1]


def test_faces_that_contradict_the_presses_disagree():
    table = of_class(12 - RISING, RISING, -RISING / 20)
    assert agreement(table).correlation == pytest.approx(-1)
    assert "disagree" in pulse_sentences(table)[1]


def test_faces_that_know_nothing_of_the_presses_are_said_to_be_unrelated():
    valence = np.tile([0.1, 0.3, 0.2, 0.0], 10)
    table = of_class(np.repeat(np.arange(10.0), 4), np.ones(40), valence)
    assert abs(agreement(table).correlation) < 0.2
    assert "say little about each other" in pulse_sentences(table)[1]


def test_few_presses_show_nothing():
    quiet = of_class(np.r_[np.ones(4), np.zeros(30)], np.zeros(34), np.arange(34.0) / 40)
    assert agreement(quiet).correlation is None
    assert "Too little was pressed" in pulse_sentences(quiet)[1]
    none = of_class(np.zeros(12), np.zeros(12), RISING)
    assert pulse_sentences(none) == ["Nobody pressed a button."]
    assert pulse_sentences(timeline()) == []


def test_the_moment_in_which_most_were_lost_is_named():
    lost = np.array([1.0, 2, 9, 3])
    assert pulse_sentences(of_class(lost, np.zeros(4), lost))[0] == (
        "Lost was pressed most around 1:00: by 9 of 20 students."
    )


def test_one_press_is_not_called_most_students():
    one = pulse_sentences(of_class([0.0, 1.0], np.zeros(2), np.zeros(2), students=25))
    assert one[0] == "Lost was pressed most around 0:30: by 1 of 25 students."
    alone = pulse_sentences(of_class([0.0, 1.0], np.zeros(2), np.zeros(2), students=1))
    assert alone[0] == "Lost was pressed most around 0:30: by 1 of 1 student."


def test_a_single_part_is_named_as_one():
    lost = np.r_[4.0, np.ones(11)]
    said = pulse_sentences(of_class(lost, RISING, -RISING / 20))[1]
    assert said.endswith(
        "At least 20% pressed lost in 1 part; faces looked less pleasant than usual in 0 of 1."
    )


def test_a_correlation_that_chance_gives_to_so_few_parts_shows_nothing():
    """Of ten parts, every third class without any agreement has a correlation of 0.35."""
    valence = np.array([3.0, 4, 1, 0, 7, 9, 2, 5, 6, 8])
    table = of_class(np.ones(10), np.arange(10.0), valence / 20)
    assert 0.3 < agreement(table).correlation < 0.55
    assert "say little about each other" in pulse_sentences(table)[1]


def test_a_class_without_cameras_has_a_report(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    table = of_class(RISING, RISING, RISING)
    measured = (*TIMELINE_COLUMNS, *CUE_COLUMNS)
    nothing = [name for name in measured if name not in ("t", "frames")]
    table[nothing], table["frames"] = np.nan, 0.0
    report = live_report(table, [], [], "Physics", began=1_790_000_000.0)
    content = contents(report)
    assert [chapter.key for chapter in content.chapters] == ["pulse"]
    assert content.highlights[0].startswith("Lost was pressed most")
    assert [number.name for number in content.numbers] == [
        "length",
        "first to last number",
        "students (mean, most)",
    ]
    page = re.sub("(?s)<script.*?</script>", "", to_html(content))
    pdf = pypdf.PdfReader(io.BytesIO(to_pdf(content)))
    printed = re.sub(r"\s+", " ", " ".join(sheet.extract_text() for sheet in pdf.pages))
    for said in (page, printed):
        assert "Pulse over time" in said
        assert "What is shown is what students pressed." in said
        for word in ("expression", "feeling", "cues", "smile", "presence", "pose", "blink"):
            assert word not in said
    assert not set(EMOTIONS) & {event.kind for event in report.events}


def test_the_chart_of_presses_begins_at_nobody_also_where_nobody_pressed():
    def axis(lost):
        report = live_report(of_class(lost, np.zeros(4), np.zeros(4)), [], [], "Physics")
        (chapter,) = [one for one in contents(report).chapters if one.key == "pulse"]
        return chapter.figure.layout.yaxis

    assert axis(np.zeros(4)).range == pytest.approx((0, 1.05))
    assert axis([1.0, 8, 0, 0]).range == pytest.approx((0, 8.4))
    # One press had an axis with half a student on it.
    assert axis([1.0, 0, 0, 0]).dtick == 1


def test_a_class_in_which_nobody_was_lost_is_not_one_without_faces():
    table = of_class(np.zeros(4), np.ones(4), np.full(4, np.nan))
    table["faces"], table["frames"] = np.nan, 0.0
    report = live_report(table, [], [], "Physics")
    assert contents(report).highlights == ["Nobody pressed lost."]


def test_a_report_explains_the_cues_that_it_holds():
    report = live_report(of_class(RISING, RISING, RISING), [], [], "Physics")
    assert [cue.name for cue in contents(report).cues] == ["smile", "presence", "posture"]
