"""Figures from a model card, which show how far the model can be trusted.

They are transparent, readable in light and dark, and say nothing by colour alone.
`fer.training.metrics` writes the parts of a card that they take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from fer.charts.style import CLEAR, GRID, LINE
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
    figure = go.Figure(
        go.Heatmap(
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
    )
    # All at once: each `add_annotation` would build those before it again.
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
    figure.update_layout(annotations=cells, **_layout(470))
    title = "read as (share of the row, number of faces)"
    figure.update_xaxes(title=title, side="top", showgrid=False)
    figure.update_yaxes(title="truly", autorange="reversed", showgrid=False)
    return figure


def reliability_diagram(models: Mapping[str, Mapping[str, Any]]) -> go.Figure:
    """Draw accuracy against confidence in bins. On the diagonal both are equal, as they should be.

    Args:
        models: for each title the figures of a model, with `reliability` and `ece`.
    """
    figure = go.Figure()
    _diagonal(figure)
    for number, (title, metrics) in enumerate(models.items()):
        colour, dash = (FIRST, SECOND)[number], _DASHES[number]
        bins = [row for row in metrics["reliability"] if row["faces"]]
        most = max(row["faces"] for row in bins)
        figure.add_scatter(
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
    figure.update_layout(**_layout(380))
    figure.update_xaxes(title="mean confidence", tickformat=".0%", range=[0, 1], **_axis())
    figure.update_yaxes(title="share right", tickformat=".0%", range=[0, 1], **_axis())
    return figure


def coverage_curve(
    models: Mapping[str, Mapping[str, Any]], limits: Mapping[str, float]
) -> go.Figure:
    """Draw the accuracy among the faces that are answered against the share of these faces.

    Args:
        models: for each title the figures of a model, with `coverage`.
        limits: for each title the confidence below which the app does not answer. It is marked on
            the curve.
    """
    figure = go.Figure()
    for number, (title, metrics) in enumerate(models.items()):
        rows = [row for row in metrics["coverage"] if row["accuracy"] is not None]
        colour, dash = (FIRST, SECOND)[number], _DASHES[number]
        figure.add_scatter(
            x=[row["answered"] for row in rows],
            y=[row["accuracy"] for row in rows],
            mode="lines",
            name=title,
            line={"color": colour, "dash": dash},
            customdata=[row["threshold"] for row in rows],
            hovertemplate="answers if at least %{customdata:.0%} sure:<br>"
            "%{x:.0%} of faces, %{y:.1%} right<extra></extra>",
        )
        if limit := limits.get(title):
            row = min(rows, key=lambda row: abs(row["threshold"] - limit))
            figure.add_scatter(
                x=[row["answered"]],
                y=[row["accuracy"]],
                mode="markers+text",
                marker={"color": colour, "size": 11, "symbol": "diamond"},
                text=[f"limit in the app: {limit:.0%} sure"],
                textposition="bottom left",
                showlegend=False,
                hoverinfo="skip",
            )
    figure.update_layout(**_layout(380))
    figure.update_xaxes(title="share of faces answered", tickformat=".0%", range=[0, 1], **_axis())
    figure.update_yaxes(title="share right among them", tickformat=".0%", **_axis())
    return figure


def class_bars(labels: Sequence[str], per_class: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw precision, recall and F1 of each class as grouped bars.

    Args:
        labels: the classes.
        per_class: `precision`, `recall`, `f1` and `faces`, each (K,).
    """
    figure = go.Figure()
    for key, pattern in (("precision", "/"), ("recall", ""), ("f1", "x")):
        # Without a colour of its own, the hatching has that of its bar. White would be invisible in
        # the legend.
        hatched = {"shape": pattern, "fgopacity": 0.6}
        name = "F1" if key == "f1" else key
        together = {"name": name, "legendgroup": key, "offsetgroup": key}
        figure.add_bar(
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
        figure.add_bar(x=list(labels), y=[None] * len(labels), marker=marker, **together)
    figure.update_layout(**_layout(340), barmode="group")
    figure.update_yaxes(tickformat=".0%", range=[0, 1], title="share", **_axis())
    return figure


def robustness_curves(robustness: Mapping[str, Sequence[Mapping[str, float]]]) -> go.Figure:
    """Draw how accuracy falls as the faces get worse, with one line for each kind of damage.

    Args:
        robustness: for each kind of damage its rows with `level` and `accuracy`, mildest first.
    """
    figure = go.Figure()
    colours = list(COLOURS.values())[:-1]
    symbols = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star")
    for number, (kind, rows) in enumerate(robustness.items()):
        figure.add_scatter(
            x=list(range(1, len(rows) + 1)),
            y=[row["accuracy"] for row in rows],
            name=kind,
            mode="lines+markers",
            line={"color": colours[number % len(colours)]},
            marker={"symbol": symbols[number % len(symbols)], "size": 8},
            customdata=[str(row["level"]) for row in rows],
            hovertemplate=f"{kind} %{{customdata}}: %{{y:.1%}}",
        )
    figure.update_layout(**_layout(360))
    steps = max((len(rows) for rows in robustness.values()), default=1)
    figure.update_xaxes(
        title="step of damage (hover for its size)", tickvals=list(range(1, steps + 1)), **_axis()
    )
    figure.update_yaxes(title="accuracy", tickformat=".0%", **_axis())
    return figure


def training_curves(history: Sequence[Mapping[str, float]]) -> go.Figure:
    """Draw the loss on the training faces and the accuracy on the faces for selection, by epoch.

    Args:
        history: one row for each epoch, with `epoch`, `loss` and `public_accuracy`.
    """
    figure = go.Figure()
    epochs = [row["epoch"] for row in history]
    figure.add_scatter(
        x=epochs,
        y=[row.get("public_accuracy") for row in history],
        name="accuracy on the faces for selection",
        line={"color": FIRST},
    )
    figure.add_scatter(
        x=epochs,
        y=[row.get("loss") for row in history],
        name="training loss (right axis)",
        line={"color": SECOND, "dash": "dash"},
        yaxis="y2",
    )
    figure.update_layout(
        **_layout(320),
        xaxis={"title": {"text": "epoch"}, **_axis()},
        # The last epochs may differ by less than one percentage point.
        yaxis={"title": {"text": "accuracy"}, "tickformat": ".1%", **_axis()},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "title": {"text": "loss"},
            "tickformat": ".2f",
            "showgrid": False,
        },
    )
    return figure


def probability_bars(labels: Sequence[str], probabilities: Sequence[float]) -> go.Figure:
    """Draw the probabilities of one face, in the order of `labels`."""
    figure = go.Figure(
        go.Bar(
            x=list(probabilities),
            y=list(labels),
            orientation="h",
            marker={"color": [COLOURS.get(label, LINE) for label in labels]},
            text=[f"{value:.0%}" for value in probabilities],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_layout(**_layout(30 * len(labels) + 60))
    figure.update_xaxes(tickformat=".0%", range=[0, 1.1], title="probability", **_axis())
    figure.update_yaxes(autorange="reversed")
    return figure


def _diagonal(figure: go.Figure) -> None:
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": LINE, "dash": "dot", "width": 1},
        name="as sure as right",
        hoverinfo="skip",
    )


def _axis() -> dict[str, Any]:
    return {"gridcolor": GRID, "zeroline": False}


def _layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 30, "b": 10},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "hoverlabel": {"namelength": -1},
    }
