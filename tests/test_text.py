import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fer.text import (
    clock,
    counted,
    date_time,
    date_time_with_zone,
    from_inert_cell,
    inert_cell,
    markdown,
    signed,
    unused,
)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-3, "0:00"), (59.99, "0:59"), (60, "1:00"), (3599, "59:59"), (3600, "1:00:00")],
)
def test_clock(seconds, shown):
    assert clock(seconds) == shown


def test_every_name_is_told_from_all_others():
    used = set()
    names = ["Maths (2)", "Maths", "Maths", "maths", "Maths (2)", "É", "e\u0301"]
    assert [unused(name, used) for name in names] == [
        "Maths (2)", "Maths", "Maths (3)", "maths (4)", "Maths (2) (2)", "É", "e\u0301 (2)"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("since_1970", "zone", "shown"),
    [
        (1_795_788_000, "America/New_York", "2026-11-27 09:00 EST"),
        (1_795_788_000, "Asia/Kolkata", "2026-11-27 19:30 IST"),
        (1_790_000_000, "America/New_York", "2026-09-21 10:13 EDT"),
    ],
)
def test_a_moment_is_written_as_the_clock_of_a_zone_shows_it(since_1970, zone, shown):
    assert date_time_with_zone(since_1970, ZoneInfo(zone)) == shown
    assert date_time(since_1970, ZoneInfo(zone)) == shown.rpartition(" ")[0]


def test_without_a_zone_it_is_the_clock_of_this_machine():
    assert date_time(1_795_788_000) == f"{datetime.fromtimestamp(1_795_788_000):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(("number", "shown"), [(0, "0 classes"), (1, "1 class"), (2, "2 classes")])
def test_one_thing_has_no_plural(number, shown):
    assert counted(number, "class", "classes") == shown
    assert counted(number, "face") == f"{number} face{'' if number == 1 else 's'}"


def test_markdown_shows_every_sign():
    assert markdown("a*b_[c](d) :red[e] $x$") == r"a\*b\_\[c\](d) \:red\[e\] \$x\$"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.356, "+0.36"), (-0.04, "−0.04"), (0.0, "0.00"), (-0.001, "0.00"), (0.004, "0.00")],
)
def test_a_number_has_its_sign_and_zero_has_none(number, shown):
    assert signed(number) == shown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("week_7.2-b.mp4", "week_7.2-b.mp4"),
        ("Lecture 12 - waves (1).mp4", "Lecture 12 - waves (1).mp4"),
        ("1. a - _c_ d__e", r"1\. a \- \_c\_ d\_\_e"),
        ("- 1) a", r"\- 1) a"),
        ("1) a\n 2) b", "1\\) a\n 2\\) b"),
        ("größe_é.mp4", "größe_é.mp4"),
        ("-", r"\-"),
    ],
)
def test_signs_within_a_word_stay_as_they_are_for_screen_readers(text, escaped):
    assert markdown(text) == escaped


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ann@school.org", ["ann", "@school.org"]),
        ("HTTPS://a.b", ["HTTPS", r"\://a.b"]),
        ("www.a.b", ["www", ".a.b"]),
        (":material/home:", [r"\:", r"material/home\:"]),
        (":streamlit:", [r"\:", r"streamlit\:"]),
        ("a <-> b", [r"a \<", r"\-", r"\> b"]),
        ("3 @ 4, 1:2", [r"3 @ 4, 1\:2"]),
    ],
)
def test_markdown_cuts_what_streamlit_would_find_behind_the_escapes(text, parts):
    assert markdown(text) == ":small[]".join(parts)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@sum(a1)", " =1", "\t=1", "\r=1", '"=1', "\ufeff=1", "＝1", "a;=1",
     "a\n=1", "a; +1", 'a;"=1'],
)  # fmt: skip
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_begins_with_a_formula(text, separator):
    """The formula stays harmless, whichever separator the spreadsheet splits lines at."""
    written = io.StringIO()
    csv.writer(written).writerow([1, inert_cell(text), 2])
    for row in csv.reader(written.getvalue().splitlines(), delimiter=separator):
        for cell in row:
            assert cell.strip(' \t\r\n"\ufeff')[:1] not in tuple("=+-@＝＋－＠")


@pytest.mark.parametrize("text", ["new topic", "a = b", "5-6", "x@y", "a, -1", "", "'quoted'"])
def test_a_harmless_text_stays_as_it_is(text):
    assert inert_cell(text) == text


@pytest.mark.parametrize("text", ["=1+1", "a; +1", " -5 minutes", "new topic", "'quoted'", "a\n=1"])
def test_an_export_that_is_read_back_gives_the_text(text):
    assert from_inert_cell(inert_cell(text)) == text
