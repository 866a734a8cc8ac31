"""Figures from a model card, which show how far the model can be trusted.

They are transparent, readable in light and dark, and say nothing by colour alone.
`fer.training.metrics` writes the parts of a card that they take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.basedatatypes import BaseTraceType

from fer.charts.style import GRID, LINE, figure_of
from fer.emotions import COLOURS

# Okabe and Ito's blue and vermillion, for the first and the second model, or for accuracy and loss.
FIRST, SECOND = "#0072B2", "#D55E00"
_DASHES = ("solid", "dash")


def confusion_matrix(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> go.Figure:
    """Draw a confusion matrix. Each cell has its count, and its share of the row as text and shade.

    Args:
        labels: the classes in the order of the matrix.
        counts: numbers of faces, (K, K); a row for each true class, a column for each answer.
    """
    table = np.asarray(counts, dtype=float)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    matrix = go.Heatmap(
        x=list(labels),
        y=list(labels),
        z=shares,
        customdata=table,
        zmin=0,
        zmax=1,
        # One hue from light to dark can be read in grey, too.
        colorscale=[[0.0, "#F2F7FB"], [0.5, "#56A5D6"], [1.0, "#00406B"]],
        xgap=1,
        ygap=1,
        showscale=False,  # each cell says its share, and a phone has no room for the scale
        hovertemplate="truly %{y}, read as %{x}<br>%{z:.1%} of the %{y} faces"
        "<br>%{customdata:.0f} faces<extra></extra>",
    )
    cells = [
        {
            "x": answer,
            "y": true,
            "text": f"{shares[row, column]:.0%}<br><sub>{table[row, column]:.0f}</sub>",
            "showarrow": False,
            "font": {"color": "#FFFFFF" if shares[row, column] > 0.45 else "#1B1F24", "size": 13},
        }
        for row, true in enumerate(labels)
        for column, answer in enumerate(labels)
    ]
    title = "read as (share of the row, number of faces)"
    return _figure(
        [matrix],
        470,
        xaxis={"title": {"text": title}, "side": "top", "showgrid": False},
        yaxis={"title": {"text": "truly"}, "autorange": "reversed", "showgrid": False},
        annotations=cells,
    )


def reliability_diagram(models: Mapping[str, Mapping[str, Any]]) -> go.Figure:
    """Draw accuracy against confidence in bins. On the diagonal both are equal, as they should be.

    Args:
        models: for each title the figures of a model, with `reliability` and `ece`.
    """
    traces = [_diagonal()]
    for number, (title, metrics) in enumerate(models.items()):
        colour, dash = (FIRST, SECOND)[number], _DASHES[number]
        bins = [row for row in metrics["reliability"] if row["faces"]]
        most = max(row["faces"] for row in bins)
        curve = go.Scatter(
            x=[row["confidence"] for row in bins],
            y=[row["accuracy"] for row in bins],
            mode="lines+markers",
            name=f"{title}: ECE {metrics['ece']:.1%}",
            line={"color": colour, "dash": dash},
            # The area of a marker grows with its number of faces, because few faces prove little.
            marker={"size": [4 + 14 * np.sqrt(row["faces"] / most) for row in bins]},
            customdata=[row["faces"] for row in bins],
            hovertemplate="says %{x:.0%}, is right in %{y:.1%}"
            "<br>%{customdata} faces<extra></extra>",
        )
        traces.append(curve)
    return _figure(
        traces,
        380,
        xaxis=_axis("mean confidence", tickformat=".0%", range=[0, 1]),
        yaxis=_axis("share right", tickformat=".0%", range=[0, 1]),
    )


def coverage_curve(
    models: Mapping[str, Mapping[str, Any]], limits: Mapping[str, float]
) -> go.Figure:
    """Draw the accuracy among the faces that are answered against the share of these faces.

    Args:
        models: for each title the figures of a model, with `coverage`.
        limits: for each title the confidence below which the app does not answer. It is marked on
            the curve.
    """
    traces = []
    for number, (title, metrics) in enumerate(models.items()):
        rows = [row for row in metrics["coverage"] if row["accuracy"] is not None]
        colour, dash = (FIRST, SECOND)[number], _DASHES[number]
        curve = go.Scatter(
            x=[row["answered"] for row in rows],
            y=[row["accuracy"] for row in rows],
            mode="lines",
            name=title,
            line={"color": colour, "dash": dash},
            customdata=[row["threshold"] for row in rows],
            hovertemplate="answers if at least %{customdata:.0%} sure:<br>"
            "%{x:.0%} of faces, %{y:.1%} right<extra></extra>",
        )
        traces.append(curve)
        if limit := limits.get(title):
            row = min(rows, key=lambda row: abs(row["threshold"] - limit))
            place = go.Scatter(
                x=[row["answered"]],
                y=[row["accuracy"]],
                mode="markers+text",
                marker={"color": colour, "size": 11, "symbol": "diamond"},
                text=[f"limit in the app: {limit:.0%} sure"],
                textposition="bottom left",
                showlegend=False,
                hoverinfo="skip",
            )
            traces.append(place)
    return _figure(
        traces,
        380,
        xaxis=_axis("share of faces answered", tickformat=".0%", range=[0, 1]),
        yaxis=_axis("share right among them", tickformat=".0%"),
    )


def class_bars(labels: Sequence[str], per_class: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw precision, recall and F1 of each class as grouped bars.

    Args:
        labels: the classes.
        per_class: `precision`, `recall`, `f1` and `faces`, each (K,).
    """
    traces = []
    for key, pattern in (("precision", "/"), ("recall", ""), ("f1", "x")):
        # Without a colour of its own, the hatching has that of its bar. White would be invisible in
        # the legend.
        hatched = {"shape": pattern, "fgopacity": 0.6}
        name = "F1" if key == "f1" else key
        together = {"name": name, "legendgroup": key, "offsetgroup": key}
        bars = go.Bar(
            x=list(labels),
            y=list(per_class[key]),
            marker={
                "color": [COLOURS.get(label, LINE) for label in labels],
                "pattern": hatched,
            },
            customdata=list(per_class["faces"]),
            hovertemplate="%{x}: %{y:.1%} (%{customdata} faces)",
            showlegend=False,
            **together,
        )
        # The legend cannot show a hatched bar of many colours and would leave its place empty.
        marker = {"color": LINE, "pattern": hatched}
        legend = go.Bar(x=list(labels), y=[None] * len(labels), marker=marker, **together)
        traces += [bars, legend]
    share = _axis("share", tickformat=".0%", range=[0, 1])
    return _figure(traces, 340, yaxis=share, barmode="group")


