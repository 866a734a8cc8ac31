from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from fer.charts.marks import EVENT_ROWS, NARROW_PX, ROW_PX, overlay
from fer.charts.style import EVENT
from fer.emotions import COLOURS
from fer.mood.record import CHART_SECONDS
from fer.mood.trigger import Event
from fer.mood.window import Mark

END = 600.0
TIMES = pd.Series(np.arange(END + 1))


def seconds(at: str) -> float:
    return np.datetime64(at, "ms").astype(int) / 1000


def names(found):
    """Returns where each name lies on a phone: its row, and its begin and end in px."""
    for text in found.annotations:
        at = seconds(text["x"]) / END * NARROW_PX
        width = 6 * len(text["text"])
        begin = at if text["xanchor"] == "left" else at - width
        if text["text"]:
            yield text["yshift"] // ROW_PX, begin, begin + width, text["text"]


def bars(found):
    for shape in found.shapes:
        if shape.get("ysizemode") == "pixel":
            yield shape["y0"] // ROW_PX, seconds(shape["x0"]), seconds(shape["x1"])


def event(start, end, kind="negative mood"):
    return Event(kind, start, end, 0.5, "Something lasted.")


def test_events_that_overlap_lie_in_rows_of_their_own():
    found = overlay(TIMES, [event(10, 300), event(20, 100), event(90, 200), event(310, 320)])
    rows = list(bars(found))
    assert len(rows) == 4
    for (row, start, end), (other, begin, over) in combinations(rows, 2):
        assert row != other or end <= begin or over <= start
    assert max(row for row, _, _ in rows) < EVENT_ROWS


@pytest.mark.parametrize("seed", range(20))
def test_no_name_runs_into_another_on_a_phone(seed):
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.uniform(0, END - 30, 12))
    kinds = ("negative mood", "confusion", "laughter", "low presence")
    events = [event(t, t + rng.uniform(1, 90), kinds[n % 4]) for n, t in enumerate(starts)]
    marks = [Mark(t, "x" * n) for n, t in enumerate(rng.uniform(0, END, 15))]
    found = overlay(TIMES, events, marks)
    rows: dict = {}
    for row, begin, end, text in sorted(names(found)):
        assert begin >= rows.get(row, -NARROW_PX) - 1e-6, text
        assert end <= NARROW_PX + 15, text
        rows[row] = end
    assert found.top == 8 + ROW_PX * (1 + max(row for row, *_ in names(found)))


def test_a_name_that_does_not_fit_shrinks_to_its_sign_and_says_the_rest_on_hover():
    found = overlay(TIMES, (), [Mark(100 + 40 * n, f"topic {n}") for n in range(6)])
    texts = [text["text"] for text in found.annotations]
    assert texts[0] == "⚑ topic 0"
    assert texts.count("⚑") >= 2
    assert "" not in texts
    assert [text["hovertext"] for text in found.annotations] == [f"topic {n}" for n in range(6)]


def test_laughter_and_a_rise_are_no_warnings():
    found = overlay(TIMES, [event(0, 9, "laughter"), event(200, 230, "mood rise")])
    assert [text["text"] for text in found.annotations] == ["☺ laughter", "▲ mood rise"]
    assert overlay(TIMES, [event(0, 9)]).annotations[0]["text"] == "⚠ unpleasant expressions"


def luminance(colour: str) -> float:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", [*COLOURS.values(), "#FFFFFF", "#0E1117"])
def test_a_mark_can_be_seen_on_every_background(background):
    lines = [shape["line"]["color"] for shape in overlay(TIMES, (), [Mark(5, "a")]).shapes]
    assert max(contrast(line, background) for line in lines) >= 4.5
    # The light rim is wider than the dark dashes, so both can be seen.
    rim, dashes = (shape["line"] for shape in overlay(TIMES, (), [Mark(5, "a")]).shapes)
    assert rim["width"] > dashes["width"]
    assert dashes["dash"] == "dash"


def test_a_mark_hides_about_a_second_of_five_minutes():
    plot_px = 520  # of the live page on a laptop
    widths = [shape["line"]["width"] for shape in overlay(TIMES, (), [Mark(5, "a")]).shapes]
    assert max(widths) <= round(plot_px / CHART_SECONDS)


def test_events_have_a_colour_of_their_own():
    assert EVENT not in COLOURS.values()
    assert min(contrast(EVENT, page) for page in ("#FFFFFF", "#0E1117")) >= 3


@pytest.mark.parametrize("page", ["#FFFFFF", "#14171A"])
def test_the_name_of_an_event_can_be_read(page):
    (name,) = overlay(TIMES, [event(0, 9)]).annotations
    bar = overlay(TIMES, [event(0, 9)]).shapes[1]
    assert contrast(name["font"]["color"], name["bgcolor"]) >= 4.5
    assert bar["fillcolor"] == name["bgcolor"]
    assert contrast(bar["line"]["color"], page) >= 3


def test_thousands_of_marks_are_drawn_as_far_as_they_can_be_seen():
    found = overlay(TIMES, (), [Mark(0.3 * n, f"topic {n}") for n in range(2000)])
    assert len(found.shapes) <= 2 * (NARROW_PX + 1) + 2 * len(found.annotations)
    assert len(found.annotations) < 50
    assert all(text["text"] for text in found.annotations)
