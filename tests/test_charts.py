import json
from itertools import pairwise

import numpy as np
import pytest

from fer import charts
from fer.core import FaceReading
from fer.emotions import COLOURS, EMOTIONS
from fer.events import Event
from fer.mood import Mark, MoodWindow


@pytest.fixture
def window():
    window = MoodWindow()
    for second in (0, 1, 2, 5, 6):
        row = np.full(7, 0.1, np.float32)
        row[EMOTIONS.index("happy")] = 0.4
        window.add(second, [FaceReading((0, 0, 50, 50), row)])
    return window


@pytest.fixture
def timeline(window):
    return window.timeline()


def all_figures(timeline, shares):
    events = [Event("negative mood", 1.0, None, 0.6, "Negative mood rose.")]
    marks = [Mark(2.0, "new <topic>")]
    return [
        charts.mood_bar(shares),
        charts.share_timeline(timeline, marks),
        charts.valence_line(timeline, events, marks),
        charts.faces_line(timeline, events),
    ]


def test_every_figure_is_transparent_and_names_its_axes(window, timeline):
    for figure in all_figures(timeline, window.total().shares):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.xaxis.title.text
        assert figure.layout.uirevision == "keep"


@pytest.mark.parametrize("rows", [0, 1])
def test_figures_draw_without_data(timeline, rows):
    for figure in all_figures(timeline.iloc[:rows], None):
        json.loads(figure.to_json())


def test_a_bar_for_each_share_in_its_own_colour_and_with_its_number(window):
    bar = charts.mood_bar(window.total().shares).data[0]
    by_name = dict(zip(bar.y, zip(bar.x, bar.marker.color, bar.text, strict=True), strict=True))
    assert set(by_name) == set(charts.SHARES)
    assert by_name["happy"] == (pytest.approx(0.4), COLOURS["happy"], "40%")


def test_neighbours_in_the_stack_differ_without_their_colours():
    hatches = [charts.HATCH[name] for name in charts.STACK]
    assert all(a != b for a, b in pairwise(hatches))


def test_shares_fill_the_stack_and_pauses_stay_blank(timeline):
    figure = charts.share_timeline(timeline)
    heights = np.sum([trace.y for trace in figure.data], axis=0)
    assert heights == pytest.approx([1, 1, 1, 0, 0, 1, 1])
    assert list(figure.data[0].hovertemplate)[3:5] == ["no data", "no data"]


def test_the_bars_are_the_stacks_legend(timeline):
    figure = charts.share_timeline(timeline, legend=False)
    assert figure.layout.showlegend is False
    from_the_top = [trace.name for trace in reversed(figure.data)]
    assert list(charts.mood_bar(None).data[0].y) == from_the_top


def test_pauses_break_the_valence_line(timeline):
    trace = charts.valence_line(timeline).data[0]
    assert np.isnan(np.asarray(trace.y)[3:5]).all()
    assert trace.connectgaps is False


def test_a_lasting_event_reaches_to_the_last_row(timeline):
    events = [Event("negative mood", 1.0, None, 0.6, "Negative mood rose.")]
    span = charts.valence_line(timeline, events).layout.shapes[0]
    assert (span.x0[-6:], span.x1[-6:]) == ("01.000", "06.000")


def test_marks_show_their_text_and_never_as_html(timeline):
    figure = charts.share_timeline(timeline, [Mark(2.0, '<a href="x">topic</a>')])
    assert "<" not in figure.layout.annotations[0].text
    assert figure.layout.shapes[0].line.dash == "dash"


@pytest.mark.parametrize(
    ("seconds", "form"), [(90, "%M:%S"), (3600, "%H:%M:%S")], ids=["minutes", "hours"]
)
def test_long_sessions_are_counted_in_hours(window, seconds, form):
    window.add(seconds, [])
    assert charts.faces_line(window.timeline()).layout.xaxis.tickformat == form


def test_the_faces_axis_leaves_room_for_the_most_faces(window):
    window.add(6, [FaceReading((0, 0, 50, 50), np.full(7, 1 / 7, np.float32))] * 9)
    low, high = charts.faces_line(window.timeline()).layout.yaxis.range
    assert low == 0
    assert high > 5


@pytest.mark.parametrize(("seconds", "follows"), [(0, False), (1, False), (3, False), (30, True)])
def test_the_first_seconds_do_not_fill_the_axis(seconds, follows):
    window = MoodWindow()
    for second in range(seconds):
        window.add(second, [])
    axis = charts.faces_line(window.timeline()).layout.xaxis
    assert axis.autorange is follows
    if not follows:
        assert [end[17:19] for end in axis.range] == ["00", "08"]
