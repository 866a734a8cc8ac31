from fer.report.sample import sample_report
from fer.report.sentence import sentence
from tests.tables import lecture


def test_the_sample_report_begins_with_a_sentence():
    report = sample_report("sample")
    assert sentence(report).startswith("Mostly neutral (about ")
    assert "of 24 faces readable." in sentence(report)
    assert report.events


def test_a_lecture_has_a_sentence_and_a_sound_has_none():
    report = lecture(120)
    assert "2 faces readable: too few to speak of a class." in sentence(report)
    assert sentence(report.part(1e6, 2e6)) == ""


def test_an_empty_room_says_so():
    report = lecture(120)
    report.timeline["faces"] = 0.0
    report.faces = report.faces[:0]
    assert sentence(report) == "No face seen in this time."
