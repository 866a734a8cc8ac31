import json
from itertools import combinations, pairwise

import numpy as np
import pytest

from fer.charts import shares as share_charts
from fer.charts import timeline as charts
from fer.charts.comparison import comparison_bars, comparison_lines
from fer.charts.style import HATCH, STACK
from fer.emotions import COLOURS, CONTEMPT, EMOTIONS, KNOWN
from fer.faces.core import FaceReading
from fer.mood.groups import MEMBERS
from fer.mood.trigger import Event
from fer.mood.window import Mark, MoodWindow


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
        share_charts.mood_bar(shares),
        charts.share_timeline(timeline, marks),
        charts.valence_line(timeline, events, marks),
        charts.faces_line(timeline),
    ]


def test_every_figure_is_transparent_and_names_its_axes(window, timeline):
    for figure in all_figures(timeline, window.total().class_shares(None)):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.xaxis.title.text
        assert figure.layout.uirevision == "keep"


@pytest.mark.parametrize("rows", [0, 1])
def test_figures_draw_without_data(timeline, rows):
    for figure in all_figures(timeline.iloc[:rows], None):
        json.loads(figure.to_json())


def test_a_bar_for_each_share_in_its_own_colour_and_with_its_number(window):
    shares = window.total().class_shares(None)
    bar, words = share_charts.mood_bar(shares).data
    columns = (bar.y, bar.x, bar.marker.color, words.text, words.x)
    by_name = {name: rest for name, *rest in zip(*columns, strict=True)}
    assert set(by_name) == set(EMOTIONS)
    value, high = (float(row[EMOTIONS.index("happy")]) for row in (shares.values, shares.high))
    assert by_name["happy"] == [value, COLOURS["happy"], f" {value:.0%}", high]


def test_the_line_on_a_bar_is_the_interval(window):
    shares = window.total().class_shares(None)
    bar = share_charts.mood_bar(shares).data[0]
    order = [EMOTIONS.index(name) for name in bar.y]
    assert bar.x + bar.error_x.array == pytest.approx(shares.high[order])
    assert bar.x - bar.error_x.arrayminus == pytest.approx(shares.low[order])


def test_neighbours_in_the_stack_differ_without_their_colours():
    hatches = [HATCH[name] for name in STACK]
    assert all(a != b for a, b in pairwise(hatches))


def test_groups_differ_without_their_colours():
    """Where no face looks surprised, happy and neutral are neighbours, too."""
    of_groups = [
        {HATCH[name] for name in members if name != CONTEMPT} for members in MEMBERS.values()
    ]
    assert all(a.isdisjoint(b) for a, b in combinations(of_groups, 2))


@pytest.fixture
def eight():
    """Two seconds of a network that knows contempt."""
    window = MoodWindow()
    row = np.full(8, 0.1, np.float32)
    row[KNOWN.index(CONTEMPT)] = 0.3
    for second in (0, 1):
        window.add(second, [FaceReading((0, 0, 50, 50), row)])
    return window


def test_contempt_stands_in_every_chart_of_a_network_that_knows_it(eight):
    shares = eight.total().class_shares(None)
    stacked = charts.share_timeline(eight.timeline())
    from_the_top = [trace.name for trace in reversed(stacked.data) if trace.stackgroup]
    assert sorted(from_the_top) == sorted(KNOWN)
    assert from_the_top[:2] == ["angry", CONTEMPT]
    area = next(trace for trace in stacked.data if trace.name == CONTEMPT)
    assert (area.fillcolor, area.fillpattern.shape) == (COLOURS[CONTEMPT], HATCH[CONTEMPT])
    bar, words = share_charts.mood_bar(shares).data
    assert list(bar.y) == from_the_top
    by_name = dict(zip(bar.y, zip(bar.marker.color, words.text, strict=True), strict=True))
    assert by_name[CONTEMPT] == (COLOURS[CONTEMPT], " 30%")
    ring = share_charts.donut(shares.values).data[0]
    assert dict(zip(ring.labels, ring.values, strict=True))[CONTEMPT] == pytest.approx(0.3)


