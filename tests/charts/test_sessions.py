import numpy as np
import pytest

from fer.charts.sessions import sessions_bars


def test_each_session_has_a_bar_of_four_parts_with_its_name_as_text():
    groups = np.array([[0.5, 0.3, 0.1, 0.1], [0.0, 1.0, 0.0, 0.0]])
    names = ["2026-11-26 · <b>Physics</b>", "x" * 80]
    figure = sessions_bars(names, groups, ["pleasant", "neutral", "surprised", "unpleasant"])
    drawn = np.array([bar.x for bar in figure.data]).T
    assert drawn == pytest.approx(groups)
    said = [annotation.text for annotation in figure.layout.annotations]
    assert said[0] == "2026-11-26 · &lt;b&gt;Physics&lt;/b&gt;"
    assert said[1].endswith("…")
    assert len({bar.marker.color for bar in figure.data}) == 4
    assert figure.data[1].text == ("30%", "100%")


def test_the_four_groups_can_be_told_apart_without_colours():
    figure = sessions_bars(["Physics"], np.full((1, 4), 0.25), ["a", "b", "c", "d"])
    hatching = [bar.marker.pattern.shape for bar in figure.data]
    assert len(set(hatching)) == 4
    assert hatching[1] == ""  # neutral faces alone have none


def test_numbers_on_hatching_have_a_light_edge_all_around():
    figure = sessions_bars(["Physics"], np.full((1, 4), 0.25), ["a", "b", "c", "d"])
    assert any(bar.marker.pattern.shape for bar in figure.data)
    for bar in figure.data:
        assert "white" in bar.textfont.shadow
        assert bar.textfont.color == "#1B1F24"