def robustness_curves(robustness: Mapping[str, Sequence[Mapping[str, float]]]) -> go.Figure:
    """Draw how accuracy falls as the faces get worse, with one line for each kind of damage.

    Args:
        robustness: for each kind of damage its rows with `level` and `accuracy`, mildest first.
    """
    traces = []
    colours = list(COLOURS.values())[:-1]
    symbols = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star")
    for number, (kind, rows) in enumerate(robustness.items()):
        curve = go.Scatter(
            x=list(range(1, len(rows) + 1)),
            y=[row["accuracy"] for row in rows],
            name=kind,
            mode="lines+markers",
            line={"color": colours[number % len(colours)]},
            marker={"symbol": symbols[number % len(symbols)], "size": 8},
            customdata=[str(row["level"]) for row in rows],
            hovertemplate=f"{kind} %{{customdata}}: %{{y:.1%}}",
        )
        traces.append(curve)
    steps = max((len(rows) for rows in robustness.values()), default=1)
    damage = _axis("step of damage (hover for its size)", tickvals=list(range(1, steps + 1)))
    return _figure(traces, 360, xaxis=damage, yaxis=_axis("accuracy", tickformat=".0%"))


def training_curves(history: Sequence[Mapping[str, float]]) -> go.Figure:
    """Draw the loss on the training faces and the accuracy on the faces for selection, by epoch.

    Args:
        history: one row for each epoch, with `epoch`, `loss` and `public_accuracy`.
    """
    epochs = [row["epoch"] for row in history]
    accuracy = go.Scatter(
        x=epochs,
        y=[row.get("public_accuracy") for row in history],
        name="accuracy on the faces for selection",
        line={"color": FIRST},
    )
    loss = go.Scatter(
        x=epochs,
        y=[row.get("loss") for row in history],
        name="training loss (right axis)",
        line={"color": SECOND, "dash": "dash"},
        yaxis="y2",
    )
    return _figure(
        [accuracy, loss],
        320,
        xaxis=_axis("epoch"),
        # The last epochs may differ by less than one percentage point.
        yaxis=_axis("accuracy", tickformat=".1%"),
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "title": {"text": "loss"},
            "tickformat": ".2f",
            "showgrid": False,
        },
    )


def probability_bars(labels: Sequence[str], probabilities: Sequence[float]) -> go.Figure:
    """Draw the probabilities of one face, in the order of `labels`."""
    bars = go.Bar(
        x=list(probabilities),
        y=list(labels),
        orientation="h",
        marker={"color": [COLOURS.get(label, LINE) for label in labels]},
        text=[f"{value:.0%}" for value in probabilities],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    probability = _axis("probability", tickformat=".0%", range=[0, 1.1])
    return _figure(
        [bars], 30 * len(labels) + 60, xaxis=probability, yaxis={"autorange": "reversed"}
    )


def _diagonal() -> go.Scatter:
    return go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": LINE, "dash": "dot", "width": 1},
        name="as sure as right",
        hoverinfo="skip",
    )


def _axis(title: str, **axis: Any) -> dict[str, Any]:
    return {"title": {"text": title}, "gridcolor": GRID, "zeroline": False, **axis}


def _figure(traces: Sequence[BaseTraceType], height: int, **layout: Any) -> go.Figure:
    return figure_of(
        traces,
        height,
        left=10,
        top=30,
        right=10,
        bottom=10,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        hoverlabel={"namelength": -1},
        **layout,
    )