def test_a_recording_without_contempt_is_compared_with_one_that_has_it(eight, window):
    values = [some.total().class_shares(None).values.tolist() for some in (window, eight)]
    figure = comparison_bars(dict(zip(("older", "newer"), values, strict=True)))
    assert [list(bar.x) for bar in figure.data] == [list(EMOTIONS), list(KNOWN)]


def test_shares_fill_the_stack_and_pauses_stay_blank(timeline):
    figure = charts.share_timeline(timeline)
    heights = np.sum([trace.y for trace in figure.data if trace.stackgroup], axis=0)
    assert heights == pytest.approx([1, 1, 1, 0, 0, 1, 1])
    assert list(figure.data[0].hovertemplate)[3:5] == ["no data", "no data"]


def test_the_bars_are_the_stacks_legend(timeline):
    figure = charts.share_timeline(timeline, legend=False)
    assert figure.layout.showlegend is False
    from_the_top = [trace.name for trace in reversed(figure.data) if trace.stackgroup]
    assert list(share_charts.mood_bar(None).data[0].y) == from_the_top


def test_pauses_break_the_valence_line(timeline):
    trace = charts.valence_line(timeline).data[-1]
    assert np.isnan(np.asarray(trace.y)[3:5]).all()
    assert trace.connectgaps is False


@pytest.mark.parametrize(
    "draw",
    [
        charts.valence_line,
        charts.faces_line,
        lambda table: charts.cue_lines(table, {"smile": "smile"}, "share"),
        lambda table: comparison_lines({"lecture": table["valence"]}),
    ],
)
def test_a_value_between_two_pauses_is_drawn_as_a_point(timeline, draw):
    timeline.loc[[1, 6], ["valence", "faces", "unread", "smile"]] = np.nan
    for trace in (trace for trace in draw(timeline).data if trace.fill is None):
        assert trace.mode == "lines+markers"
        assert list(np.flatnonzero(trace.marker.size)) == [0, 2, 5]


def test_a_line_without_such_a_value_has_no_points(timeline):
    assert charts.valence_line(timeline).data[-1].mode == "lines"


def test_the_band_of_the_valence_has_an_outline_for_each_stretch(timeline):
    band = charts.valence_line(timeline).data[0]
    assert band.fill == "toself"
    ends = np.flatnonzero(np.isnan(np.asarray(band.y, float)))
    known = timeline["valence"].notna().to_numpy()
    assert len(ends) == (np.diff(known, prepend=False).astype(int) * known).sum()
    assert len(band.x) == len(band.y) == 2 * known.sum() + len(ends)
    assert np.nanmax(band.y) == pytest.approx(timeline["valence_high"].max())
    assert np.nanmin(band.y) == pytest.approx(timeline["valence_low"].min())


def test_bands_lie_over_the_edges_of_the_pleasant_and_the_unpleasant(timeline):
    pleasant, unpleasant = charts.share_timeline(timeline, bands=True).data[-2:]
    assert {pleasant.fill, unpleasant.fill} == {"toself"}
    assert np.nanmin(pleasant.y) == pytest.approx(timeline["pleasant_low"].min())
    assert np.nanmax(pleasant.y) == pytest.approx(timeline["pleasant_high"].max())
    assert np.nanmin(unpleasant.y) == pytest.approx(1 - timeline["unpleasant_high"].max())
    # As the areas do, a row's band reaches to the next row.
    assert pleasant.x[:2].astype(float).tolist() == [0, 1000]
    waiting = charts.share_timeline(timeline).data[-2:]
    assert {band.visible for band in waiting} == {"legendonly"}
    without = charts.share_timeline(timeline, legend=False)
    assert len(without.data) == len(EMOTIONS)
    earlier = charts.share_timeline(timeline.drop(columns=["pleasant_low"]))
    assert len(earlier.data) == len(EMOTIONS)


def test_a_table_without_a_band_draws_a_line_alone(timeline):
    figure = charts.valence_line(timeline.drop(columns=["valence_low", "valence_high"]))
    assert len(figure.data) == 1


def test_a_lasting_event_reaches_to_the_last_row(timeline):
    events = [Event("negative mood", 1.0, None, 0.6, "Negative mood rose.")]
    span = charts.valence_line(timeline, events).layout.shapes[0]
    assert (span.x0[-6:], span.x1[-6:]) == ("01.000", "06.000")


def test_marks_show_their_text_and_never_as_html(timeline):
    figure = charts.share_timeline(timeline, [Mark(2.0, '<a href="x">topic</a>')])
    assert "<" not in figure.layout.annotations[0].text
    assert figure.layout.shapes[1].line.dash == "dash"


@pytest.mark.parametrize(
    ("seconds", "form"),
    [(90, "%M:%S"), (3600, "%H:%M:%S"), (86_400, "day %-j, %H:%M:%S")],
    ids=["minutes", "hours", "days"],
)
def test_long_sessions_are_counted_in_hours_and_days(window, seconds, form):
    window.add(seconds, [])
    axis = charts.faces_line(window.timeline()).layout.xaxis
    assert axis.tickformat == form
    assert ("day" in axis.title.text) is ("day" in axis.hoverformat) is (seconds == 86_400)


def test_the_faces_axis_leaves_room_for_the_most_faces(window):
    window.add(6, [FaceReading((0, 0, 50, 50), np.full(7, 1 / 7, np.float32))] * 9)
    low, high = charts.faces_line(window.timeline()).layout.yaxis.range
    assert low == 0
    assert high > 5


def test_a_low_axis_of_faces_counts_whole_faces(window):
    window.add(6, [FaceReading((0, 0, 50, 50), np.full(7, 1 / 7, np.float32))])
    axis = charts.faces_line(window.timeline()).layout.yaxis
    assert axis.range[1] < 3
    assert axis.dtick == 1


def ends(axis):
    """Returns the ends of a time axis in s, first of its range and then of its bounds."""
    times = [float(np.datetime64(end, "ms").astype(int)) for end in axis.range]
    bounds = axis.autorangeoptions
    assert times == [bounds.minallowed, bounds.maxallowed]
    return [time / 1000 for time in times]


@pytest.mark.parametrize("seconds", [0, 1, 3])
def test_the_first_seconds_do_not_fill_the_axis(seconds):
    window = MoodWindow()
    for second in range(seconds):
        window.add(second, [])
    axis = charts.faces_line(window.timeline()).layout.xaxis
    assert ends(axis) == [0, 8]
    # Without rows Plotly would choose a year by itself.
    assert axis.autorange is (seconds > 0)


def test_marks_and_events_of_long_before_do_not_stretch_the_axis():
    window = MoodWindow()
    for second in range(3000):
        window.add(second, [])
    recent = window.timeline(since=2700)
    marks = [Mark(60, "old"), Mark(2990, "new")]
    alert = Event("negative mood", 100, 130, 0.5, "It was over long ago.")
    lasting = Event("faces missing", 2000, None, 0.5, "It lasts.")
    for figure in (
        charts.share_timeline(recent, marks),
        charts.valence_line(recent, [alert, lasting], marks),
    ):
        assert ends(figure.layout.xaxis) == [2700, 2999]
        # With a range of its own that moves each second, Plotly would forget the reader's zoom.
        assert figure.layout.xaxis.autorange is True
    texts = {
        text.text: text for text in charts.valence_line(recent, [lasting], marks).layout.annotations
    }
    assert np.datetime64(texts["⚠ faces missing"].x) == np.datetime64(2700, "s")
    assert texts["⚑ new"].xanchor == "right"


def test_a_period_is_shown_from_end_to_end(timeline):
    events = [Event("negative mood", 6.0, None, 0.6, "Negative mood rose.")]
    figure = charts.valence_line(timeline, events, period=(2, 60))
    figure = charts.fit_period(figure, 2, 60)
    assert figure.layout.xaxis.autorange is False
    assert [np.datetime64(end).astype(int) for end in figure.layout.xaxis.range] == [2000, 60_000]
    assert figure.layout.annotations[0].xanchor == "left"
